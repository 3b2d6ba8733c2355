"""Properties under the title of a page that Notion exported."""

from __future__ import annotations

import pytest

from extract.notes.dialects.notion import is_notion
from extract.notes.mend import mend
from extract.notes.parse import parse_note

ID = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (f"Soil {ID}.md", True),
        (f"{ID}.md", True),
        (f"Garden {ID}/Soil.md", True),
        ("Soil.md", False),
        (f"Soil{ID}x.md", False),
        ("a/0123abc.md", False),
    ],
)
def test_which_files_are_of_notion(name: str, expected: bool) -> None:
    assert is_notion(name) is expected


def test_properties_are_no_text() -> None:
    note = mend(
        ["# Soil", "", "Class: GEO 1", "Done: Yes", "Tags:", "", "Loam: a soil of sand and clay"], name=f"S {ID}.md"
    )
    assert [(p.line, p.key, p.value) for p in note.properties] == [
        (2, "class", "GEO 1"),
        (3, "done", "Yes"),
        (4, "tags", ""),
    ]
    assert note.lines == ["# Soil", "", "", "", "", "", "Loam: a soil of sand and clay"]


@pytest.mark.parametrize("name", ["soil.md", ""])
def test_the_same_lines_elsewhere_are_text(name: str) -> None:
    assert mend(["# Soil", "", "Class: GEO 1", "Done: Yes"], name=name).properties == []


def test_a_single_line_is_a_property_only_if_it_is_short() -> None:
    name = f"S {ID}.md"
    assert len(mend(["# Soil", "", "Done: Yes", "", "Text."], name=name).properties) == 1
    assert mend(["# Soil", "", "Loam: a soil that has much sand and some clay."], name=name).properties == []
    assert mend(["# Soil", "", "Loam: a soil", "and more of the paragraph"], name=name).properties == []


def test_untitled_is_no_name() -> None:
    lines = parse_note("![Untitled](a/Untitled%201.png)\n[Untitled](b.csv)\n", name=f"S {ID}.md").lines
    assert [line.text for line in lines] == ["", ""]
