"""Questions that the notes do not answer, of six sorts, and questions of the same wording that they do.

They are about the example notes and about other collections, which are beside the repository where they are at all. No
line of those is quoted here. Half of the questions (``develop``) was looked at while the rules were written.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from extract.pipeline import build
from graph.model import GraphSnapshot
from graph.stores.memory import MemoryStore
from graph.vectors.static_encoder import StaticEncoder
from queries.answer.ask import answer_question
from queries.retrieval.retriever import Retriever
from tests.quality.scoring import records

QUESTIONS = records(Path(__file__).parent / "refusals.jsonl")
FLOORS = {"examples": (0.15, 0.93), "seeds": (0.12, 0.99)}
"""Share of the unanswerable questions that may be answered, and of the answerable ones that must be."""


def shares(snapshot: GraphSnapshot, notes: str) -> tuple[float, float]:
    """Of the questions about ``notes``: the share of the unanswerable and of the answerable ones that is answered."""
    store = MemoryStore(snapshot)
    assert snapshot.vectors is not None
    encoder, engine = StaticEncoder.from_bytes(snapshot.vectors.state), Retriever.from_store(store)
    found: dict[str, list[bool]] = {"unanswerable": [], "answerable": []}
    for record in QUESTIONS:
        if record["notes"] == notes:
            answer = answer_question(store, record["question"], encoder=encoder, engine=engine)
            found[record["kind"]].append(answer.answered)
    assert all(found.values())
    return tuple(sum(answered) / len(answered) for answered in found.values())  # type: ignore[return-value]


def test_the_questions_are_of_many_sorts_in_both_languages() -> None:
    unanswerable = [q for q in QUESTIONS if q["kind"] == "unanswerable"]
    assert len({q["question"] for q in QUESTIONS}) == len(QUESTIONS) == 250
    assert sorted(Counter(q["sort"] for q in unanswerable).values()) == [25] * 6
    assert Counter(q["lang"] for q in unanswerable) == {"en": 75, "zh": 75}
    assert {q["half"] for q in QUESTIONS} == {"develop", "report"}


def check(snapshot: GraphSnapshot, notes: str) -> None:
    most, least = FLOORS[notes]
    refusable, answerable = shares(snapshot, notes)
    assert refusable <= most
    assert answerable >= least


def test_questions_about_the_example_notes(example_graph: GraphSnapshot) -> None:
    check(example_graph, "examples")


@pytest.mark.seeds
def test_questions_about_the_seeds(seeds: Path) -> None:
    check(build(seeds).snapshot, "seeds")
