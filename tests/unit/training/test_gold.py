"""The annotated parts: found with their documents, or refused in one sentence."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from graph.errors import InputError
from graph.model import RelationType
from tests.places import ROOT
from tests.unit.training.conftest import Write
from training.gold import OWN_GOLD, OWN_NOTES, read_parts
from training.train_kinds import named_concepts

TEXT = "# Heaps\n\nA heap is a tree.\n\nHeapsort uses a heap.\n"


@pytest.fixture
def five(write_part: Write, tmp_path: Path) -> Path:
    """Five annotated notes; the folder that has ``notes`` and ``gold``."""
    for name in "abcde":
        write_part(
            name,
            TEXT,
            [{"name": "heap", "aliases": ["Heaps"], "type": "concept"}, {"name": "Heapsort", "type": "method"}],
            relations=[
                {"head": "Heapsort", "relation": "uses", "tail": "heaps", "line": 5},
                {"head": "heapsort", "relation": "is_a", "tail": "Heaps"},
                {"head": "Heapsort", "relation": "uses", "tail": "no such concept"},
                {"head": "heap", "relation": "is_a", "tail": "Heaps"},
            ],
            prerequisites=[{"before": "heap", "after": "Heapsort"}, {"before": "tree", "after": "heap"}],
            lines=(3, 4),
        )
    return tmp_path


def test_our_own_annotations_are_read_with_their_notes() -> None:
    parts = read_parts([OWN_GOLD], [OWN_NOTES])
    assert [p.name for p in parts] == sorted(p.parent.name for p in OWN_GOLD.glob("*/meta.json"))
    assert all(p.path.parent == p.collection == OWN_NOTES for p in parts)
    assert all(p.relations and p.prerequisites for p in parts)
    for part in parts:
        assert len(part.text.split("\n")) <= part.marked.last
        assert max(max(pair) for pair in part.relations) < len(part.concepts)


def test_a_part_is_the_annotated_lines_under_their_own_numbers(five: Path) -> None:
    [part, *_] = read_parts([five / "gold"], [five / "notes"])
    assert part.text.split("\n") == ["", "", "A heap is a tree.", ""]


def test_statements_are_between_numbered_concepts(five: Path) -> None:
    [part, *_] = read_parts([five / "gold"], [five / "notes"])
    assert part.relations == {(1, 0): frozenset({(RelationType.USES, 5), (RelationType.IS_A, None)})}
    assert part.prerequisites == {(0, 1)}
    assert part.number_of(["no such concept", "HEAPS"]) == 0
    assert part.number_of(["tree"]) is None


def test_a_document_is_found_below_a_folder_of_notes(five: Path) -> None:
    (five / "notes" / "deep" / "er").mkdir(parents=True)
    (five / "notes" / "a.md").rename(five / "notes" / "deep" / "er" / "a.md")
    [part, *_] = read_parts([five / "gold"], [five / "notes"])
    assert part.path == five / "notes" / "deep" / "er" / "a.md"
    assert part.collection == five / "notes"
    (five / "notes" / "deep" / "a.md").write_text("other", encoding="utf-8")
    with pytest.raises(InputError, match=r"several documents of this name: .*Rename one of them"):
        read_parts([five / "gold"], [five / "notes"])


def test_a_missing_document_was_skipped_in_silence(five: Path) -> None:
    (five / "notes" / "c.md").unlink()
    with pytest.raises(
        InputError, match=r"The document 'c\.md', which .*/gold/c annotates, is in none of .*/notes\. Name"
    ):
        read_parts([five / "gold"], [five / "notes"])


def test_two_parts_of_one_name_are_refused(five: Path) -> None:
    with pytest.raises(InputError, match=r"Two annotated parts have the same name: .*gold/a and .*gold/a"):
        read_parts([five / "gold", five / "gold"], [five / "notes"])


def test_too_few_parts_are_refused(five: Path) -> None:
    (five / "gold" / "e" / "meta.json").unlink()
    with pytest.raises(InputError, match=r"at least 5 annotated parts, and .*/gold has 4\. Annotate more"):
        read_parts([five / "gold"], [five / "notes"])


def test_an_unknown_type_is_refused_by_the_training_that_needs_it(write_part: Write, five: Path) -> None:
    write_part("f", TEXT, [{"name": "heap", "type": "structure"}])
    parts = read_parts([five / "gold"], [five / "notes"])
    with pytest.raises(InputError, match=r"gold/f: 'heap' is of type 'structure'\. There are: component, concept, "):
        named_concepts(parts)


def test_the_command_says_what_is_missing_in_one_line_and_fails(five: Path) -> None:
    (five / "notes" / "c.md").unlink()
    done = subprocess.run(
        [sys.executable, "-m", "training.train_kinds", "--gold", str(five / "gold"), "--notes", str(five / "notes")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    [line] = done.stderr.splitlines()
    assert line.startswith("train_kinds: The document 'c.md', which ")
    assert line.endswith("with --notes, or take the annotation away.")
