from __future__ import annotations

import re
import time
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extract.notes.blocks import Block, BlockKind, SpanKind
from extract.notes.mend import LONG_LINE, split_lines
from extract.notes.numbering import cut_number
from extract.notes.parse import parse
from graph.text.questions import is_question
from tests.places import SEEDS

HEADING, PARAGRAPH, ITEM, CELL, HEADER, QUOTE, CODE = BlockKind


def brief(note: str, suffix: str = ".md") -> list[tuple[str, int, str]]:
    return [(b.kind.value, b.line, b.text) for b in parse(note, suffix=suffix)]


def texts(note: str) -> list[str]:
    return [b.text for b in parse(note)]


def only(note: str) -> Block:
    blocks = parse(note)
    assert len(blocks) == 1, blocks
    return blocks[0]


def spans(block: Block) -> list[tuple[str, str]]:
    return [(s.kind.value, block.text[s.start : s.end]) for s in block.spans]


# Lines of a paragraph


def test_lines_that_are_statements_are_one_block_each() -> None:
    note = "BPE 是一种分词方法。\n先统计相邻字符对的频率；\n再合并最常见的一对\n优点：词表小\n缺点：训练慢"
    assert brief(note) == [
        ("paragraph", 1, "BPE 是一种分词方法。"),
        ("paragraph", 2, "先统计相邻字符对的频率；"),
        ("paragraph", 3, "再合并最常见的一对"),
        ("paragraph", 4, "优点：词表小"),
        ("paragraph", 5, "缺点：训练慢"),
    ]


def test_hard_wrapped_english_is_one_block_that_knows_its_lines() -> None:
    note = """
Low-rank adaptation freezes the weights of the model and trains two
small matrices beside each of them, so that a fine-tuned model needs
little more memory than the model it began with."""
    block = only(note)
    assert block.kind is PARAGRAPH
    assert block.lines == (2, 3, 4)
    assert block.text.split("\n")[1] == "small matrices beside each of them, so that a fine-tuned model needs"


def test_hard_wrapped_chinese_is_one_block() -> None:
    line = "注意力机制让模型在处理每个词的时候都能看到句子里的其他词并且按照相关的程度给它们"
    assert only("\n".join([line, line, line[:20] + "。"])).lines == (1, 2, 3)


def test_a_line_that_ends_with_a_comma_goes_on() -> None:
    assert only("注意力机制很重要，\n因为它看得远").text == "注意力机制很重要，\n因为它看得远"


def test_chinese_lines_that_begin_in_lower_case_stay_apart() -> None:
    assert texts("mysql 的索引\nredis 的过期策略\npython 的 GIL") == [
        "mysql 的索引",
        "redis 的过期策略",
        "python 的 GIL",
    ]


def test_br_breaks_a_paragraph_but_not_a_cell() -> None:
    assert brief("甲方法<br>乙方法") == [("paragraph", 1, "甲方法"), ("paragraph", 1, "乙方法")]
    cell = parse("| a | b |\n|---|---|\n| x<br/>y | z |")[2]
    assert (cell.text, cell.lines) == ("x\ny", (3, 3))


def test_indented_prose_is_no_code() -> None:
    assert brief("## 区别\n     二者的区别在于注意力掩码不同。\n\n      后者只看前文。") == [
        ("heading", 1, "区别"),
        ("paragraph", 2, "二者的区别在于注意力掩码不同。"),
        ("paragraph", 4, "后者只看前文。"),
    ]
    assert texts("text\n\n    for i in range(3):\n        print(i)\n") == ["text"]


def test_full_width_indentation_is_no_code() -> None:
    assert texts("　　　　注意力机制。") == ["注意力机制。"]


# Headings


def test_heading_paths_and_numbers() -> None:
    blocks = parse("# 第一章 基础\n## 1.2 注意力\n文字\n### ★★★★☆ **3. 什么是 KV cache？**\n## 🧠 训练：\n")
    assert [(b.text, b.number, b.level, b.section, b.question) for b in blocks] == [
        ("基础", "第一章", 1, -1, False),
        ("注意力", "1.2", 2, 0, False),
        ("文字", "", 0, 1, False),
        ("什么是 KV cache？", "3.", 3, 1, True),
        ("训练", "", 2, 0, False),
    ]


def test_headings_without_space() -> None:
    assert brief("###2、 检索增强\n##概述\n#机器学习\n") == [
        ("heading", 1, "检索增强"),
        ("heading", 2, "概述"),
        ("heading", 3, "机器学习"),
    ]
    assert [b.kind for b in parse("#tag #other text\n")] == [PARAGRAPH]
    assert parse("#tag #other\n") == []
    assert [b.kind for b in parse("# 标题\n\n#注释而已\n")] == [HEADING, PARAGRAPH], (
        "tight # where the note writes # with a space"
    )


def test_a_comment_above_a_fence_is_no_title() -> None:
    blocks = parse("# 标题\n## 一节\n# 先安装\n```bash\npip install x\n```\n后文")
    assert [(b.kind, b.text, b.section) for b in blocks[2:]] == [(PARAGRAPH, "先安装", 1), (PARAGRAPH, "后文", 1)]


def test_setext_headings_only_where_plausible() -> None:
    assert [b.kind for b in parse("Attention\n---------\ntext")] == [HEADING, PARAGRAPH]
    assert [b.kind for b in parse("注意力机制是一种让模型关注输入不同部分的方法，非常重要。\n---\n")] == [PARAGRAPH]
    assert [b.kind for b in parse("标签：内容\n---\n")] == [PARAGRAPH]
    assert [b.kind for b in parse("- 项目\n---\n")] == [ITEM]


def test_lines_that_act_as_headings() -> None:
    note = "**注意力机制**\n\n说明文字。\n\n3.1. 语言模型\n\n正文。\n\n第一种：编码器\n介绍：双向\n第二种：解码器\n介绍：单向\n"
    headings = [b for b in parse(note) if b.kind is HEADING]
    assert [(b.text, b.number, b.level) for b in headings] == [
        ("注意力机制", "", 7),
        ("语言模型", "3.1.", 7),
        ("编码器", "第一种：", 7),
        ("解码器", "第二种：", 7),
    ]
    assert [b.section for b in parse(note) if b.text.startswith("介绍")] == [headings[2].index, headings[3].index]


def test_bold_sentences_and_bold_labels_are_no_headings() -> None:
    assert [b.kind for b in parse("**注意力很重要。**\n\n**要点：**\n\n<strong>图一</strong>")] == [PARAGRAPH] * 3


def test_a_numbered_bold_question_goes_on_at_the_level_of_the_one_before() -> None:
    blocks = parse(
        "# 题目\n### ★★★ **1. 什么是分词？**\n#### 定义\n切开文本。\n\n★★★ **2. 描述一下嵌入的作用。**\n\n变成向量。"
    )
    assert [(b.text, b.level, b.number) for b in blocks if b.kind is HEADING][-1] == ("描述一下嵌入的作用。", 3, "2.")
    assert blocks[-1].section == blocks[-2].index


def test_one_numbered_line_above_a_paragraph_is_a_heading() -> None:
    blocks = parse("1. 数据并行\n\n每张卡有一份模型。\n\n![](a.png)\n\n2. 张量并行\n\n切开矩阵。")
    assert [(b.kind, b.text, b.section) for b in blocks] == [
        (HEADING, "数据并行", -1),
        (PARAGRAPH, "每张卡有一份模型。", 0),
        (HEADING, "张量并行", -1),
        (PARAGRAPH, "切开矩阵。", 2),
    ]


# Lists


def test_items_know_their_parent_level_and_group() -> None:
    blocks = parse("- A\n  - A1\n  - A2\n    - A21\n- B\n")
    assert [(b.text, b.level, b.parent, b.group) for b in blocks] == [
        ("A", 0, -1, 0),
        ("A1", 1, 0, 1),
        ("A2", 1, 0, 1),
        ("A21", 2, 2, 3),
        ("B", 0, -1, 0),
    ]


def test_bullets_right_below_a_number_belong_to_it() -> None:
    blocks = parse("1. 全量微调\n- 原理：更新全部参数\n- 特点：\n  - 效果好\n2. 高效微调\n- 原理：冻结参数\n")
    assert [(b.text, b.number, b.parent, b.group) for b in blocks] == [
        ("全量微调", "1.", -1, 0),
        ("原理：更新全部参数", "", 0, 1),
        ("特点：", "", 0, 1),
        ("效果好", "", 2, 3),
        ("高效微调", "2.", -1, 0),
        ("原理：冻结参数", "", 4, 5),
    ]


def test_numbers_as_chinese_notes_write_them() -> None:
    blocks = parse("分三步：\n1、收集数据，清洗数据。\n2、训练。\n3.评估，上线。\n\n（1）甲\n（2）乙\n\n① 一\n② 二")
    assert [(b.kind, b.number, b.text) for b in blocks[1:]] == [
        (ITEM, "1、", "收集数据，清洗数据。"),
        (ITEM, "2、", "训练。"),
        (ITEM, "3.", "评估，上线。"),
        (ITEM, "（1）", "甲"),
        (ITEM, "（2）", "乙"),
        (ITEM, "①", "一"),
        (ITEM, "②", "二"),
    ]
    assert [b.group for b in blocks[1:]] == [1, 1, 1, 4, 4, 6, 6]
    assert {b.lead_in for b in blocks[1:4]} == {0}


def test_check_boxes_other_bullets_and_continuations() -> None:
    blocks = parse("- [x] 完成\n- [ ] 1. 待办？\n• 圆点\n\n- 标题\n  说明一句。\n\n  另一段。")
    assert [(b.kind, b.number, b.text, b.parent) for b in blocks] == [
        (ITEM, "", "完成", -1),
        (ITEM, "1.", "待办？", -1),
        (ITEM, "", "圆点", -1),
        (ITEM, "", "标题", -1),
        (PARAGRAPH, "", "说明一句。", 3),
        (PARAGRAPH, "", "另一段。", 3),
    ]


def test_an_ordered_list_goes_on_after_an_interruption() -> None:
    blocks = parse("步骤：\n\n1. 甲方法很好。\n2. 乙方法也好。\n\n> 注意\n\n3. 丙方法更好。\n4. 丁方法最好。\n")
    assert {(b.group, b.lead_in) for b in blocks if b.kind is ITEM} == {(1, 0)}


# What announces what


def test_lead_ins_of_lists_and_tables() -> None:
    blocks = parse(
        "方法有：\n\n![图](x.png)\n\n- A\n- B\n\n没有冒号的一句\n\n- C\n\n指标如下：\n\n| a | b |\n|---|---|\n| c | d "
        "|\n"
    )
    by_text = {b.text: b for b in blocks}
    assert by_text["A"].lead_in == by_text["B"].lead_in == by_text["方法有："].index
    assert by_text["C"].lead_in == by_text["没有冒号的一句"].index
    assert {by_text[t].lead_in for t in "abcd"} == {by_text["指标如下："].index}


def test_lead_ins_of_lines_and_headings() -> None:
    blocks = parse("## 阶段\n训练分为几个阶段：\n### ① 预训练\n文字\n### ② 微调\n\n优点：\n快\n省\n缺点：\n差\n")
    by_text = {b.text: b for b in blocks}
    assert by_text["预训练"].lead_in == by_text["微调"].lead_in == by_text["训练分为几个阶段："].index
    assert by_text["阶段"].lead_in == -1
    assert by_text["快"].lead_in == by_text["省"].lead_in == by_text["优点："].index
    assert by_text["差"].lead_in == by_text["缺点："].index
    assert by_text["缺点："].lead_in == -1


def test_code_between_takes_the_colon_to_itself() -> None:
    assert parse("如下：\n\n```python\nf(1)\n```\n\n由此可见。")[1].lead_in == -1


def test_an_answer_label_announces_nothing() -> None:
    assert parse("Answer：\n一句话。")[1].lead_in == -1


# Tables


def test_tables() -> None:
    blocks = parse("| 方法 | **特点** |\n|---|:-:|\n| LoRA \\| QLoRA | `r` 小 |\n| PEFT |\n后面的文字")
    assert [(b.kind, b.text, b.row, b.column, b.group, b.line) for b in blocks] == [
        (HEADER, "方法", -1, 0, 0, 1),
        (HEADER, "特点", -1, 1, 0, 1),
        (CELL, "LoRA | QLoRA", 0, 0, 0, 3),
        (CELL, "r 小", 0, 1, 0, 3),
        (CELL, "PEFT", 1, 0, 0, 4),
        (PARAGRAPH, "后面的文字", -1, -1, -1, 5),
    ]


def test_tables_without_outer_pipes_without_delimiter_and_in_html() -> None:
    assert [(b.kind, b.text) for b in parse("a | b\n--|--\nc | d")] == [
        (HEADER, "a"),
        (HEADER, "b"),
        (CELL, "c"),
        (CELL, "d"),
    ]
    assert [(b.kind, b.text, b.row) for b in parse("|a|b|\n|c|d|")] == [
        (CELL, "a", 0),
        (CELL, "b", 0),
        (CELL, "c", 1),
        (CELL, "d", 1),
    ]
    html = "<table>\n<tr><th>方法</th><th>说明</th></tr>\n<tr>\n<td>LoRA</td>\n<td>低秩<br>适应</td></tr></table>"
    assert [(b.kind, b.text, b.row, b.column, b.line) for b in parse(html)] == [
        (HEADER, "方法", -1, 0, 2),
        (HEADER, "说明", -1, 1, 2),
        (CELL, "LoRA", 0, 0, 4),
        (CELL, "低秩\n适应", 0, 1, 5),
    ]


# Code


def test_code_gives_its_comments_only() -> None:
    note = "```python\n# 加载预训练模型\nmodel = load(x)  # build the whole model\n# x = 1\nprint(model)\n```\n"
    assert brief(note) == [("code", 2, "加载预训练模型"), ("code", 3, "build the whole model")]


def test_docstrings_are_comments() -> None:
    note = (
        '```python\ndef f(text):\n    """用分词器切开输入的文本。\n\n    text: 输入的字符串\n    返回切好的词的列表。\n    """\n'
        '    s = """不是文档字符串的一句"""\n```'
    )
    assert brief(note) == [("code", 3, "用分词器切开输入的文本。"), ("code", 6, "返回切好的词的列表。")]


def test_a_fence_in_a_list_that_never_closes_ends_where_prose_begins() -> None:
    note = (
        '## 流程\n1. 发出请求\n2. 输出调用：\n   ```json\n   {\n     "name": "f"\n   }\n'
        "3.调用接口得到结果\n\n4.生成最终回复\n\n## 下一节\n文字"
    )
    assert [(b.kind, b.number, b.text) for b in parse(note)] == [
        (HEADING, "", "流程"),
        (ITEM, "1.", "发出请求"),
        (ITEM, "2.", "输出调用："),
        (ITEM, "3.", "调用接口得到结果"),
        (ITEM, "4.", "生成最终回复"),
        (HEADING, "", "下一节"),
        (PARAGRAPH, "", "文字"),
    ]


def test_an_unclosed_fence_before_another() -> None:
    assert texts("```python\nx = 1\n\n这里说明上面的代码做了什么。\n\n```bash\nls\n```\n结束语") == [
        "这里说明上面的代码做了什么。",
        "结束语",
    ]


def test_a_fence_does_not_swallow_a_section() -> None:
    assert texts(
        "```python\nx = f(1)\n\n## 小节标题\n\n这是一段说明文字。\n这是另一段说明文字。\n\n```\ny = 2\n```"
    ) == [
        "小节标题",
        "这是一段说明文字。",
        "这是另一段说明文字。",
    ]


def test_prose_in_a_fence_is_notes() -> None:
    assert texts("```\n用户：什么是注意力机制？\n模型：一种加权的方法。\n```") == [
        "用户：什么是注意力机制？",
        "模型：一种加权的方法。",
    ]
    assert texts("```text\n# Classify the text into neutral, negative or positive.\n```") == [
        "Classify the text into neutral, negative or positive."
    ]
    assert texts("```\nfor (int i = 0; i < n; i++) {\n}\n```") == []
    assert texts("> ```python\n> x = 1\n> ```\n> 引用里的话") == ["引用里的话"]


# What is no text


def test_front_matter_gives_the_title() -> None:
    blocks = parse("---\ntitle: '注意力'\ntags: [a]\n---\n## 一节\n")
    assert [(b.text, b.line, b.level, b.front, b.section) for b in blocks] == [
        ("注意力", 2, 1, True, -1),
        ("一节", 5, 2, False, 0),
    ]
    assert texts("---\n不是元数据\n---\n") != []


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        ("---\ntitle: RAG: a survey\n---\ntext\n", ["RAG: a survey", "text"]),
        ("---\ntitle: RAG\ndate: 2024-13-40\n---\ntext\n", ["RAG", "text"]),
        ("+++\ntitle = 'RAG'\n+++\ntext\n", ["RAG", "text"]),
        ("---\ntitle: RAG\n...\ntext\n", ["RAG", "text"]),
        ("---\n\nabove\n\n---\n\nbelow\n", ["above", "below"]),
    ],
)
def test_front_matter_as_people_write_it(note: str, expected: list[str]) -> None:
    """python-frontmatter reads none of these as they are meant: docs/design.md."""
    assert texts(note) == expected


def test_mdx_html_and_comments_are_skipped() -> None:
    note = (
        "import X from './x'\n\n<Banner chapter={2}\n  names={[\n    {label: \"L\"},\n]} />\n\n<!-- a\ncomment -->\n"
        "<div align=\"center\">\n<img src='a.png'>\n</div>\n\n正文<!-- 注 -->继续\n\n{/* no\ntext */}\n"
    )
    assert [b.text for b in parse(note, suffix=".mdx")] == ["正文继续"]


def test_formulas_are_no_text() -> None:
    assert texts("公式：\n$$\nx = y\n$$\n$$a=b$$\n其中 $d_k$ 是维度") == ["公式：", "其中 d_k 是维度"]
    assert spans(parse("其中 $d_k$ 是维度，\\(x^2\\) 也是")[0]) == [("math", "d_k"), ("math", "x^2")]


# Inline markup


@pytest.mark.parametrize(
    ("line", "text", "marked"),
    [
        ("**加载（Loading）**：读入", "加载（Loading）：读入", [("strong", "加载（Loading）")]),
        ("它是**“哈希+取模”**的组合", "它是“哈希+取模”的组合", [("strong", "“哈希+取模”"), ("quoted", "哈希+取模")]),
        ("未闭合的 **粗体", "未闭合的 粗体", []),
        (
            "*em* and _em_ and snake_case_name",
            "em and em and snake_case_name",
            [("emphasis", "em"), ("emphasis", "em")],
        ),
        ("2 * 3 * 4 and a*b", "2 * 3 * 4 and a*b", []),
        ("***both***", "both", [("strong", "both")]),
        ("`a*b*c` and ``x`y``", "a*b*c and x`y", [("code", "a*b*c"), ("code", "x`y")]),
        ('see [the paper](http://x.y/z_(1) "t") now', "see the paper now", [("link", "the paper")]),
        ("[![badge](a.svg)](b) text ![i](j)", "text", []),
        ("[[LoRA|低秩适应]] 与 [[RAG]]", "低秩适应 与 RAG", [("link", "低秩适应"), ("link", "RAG")]),
        ("引用[19]与脚注[^1]和[0, 1)区间", "引用[19]与脚注和[0, 1)区间", []),
        ("<b>粗</b> <eos> 与 <i>斜</i>", "粗 <eos> 与 斜", [("strong", "粗"), ("emphasis", "斜")]),
        ("&lt;tag&gt; &amp; &nbsp;x &alpha;", "<tag> &  x &alpha;", []),
        (r"1 \* 2 \# \[x\]", "1 * 2 # [x]", []),
        ("项目：https://github.com/a/b 与 <https://c.d>", "项目： 与", []),
        ("见 www.example.com/a_b?c=1#d，再看www.example.com/说明", "见 ，再看", []),
        ("CNAME 指向 www.example.com。", "CNAME 指向 www.example.com。", []),
        ("见[https://a.b/c](https://a.b/c)的说明", "见的说明", []),
        ("如 [[1]](https://a.b/c) 与 [[RAG]](检索增强)", "如 1 与 RAG(检索增强)", [("link", "1"), ("link", "RAG")]),
        ("开头 <!--没有结束", "开头  没有结束", []),
        ("✅ 使用 🧠 模型 ⭐⭐", "使用 模型", []),
        ("《论文》和「引文」", "《论文》和「引文」", [("quoted", "论文"), ("quoted", "引文")]),
        ("~~旧~~ ==重点== a == b", "旧 重点 a == b", []),
        ("容量$5到$10", "容量$5到$10", []),
    ],
)
def test_inline_markup(line: str, text: str, marked: list[tuple[str, str]]) -> None:
    block = only(line)
    assert (block.text, spans(block)) == (text, marked)


def test_comments_in_html_tables_are_skipped() -> None:
    assert texts("<table>\n<tr><td>甲 <!-- 不说 --></td><td><!-- 也\n不说 -->乙</td></tr>\n</table>") == ["甲", "乙"]


def test_a_statement_does_not_run_on_over_a_formula() -> None:
    """The line of the formula is not part of the text, so that what was joined over it was nowhere in the note."""
    assert texts("注意力定义为，\n$a_t = b$\n其中 b 是权重") == ["注意力定义为，", "其中 b 是权重"]


def test_a_number_that_is_all_that_its_line_says_stays() -> None:
    assert texts("（1），\n加载并运行。") == ["（1），\n加载并运行。"]


def test_reference_links_need_their_definition() -> None:
    assert texts("见[论文][1]和[文档]以及[别的]\n\n[1]: http://a\n[文档]: http://b") == ["见论文和文档以及[别的]"]


def test_anchors_of_headings() -> None:
    assert texts("# Tokenizers[[tokenizers]]\n## Usage {#usage}") == ["Tokenizers", "Usage"]


# Numbers and questions


@pytest.mark.parametrize(
    ("text", "number", "rest"),
    [
        ("3.2.1 前缀微调", "3.2.1", "前缀微调"),
        ("1、数据", "1、", "数据"),
        ("12. Data", "12.", "Data"),
        ("(1) x", "(1)", "x"),
        ("①数据", "①", "数据"),
        ("一、背景", "一、", "背景"),
        ("第二章 方法", "第二章", "方法"),
        ("第一种：编码器", "第一种：", "编码器"),
        ("Q1: 什么", "Q1:", "什么"),
        ("问题1：什么", "问题1：", "什么"),
        ("Step 2: train", "Step 2:", "train"),
        ("3.5 倍提升", "", "3.5 倍提升"),
        ("0.1 is small", "", "0.1 is small"),
        ("第一个 token 是", "", "第一个 token 是"),
        ("1:1 比例", "", "1:1 比例"),
        ("A、B 两种", "", "A、B 两种"),
        ("1、2 两步", "", "1、2 两步"),
        ("2024. A year", "", "2024. A year"),
        ("1.", "", "1."),
    ],
)
def test_cut_number(text: str, number: str, rest: str) -> None:
    found, cut = cut_number(text)
    assert (found, text[cut:]) == (number, rest)


@pytest.mark.parametrize(
    "text", ["什么是注意力？", "如何微调", "请简述 RAG 的流程", "两者的区别是什么", "Is it fast?", "PPO 有哪些缺点"]
)
def test_questions(text: str) -> None:
    assert is_question(text)


@pytest.mark.parametrize(
    "text",
    [
        "注意力机制",
        "When a model is large, it needs memory.",
        "如何解决？答案是缓存。",
        "他问“为什么？”就走了",
        "What we need: time",
    ],
)
def test_no_questions(text: str) -> None:
    assert not is_question(text)


def test_headings_that_begin_like_questions() -> None:
    assert is_question("How Transformers work", heading=True)
    assert is_question("讨论学习率调度的作用。", heading=True)
    assert not is_question("解释器", heading=True)
    assert not is_question("How Transformers work")


# Laws


_MARKS = """
    ``` ```python ~~~ ## | ** * _ ` `` [ ] ](http://x) ![ <br> <table> </table> <tr> <td> <!-- --> <Tip> <Foo /> $$ $ &amp;
    &alpha; https://a.b/c word [^1] [[a|b]] == ~~ {#id} +++
"""
_FRAGMENTS = st.sampled_from(
    [
        *_MARKS.split(),
        "# ",
        "- ",
        "* ",
        "1. ",
        "1、",
        "①",
        "（1）",
        "> ",
        "| a | b |\n",
        "|---|---|\n",
        "---\n",
        "===\n",
        "\\(",
        "\\)",
        "\\",
        "第一种：",
        "文字",
        "，",
        "。",
        "：",
        "？",
        "  ",
        "    ",
        "\t",
        "\n",
        "\n\n",
        "\r\n",
        "\r",
        "\x0b",
        "\u2028",
        "\u3000",
        "\xa0",
        "★★☆",
        "🧠",
        "1\ufe0f\u20e3",
        "[x] ",
        "\x00",
        "“",
        "”",
        "import 'y'",
        "---\ntitle: T\n---\n",
        "::: ",
        "\ue000",
        "Q: ",
        "\ufeff",
        "\ud800",
    ]
)
_NOTES = st.one_of(
    st.lists(_FRAGMENTS, max_size=50).map("".join),
    st.text(max_size=200),
    st.lists(st.one_of(_FRAGMENTS, st.text(max_size=5)), max_size=30).map("".join),
)


def letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text)


def stands_in_order(wanted: str, line: str) -> bool:
    rest: Iterator[str] = iter(line)
    return all(char in rest for char in wanted)


def check_laws(note: str) -> list[Block]:
    lines = split_lines(note)
    blocks = parse(note)
    for place, block in enumerate(blocks):
        assert block.index == place
        assert block.text == block.text.strip()
        assert letters(block.text)
        assert block.lines[0] == block.line
        for text, line in zip(block.text.split("\n"), block.lines, strict=True):
            assert 1 <= line <= len(lines)
            assert stands_in_order(letters(text), letters(lines[line - 1])), (text, lines[line - 1])
        assert all(-1 <= earlier < place for earlier in (block.section, block.parent, block.lead_in))
        assert block.group <= place
        assert all(0 <= s.start < s.end <= len(block.text) for s in block.spans)
        for one, other in pairwise(block.spans):
            assert one.end <= other.start or (
                one.kind is SpanKind.STRONG and other.kind is SpanKind.QUOTED and other.end <= one.end
            )
    return blocks


@settings(max_examples=150, deadline=None)
@given(_NOTES)
def test_every_word_stands_on_the_line_that_its_block_names(note: str) -> None:
    check_laws(note)


@settings(max_examples=50, deadline=None)
@given(_NOTES)
def test_line_ends_do_not_matter(note: str) -> None:
    note = note.replace("\r", "")
    assert parse(note.replace("\n", "\r\n")) == parse(note)


@pytest.mark.seeds
def test_every_line_of_the_seeds_is_read() -> None:
    if not SEEDS.is_dir():
        pytest.skip("the seed documents are not beside the repository")
    paths = sorted(SEEDS.glob("*.txt"))
    assert paths
    for path in paths:
        note = path.read_text("utf-8")
        blocks = check_laws(note)
        read = {line for block in blocks for line in block.lines}
        headings = [i for i, line in enumerate(split_lines(note), start=1) if line.startswith("##") and letters(line)]
        assert headings
        assert read.issuperset(headings), "a section was swallowed"


# Limits


_ABSURD = {
    "words": "词 " * (LONG_LINE * 10),
    "strong": "**a" * 30_000,
    "links": "[a](" * 20_000,
    "ticks": "`" * 7 + "` ``" * 20_000,
    "addresses": "www.a" * 20_000,
    "quotes": ">" * 190_000,
    "bullets": "- " * 90_000,
    "emphasis": "*a " * 30_000,
    "fences": "```\n" * 5_001,
    "tables": "<table\n" * 5_000,
    "comments": "<!--\n" * 5_000,
    "formulas": "$$ a\n# b\n" * 2_000,
    "lists": "1. a\n- b\n" * 2_000,
}


@pytest.mark.parametrize("name", _ABSURD)
def test_absurd_notes_take_linear_time(name: str) -> None:
    start = time.process_time()
    blocks = parse(_ABSURD[name])
    assert time.process_time() - start < 5
    assert all(len(b.text) < LONG_LINE for b in blocks)


def test_a_line_that_no_person_wrote_is_cut_into_paragraphs() -> None:
    note = "前言\n" + "这是一个句子。" * (LONG_LINE // 7 + 1) + "\n后记"
    blocks = parse(note)
    assert (blocks[0].text, blocks[-1].text) == ("前言", "后记")
    middle = blocks[1:-1]
    assert {b.line for b in middle} == {2}
    assert "".join(b.text for b in middle) == note.split("\n")[1]
    assert all(b.text.endswith("。") for b in middle)


def test_an_empty_note_has_no_blocks() -> None:
    assert parse("") == parse("\n \n\t\n") == []
