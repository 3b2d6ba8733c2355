"""A strategy for notes in every syntax that the reader accepts, put together as people do it."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

_WORDS = st.sampled_from(
    [
        *(
            "LoRA",
            "rank",
            "the weights",
            "low-rank",
            "Q4_K_M",
            "is a",
            "3.5",
            "C++",
            "KV cache",
            "x",
            "snake_case_name",
        ),
        *(
            "注意力",
            "低秩适应",
            "是一种",
            "自注意力机制",
            "（Attention）",
            "，",
            "。",
            "：",
            "“引文”",
            "第 2 步",
            "模型",
        ),
        *(
            "café",
            "ﬁne",
            "①",
            "２",
            "ß",
            "<eos>",
            "</s>",
            "a < b > c",
            "&alpha;",
            "&amp;",
            "&lt;tag&gt;",
            "&nbsp;",
            "AT&T",
        ),
        *(
            "\\*",
            "\\_",
            "\\[",
            "\\]",
            "\\|",
            "\\\\",
            "★★☆",
            "🧠",
            "1\ufe0f\u20e3",
            "🄰",
            "*",
            "**",
            "_",
            "~",
            "=",
            "$5",
            "`",
            "[",
            "](",
            "]",
        ),
        *("[^1]", "<br>", "<sup>[1]</sup>", "<!-- hidden -->", "\u3000", "\xa0", "\u200b", "  "),
        *(
            "https://example.com/a_b?c=1",
            "<https://example.com>",
            "www.example.com/x",
            "ftp://a.b/c",
            "https://a.b，后文",
        ),
        *("$O(n)$", "$$x_i$$", "\\(a_1\\)", "http://a.b/c)d", "[0, 1)", "{#anchor}", "%%note%%", "||", "!"),
        *(
            "%%",
            "%% a note",
            "<% tp.file.title %>",
            "<%* a",
            "%>",
            "^3f9a-b",
            "#tag/part",
            "#card",
            "#[[two words]]",
            "x^2",
        ),
        *(
            "![[note#part|600]]",
            "[[note#^3f9a]]",
            "[[#part]]",
            "`= this.file.name`",
            "`$= dv.now()`",
            "std::vector",
            "a:: b",
        ),
        *("((6a1c11c2-3b5d-4a8e-9f01-2c7d5e6f7a80))", "((x))", "{{embed [[note]]}}", "{{cloze the rank \\\\ hint}}"),
        *(
            "{{query (and [[a]] (task TODO))}}",
            "[due:: 2024-05-01]",
            "(up:: [[LoRA]])",
            "📅 2024-05-01",
            "🔁 every week",
            '{{< ref "a b" >}}',
            "{{% x %}}",
            "{% include a %}",
            "{{ page.title }}",
            "{: .wide}",
            "{{c1::cloze}}",
            "{#a-b}",
        ),
        *(
            "\\\\(b_2\\\\)",
            "\\\\[c^2\\\\]",
            "$`y_1`$",
            "\\(n\\)",
            "\\begin{cases}1\\end{cases}",
            "<X a={b > 1} />",
            "{x.y}",
        ),
    ]
)
_AROUND = st.sampled_from(
    [
        *("{}", "{}", "{}", "**{}**", "*{}*", "__{}__", "_{}_", "~~{}~~", "=={}==", "`{}`", "``{}``", "***{}***"),
        *(
            "<b>{}</b>",
            "<em>{}</em>",
            "<u>{}</u>",
            "H<sub>{}</sub>",
            "<Tip>{}</Tip>",
            "<eos>{}</eos>",
            '<span class="x y">{}</span>',
        ),
        *(
            "[{}](a.md)",
            "[{}](http://x.y/z_(1))",
            '[{}](b.md "a title")',
            "[{}](c d.md)",
            "[{}](目标.md)",
            "[{}]()",
            "[{}](x(y)",
        ),
        *(
            "![{}](a.png)",
            "[![{}](a.svg)](page.md)",
            "[{}](http://x.y/中文，页)",
            "[{}][1]",
            "[{}][]",
            "[{}]",
            "![{}]",
            "“{}”",
        ),
        *('<Tab label="a">{}</Tab>', "<Tabs>{}</Tabs>", "{{}}", "{{< x >}}{}{{< /x >}}", "$$ {} $$"),
        *("[[{}]]", "[[target|{}]]", "[[folder/note#part|{}]]", "<!-- {} -->", "$ {} $", "({})", "\\({}\\)"),
    ]
)
_GAP = st.sampled_from([" ", "", " "])


def _line(parts: Sequence[tuple[str, str, str, str]], around: str) -> str:
    text = "".join(outer.replace("{}", inner.replace("{}", word)) + gap for word, inner, outer, gap in parts)
    return around.replace("{}", text.strip())


inline = st.builds(
    _line,
    st.lists(st.tuples(_WORDS, _AROUND, _AROUND, _GAP), min_size=1, max_size=4),
    st.one_of(st.just("{}"), _AROUND),
)
"""A line of text with marks in it."""
_paragraph = st.lists(inline, min_size=1, max_size=3).map("\n".join)
_heading = st.builds(
    lambda level, number, text, end: f"{'#' * level} {number}{text}{end}",
    st.integers(1, 6),
    st.sampled_from(["", "", "1. ", "3.2 ", "一、", "Q1：", "第一章 ", "★ "]),
    inline,
    st.sampled_from(["", "", " #", " {#id}", "[[id]]", "："]),
)
_marker = st.sampled_from(
    [
        *("- ", "* ", "+ ", "1. ", "2) ", "1、", "• ", "- [ ] ", "- [x] ", "（1）", "第一步：", "① "),
        *("- TODO ", "- [/] ", "- DOING [#A] ", "- key:: ", "  id:: ", "- # ", "- #+BEGIN_NOTE ", "- ^"),
    ]
)
_list = st.lists(
    st.builds(lambda indent, mark, text: " " * indent + mark + text, st.sampled_from([0, 0, 2, 4]), _marker, inline),
    min_size=1,
    max_size=5,
).map("\n".join)
_row = st.lists(st.one_of(inline, st.just("")), min_size=2, max_size=3)


def _table(rows: Sequence[Sequence[str]], rule: str, edge: str) -> str:
    lines = [f"{edge} {' | '.join(cells)} {edge}".strip() for cells in rows]
    return "\n".join([lines[0], rule * len(rows[0]) + edge, *lines[1:]] if rule else lines)


_tables = st.builds(
    _table,
    st.lists(_row, min_size=2, max_size=4),
    st.sampled_from(["|---", "|:-:", "|  ", ""]),
    st.sampled_from(["|", "|", ""]),
)
_html_table = st.lists(_row, min_size=1, max_size=3).map(
    lambda rows: (
        "<table>\n"
        + "\n".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
        + "\n</table>"
    )
)
_quote = st.builds(
    lambda callout, text: "\n".join(f"> {line}" for line in (callout + text).split("\n")),
    st.sampled_from(["", "", "[!NOTE] ", "[!tip]- ", "[!my-type|wide]+ ", "[!quote]\n"]),
    st.one_of(_paragraph, _list, _tables),
)
_fence = st.builds(
    lambda info, lines, end: "\n".join([f"```{info}", *lines, end]),
    st.sampled_from(["", "python", "text", "markdown", "mermaid", "ad-note", "dataview"]),
    st.lists(
        st.one_of(
            inline, st.sampled_from(["title: 注意", "def f(x):", "    # 先归一化，再相加", "x = a['b'] # <b>", "}"])
        ),
        max_size=3,
    ),
    st.sampled_from(["```", "```", ""]),
)
_opening = st.sampled_from(
    [
        *(":::", "::: tip ", ":::note[", "::: {.warning #id} ", ":::: info ", ":::{admonition} ", "```{note} "),
        *(
            '!!! note "',
            "??? tip",
            "<details><summary>",
            "<details>\n<summary>",
            "{{< notice >}}",
            "$$",
            "\\[",
            "\\\\[",
        ),
        *(
            "{{< highlight c >}}",
            "{% comment %}",
            "\\begin{align}",
            "```math",
            "<Tabs\n  a={1}",
            "export const x = {",
            "{",
        ),
    ]
)
_closing = st.sampled_from(
    [
        *(":::", "::::", "]\n:::", "```", '"', "</summary>", "</summary>\n</details>", "</details>", "{{< /notice >}}"),
        *("$$", "\\]", "\\\\]", "{{< /highlight >}}", "{% endcomment %}", "\\end{align}", "/>", "}", "> }", ""),
    ]
)
_container = st.builds(
    lambda opening, title, options, body, closing, indent, after: (
        f"{opening}{title}\n{options}"
        + "\n".join(f"{indent}{line}" for line in body.split("\n"))
        + f"\n{closing}{after}"
    ),
    _opening,
    st.one_of(st.just(""), inline),
    st.sampled_from(["", "", ":class: x\n", "---\na: b\n---\n", "\n"]),
    st.one_of(_paragraph, _list, _heading, _tables),
    _closing,
    st.sampled_from(["", "", "    ", "> "]),
    st.one_of(st.just(""), inline),
)
_others = st.sampled_from(
    [
        *("---", "***", "$$\nx_t = \\frac{a}{b}\n$$", "$$ E = mc^2 $$", "[1]: http://example.com", "[^1]: a footnote"),
        *(
            "<!-- a\nb -->",
            "text <!-- a",
            "<div\nclass=x>",
            "import X from 'y'",
            "{{< figure >}}",
            "::: tip 提示",
            "标题\n====",
        ),
        *(
            "    indented prose that says something",
            "    x = f(**a);",
            "import numpy",
            "<details><summary>更多</summary>",
        ),
        *(
            "%%\nhidden\n\n# hidden too\n%%",
            "text %% hidden\nhidden %% text",
            "<%*\nlet x = 1\n%>",
            "up:: [[LoRA]]\nstatus:: done",
            "- a block\n  id:: 6a1c11c2-3b5d-4a8e-9f01-2c7d5e6f7a80\n\t- collapsed:: true\n\t\t- below",
            "- read\n  SCHEDULED: <2023-09-10 Sun>\n  :LOGBOOK:\n  CLOCK: [2023-09-01 Fri]\n  :END:",
            "- #+BEGIN_QUOTE\n  said\n  #+END_QUOTE",
            "#+BEGIN_SRC python\nx = 1\n#+END_SRC",
            "^3f9a",
            "# Excalidraw Data\n## Text Elements\nLoRA ^aB3\n%%\n## Drawing\nabc\n%%",
        ),
    ]
)
notes = st.builds(
    lambda front, blocks, gap, end: (front + gap.join(blocks)).replace("\n", end),
    st.sampled_from(
        ["", "", "---\ntitle: '注意力 **机制**'\ntags: [a]\n---\n", "---\nexcalidraw-plugin: parsed\n---\n"]
    ),
    st.lists(
        st.one_of(_paragraph, _paragraph, _heading, _list, _tables, _html_table, _quote, _fence, _container, _others),
        min_size=1,
        max_size=5,
    ),
    st.sampled_from(["\n\n", "\n\n", "\n"]),
    st.sampled_from(["\n", "\n", "\r\n"]),
)
"""Whole notes."""
