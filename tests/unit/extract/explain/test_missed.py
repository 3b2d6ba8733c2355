"""Which cut a name missed, on real builds of small notes."""

from __future__ import annotations

from pathlib import Path

import pytest

from extract.explain.concept import explain_name, read_sources
from extract.knowledge.lexicon import LexiconChoice, chosen_lexicon
from extract.pipeline import build

LEVERS = """# Levers

A fulcrum is the point on which a lever turns. Mechanical advantage is the ratio of load to effort.
The class two lever lifts a load, such as a wheelbarrow does in a garden on a rainy day with some neighbours.
See data/arms.csv, revision 9c41e7a2.
"""


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("notes")
    (folder / "levers.md").write_text(LEVERS, encoding="utf-8")
    (folder / "2023-10-02.md").write_text("- 8:15 dentist\n- fulcrum = turning point\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("dentist", "passing"),
        ("mechanical", "covered"),
        ("9c41e7a2", "identifier"),
        ("arms.csv", "identifier"),
        ("pulley", "absent"),
        ("garden", "room"),
    ],
)
def test_the_cut_is_named(notes: Path, name: str, reason: str) -> None:
    concepts = build(notes, workers=1).snapshot.concepts
    report = explain_name(read_sources(notes), [name], lexicon=chosen_lexicon(LexiconChoice()), concepts=concepts)
    assert report.reason == reason, (report, [c.name for c in concepts])
    assert bool(report.others) is (reason == "covered")


def test_a_concept_missed_no_cut(notes: Path) -> None:
    report = explain_name(read_sources(notes), ["fulcrum"], lexicon=chosen_lexicon(LexiconChoice()))
    assert report.reason == ""
    assert report.reports
