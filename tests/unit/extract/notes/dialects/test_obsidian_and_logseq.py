"""The syntax of Obsidian and Logseq: what is left of it, line by line."""

from __future__ import annotations

from pathlib import Path

import pytest

from extract.notes.blocks import BlockKind
from extract.notes.dialects.properties import Property
from extract.notes.files import SourceFile, read_note
from extract.notes.inventory import take_inventory
from extract.notes.mend import mend, split_lines
from extract.notes.parse import parse, parse_note
from extract.notes.passages import split_passages
from graph.model import Skipped

UUID = "65b2f0c1-1a2b-4c3d-8e4f-5a6b7c8d9e0f"


def said(text: str, suffix: str = ".md") -> list[str]:
    """What the lines of a note say; as many as it has."""
    lines = [line.text for line in parse_note(text, suffix=suffix).lines]
    assert len(lines) == len(split_lines(text))
    return lines


def properties(text: str) -> list[Property]:
    return mend(split_lines(text)).properties


@pytest.mark.parametrize(
    ("written", "left"),
    [
        ("Clay shrinks. %% ask Kim %% It cracks.", "Clay shrinks. It cracks."),
        ("%% only a remark %%", ""),
        ("- %% only a remark %%", ""),
        ("`%% code %%` stays", "%% code %% stays"),
        ("about 100%% of it", "about 100%% of it"),
        ("Clay %%is never closed", "Clay"),
        ("Clay shrinks. ^3f-A9", "Clay shrinks."),
        ("^3f-A9", ""),
        ("the area is x^2", "the area is x^2"),
        ("$a ^2", "$a ^2"),
        ("see ![[kiln.png|600]] here", "see here"),
        ("![[Kiln#Parts]]", ""),
        ("see [[Kiln#^3f-A9]]", "see Kiln"),
        ("see [[Kiln#Parts]]", "see Kiln > Parts"),
        ("see [[#Parts]]", "see Parts"),
        ("see [[Kiln#Parts|the parts]]", "see the parts"),
        ("It is called `= this.file.name` or `$= dv.current()`.", "It is called or ."),
        ("`= A1 + B1` and `=>` and `=SUM(A1)`", "= A1 + B1 and => and =SUM(A1)"),
        ("Clay (from:: [[Pit]]) dries [in:: 3 days].", "Clay dries ."),
        ("[key:: value](page.md)", "key:: value"),
        ("Written <% tp.date.now() %> today", "Written today"),
        ("- [ ] buy clay 📅 2031-05-01 🔁 every week ⏫", "buy clay"),
        ("- [/] buy clay 🆔 a1b2 ⛔ c3", "buy clay"),
        ("The meeting 📅 2031-05-01", "The meeting 2031-05-01"),
        ("Clay is soft #clay/soft #pottery", "Clay is soft"),
        ("Clay of #clay/soft kind", "Clay of kind"),
        ("- `x` #card", "x"),
        ("Use #pottery words", "Use #pottery words"),
        ("The colour is #ffaa00", "The colour is #ffaa00"),
        ("Глина мягкая #глина", "Глина мягкая #глина"),
        (f"- As said in (({UUID})) before", "As said in before"),
        (f"- [this]((({UUID}))) says it", "this says it"),
        ("- ((not a reference))", "((not a reference))"),
        (r"- It is {{cloze clay \\ what?}} here", "It is clay here"),
        ("- {{query (and [[a]] (task TODO))}}", ""),
        (f"- {{{{embed (({UUID}))}}}}", ""),
        ("- {{video https://example.com/v}} shows it", "shows it"),
        ("- TODO [#A] buy clay", "buy clay"),
        ("- NOW", ""),
        ("- NOW: an organisation", "NOW: an organisation"),
        ("TODO lists are long", "TODO lists are long"),
        ("## DONE Firing", "Firing"),
        ('## <span class="org-todo todo TODO">TODO</span> Firing', "Firing"),
        ("status:: seedling", ""),
        ("logseq.order-list-type:: number", ""),
        ("f :: Int -> Int", "f :: Int -> Int"),
        ("std::vector grows", "std::vector grows"),
        ("Two words:: are text", "Two words:: are text"),
        ("SCHEDULED: <2030-02-03 Sun> DEADLINE: <2030-02-04 Mon>", ""),
        ("- #+BEGIN_NOTE", ""),
        ("  #+END_NOTE #card", ""),
    ],
)
def test_a_line(written: str, left: str) -> None:
    assert said(written) == [left]


@pytest.mark.parametrize(
    ("written", "left"),
    [
        ("a\n%%\nb\n\n# c\n%%\nd", ["a", "", "", "", "", "", "d"]),
        ("a %% b\nc %% d", ["a", "d"]),
        ("%%\nnever closed\n\nto the end", ["", "", "", ""]),
        ("%% a remark\ngoes on\n\nbut not here", ["", "", "", "but not here"]),
        ("%% typed %\n\n%% closed %% text", ["", "", "text"]),
        ("<%*\nlet x = 1\n%>\ntext", ["", "", "", "text"]),
        ("%%\n```python\n# a secret comment in code\n```\n%%\ntext", ["", "", "", "", "", "text"]),
        ("```matlab\n%% section\n```", ["", "%% section", ""]),
        ("- a\n  :LOGBOOK:\n  CLOCK: [2023-09-01 Fri]\n  :END:\n- b", ["a", "", "", "", "b"]),
        (":note:\nis no drawer", [":note:", "is no drawer"]),
        ("#+BEGIN_SRC python\nx = 1\n#+END_SRC\ntext", ["", "x = 1", "", "text"]),
        ("#+BEGIN_QUERY\n{:title x}\n#+END_QUERY\ntext", ["", "", "", "text"]),
        ("```dataview\nTABLE x\n```\ntext", ["", "", "", "text"]),
        ("- $$\n  x_1\n  $$\n- the text", ["", "x_1", "", "the text"]),
    ],
)
def test_several_lines(written: str, left: list[str]) -> None:
    assert said(written) == left


def test_other_kinds_of_files_have_no_such_syntax() -> None:
    assert said("key:: b\n%% c %%\nd ^e", ".txt") == ["key:: b", "%% c %%", "d ^e"]


def test_comments_are_not_in_the_passages_that_are_kept() -> None:
    text = "# Clay\n\nIt is soft. %% ask Kim %%\n\n%%\nunpaid\n%%\n"
    (passage,) = split_passages("a.md", text, parse_note(text))
    assert passage.text == "# Clay\n\nIt is soft.\n\n\n\n"


def test_properties_are_read_with_their_places() -> None:
    text = "title:: Clay\nalias:: loam, argil\n\n- Clay is soft.\n  ID:: x\n- [ ] dry it [due:: 2031-05-01]\n\nup:: [[Earth]]"
    assert properties(text) == [
        Property(0, "title", "Clay", page=True),
        Property(1, "alias", "loam, argil", page=True),
        Property(4, "id", "x", page=False),
        Property(5, "due", "2031-05-01", page=False),
        Property(7, "up", "[[Earth]]", page=True),
    ]
    assert properties("- tags:: a\n- text\n- tags:: b") == [
        Property(0, "tags", "a", page=True),
        Property(2, "tags", "b", page=False),
    ]


def test_what_is_nested_in_an_item_of_properties_stays_there() -> None:
    above, inside = parse("- Clay\n- id:: x\n\t- is soft")
    assert (above.text, inside.text, inside.level, inside.parent) == ("Clay", "is soft", 1, -1)
    first, second = parse("- Clay\n\t- #+BEGIN_NOTE\n\t  is soft\n\t  #+END_NOTE")
    assert (second.text, second.parent) == ("is soft", first.index)
    assert [b.kind for b in parse("a paragraph\n- id:: x")] == [BlockKind.PARAGRAPH]


@pytest.mark.parametrize(
    "written",
    [
        "> [!warning]- Do not hurry\n> Clay cracks.\n>\n> It is brittle.",
        "> [!my-kind|wide] Do not hurry\n> Clay cracks.\n>\n> It is brittle.",
        "```ad-warning\ntitle: Do not hurry\nClay cracks.\n\nIt is brittle.\n```",
    ],
)
def test_a_title_announces_all_of_its_callout(written: str) -> None:
    title, *body = parse(f"{written}\n\nSlow drying helps.")
    assert [b.text for b in (title, *body)] == ["Do not hurry", "Clay cracks.", "It is brittle.", "Slow drying helps."]
    assert [b.lead_in for b in body] == [title.index, title.index, -1]


def test_a_callout_announces_its_list_and_needs_no_title() -> None:
    title, first, second = parse("> [!tip] Tools\n> - sponge\n> - wire")
    assert {first.lead_in, second.lead_in} == {title.index}
    assert [b.text for b in parse("> [!tip]\n> Clay cracks.")] == ["Clay cracks."]


def test_a_drawing_says_its_texts(tmp_path: Path) -> None:
    text = (
        "---\nexcalidraw-plugin: parsed\n---\n==⚠  Switch to EXCALIDRAW VIEW in the menu. ⚠==\n\n# Excalidraw Data\n"
        "## Text Elements\nClay pit ^aB3\n\n## Embedded Files\n0a1b: [[x.png]]\n%%\n## Drawing\n```json\n{}\n```\n%%\n"
    )
    assert [line for line in said(text) if line] == ["Clay pit"]
    path = tmp_path / "pit.excalidraw.md"
    path.write_text(text, encoding="utf-8")
    note = read_note(path, tmp_path)
    assert isinstance(note, SourceFile)
    assert note.title == "pit"


def reason(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    found = read_note(path, folder)
    return found.reason if isinstance(found, Skipped) else ""


def test_templates_are_left_out(tmp_path: Path) -> None:
    assert "template" in reason(tmp_path, "a.md", "# {{title}}\n\ntext\n")
    assert "template" in reason(tmp_path, "b.md", "---\ntitle: <% tp.file.title %>\n---\ntext\n")
    assert "template" in reason(tmp_path, "{{date}}.md", "text\n")
    assert not reason(tmp_path, "c.md", "# The `{{title}}` variable\n\ntext\n")
    assert not reason(tmp_path, "e.md", "---\ntitle: '{{ replace .Name }}'\n---\n# Clay\n\ntext\n")
    assert not reason(tmp_path, "d.md", "# Clay\n\nUse {{title}} there.\n")


def test_a_folder_of_templates_has_placeholders_or_is_in_a_vault(tmp_path: Path) -> None:
    assert not reason(tmp_path, "Templates/classes.md", "# Class templates\n\nA template takes a type.\n")
    assert "template" in reason(tmp_path, "Templates/daily.md", "# Day\n\n{{date:YYYY}}\n")
    assert "template" in reason(tmp_path, "Templates/classes.md", "# Class templates\n\nA template takes a type.\n")
    assert not reason(tmp_path, "other/模板/a.md", "# Clay\n\nIt is soft.\n")
    (tmp_path / ".obsidian").mkdir()
    assert "template" in reason(tmp_path, "other/模板/a.md", "# Clay\n\nIt is soft.\n")


def test_older_versions_that_logseq_keeps_are_left_out(tmp_path: Path) -> None:
    for name in ("pages/a.md", "logseq/bak/pages/a/1.md", "bak/b.md"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("- Clay is soft.\n", encoding="utf-8")
    found = take_inventory(tmp_path)
    assert [p.relative_to(tmp_path).as_posix() for p in found.notes] == ["bak/b.md", "pages/a.md"]
    assert [s.doc for s in found.left_out] == ["logseq/bak"]
    assert len(take_inventory(tmp_path, everything=True).notes) == 3
