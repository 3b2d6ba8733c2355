"""How central concepts are: what each part of the formula does, and that nothing else matters."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from graphlib import CycleError

import pytest
from hypothesis import given, settings

from graph.centrality import with_salience
from graph.model import (
    Basis,
    Concept,
    Document,
    Evidence,
    GraphSnapshot,
    LineKind,
    Mention,
    NoteLine,
    Passage,
    Prerequisite,
    Relation,
    RelationType,
)
from graph.text.names import fold
from tests.strategies import snapshots


def passage(doc: str, text: str, first: int = 1) -> Passage:
    """Lines that begin with ``#`` are headings."""
    raw = text.split("\n")
    lines = tuple(
        NoteLine(LineKind.HEADING, line.lstrip("# "), line.count("#"))
        if line.startswith("#")
        else NoteLine(LineKind.TEXT if line else LineKind.BLANK, line)
        for line in raw
    )
    return Passage(f"{doc}#{first}", doc, first, first + len(raw) - 1, (), text, lines)


def concept(name: str, notes: Sequence[Passage], confidence: float = 0.9, *, defined: bool = False) -> Concept:
    """A concept that is mentioned where its name is written."""
    mentions = sorted(
        Mention(p.doc, number, name) for p in notes for number, line in p.numbered_lines() if name in line.text
    )
    definition = Evidence(mentions[0].doc, mentions[0].line, "it is") if defined else None
    return Concept(fold(name), name, (), definition=definition, mentions=tuple(mentions), confidence=confidence)


def salience(
    concepts: Sequence[Concept],
    notes: Sequence[Passage],
    relations: Sequence[Relation] = (),
    needs: Sequence[Prerequisite] = (),
    titles: dict[str, str] | None = None,
) -> dict[str, float]:
    documents = [Document(d, (titles or {}).get(d, d), "", 99) for d in sorted({p.doc for p in notes})]
    return {c.name: c.salience for c in with_salience(concepts, notes, relations, needs, documents)}


NOTES = (
    passage("a.md", "# Heart\nThe heart pumps. vein\n## Valve\nOne. vein\nTwo.\nThree.\n## Other\nFour. lamp"),
    passage("b.md", "# Skin\nIt covers. vein\nIt feels."),
)


def test_what_sections_are_about_comes_before_what_is_named_once() -> None:
    found = salience([concept(n, NOTES) for n in ("Heart", "Valve", "lamp")], NOTES)
    assert found["Heart"] > found["Valve"] > found["lamp"] > 0
    assert found["Heart"] == 1.0


def test_a_heading_counts_by_the_share_that_the_name_is_of_it() -> None:
    notes = (passage("a.md", "# Valve\nOne.\n# The lamp of a house\nTwo."),)
    found = salience([concept(n, notes) for n in ("Valve", "lamp")], notes)
    assert found["Valve"] > found["lamp"]


def test_a_heading_of_every_note_is_a_kind_of_section() -> None:
    notes = tuple(passage(f"{d}.md", f"# Organ {d}\nText {d}.\n## Summary\nText.\nMore.") for d in "abcdefgh")
    found = salience([concept("Organ a", notes), concept("Summary", notes)], notes)
    assert found["Organ a"] > found["Summary"]


def test_the_title_of_a_document_heads_it_all() -> None:
    notes = (passage("a.md", "Heart, lamp"), passage("b.md", "Text."))
    found = salience([concept(n, notes) for n in ("Heart", "lamp")], notes, titles={"a.md": "heart"})
    assert found["Heart"] > found["lamp"]


def test_several_notes_count_more_than_one_and_sections_more_than_lines() -> None:
    notes = (
        passage("a.md", "# One\nspread twice\n# Two\ntwice\n# Three\nlines\nlines\nlines"),
        passage("b.md", "# Four\nspread"),
    )
    found = salience([concept(n, notes) for n in ("spread", "twice", "lines")], notes)
    assert found["spread"] > found["twice"] > found["lines"]


def test_a_definition_counts() -> None:
    notes = (passage("a.md", "Heart and lamp"),)
    found = salience([concept("Heart", notes, defined=True), concept("lamp", notes)], notes)
    assert found["Heart"] > found["lamp"]


PLAIN = (passage("a.md", "a b c d e f"),)
LETTERS = [concept(n, PLAIN) for n in "abcdef"]
EQUAL = salience(LETTERS, PLAIN)


def relation(head: str, type_: RelationType, tail: str, basis: Basis = Basis.EXTRACTED) -> Relation:
    return Relation(head, type_, tail, 0.8, basis=basis, evidence=(Evidence("a.md", 1, "x"),))


def test_typed_relations_of_the_notes_count_by_neighbours() -> None:
    assert set(EQUAL.values()) == {1.0}
    uses, is_a = RelationType.USES, RelationType.IS_A
    found = salience(LETTERS, PLAIN, [relation("a", uses, "b"), relation("a", uses, "c"), relation("b", is_a, "a")])
    assert found["a"] > found["b"] == found["c"] > found["d"]


@pytest.mark.parametrize(
    "said",
    [
        relation("a", RelationType.RELATED_TO, "b"),
        relation("a", RelationType.USES, "b", Basis.BACKGROUND),
        Prerequisite("a", "b", 0.9, ("background",)),
    ],
    ids=["untyped", "background relation", "background prerequisite"],
)
def test_what_the_notes_do_not_say_themselves_does_not_count(said: Relation | Prerequisite) -> None:
    if isinstance(said, Relation):
        assert salience(LETTERS, PLAIN, [said]) == EQUAL
    else:
        assert salience(LETTERS, PLAIN, needs=[said]) == EQUAL
        assert salience(LETTERS, PLAIN, needs=[replace(said, reasons=("uses", "background"))]) != EQUAL


def test_what_others_need_counts_directly_and_through_others() -> None:
    edges = [Prerequisite("a", "b", 0.9), Prerequisite("b", "c", 0.9), Prerequisite("d", "e", 0.9)]
    found = salience(LETTERS, PLAIN, needs=edges)
    assert found["a"] > found["b"] == found["d"] > found["c"] == found["e"] == found["f"]
    with pytest.raises(CycleError):
        salience(LETTERS, PLAIN, needs=[Prerequisite("a", "b"), Prerequisite("b", "a")])


def test_of_equally_central_concepts_the_more_probable_comes_first() -> None:
    found = with_salience([concept(n, PLAIN, c) for n, c in (("a", 0.3), ("b", 0.9), ("c", 0.6))], PLAIN, (), (), ())
    assert [c.id for c in found] == ["b", "c", "a"]
    assert [c.confidence for c in found] == [0.9, 0.6, 0.3]


def test_doubt_matters_less_for_what_many_sections_are_about() -> None:
    found = salience([concept("Heart", NOTES, 0.4), concept("lamp", NOTES, 0.99)], NOTES)
    assert found["Heart"] > found["lamp"]
    noise = salience([concept("Heart", NOTES), concept("lamp", NOTES, 0.05)], NOTES)
    assert noise["lamp"] < 0.1


def test_little_and_nothing() -> None:
    assert with_salience([], [], [], [], []) == ()
    assert salience([concept("a", PLAIN, 0.2)], PLAIN) == {"a": 1.0}
    assert [c.salience for c in with_salience([Concept("a", "a", confidence=0.0)], [], [], [], [])] == [0.0]


@settings(max_examples=60, deadline=None)
@given(snapshots())
def test_any_graph_in_any_order(graph: GraphSnapshot) -> None:
    def found(order: random.Random | None) -> tuple[Concept, ...]:
        parts = (graph.concepts, graph.passages, graph.relations, graph.prerequisites, graph.documents)
        if order is None:
            return with_salience(*parts)
        c, p, r, n, d = (order.sample(list(part), len(part)) for part in parts)
        return with_salience(c, p, r, n, d)

    once = found(None)
    assert all(0.0 <= c.salience <= 1.0 for c in once)
    assert max((c.salience for c in once), default=1.0) in (0.0, 1.0)
    assert list(once) == sorted(once, key=lambda c: (-c.salience, c.id))
    assert [replace(c, salience=0.0) for c in sorted(once, key=lambda c: c.id)] == [
        replace(c, salience=0.0) for c in sorted(graph.concepts, key=lambda c: c.id)
    ]
    assert found(random.Random(7)) == found(random.Random(8)) == once
