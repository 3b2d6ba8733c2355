from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import NoPath, NoSuchConcept
from graph.model import Concept, Document, Evidence, GraphSnapshot, Mention, Passage, Prerequisite, RelationType
from graph.stores.checks import ordered
from graph.stores.memory import MemoryStore
from queries.explore import concept_card, find_paths, prerequisite_layers
from queries.study.path import _definition, _telling, study_path
from queries.study.readings import reading_minutes
from tests.reading import read_passages
from tests.unit.queries.query_notes import bread_and_coffee

LETTERS = "abcdefgh"


@pytest.fixture(scope="module")
def store() -> MemoryStore:
    return bread_and_coffee()


Edges = dict[tuple[str, str], float]


def letters_store(edges: Edges, *, words: int = 0) -> MemoryStore:
    """A graph of eight concepts with these prerequisites (pair → confidence).

    Line i is a passage of its own of ``i * words`` words.
    """
    texts = [f"concept {c}" + " word" * (i * words) for i, c in enumerate(LETTERS, 1)]
    return MemoryStore(
        ordered(
            GraphSnapshot(
                documents=(Document("n.md", "N", "0" * 64, len(LETTERS)),),
                passages=tuple(
                    Passage(f"n.md#{i}", "n.md", i, i, (text[:9],), text) for i, text in enumerate(texts, 1)
                ),
                concepts=tuple(
                    Concept(c, c, salience=0.1 * i, mentions=(Mention("n.md", i, c),)) for i, c in enumerate(LETTERS, 1)
                ),
                prerequisites=tuple(Prerequisite(a, b, sure, ("order",)) for (a, b), sure in edges.items()),
            )
        )
    )


PAIRS = list(combinations(LETTERS, 2))
dags = st.dictionaries(st.sampled_from(PAIRS), st.sampled_from([0.0, 0.2, 0.3, 0.5, 0.9, 1.0]), max_size=16)
"""Edges from earlier to later letters: never a cycle."""
sure_dags = st.dictionaries(st.sampled_from(PAIRS), st.just(1.0), max_size=16)
some = st.sets(st.sampled_from(LETTERS), max_size=2)


def ancestors(edges: Iterable[tuple[str, str]], concept: str) -> set[str]:
    """Everything that ``concept`` rests on, by trying all pairs until nothing changes."""
    found: set[str] = set()
    while True:
        more = {a for a, b in edges if b == concept or b in found} - found
        if not more:
            return found
        found |= more


def chance(edges: Edges, concept: str, goal: str) -> float:
    """The greatest product of confidences of any chain from ``concept`` to ``goal``, by trying all chains.

    -1 where there is none.
    """
    if concept == goal:
        return 1.0
    return max(
        (
            sure * chance(edges, b, goal)
            for (a, b), sure in edges.items()
            if a == concept and chance(edges, b, goal) >= 0
        ),
        default=-1.0,
    )


@given(sure_dags, st.sampled_from(LETTERS), some)
def test_a_path_holds_all_that_is_missing_and_nothing_else(edges: Edges, goal: str, known: set[str]) -> None:
    path = study_path(letters_store(edges), goal, known=sorted(known), full=True)
    taken = known.union(*(ancestors(edges, k) for k in known))
    assert {s.concept for s in path.steps} == ({goal} | ancestors(edges, goal)) - taken
    assert path.known == tuple(sorted(taken))


@given(dags, st.sampled_from(LETTERS), some, st.booleans())
def test_a_path_respects_every_prerequisite(edges: Edges, goal: str, known: set[str], full: bool) -> None:
    path = study_path(letters_store(edges), goal, known=sorted(known), full=full)
    order = [s.concept for s in path.steps]
    place = {c: i for i, c in enumerate(order)}
    assert len(order) == len(set(order))
    assert all(place[a] < place[b] for a, b in edges if a in place and b in place)
    # every prerequisite of a step is known or a step; every step is needed, and not only for what is known
    needed = all(a in place or a in path.known for a, b in edges if b in place)
    assert needed or not full
    assert all(a in place or a in path.known for a, b in edges if b in {s.concept for s in path.proper})
    assert set(path.known) == {c for c in LETTERS if any(chance(edges, c, k) >= 0.5 for k in known)}
    assert not set(order) & set(path.known)
    assert (goal in order) == (goal not in path.known)
    if order:
        assert order[-1] == goal
    for step in path.steps:
        assert {e.before for e in step.why} <= {step.concept}
        assert all(e.after in place for e in step.why)
        assert set(step.needs) == {a for a, b in edges if b == step.concept and a in place}
        assert step.layer == 1 + max((s.layer for s in path.steps if s.concept in step.needs), default=-1)
        assert step.why or step.concept == goal
        assert set(step.unlocks) == {b for a, b in edges if a == step.concept}


@given(dags, st.sampled_from(LETTERS), some)
def test_background_comes_first_and_is_doubtful(edges: Edges, goal: str, known: set[str]) -> None:
    store = letters_store(edges)
    path, whole = study_path(store, goal, known=sorted(known)), study_path(store, goal, known=sorted(known), full=True)
    order = [s.concept for s in path.steps]
    everything = {s.concept for s in whole.steps}
    inside = {e: sure for e, sure in edges.items() if set(e) <= everything}
    background, proper = {s.concept for s in path.background}, {s.concept for s in path.proper}
    assert order[: len(background)] == [s.concept for s in path.background]
    assert path.left_out == len(everything) - len(order)
    likely = {c for c in everything if any(chance(edges, c, k) >= 0.1 for k in known)} - {goal}
    assert not proper & likely
    for step in path.steps:
        assert step.strength == pytest.approx(chance(inside, step.concept, goal))
        leads_through = {c for c in everything if step.concept in ancestors(inside, c)} & likely
        doubtful = (
            step.concept in likely or leads_through or ((step.concept, goal) not in inside and step.strength < 0.1)
        )
        if step.concept in background:
            assert doubtful
            assert set(step.needs) <= background
            assert any(e.after in proper for e in step.why)
    assert not whole.background
    assert whole.left_out == 0


@given(dags, st.sampled_from(LETTERS), st.sampled_from([0.1, 1, 2.5, 4, 7, 100]))
def test_what_does_not_fit_is_said(edges: Edges, goal: str, minutes: float) -> None:
    store = letters_store(edges, words=110)  # passages of half a minute, a minute, ... four minutes
    whole, path = study_path(store, goal), study_path(store, goal, minutes=minutes)
    assert [s.concept for s in path.steps] == [s.concept for s in whole.steps]
    assert path.minutes <= minutes
    assert path.minutes == pytest.approx(sum(r.minutes for s in path.steps for r in s.reading), abs=0.06)
    planned = {r.passage.id for s in whole.steps for r in s.reading}
    assert {r.passage.id for s in path.steps for r in (*s.reading, *s.left_out)} == planned
    later = [s.later for s in path.proper]
    assert later == sorted(later)  # what is for later is the end of the path
    assert all(not s.reading and s.left_out for s in path.later)
    assert all(s.reading for s in path.proper if not s.later)
    if minutes == 100:
        assert path.steps == whole.steps
    if later and later[0]:
        assert path.minutes == 0
    elif path.later:  # not one minute is given away
        assert path.minutes + path.later[0].left_out[0].minutes > minutes


@given(dags, st.sampled_from(LETTERS))
def test_layers_hold_all_prerequisites_each_above_what_it_needs(edges: Edges, goal: str) -> None:
    layers = prerequisite_layers(letters_store(edges), goal)
    height = {n.concept.id: i for i, row in enumerate(layers) for n in row}
    assert set(height) == ancestors(edges, goal)
    assert all(height[a] < height[b] for a, b in edges if a in height and b in height)


def test_the_path_to_a_baguette(store: MemoryStore) -> None:
    path = study_path(store, "法棍")
    assert path.goal == "法棍"
    assert {s.name for s in path.steps} == {"酵母", "天然酵种", "面筋", "法棍"}
    assert path.known == ()
    first = next(s for s in path.steps if s.name == "酵母")
    assert first.layer == 0
    assert [(e.after, e.evidence[0].line) for e in first.why] == [("天然酵种", 16)]
    assert first.definition is not None
    assert first.definition.line == 5
    assert path.minutes == pytest.approx(sum(r.minutes for s in path.steps for r in s.reading), abs=0.2)


def test_a_passage_is_read_once(store: MemoryStore) -> None:
    path = study_path(store, "法棍")
    read = [r.passage.id for s in path.steps for r in s.reading if not r.again]
    assert read
    assert len(read) == len(set(read))


def test_known_by_alias_leaves_out_what_it_rests_on(store: MemoryStore) -> None:
    path = study_path(store, "法棍", known=["sourdough starter"])
    assert [s.name for s in path.steps] == ["面筋", "法棍"]
    assert path.known == ("天然酵种", "酵母")


def test_a_known_goal_needs_nothing(store: MemoryStore) -> None:
    path = study_path(store, "酵母", known=["天然酵种"])
    assert (path.steps, path.minutes) == ((), 0)


def test_from_tells_the_connection_where_no_prerequisite_leads(store: MemoryStore) -> None:
    path = study_path(store, "法棍", start="发酵")
    assert [(r.head, r.type, r.tail) for r in path.connection] == [
        ("发酵", RelationType.USES, "酵母"),
        ("天然酵种", RelationType.USES, "酵母"),
        ("法棍", RelationType.USES, "天然酵种"),
    ]
    assert [s.name for s in path.steps] == ["天然酵种", "面筋", "法棍"] or [s.name for s in path.steps] == [
        "面筋",
        "天然酵种",
        "法棍",
    ]
    assert path.chain == ()
    assert study_path(store, "法棍", start="espresso").connection == ()


def test_from_tells_the_chain_of_prerequisites_in_either_direction(store: MemoryStore) -> None:
    path = study_path(store, "法棍", start="酵母")
    assert [(e.before, e.after) for e in path.chain] == [("酵母", "天然酵种"), ("天然酵种", "法棍")]
    assert (path.start, path.connection) == ("酵母", ())
    back = study_path(store, "酵母", start="法棍")
    assert [(e.before, e.after) for e in back.chain] == [("酵母", "天然酵种"), ("天然酵种", "法棍")]
    assert study_path(store, "法棍", start="法棍").chain == ()


def test_with_no_time_everything_is_for_later(store: MemoryStore) -> None:
    path = study_path(store, "法棍", minutes=0.05)
    assert [s.name for s in path.later] == [s.name for s in study_path(store, "法棍").steps]
    assert path.minutes == 0
    assert path.left_minutes > 0


def test_a_long_doubtful_chain_is_background_and_a_direct_one_is_not() -> None:
    store = letters_store({("a", "b"): 0.2, ("b", "c"): 0.4, ("c", "h"): 0.9, ("d", "h"): 0.05})
    path = study_path(store, "h")
    assert [(s.concept, round(s.strength, 3), s.background) for s in path.steps] == [
        ("a", 0.072, True),
        ("d", 0.05, False),
        ("b", 0.36, False),
        ("c", 0.9, False),
        ("h", 1.0, False),
    ]
    assert [s.concept for s in path.background] == ["a"]
    assert [s.concept for s in study_path(store, "h", full=True).background] == []


def test_a_path_has_at_most_twelve_steps_unless_all_are_asked_for() -> None:
    names = [f"c{i:02}" for i in range(30)]
    store = MemoryStore(
        ordered(
            GraphSnapshot(
                concepts=tuple(Concept(n, n) for n in names),
                prerequisites=tuple(Prerequisite(a, b, 0.99) for a, b in pairwise(names)),
            )
        )
    )
    path = study_path(store, names[-1])
    assert [s.concept for s in path.background] == names[-13:-12]  # only what a step rests on directly
    assert [s.concept for s in path.proper] == names[-12:]
    assert path.left_out == 17
    assert [s.concept for s in study_path(store, names[-1], full=True).proper] == names


def test_doubtful_chains_do_not_make_known() -> None:
    store = letters_store({("a", "b"): 0.4, ("b", "c"): 0.4, ("a", "h"): 0.9})
    path = study_path(store, "h", known=["c"])
    assert path.known == ("c",)
    assert [(s.concept, s.background) for s in path.steps] == [
        ("a", True),
        ("h", False),
    ]  # c, which is known, may rest on a
    assert study_path(store, "a", known=["b"]).steps != ()  # 0.4 is not enough to say that the goal is known


def test_what_only_known_concepts_need_is_not_needed() -> None:
    store = letters_store({("a", "b"): 0.3, ("b", "h"): 0.9})
    assert [s.concept for s in study_path(store, "h", known=["b"]).steps] == ["h"]


def test_the_goal_reads_the_passage_that_is_about_it() -> None:
    text = "Flour and bread. Flour and bread."
    store = MemoryStore(
        ordered(
            GraphSnapshot(
                documents=(Document("n.md", "N", "0" * 64, 5),),
                passages=read_passages("n.md", f"# All about bread\n{text}\n# Bakery\n{text}\n# Flour"),
                concepts=tuple(
                    Concept(n, n, mentions=tuple(Mention("n.md", i, n) for i in (2, 4, 5))) for n in ("flour", "bread")
                ),
                prerequisites=(Prerequisite("flour", "bread"),),
            )
        )
    )
    path = study_path(store, "bread")
    # a section without a text is not worth opening, whatever its heading says
    assert [(s.concept, [r.passage.id for r in s.reading]) for s in path.steps] == [
        ("flour", ["n.md#3"]),
        ("bread", ["n.md#1"]),
    ]


def example(
    text: str, *, needs: tuple[Prerequisite, ...] = (), names: tuple[str, ...] = ("yeast", "bread")
) -> MemoryStore:
    """A note with its concepts at every line that names them."""
    lines = text.splitlines()
    concepts = tuple(
        Concept(n, n, mentions=tuple(Mention("n.md", i, n) for i, line in enumerate(lines, 1) if n in line.lower()))
        for n in names
    )
    return MemoryStore(
        ordered(
            GraphSnapshot(
                documents=(Document("n.md", "N", "0" * 64, len(lines)),),
                passages=read_passages("n.md", text),
                concepts=concepts,
                prerequisites=needs,
            )
        )
    )


@pytest.mark.parametrize(
    "other",
    [
        "# Yeast: questions\n- What is yeast?\n- How does yeast work?\n- Why does yeast need warmth?",
        "# References\nYeast and its uses, 1999.\nYeast in the kitchen, 2004.",
        "# Exercises\nGrow yeast at home.\nCount the yeast cells.",
        "# Order of study\nflour → yeast → dough → bread",
        "# Yeast links\n- https://example.org/yeast\n- https://example.org/yeast-2",
    ],
)
def test_lists_of_questions_references_and_contents_are_not_read(other: str) -> None:
    told = "# Baking\nYeast makes bread rise, because it turns sugar into gas.\nBread is baked."
    store = example(f"{told}\n{other}", needs=(Prerequisite("yeast", "bread", 0.9, ("uses",)),))
    for step in study_path(store, "bread").steps:
        assert {r.passage.first_line for r in step.reading} == {1}


def test_the_goal_keeps_its_definition_where_an_earlier_step_reads_it_too() -> None:
    text = "# Bread\nBread is dough with yeast that is baked.\n# Kinds of bread\nBread is white or brown."
    store = example(text, needs=(Prerequisite("yeast", "bread", 0.9, ("uses",)),))
    path = study_path(store, "bread")
    assert [[(r.passage.first_line, r.again) for r in s.reading] for s in path.steps] == [
        [(1, False)],
        [(1, True), (3, False)],
    ]


def test_a_section_about_one_is_about_many() -> None:
    text = "# Loaves\nLoaf, loaf.\n# The yeast cell\nOf it a note on yeast cells tells little. Yeast cells grow."
    store = example(text, names=("yeast cells",))
    assert [r.passage.first_line for r in study_path(store, "yeast cells").steps[0].reading] == [3]


def test_a_reason_quotes_a_line_that_names_what_comes_first() -> None:
    said = tuple(
        Evidence("n.md", n, q) for n, q in [(2, "It rises well."), (3, "What is yeast?"), (4, "Yeast makes gas.")]
    )
    edge = Prerequisite("yeast", "bread", 0.9, ("uses",), said)
    text = "# Bread\nIt rises well.\nWhat is yeast?\nYeast makes gas. Bread is baked."
    step = study_path(example(text, needs=(edge,)), "bread").steps[0]
    assert [e.line for e in step.why[0].evidence] == [4]


def test_reading_minutes() -> None:
    assert reading_minutes("字" * 600) == 2.0
    assert reading_minutes("word " * 440) == 2.0
    assert reading_minutes("字" * 300 + " word" * 220) == 2.0
    assert reading_minutes("123 -- !!") == 0.0


def test_an_unknown_goal_names_the_nearest(store: MemoryStore) -> None:
    with pytest.raises(NoSuchConcept, match="Nearest: 'espresso'"):
        study_path(store, "expresso")


def test_connections_come_with_names(store: MemoryStore) -> None:
    (found,) = find_paths(store, "cappuccino", "crema", max_hops=2)
    assert found.names == ("cappuccino", "espresso", "crema")
    assert found.typed == 2
    with pytest.raises(NoPath):
        find_paths(store, "酵母", "espresso")


def test_the_card_of_a_concept(store: MemoryStore) -> None:
    card = concept_card(store, "yeast")
    assert card.concept.name == "酵母"
    assert [(g.type, g.outgoing, len(g.relations)) for g in card.relations] == [
        (RelationType.USES, False, 2),
        (RelationType.CAUSES, True, 1),
    ]
    assert card.prerequisites == ()
    assert {e.after for e in card.unlocks} == {"发酵", "天然酵种"}
    assert [t.title for t in card.themes] == ["面包"]
    assert card.names["二氧化碳"] == "二氧化碳"
    with pytest.raises(NoSuchConcept):
        concept_card(store, "nothing like it at all")


def test_layers_of_a_baguette_with_reasons(store: MemoryStore) -> None:
    layers = prerequisite_layers(store, "法棍")
    assert [[n.concept.name for n in row] for row in layers] == [["酵母", "面筋"], ["天然酵种"]]
    assert [e.reasons for e in layers[1][0].unlocks] == [("uses",)]


@pytest.mark.parametrize(
    "quote",
    ["Which parts does b have? Describe a.", "详细描述 a 与 b 的三个区别", "The steps of a and b:", "| a | b", "a | b"],
)
def test_a_reason_quotes_no_task_label_or_bare_cells(quote: str) -> None:
    concepts = {c.id: c for c in letters_store({}).concepts()}
    first, after = sorted(concepts)[:2]
    said = Evidence("n.md", 1, f"{concepts[after].name} is made with {concepts[first].name}")
    edge = Prerequisite(first, after, 0.9, ("uses",), (Evidence("n.md", 2, quote), said))
    assert _telling(edge, concepts).evidence == (said,)


def test_a_list_of_steps_is_no_definition() -> None:
    concept = next(iter(letters_store({}).concepts()))
    listed = replace(concept, definition=Evidence("n.md", 1, "a → b → c → d"))
    told = replace(concept, definition=Evidence("n.md", 1, "a is a letter"))
    assert _definition(listed) is None
    assert _definition(told) == told.definition
