"""What the notes leave open, on notes written so that it is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from graph.model import (
    Basis,
    Community,
    Concept,
    Document,
    Evidence,
    GraphSnapshot,
    Mention,
    Passage,
    Prerequisite,
    Relation,
    RelationType,
    Vectors,
)
from graph.stores.checks import ordered
from graph.stores.memory import MemoryStore
from queries.study.gaps import find_gaps
from tests.reading import read_passages
from tests.unit.queries.query_notes import bread_and_coffee

LINES = (
    "# Bread",
    "Flour makes the dough, says everybody.",
    "Good dough needs flour and gluten.",
    "A crust forms when flour browns.",
    "Yeast: what lifts the dough.",
    "yeast again, and yeast with dough and crust",
    "# Gluten",
    "Gluten holds dough and crust together.",
    "More on gluten in the dough.",
)


def concept(name: str, salience: float = 0.5, *, defined: int = 0) -> Concept:
    """A concept that is named where its name stands, and defined on line ``defined``."""
    found = [i for i, line in enumerate(LINES, 1) if name in line.casefold()]
    return Concept(
        name,
        name,
        salience=salience,
        definition=Evidence("b.md", defined, LINES[defined - 1]) if defined else None,
        mentions=tuple(Mention("b.md", i, name) for i in found),
    )


def bread(*, edges: tuple[Prerequisite, ...] = (), relations: tuple[Relation, ...] = ()) -> MemoryStore:
    return MemoryStore(
        ordered(
            GraphSnapshot(
                documents=(Document("b.md", "Bread", "0" * 64, len(LINES)),),
                passages=read_passages("b.md", "\n".join(LINES)),
                concepts=(
                    concept("flour"),
                    concept("yeast"),
                    concept("gluten"),
                    concept("dough", defined=3),
                    concept("crust", 0.9),
                ),
                prerequisites=edges,
                relations=relations,
            )
        )
    )


def needs(*pairs: str) -> tuple[Prerequisite, ...]:
    """``"flour>dough"``: flour comes before dough."""
    return tuple(Prerequisite(*pair.split(">")) for pair in pairs)


def test_what_is_used_and_never_explained() -> None:
    both = needs(
        "flour>dough", "flour>crust", "yeast>dough", "yeast>crust", "gluten>dough", "gluten>crust", "dough>crust"
    )
    found = find_gaps(bread(edges=both))
    # yeast begins a line that explains it, gluten is a heading, dough has a definition, nothing rests on crust
    (gap,) = found.unexplained
    assert (gap.concept, gap.lines, gap.documents) == ("flour", 3, 1)
    assert gap.needed_by == ("crust", "dough")  # the more salient one first
    assert [e.line for e in gap.evidence] == [2, 3, 4]  # the longest line first
    assert [len(LINES[e.line - 1]) for e in gap.evidence] == [38, 34, 32]
    assert gap.evidence[0].quote == LINES[1]
    assert found.found[1] == 1


def test_one_that_needs_it_is_not_enough() -> None:
    assert find_gaps(bread(edges=needs("flour>dough"))).unexplained == ()
    used = Relation("crust", RelationType.USES, "flour", evidence=(Evidence("b.md", 4, LINES[3]),))
    assert [g.needed_by for g in find_gaps(bread(edges=needs("flour>dough"), relations=(used,))).unexplained] == [
        ("crust", "dough")
    ]


def test_what_looks_as_if_something_comes_before_it() -> None:
    stated = (
        Relation("crust", RelationType.USES, "yeast", 0.8, evidence=(Evidence("b.md", 6, LINES[5]),)),
        Relation("crust", RelationType.BASED_ON, "flour", 0.9, evidence=(Evidence("b.md", 4, LINES[3]),)),
        Relation("crust", RelationType.RELATED_TO, "gluten", 0.9, evidence=(Evidence("b.md", 8, LINES[7]),)),
    )
    found = {g.concept: g for g in find_gaps(bread(relations=stated)).rootless}
    assert found["crust"].names == ("flour", "yeast")  # the surest first; related_to says nothing of order
    assert [e.line for e in found["crust"].evidence] == [4, 6]
    assert found["dough"].names == ("flour", "gluten")  # its definition names them
    assert [e.line for e in found["dough"].evidence] == [3]
    # with one prerequisite it is none, nor where one of the two rests on the concept itself
    assert {g.concept for g in find_gaps(bread(relations=stated, edges=needs("gluten>dough"))).rootless} == {"crust"}
    assert "crust" not in {g.concept for g in find_gaps(bread(relations=stated, edges=needs("crust>flour"))).rootless}


def test_few_are_shown_and_all_are_counted() -> None:
    both = needs("flour>dough", "flour>crust")
    found = find_gaps(bread(edges=both), limit=0)
    assert (found.unexplained, found.found[1]) == ((), 1)


def themes_store(*, between: int, vectors: bool = True) -> MemoryStore:
    """Two themes of six concepts, each connected within itself, with ``between`` relations from one to the other.

    A0 and b0 are alike.
    """
    names = [f"{theme}{i}" for theme in "ab" for i in range(6)]
    pairs = [(f"{t}{i}", f"{t}{j}") for t in "ab" for i in range(6) for j in range(i + 1, 6)]
    pairs += [(f"a{i}", f"b{i + 1}") for i in range(between)]
    rows = np.zeros((12, 3), dtype=np.float32)
    rows[:6, 0] = rows[6:, 1] = 1
    rows[[0, 6]] = (0, 0, 1)
    lines = [f"{name} is on this line" for name in names]
    return MemoryStore(
        ordered(
            GraphSnapshot(
                documents=(Document("n.md", "N", "0" * 64, 12),),
                passages=tuple(Passage(f"n.md#{i}", "n.md", i, i, (), line) for i, line in enumerate(lines, 1)),
                concepts=tuple(
                    Concept(n, n, salience=0.5, mentions=(Mention("n.md", i, n),)) for i, n in enumerate(names, 1)
                ),
                relations=tuple(
                    Relation(a, RelationType.RELATED_TO, b, evidence=(Evidence("n.md", names.index(a) + 1, a),))
                    for a, b in pairs
                ),
                communities=tuple(
                    Community(f"0-{i}", 0, None, t.upper(), "", tuple(f"{t}{j}" for j in range(6)))
                    for i, t in enumerate("ab")
                ),
                vectors=Vectors("static", tuple(names), rows, (), np.zeros((0, 3), dtype=np.float32))
                if vectors
                else None,
            )
        )
    )


def test_themes_that_hardly_anything_connects() -> None:
    (gap,) = find_gaps(themes_store(between=1)).themes
    # 15 pairs in each theme and one between: 31 ends on either side, 31 * 31 / (2 * 31) expected
    assert (gap.first, gap.second, gap.relations, gap.expected) == ("A", "B", 1, 15.5)
    assert gap.bridge == ("a0", "b0")
    assert gap.likeness == 0.33  # of three pairs of concepts one is alike
    assert [(e.line, e.quote) for e in gap.evidence] == [
        (1, "a0 is on this line"),
        (7, "b0 is on this line"),
        (1, "a0"),
    ]


def test_themes_that_are_connected_are_no_gap() -> None:
    # 15 + 15 + 5 pairs, 35 ends on either side: 17.5 expected, of which 5 are less than 35 % ...
    assert len(find_gaps(themes_store(between=5)).themes) == 1
    store = themes_store(between=5)
    more = [Relation("a5", RelationType.USES, f"b{i}") for i in range(3)]
    snapshot = store.snapshot()
    inferred = tuple(replace(r, basis=Basis.INFERRED) for r in more)
    # ... and 8 of (15 + 15 + 8) / 2 = 19 are not
    assert find_gaps(MemoryStore(ordered(replace(snapshot, relations=(*snapshot.relations, *inferred))))).themes == ()


def test_themes_without_vectors_are_compared_by_documents() -> None:
    (gap,) = find_gaps(themes_store(between=1, vectors=False)).themes
    assert gap.likeness == 1.0  # both stand in the one note there is


def test_small_notes_and_no_notes_have_no_gaps_of_themes() -> None:
    assert find_gaps(bread_and_coffee()).themes == ()
    empty = find_gaps(MemoryStore())
    assert (empty.themes, empty.unexplained, empty.rootless, empty.found) == ((), (), (), (0, 0, 0))
