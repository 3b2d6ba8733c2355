from __future__ import annotations

from collections import Counter

import pytest

from extract.concepts import books
from extract.concepts.books import bold_reliability, is_book, rescore_for_book
from extract.concepts.candidates import Candidates
from extract.concepts.form_rows import FormRows
from extract.concepts.forms import Form, FormDict, FormTable
from extract.concepts.selection import Cluster
from extract.text.occurrences import ParsedDoc


def note(number: int, *forms: Form, size: int = 4000) -> Candidates[FormTable]:
    return Candidates(ParsedDoc(f"{number:03}.md", (), "en", size), FormDict({f.key: f for f in forms}), size, [], [])


def form(key: str, count: int = 1, *, bold: bool = False) -> Form:
    return Form(key, surfaces=Counter({key: count}), count=count, whole=count, flags=Counter(strong=int(bold)))


def cluster(key: str, score: float) -> Cluster:
    return Cluster((key,), {key: 1}, score, ("000.md",))


def book(*forms: Form) -> list[Candidates[FormTable]]:
    return [note(0, *forms), *(note(i) for i in range(1, books.MANY_FILES))]


def test_only_a_large_collection_is_a_book() -> None:
    assert is_book(book())
    assert not is_book(book()[:-1])
    assert not is_book([note(i, size=10) for i in range(books.MANY_FILES)])


def test_other_collections_keep_their_scores() -> None:
    chosen = [cluster("sarcomere", 0.9), cluster("thing", 0.4)]
    collection = [note(0, form("sarcomere"), form("thing", bold=True))]
    assert rescore_for_book(chosen, collection, FormRows.of(collection, [{"sarcomere": 0.9, "thing": 0.4}])) == chosen


@pytest.mark.parametrize(("probability", "trust"), [(0.5, 0.0), (0.6, 0.0), (0.75, 0.5), (0.95, 1.0)])
def test_bold_is_trusted_as_far_as_bold_forms_are_probable(probability: float, trust: float) -> None:
    collection = book(form("sarcomere", bold=True), form("plain"))
    scores = [{"sarcomere": probability, "plain": 0.1}, *({} for _ in collection[1:])]
    assert bold_reliability(FormRows.of(collection, scores)) == pytest.approx(trust)


def test_without_bold_type_nothing_is_bold() -> None:
    collection = book(form("sarcomere"))
    assert bold_reliability(FormRows.of(collection, [{"sarcomere": 0.9}, *({} for _ in collection[1:])])) == 0.0


def test_terms_in_bold_and_in_bursts_come_first() -> None:
    forms = form("sarcomere", bold=True), form("troponin", 9), form("tropomyosin", 1)
    collection = book(*forms)
    scores = [{"sarcomere": 0.9, "troponin": 0.9, "tropomyosin": 0.9}, *({} for _ in collection[1:])]
    ranked = rescore_for_book([cluster(f.key, 0.9) for f in forms], collection, FormRows.of(collection, scores))
    assert [c.keys[0] for c in ranked] == ["sarcomere", "troponin", "tropomyosin"]
    assert all(0 < c.score < 1 for c in ranked)
