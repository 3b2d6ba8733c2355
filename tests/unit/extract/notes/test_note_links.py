"""Links between notes: what is one, and where it leads."""

from __future__ import annotations

import pytest

from extract.notes.note_links import NoteIndex
from extract.notes.parse import parse_note

DOCS = [
    "index.md",
    "Heat.md",
    "physics/Heat pump.md",
    "physics/index.md",
    "physics/Work.org",
    "old/Work.md",
    "a___b.md",
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("See [[Heat]] and [[Work#Units|units of work]].", [("Heat", "", "Heat"), ("Work", "Units", "units of work")]),
        ("See [the pump](physics/Heat%20pump.md#how).", [("physics/Heat pump.md", "how", "the pump")]),
        ('[x](<Heat pump.md>) [y](../b.md "title")', [("Heat pump.md", "", "x"), ("../b.md", "", "y")]),
        ('[x]({{< relref "heat.md#" >}}) [y]({{% ref "b" %}})', [("heat.md", "", "x"), ("b", "", "y")]),
        ("[x](https://a.b/c.md) [y](#part) [z](mailto:a@b.c) ![p](a.md) ![[Heat]] [i](p.png)", []),
        ("`[[Heat]]` and ``a ` [[Heat]]`` but [[Work]]", [("Work", "", "Work")]),
        ("```\n[[Heat]]\n```\n<!-- [[Heat]] -->\n", []),
        ("---\nup: '[[Heat]]'\n---\ntext", []),
        ("| a | b |\n|---|---|\n| [[Heat\\|hot]] | x |", [("Heat", "", "hot")]),
    ],
)
def test_links_of_a_note(text: str, expected: list[tuple[str, str, str]]) -> None:
    assert [(k.target, k.anchor, k.label) for k in parse_note(text).links] == expected


@pytest.mark.parametrize(
    ("written", "source", "expected"),
    [
        ("[[heat]]", "physics/Work.org", "Heat.md"),
        ("[[Heat pump]]", "index.md", "physics/Heat pump.md"),
        ("[[vault/physics/Heat pump]]", "index.md", "physics/Heat pump.md"),
        ("[[Work]]", "physics/Heat pump.md", "physics/Work.org"),
        ("[[Work]]", "index.md", None),  # two notes of that name
        ("[[Thermodynamics]]", "index.md", "Heat.md"),  # by its title
        ("[[a/b]]", "index.md", "a___b.md"),
        ("[[nowhere]]", "index.md", None),
        ("[x](../Heat.md)", "physics/Work.org", "Heat.md"),
        ("[x](/physics/Work.html)", "old/Work.md", "physics/Work.org"),
        ("[x](physics/)", "index.md", "physics/index.md"),
        ("[x](Heat.md)", "physics/Work.org", "Heat.md"),
        ("[x](none.md)", "index.md", None),
    ],
)
def test_where_a_link_leads(written: str, source: str, expected: str | None) -> None:
    index = NoteIndex(DOCS, {"Heat.md": ["Thermodynamics"]})
    (link,) = parse_note(written).links
    assert index.find(link, source) == expected
