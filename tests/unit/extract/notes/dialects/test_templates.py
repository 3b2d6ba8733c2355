"""Shortcodes, Liquid, attribute lists and MDX: the marks go, what is between them stays."""

from __future__ import annotations

import pytest

from extract.notes.parse import parse_note


def texts(*lines: str, suffix: str = ".md") -> list[str]:
    """What the lines say that say something."""
    return [line.text for line in parse_note("\n".join(lines), suffix=suffix).lines if line.text]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('A kiln {{< ref "a.md" >}} is hot.', "A kiln is hot."),
        ("{{% notice %}}A kiln is hot.{{% /notice %}}", "A kiln is hot."),
        ("A kiln is hot{% include x %}.", "A kiln is hot."),
        ("The {{ site.title }} says.", "The says."),
        ("A kiln{: .term #k} is hot.", "A kiln is hot."),
        ("[A kiln](a.md){target=_blank} is hot.", "A kiln is hot."),
        ("{: .no_toc}", ""),
        ("{:toc}", ""),
        ("A kiln is {{c1::hot}}.", "A kiln is {{c1::hot}}."),
        ("The set {a, b} has two.", "The set {a, b} has two."),
        ("Write `{{ x }}` there.", "Write {{ x }} there."),
        ("The set $\\{x\\}$ and ${y}$ here.", "The set \\{x\\} and {y} here."),
        ("- {{< x >}}", ""),
    ],
)
def test_marks_in_a_line(line: str, said: str) -> None:
    assert texts(line) == ([said] if said else [])


def test_a_shortcode_over_several_lines() -> None:
    assert texts("One.", "{{< figure", '  src="a"', '  caption="b" >}}', "Two.") == ["One.", "Two."]
    assert texts("One {{< x", 'a="b" >}} two.') == ["One", "two."]
    assert texts("One {{< x and", "no end.") == ["One {{< x and", "no end."]


def test_code_formulas_and_comments_between_shortcodes() -> None:
    note = parse_note("{{< highlight c >}}\nint x;\n{{< /highlight >}}\n{% katex %}\nx_1\n{% endkatex %}\n")
    assert [(line.kind.value, line.text) for line in note.lines if line.text] == [
        ("code", "int x;"),
        ("formula", "x_1"),
    ]
    assert texts("{% comment %}", "Hidden.", "{% endcomment %}", "Seen.") == ["Seen."]


def test_imports_and_exports_over_several_lines() -> None:
    assert texts("import {", "  A,", "} from 'x';", "", "export const a = [", "", "  {b: 1},", "];", "", "Clay.") == [
        "Clay."
    ]
    assert texts("import duties on cloth", "export of wool") == ["import duties on cloth", "export of wool"]


def test_components_and_expressions() -> None:
    assert texts('<Tab label="Kiln">Clay is {props.x} soft.</Tab>', suffix=".mdx") == ["Clay is soft."]
    assert texts("<Tabs>", "", "Clay is soft.", "", "</Tabs>") == ["Clay is soft."]
    assert texts("Clay <Icon a={() => 1 > 2} /> is soft.") == ["Clay is soft."]
    over_lines = ("<Tabs", "  values={[", "    {a: 1},", "  ]}>", "Clay.")
    assert texts(*over_lines, suffix=".mdx") == ["Clay."]
    assert texts(*over_lines, "</Tabs>") == ["Clay."]
    assert texts("{a.map((x) => (", "  <li>{x}</li>", "))}", "Clay.", suffix=".mdx") == ["Clay."]
    assert texts("{/* not", "said */}", "Clay.") == ["Clay."]


def test_what_is_no_component_stays() -> None:
    assert texts("A List<String> has strings, and a <Name> too.") == ["A List<String> has strings, and a <Name> too."]
