"""Relations: what stands together, what stands between, and what is made of it."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from extract.concepts.drafts import ConceptDraft
from extract.notes.parse import parse
from extract.relations.cues import Phrasing, caseless, cue_places, load_cues, phrasing_matches
from extract.relations.features import instance_table, view_of
from extract.relations.find import few_untyped, relate
from extract.relations.inference import SLOTS, Sightings, head_is_first, scored_pairs, type_votes
from extract.relations.instances import NoteColumns, Place, chunks, instances, portions
from extract.relations.knowledge import PairKnowledge
from extract.relations.model import RelationModel
from extract.relations.pairs import pairs_of
from extract.relations.statements import LINKED, LINKED_OTHER, LinkedPair, evidence_of
from extract.relations.types import CLASSES, TypeModel
from extract.text.occurrences import Occurrence, ParsedDoc, locate
from extract.text.parsed_doc import parsed_doc
from extract.text.quotes import MAX_QUOTE, quote_of
from graph.model import ConceptKind, Evidence, Relation, RelationType
from graph.text.name_finder import NameFinder
from graph.text.names import fold

NOTE = """# Sorting

A sorting algorithm puts records in order. Quicksort is a sorting algorithm that uses partitioning.

There are three kinds of sorting algorithm:

- Mergesort splits the records in halves
- Heapsort uses a binary heap
- Bubble sort is slow

| Algorithm | Idea |
|---|---|
| Mergesort | divide and conquer |
| Heapsort | binary heap |
"""
NAMES = (
    "sorting algorithm",
    "Quicksort",
    "partitioning",
    "Mergesort",
    "Heapsort",
    "binary heap",
    "Bubble sort",
    "divide and conquer",
    "records",
)


def drafts(*names: str) -> list[ConceptDraft]:
    return [ConceptDraft(fold(n), n, (), ConceptKind.CONCEPT, 0.5) for n in names]


def note(text: str, names: Sequence[str], name: str = "a.md") -> tuple[ParsedDoc, list[ConceptDraft], list[Occurrence]]:
    doc = parsed_doc(name, parse(text, suffix=".md"))
    concepts = drafts(*names)
    return doc, concepts, locate([doc], ((n, i) for i, d in enumerate(concepts) for n in d.names))


def arrays(text: str, names: Sequence[str]) -> tuple[NoteColumns, list[ConceptDraft]]:
    doc, concepts, occurrences = note(text, names)
    [notes] = list(chunks([doc], occurrences))
    return notes, concepts


def test_a_document_of_many_names_comes_in_pieces_that_hold_all_of_them() -> None:
    doc, _, occurrences = note("A1 uses B1. B1 uses C1. A1 helps B1. C1 is B1.", ["A1", "B1", "C1"])
    pieces = list(chunks([doc], occurrences, most=3))
    assert [len(piece.occ_start) for piece in pieces] == [3, 3, 2]
    [whole] = list(chunks([doc], occurrences))
    assert {piece.text for piece in pieces} == {whole.text}
    assert [s for piece in pieces for s in piece.occ_start.tolist()] == whole.occ_start.tolist()


def pairs_at(notes: NoteColumns, concepts: Sequence[ConceptDraft], place: Place) -> set[tuple[str, str]]:
    found = instances(notes)
    return {
        (concepts[notes.occ_concept[a]].name, concepts[notes.occ_concept[b]].name)
        for a, b, p in zip(found.a, found.b, found.place, strict=True)
        if p == place
    }


def test_pairs_of_one_sentence() -> None:
    notes, concepts = arrays(NOTE, NAMES)
    found = pairs_at(notes, concepts, Place.SENTENCE)
    assert ("Quicksort", "sorting algorithm") in found
    assert ("Quicksort", "partitioning") in found
    assert ("sorting algorithm", "partitioning") in found
    assert not any("divide and conquer" in pair for pair in found)


def test_what_a_line_announces_stands_with_each_item() -> None:
    notes, concepts = arrays(NOTE, NAMES)
    found = pairs_at(notes, concepts, Place.LEAD_IN)
    assert {("sorting algorithm", n) for n in ("Mergesort", "Heapsort", "Bubble sort")} <= found


def test_rows_of_a_table() -> None:
    notes, concepts = arrays(NOTE, NAMES)
    assert pairs_at(notes, concepts, Place.ROW) == {("Mergesort", "divide and conquer"), ("Heapsort", "binary heap")}


def test_columns_of_a_table() -> None:
    notes, concepts = arrays(
        "| Encoder | Decoder |\n|---|---|\n| BERT | GPT |\n", ["Encoder", "Decoder", "BERT", "GPT"]
    )
    assert pairs_at(notes, concepts, Place.COLUMN) == {("Encoder", "BERT"), ("Decoder", "GPT")}
    assert pairs_at(notes, concepts, Place.ROW) == {("BERT", "GPT")}


def test_headings_stand_with_what_is_below() -> None:
    text = "# 优化器\n\n## Adam\n\n它维护一阶矩和二阶矩。\n"
    notes, concepts = arrays(text, ["优化器", "Adam", "一阶矩", "二阶矩"])
    assert pairs_at(notes, concepts, Place.HEADING) == {("Adam", "一阶矩"), ("Adam", "二阶矩")}
    assert ("优化器", "Adam") in pairs_at(notes, concepts, Place.UPPER)


def test_no_pair_of_one_concept_with_itself() -> None:
    notes, concepts = arrays("RAG uses RAG. RAG retrieves.", ["RAG"])
    assert len(instances(notes)) == 0
    assert concepts


def test_members_of_an_enumeration_share_what_stands_around_it() -> None:
    notes, concepts = arrays("LoRA、Adapter 和 BitFit 都是一种微调方法。", ["LoRA", "Adapter", "BitFit", "微调方法"])
    view = view_of(notes)
    assert view.chain.tolist() == [0, 0, 0, 1]
    found = instances(notes)
    table = instance_table(notes, view, found, concepts, PairKnowledge.of(concepts, None))
    said = {
        (concepts[notes.occ_concept[found.a[row]]].name, load_cues().phrasings[int(number)].type)
        for row, number in enumerate(table.phrasing)
        if number >= 0
    }
    assert said == {(name, RelationType.IS_A) for name in ("LoRA", "Adapter", "BitFit")}


@pytest.mark.parametrize(
    ("before", "between", "after", "type_", "head_first"),
    [
        ("LoRA", "是一种常用的", "方法。", RelationType.IS_A, True),
        ("微调方法", "，例如 ", "等", RelationType.IS_A, False),
        ("QLoRA", "基于 ", "。", RelationType.BASED_ON, True),
        ("RAG", "可以缓解", "。", RelationType.ADDRESSES, True),
        ("编码器", "由", "组成", RelationType.PART_OF, False),
        ("RLHF", "通常使用 ", "训练", RelationType.USES, True),
        ("Dropout", " helps to prevent ", ".", RelationType.ADDRESSES, True),
        ("hash functions", " such as ", ",", RelationType.IS_A, False),
        ("a lock", " is used for ", ".", RelationType.USED_FOR, True),
        ("TCP", " is built on ", ".", RelationType.BASED_ON, True),
    ],
)
def test_phrasings(before: str, between: str, after: str, type_: RelationType, head_first: bool) -> None:
    text = f"{before}{between}TAIL{after}"
    start, end = len(before), len(before) + len(between)
    [number] = phrasing_matches(text, [start], [end], [0], [end + 4]).tolist()
    assert number >= 0
    phrasing = load_cues().phrasings[number]
    assert (phrasing.type, phrasing.head_first) == (type_, head_first)


@pytest.mark.parametrize(
    "between", ["，而本节介绍的是另一个和前面完全无关的主题，", " and then we went home. Later ", "不"]
)
def test_no_phrasing(between: str) -> None:
    text = f"AAA{between}BBB。"
    assert phrasing_matches(text, [3], [3 + len(between)], [0], [6 + len(between)]).tolist() == [-1]


@pytest.mark.parametrize("phrasing", [p for p in load_cues().phrasings if p.needs], ids=lambda p: p.name)
def test_what_a_phrasing_matches_has_what_it_needs(phrasing: Phrasing) -> None:
    @settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
    @given(st.from_regex(phrasing.match, fullmatch=True))
    def check(between: str) -> None:
        assert any(word in caseless(between) for word in phrasing.needs)

    check()


def test_the_first_phrasing_that_fits_is_the_first_that_matches() -> None:
    cues = load_cues()
    texts = [" is a part of ", " is used by means of ", " that is based on ", "是基于", "是一种", " and ", "通过使用"]
    for between in texts:
        chinese = between[0] != " "
        lang, text = ("zh", between) if chinese else ("en", f" {between.strip()} ")
        fits = (
            number
            for number, p in enumerate(cues.phrasings)
            if p.name.startswith(lang) and p.match.fullmatch(text) and not (p.before and not p.before.search("A"))
            if not (p.after and not p.after.match("。"))
        )
        found = phrasing_matches(f"A{between}B。", [1], [1 + len(between)], [0], [2 + len(between)])
        assert found.tolist() == [next(fits, -1)]


def test_cues_are_counted_as_a_slow_search_counts_them() -> None:
    text = "We use dropout because it prevents overfitting. 使用残差连接可以缓解梯度消失，基于 ResNet。 Because of use-cases, misused."
    places = cue_places(text, np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32))
    cues = load_cues()
    for number, family in enumerate(cues.families):
        words = [w for w, f in zip(cues.words, cues.word_family, strict=True) if f == number]
        slow = sum(
            1
            for word in words
            for m in re.finditer(f"(?={re.escape(word)})", re.sub("-", " ", text.lower()))
            if not re.match(r"[a-z0-9]", word[0])
            or not re.match(r"[a-z0-9]", text[m.start() - 1 : m.start()].lower() or " ")
            if not re.match(r"[a-z0-9]", word[-1])
            or not re.match(r"[a-z0-9]", text[m.start() + len(word) :][:1].lower() or " ")
        )
        assert places.counts(number)[-1] == slow, family
        offsets = np.arange(len(text) + 1)
        before = [max((i for i in places.starts[number].tolist() if i < offset), default=-1) for offset in offsets]
        assert places.last_before([number], offsets)[0].tolist() == before, family
    starts, nearest = places.last_before(range(len(cues.families)), offsets)
    for offset, start, number in zip(offsets.tolist(), starts.tolist(), nearest.tolist(), strict=True):
        begin = [(-i, n) for n, own in enumerate(places.starts) for i in own.tolist() if i < offset]
        assert (-start, number) == min(begin, default=(1, -1))


def test_best_instance_and_rivals_by_hand() -> None:
    notes, concepts = arrays("A1 uses B1. B1 uses C1. A1 helps B1.", ["A1", "B1", "C1"])
    found = instances(notes)
    table = instance_table(notes, view_of(notes), found, concepts, PairKnowledge.of(concepts, None))
    probability = np.linspace(0.1, 0.9, len(found))
    pairs = pairs_of(notes, table, probability)
    assert list(zip(pairs.low.tolist(), pairs.high.tolist(), strict=True)) == [(0, 1), (0, 2), (1, 2)]
    for number in range(3):
        own = np.flatnonzero(pairs.of_instance == number)
        assert pairs.best[number] == own[np.argmax(probability[own])]
        assert pairs.columns["instances"][number] == pytest.approx(np.log1p(len(own)))
    top = [probability[pairs.best[n]] for n in range(3)]
    first_is_low = notes.occ_concept[found.a[pairs.best[0]]] == 0
    expected = top[0] + top[1] if first_is_low else top[0] + top[2]
    assert pairs.columns["a.mass"][0] == pytest.approx(expected)


def test_type_model_by_hand() -> None:
    model = TypeModel.from_record(
        {
            "classes": ["uses>", "is_a>"],
            "unit": 10,
            "bias": [0.0, 0.0],
            "mean": [1.0],
            "scale": [2.0],
            "numeric": {"gap": [0.0, 2.0]},
            "words": {"m:use": [10, 0]},
        }
    )
    # margins: use → [1, 0]; gap 3 → (3 - 1) / 2 * 2 = 2 for is_a
    got = model.probabilities([{"m:use", "unknown"}, set()], np.asarray([[1.0], [3.0]]))
    np.testing.assert_allclose(got[0], [np.e / (np.e + 1), 1 / (np.e + 1)])
    np.testing.assert_allclose(got[1], [1 / (1 + np.e**2), np.e**2 / (1 + np.e**2)])


def test_the_models_of_the_package_say_all_classes_they_can() -> None:
    model = RelationModel.default().types
    assert set(model.classes) <= set(CLASSES)
    assert len(model.classes) >= 15


def test_which_of_the_two_is_the_head() -> None:
    assert head_is_first("uses>", turned=False)
    assert not head_is_first("uses<", turned=False)
    assert not head_is_first("uses>", turned=True)
    assert head_is_first("uses<", turned=True)
    assert head_is_first("contrasts_with", turned=True)


def test_relations_of_a_note() -> None:
    doc, concepts, occurrences = note(NOTE, NAMES)
    relations = list(relate([doc], occurrences, concepts).relations)
    pairs = {frozenset((r.head, r.tail)) for r in relations}
    assert frozenset((fold("Quicksort"), fold("sorting algorithm"))) in pairs
    assert frozenset((fold("Heapsort"), fold("binary heap"))) in pairs
    assert frozenset((fold("Bubble sort"), fold("divide and conquer"))) not in pairs
    assert [r.key for r in relations] == sorted(r.key for r in relations)
    assert len({r.key for r in relations}) == len(relations)
    lines = NOTE.split("\n")
    for relation in relations:
        assert relation.evidence
        assert 0.0 < relation.confidence <= 1.0
        assert relation.head != relation.tail
        assert not relation.type.symmetric or relation.head < relation.tail
        for evidence in relation.evidence:
            assert evidence.quote.split()[0] in lines[evidence.line - 1]


def test_relations_do_not_depend_on_other_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    import extract.relations.find as module

    doc, concepts, occurrences = note(NOTE, NAMES)
    other = parsed_doc("b.md", parse("# Heaps\n\nA binary heap is a tree that Heapsort uses.\n", suffix=".md"))
    both = [doc, other]
    found = locate(both, ((n, i) for i, d in enumerate(concepts) for n in d.names))
    together = list(relate(both, found, concepts).relations)
    monkeypatch.setattr(module, "portions", lambda docs, occ: portions(docs, occ, size=1))
    assert list(relate(both, found, concepts).relations) == together
    alone = {r.key for r in relate([doc], occurrences, concepts).relations}
    assert {frozenset((h, t)) for h, _, t in alone} <= {frozenset((r.head, r.tail)) for r in together}


def test_a_link_relates_whatever_the_models_make_of_the_place() -> None:
    doc, concepts, occurrences = note(NOTE, NAMES)
    number = {draft.id: i for i, draft in enumerate(concepts)}
    low, high = sorted(number[fold(name)] for name in ("Bubble sort", "divide and conquer"))
    line = Evidence("a.md", 1, "as its note says")
    plain = list(relate([doc], occurrences, concepts).relations)
    linked = relate([doc], occurrences, concepts, linked=[LinkedPair(0, low, high, line)]).relations
    (new,) = [r for r in linked if {r.head, r.tail} == {concepts[low].id, concepts[high].id}]
    assert (new.type, new.confidence, new.origin) == (RelationType.RELATED_TO, LINKED, "link")
    assert new.evidence == (line,)
    assert [r for r in linked if r is not new] == plain
    (weak,) = [
        r
        for r in relate([doc], occurrences, concepts, linked=[LinkedPair(0, low, high, line, other=True)]).relations
        if {r.head, r.tail} == {concepts[low].id, concepts[high].id}
    ]
    assert weak.confidence == LINKED_OTHER


def test_a_link_leaves_the_type_that_a_sentence_says() -> None:
    doc, concepts, occurrences = note(NOTE, NAMES)
    number = {draft.id: i for i, draft in enumerate(concepts)}
    before = [r for r in relate([doc], occurrences, concepts).relations if r.type is not RelationType.RELATED_TO]
    assert before
    line = Evidence("a.md", 1, "see there")
    for relation in before:
        low, high = sorted((number[relation.head], number[relation.tail]))
        after = relate([doc], occurrences, concepts, linked=[LinkedPair(0, low, high, line)]).relations
        (same,) = [r for r in after if {r.head, r.tail} == {relation.head, relation.tail}]
        assert same.key == relation.key
        assert same.confidence >= relation.confidence
        assert line in same.evidence


def test_no_concepts_no_relations() -> None:
    doc, _, _ = note(NOTE, ["x"])
    assert list(relate([doc], [], []).relations) == []
    assert list(relate([], [], []).relations) == []


def test_quotes_are_cut_at_clauses() -> None:
    long = (
        "，".join(f"第{i}个分句讲的是一些别的内容而已" for i in range(40))
        + "，注意力使用软最大，"
        + "，".join("后面" * 6 for _ in range(20))
        + "。"
    )
    doc = parsed_doc("c.md", parse(f"# 标题\n\n{long}\n", suffix=".md"))
    block = doc.blocks[1]
    start = block.text.index("注意力")
    evidence = quote_of(doc, block, start, start + 8)
    assert "注意力使用软最大" in evidence.quote
    assert len(evidence.quote) <= MAX_QUOTE
    assert evidence.quote in long
    assert evidence.line == 3
    assert evidence.quote.startswith("第")


def test_a_quote_begins_on_its_line() -> None:
    doc = parsed_doc("d.md", parse("First line here.\nSecond uses third.\n", suffix=".md"))
    block = next(b for b in doc.blocks if "Second" in b.text)
    start = block.text.index("Second")
    evidence = quote_of(doc, block, start, start + 6)
    assert (evidence.line, evidence.quote) == (2, "Second uses third.")


def names_quoted(relation: Relation, concepts: Sequence[ConceptDraft]) -> set[str]:
    """Which ends of a relation its quotes name."""
    names = [(n, c.id) for c in concepts if c.id in (relation.head, relation.tail) for n in c.names]
    finder = NameFinder(names)
    return {found.owner for line in relation.evidence for found in finder.find_all(line.quote)}


def test_the_quotes_of_a_relation_have_both_names() -> None:
    doc, concepts, occurrences = note(NOTE, NAMES)
    found = list(relate([doc], occurrences, concepts).relations)
    assert found
    assert [r for r in found if names_quoted(r, concepts) != {r.head, r.tail}] == []


@pytest.mark.parametrize("gap", [40, 290, 310, 2_000])
def test_both_names_are_quoted_however_far_apart_they_are(gap: int) -> None:
    text = f"Quicksort {'and then ' * (gap // 9)}uses partitioning."
    doc, _, occurrences = note(text, ["Quicksort", "partitioning"])
    [notes] = list(chunks([doc], occurrences))
    lines = evidence_of([doc], notes, instances(notes), 0)
    quotes = [line.quote for line in lines]
    assert all(len(quote) <= MAX_QUOTE for quote in quotes)
    assert "Quicksort" in quotes[0]
    assert "partitioning" in quotes[-1]
    assert len(quotes) == (1 if gap < MAX_QUOTE - 10 else 2)


def test_two_paragraphs_state_no_type() -> None:
    text = "Granite uses sand.\n\nThen quartz grows.\n"
    doc, concepts, occurrences = note(text, ["Granite", "quartz"])
    [notes] = list(chunks([doc], occurrences))
    scored = scored_pairs(Sightings.of(notes, concepts, PairKnowledge.of(concepts, None)), RelationModel.default())
    assert set(scored.seen.table.instances.place.tolist()) == {Place.NEXT}
    [votes] = type_votes(scored, np.asarray([0]), RelationModel.default().types).votes
    assert {kind for (kind, _), p in zip(SLOTS, votes, strict=True) if p} <= {
        RelationType.RELATED_TO,
        RelationType.CONTRASTS_WITH,
    }


def untyped(one: str, other: str, confidence: float) -> Relation:
    head, tail = sorted((one, other))
    return Relation(head, RelationType.RELATED_TO, tail, confidence)


def test_a_concept_has_few_relations_that_say_no_type() -> None:
    ring = [untyped(f"n{i}", f"n{(i + 1) % 9}", 0.3) for i in range(9)]
    hub = [untyped("hub", f"n{i}", round(0.9 - i / 100, 2)) for i in range(9)]
    typed = Relation("hub", RelationType.USES, "n8", 0.1)
    kept = few_untyped([*ring, *hub, typed], set())
    assert [r.tail for r in kept if r in hub] == [f"n{i}" for i in range(5)]
    assert typed in kept
    assert set(ring) <= set(kept)


def test_a_concept_is_not_left_without_its_only_relation() -> None:
    hub = [untyped("hub", f"n{i}", round(0.9 - i / 100, 2)) for i in range(7)]
    assert set(few_untyped(hub, set())) == set(hub)
    other = Relation("n6", RelationType.USES, "n5", 0.1)
    assert set(few_untyped([*hub, other], set())) == {*hub[:5], other}


def test_what_authors_link_is_kept_and_counts() -> None:
    ring = [untyped(f"n{i}", f"n{(i + 1) % 9}", 0.3) for i in range(9)]
    hub = [untyped("hub", f"n{i}", round(0.1 + i / 100, 2)) for i in range(9)]
    linked = {frozenset(("hub", f"n{i}")) for i in range(6)}
    assert [r for r in few_untyped([*ring, *hub], linked) if r in hub] == hub[5::-1]
