"""What each line of a note is and says."""

from __future__ import annotations

import pytest

from extract.notes.mend import LONG_LINE, split_lines
from extract.notes.numbering import only_counts
from extract.notes.parse import parse_note
from extract.notes.passages import split_passages
from graph.model import LineKind, NoteLine

Said = tuple[str, str, int]


def lines(*raw: str, suffix: str = ".md") -> list[Said]:
    """(kind, text, depth) of each line."""
    return [(line.kind.value, line.text, line.depth) for line in parse_note("\n".join(raw), suffix=suffix).lines]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("- **酵母**：[真菌](fungi.md)", ("item", "酵母：真菌", 0)),
        ("### 2、 标题 ###", ("heading", "标题", 3)),
        ("###3、标题", ("heading", "标题", 3)),
        ("## 框架优势：", ("heading", "框架优势", 2)),
        ("# Usage {#usage}", ("heading", "Usage", 1)),
        ("| a | **b** | `c` |", ("text", "| a | b | c |", 0)),  # one line of bars is not a table
        ("> quoted *text*", ("quote", "quoted text", 0)),
        ("3. third", ("item", "third", 0)),
        ("3.2. 方法", ("heading", "方法", 7)),
        ("## 3.2 方法", ("heading", "3.2 方法", 2)),
        ("- 3.5 hours at 20 °C", ("item", "3.5 hours at 20 °C", 0)),
        ("**Step 2: mix**", ("heading", "Step 2: mix", 7)),
        ("主要步骤如下：", ("label", "主要步骤如下：", 0)),
        ("答：", ("text", "答：", 0)),
        ("![picture](x.png)", ("blank", "", 0)),
        ("★★☆ **重点**", ("heading", "重点", 7)),
        ("snake_case 2 * 3 * 4", ("text", "snake_case 2 * 3 * 4", 0)),
        ("- [ ] to do", ("item", "to do", 0)),
        ("<b>bold</b> a < b <eos>", ("text", "bold a < b <eos>", 0)),
        ("one<br>two", ("text", "one two", 0)),
        ("a &lt; b \t c", ("text", "a < b c", 0)),
        ("$O(n)$", ("formula", "O(n)", 0)),
        ("$$ E = mc^2 $$", ("formula", "E = mc^2", 0)),
        ("https://example.com/a", ("blank", "", 0)),
        ("[label]: http://example.com", ("blank", "", 0)),
        ("<!-- hidden -->", ("blank", "", 0)),
        ("……", ("blank", "", 0)),
        ("---", ("blank", "", 0)),
    ],
)
def test_one_line(raw: str, said: Said) -> None:
    assert lines(raw) == [said]


def test_lists_are_nested_by_depth_and_further_lines_are_inside_their_item() -> None:
    assert lines("1. mix", "   gently", "   - flour", "     first:", "", "     sieved", "2. bake", "", "rest") == [
        ("item", "mix", 0),
        ("text", "gently", 1),
        ("item", "flour", 1),
        ("label", "first:", 2),
        ("blank", "", 0),
        ("text", "sieved", 2),
        ("item", "bake", 0),
        ("blank", "", 0),
        ("text", "rest", 0),
    ]


def test_numbered_lines_are_items_and_worded_numbers_stay() -> None:
    assert lines("（1）揉面，直到光滑。", "（2）发酵，直到两倍大。") == [
        ("item", "揉面，直到光滑。", 0),
        ("item", "发酵，直到两倍大。", 0),
    ]
    assert lines("第一步：揉面，直到光滑。", "第二步：发酵，直到两倍大。") == [
        ("item", "第一步：揉面，直到光滑。", 0),
        ("item", "第二步：发酵，直到两倍大。", 0),
    ]


@pytest.mark.parametrize(
    ("number", "counts"),
    [
        ("1.", True),
        ("3.2.", True),
        ("①", True),
        ("（一）", True),
        ("十二、", True),
        ("Q1:", True),
        ("VIII.", True),
        ("c.", True),
        ("3.5", False),
        ("第一种：", False),
        ("Step 2:", False),
        ("step 2:", False),
        ("痛点4：", False),
    ],
)
def test_numbers_that_only_count(number: str, counts: bool) -> None:
    assert only_counts(number) is counts


def test_tables_keep_their_columns() -> None:
    assert lines(
        "|  | PPO | DPO |", "|---|---|---|", "| 稳定 |  | $O(n)$ |", "| 1. 快 | ✅ | — |", "|  |  |  |", "", "完"
    ) == [
        ("header", "| PPO | DPO", 0),
        ("blank", "", 0),
        ("row", "稳定 |  | O(n)", 0),
        ("row", "1. 快 |  | —", 0),
        ("row", "", 0),
        ("blank", "", 0),
        ("text", "完", 0),
    ]


def test_tables_without_a_rule_and_in_html() -> None:
    assert lines("| a | b |", "|  |  |", "| 1 | 2 |") == [("row", "a | b", 0), ("row", "", 0), ("row", "1 | 2", 0)]
    html = ["<table>", "<tr><th>a</th><th>b</th></tr>", "<tr><td>1</td><td></td></tr>"]
    assert lines(*html, "<tr>", "<td>3</td>", "<td>4</td>", "</tr>", "</table>") == [
        ("blank", "", 0),
        ("header", "a | b", 0),
        ("row", "1", 0),
        ("blank", "", 0),
        ("text", "3", 0),
        ("text", "4", 0),
        ("blank", "", 0),
        ("blank", "", 0),
    ]


def test_code_is_kept_as_written() -> None:
    assert lines("```python", "def f(**a):", "    # 冷藏发酵，过夜", "    return a['__x__']  # <b>", "```") == [
        ("blank", "", 0),
        ("code", "def f(**a):", 0),
        ("code", "# 冷藏发酵，过夜", 0),
        ("code", "return a['__x__']  # <b>", 0),
        ("blank", "", 0),
    ]
    assert lines("text", "", "    x = f(**a);", "", "> ```", "> y = 1", "> ```") == [
        ("text", "text", 0),
        ("blank", "", 0),
        ("code", "x = f(**a);", 0),
        ("blank", "", 0),
        ("blank", "", 0),
        ("code", "y = 1", 0),
        ("blank", "", 0),
    ]


def test_prose_in_a_fence_is_text() -> None:
    assert lines("```text", "You are a helpful assistant who answers.", "```")[1] == (
        "text",
        "You are a helpful assistant who answers.",
        0,
    )


def test_a_line_of_other_spaces_is_blank() -> None:
    """The parser took it for the beginning of the paragraph below, whose text was then told a line too early."""
    assert lines("::: ::: \u3000\u3000", "text") == [("blank", "", 0), ("text", "text", 0)]


def test_a_formula_over_several_lines() -> None:
    assert lines("定义为", "$$", "x_t = a", "$$ （1）", "其中") == [
        ("text", "定义为", 0),
        ("blank", "", 0),
        ("formula", "x_t = a", 0),
        ("formula", "（1）", 0),
        ("text", "其中", 0),
    ]


def test_front_matter_says_its_title() -> None:
    assert lines("---", "title: '类加载'", "tags: [a, b]", "---", "文") == [
        ("blank", "", 0),
        ("heading", "类加载", 1),
        ("blank", "", 0),
        ("blank", "", 0),
        ("text", "文", 0),
    ]


def test_a_paragraph_under_a_table_is_no_row() -> None:
    assert lines("| a | b |", "|---|---|", "| 1 | 2 |", "没有竖线的一行")[3] == ("text", "没有竖线的一行", 0)


def test_a_line_that_no_person_wrote_is_one_line() -> None:
    long = "这是一个句子。" * (LONG_LINE // 7 + 1)
    assert lines("前言", long, "后记") == [("text", "前言", 0), ("text", long, 0), ("text", "后记", 0)]


def test_each_passage_has_its_lines() -> None:
    text = "intro\r\n# One\r\ntext\r\n\r\n## Two\r\n- more\r\n"
    note = parse_note(text)
    assert len(note.lines) == len(split_lines(text)) == 6
    found = split_passages("a.md", text, note)
    assert [(p.id, [line.text for line in p.lines]) for p in found] == [
        ("a.md#1", ["intro"]),
        ("a.md#2", ["One", "text", ""]),
        ("a.md#5", ["Two", "more"]),
    ]
    assert list(found[2].numbered_lines()) == [
        (5, NoteLine(LineKind.HEADING, "Two", 2)),
        (6, NoteLine(LineKind.ITEM, "more")),
    ]


@pytest.mark.parametrize("text", ["", "\n", "\n\n", "a\r"])
def test_every_passage_has_as_many_lines_as_text(text: str) -> None:
    for passage in split_passages("a.md", text, parse_note(text)):
        assert len(passage.lines) == passage.text.count("\n") + 1
