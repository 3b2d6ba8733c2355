"""What every store promises: one body of tests for all of them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from extract.knowledge.lexicon import LexiconChoice
from graph.errors import AmbiguousConcept, NoPath, NoSuchConcept, PublishError
from graph.model import (
    Basis,
    Concept,
    ConceptPath,
    Document,
    Evidence,
    GraphSnapshot,
    Passage,
    Prerequisite,
    Relation,
    RelationType,
    Subgraph,
    Vectors,
)
from graph.stores.checks import checked, ordered
from graph.stores.contract import GraphStore
from graph.stores.memory import MemoryStore
from graph.stores.without_background import WithoutBackground
from graph.text.names import fold
from queries.answer.ask import answer_question
from queries.retrieval.line_index import line_index
from queries.retrieval.retriever import Retriever
from tests.contract import small_graph as g
from tests.strategies import assert_same_graph, snapshots

MakeStore = Callable[[], GraphStore]
Spent = Callable[[], bool]

by_property = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture
def fresh(store: GraphStore) -> GraphStore:
    """A store with the small graph, for tests that replace it."""
    store.publish(g.SMALL)
    return store


@pytest.fixture(scope="module")
def small(kept_store: GraphStore) -> GraphStore:
    """A store with the small graph, for tests that only read."""
    kept_store.publish(g.SMALL)
    return kept_store


def texts(*lines: str) -> GraphSnapshot:
    """A graph of nothing but one-line documents, so that search has something to rank."""
    documents = tuple(Document(f"{i:02}.md", "", "", 1) for i in range(len(lines)))
    return GraphSnapshot(
        documents, tuple(Passage(f"{d.id}#1", d.id, 1, 1, (), text) for d, text in zip(documents, lines, strict=True))
    )


def chain_graph(*relations: tuple[str, RelationType, str, float]) -> GraphSnapshot:
    """A graph of these relations alone; each is stated on line 1 of one document."""
    stated = (Evidence("a.md", 1, "stated"),)
    ids = sorted({end for head, _, tail, _ in relations for end in (head, tail)})
    return ordered(
        GraphSnapshot(
            documents=(Document("a.md", "", "", 1),),
            concepts=tuple(Concept(i, i.upper()) for i in ids),
            relations=tuple(Relation(head, kind, tail, sure, evidence=stated) for head, kind, tail, sure in relations),
        )
    )


class TestGeneralKnowledge:
    def test_comes_back_as_such(self, store: GraphStore) -> None:
        store.publish(g.WITH_BACKGROUND)
        assert_same_graph(store.snapshot(), g.WITH_BACKGROUND)
        assert [r for r in store.relations("qlora") if r.basis is Basis.BACKGROUND] == [g.background]
        assert [p for p in store.prerequisites(after="qlora") if p.basis is Basis.BACKGROUND] == [g.background_first]

    def test_can_be_left_out(self, store: GraphStore) -> None:
        store.publish(g.WITH_BACKGROUND)
        stated = WithoutBackground(store)
        assert stated.relations() == list(g.SMALL.relations)
        assert stated.relations("qlora", types=[RelationType.IS_A]) == []
        assert stated.prerequisites(before="nf4") == []
        assert (stated.info().relations, stated.info().prerequisites) == (5, 3)
        assert stated.info().build == store.info().build
        assert_same_graph(
            stated.snapshot(), replace(g.SMALL, prerequisites=(g.lora_first, g.tuning_first, g.quant_first))
        )
        checked(stated.snapshot())

    def test_what_is_worked_out_leaves_it_out_too(self, store: GraphStore) -> None:
        store.publish(g.WITH_BACKGROUND)
        stated = WithoutBackground(store)
        assert store.degree("qlora") == 3
        assert stated.degree("qlora") == 2
        assert [p.concepts for p in store.paths("qlora", "量化", limit=1)] == [("qlora", "量化")]
        assert [p.concepts for p in stated.paths("qlora", "量化", limit=1)] == [("qlora", "nf4", "量化")]
        assert g.background not in stated.subgraph(["qlora", "量化"]).relations
        assert {p.before for p in stated.prerequisite_closure("qlora")} == {"lora", "微调"}
        assert [c.id for c in stated.neighbourhood(["qlora"]).concepts] == ["lora", "qlora", "nf4"]

    def test_the_rest_is_the_same(self, store: GraphStore) -> None:
        store.publish(g.WITH_BACKGROUND)
        stated = WithoutBackground(store)
        assert stated.concepts() == store.concepts()
        assert stated.communities() == store.communities()
        assert stated.search("NF4") == store.search("NF4")
        assert stated.concept("low-rank adaptation").id == "lora"
        assert stated.passages("quant.md") == store.passages("quant.md")

    def test_a_newer_build_is_seen(self, store: GraphStore) -> None:
        store.publish(g.WITH_BACKGROUND)
        stated = WithoutBackground(store)
        assert stated.info().relations == 5
        store.publish(chain_graph(("a", RelationType.USES, "b", 1.0)))
        assert stated.info().relations == 1

    def test_nothing_is_published_through_a_part_of_a_graph(self, store: GraphStore) -> None:
        store.publish(g.WITH_BACKGROUND)
        with pytest.raises(PublishError, match="only be read"):
            WithoutBackground(store).publish(g.SMALL)
        assert_same_graph(store.snapshot(), g.WITH_BACKGROUND)


class TestPublish:
    def test_says_what_is_stored(self, store: GraphStore) -> None:
        info = store.publish(g.SMALL)
        assert (info.documents, info.passages, info.concepts) == (2, 4, 6)
        assert (info.relations, info.prerequisites, info.communities) == (5, 4, 3)
        assert (info.source, dict(info.settings), info.schema) == (
            "/home/someone/notes",
            {"seed": "7", "encoder": "static", **g.CHOICE.to_settings()},
            1,
        )
        assert store.info() == info

    def test_the_lexicon_that_was_chosen_comes_back(self, small: GraphStore) -> None:
        assert LexiconChoice.from_settings(small.info().settings) == g.CHOICE
        assert LexiconChoice.from_settings(small.snapshot().settings) == g.CHOICE

    def test_every_publish_is_a_build_of_its_own(self, store: GraphStore) -> None:
        builds = {store.publish(g.SMALL).build for _ in range(3)}
        assert len(builds) == 3
        assert store.info().build in builds

    def test_what_was_published_comes_back(self, fresh: GraphStore) -> None:
        assert_same_graph(fresh.snapshot(), g.SMALL)

    def test_replaces_everything(self, fresh: GraphStore) -> None:
        other = chain_graph(("a", RelationType.USES, "b", 1.0))
        fresh.publish(other)
        assert_same_graph(fresh.snapshot(), other)
        assert fresh.vectors() is None
        assert fresh.search("LoRA") == []
        assert fresh.concepts_named("LoRA") == []

    def test_an_empty_graph_is_a_graph(self, fresh: GraphStore) -> None:
        fresh.publish(GraphSnapshot())
        assert_same_graph(fresh.snapshot(), GraphSnapshot())
        assert fresh.info().concepts == 0
        for found in (
            fresh.concepts(),
            fresh.names(),
            fresh.relations(),
            fresh.prerequisites(),
            fresh.communities(),
            fresh.documents(),
            fresh.passages(),
            fresh.merges(),
            fresh.skipped(),
            fresh.search("LoRA"),
            fresh.nearest_names("LoRA"),
        ):
            assert found == []

    def test_an_unsound_graph_is_refused_and_the_earlier_one_stays(self, fresh: GraphStore) -> None:
        before = fresh.info()
        broken = replace(g.SMALL, relations=(replace(g.is_a, tail="nowhere"),))
        with pytest.raises(PublishError, match="'nowhere'"):
            fresh.publish(broken)
        assert fresh.info() == before
        assert_same_graph(fresh.snapshot(), g.SMALL)

    @by_property
    @given(snapshot=snapshots())
    def test_any_graph_comes_back(self, make_store: MakeStore, spent: Spent, snapshot: GraphSnapshot) -> None:
        if spent():
            return
        with make_store() as store:
            store.publish(snapshot)
            assert_same_graph(store.snapshot(), snapshot)

    def test_a_block_holds_one_build(self, fresh: GraphStore) -> None:
        first = fresh.info().build
        with fresh.reading() as held:
            second = fresh.publish(GraphSnapshot()).build
            assert held.info().build == first
            assert [c.id for c in held.concepts(limit=1)] == ["lora"]
            with held.reading() as inner:
                assert inner.info().build == first
            assert held.info().build == first
        assert fresh.info().build == second
        assert fresh.concepts() == []

    def test_readers_see_one_build_or_the_other(self, store: GraphStore) -> None:
        """Each build has as many relations as documents; a reader that mixed two builds would see different numbers."""
        builds = []
        for size in (3, 9, 17):
            links = chain_graph(*((f"c{i:02}", RelationType.USES, f"c{i + 1:02}", 1.0) for i in range(size)))
            more = (Document(f"{n:02}.md", "", "", 1) for n in range(size - 1))
            builds.append(replace(links, documents=(*more, *links.documents)))
        store.publish(builds[0])
        stop = threading.Event()
        seen: set[tuple[int, ...]] = set()

        def read() -> None:
            while not stop.is_set():
                with store.reading():
                    seen.add(
                        (
                            len(store.relations()),
                            len(store.documents()),
                            store.info().relations,
                            len(store.concepts()) - 1,
                        )
                    )
                whole = store.snapshot()
                seen.add((len(whole.relations), len(whole.documents), len(whole.relations), len(whole.concepts) - 1))

        threads = [threading.Thread(target=read) for _ in range(3)]
        for thread in threads:
            thread.start()
        for round_ in range(12):
            store.publish(builds[round_ % 3])
        stop.set()
        for thread in threads:
            thread.join()
        assert seen
        assert seen <= {(size,) * 4 for size in (3, 9, 17)}


class TestConcepts:
    def test_all_come_most_salient_first(self, small: GraphStore) -> None:
        assert small.concepts() == [g.lora, g.qlora, g.nf4, g.tuning, g.quant, g.lonely]

    def test_confidence_is_kept_apart_from_salience(self, small: GraphStore) -> None:
        assert [(c.salience, c.confidence) for c in small.concepts(["lora", "qlora", "lora~radio", "nf4"])] == [
            (0.9, 0.75),
            (0.8, 0.95),
            (0.5, 1.0),
            (0.0, 0.125),
        ]

    def test_by_id_in_the_same_order_without_unknown_ones(self, small: GraphStore) -> None:
        assert small.concepts(["量化", "nobody", "lora", "lora"]) == [g.lora, g.quant]
        assert small.concepts({"nobody"}) == []
        assert small.concepts([]) == []

    def test_limit(self, small: GraphStore) -> None:
        assert small.concepts(limit=2) == [g.lora, g.qlora]
        assert small.concepts(["qlora", "nf4", "量化"], limit=1) == [g.qlora]
        assert small.concepts(limit=0) == []
        assert len(small.concepts(limit=99)) == 6

    @pytest.mark.parametrize(
        "name", ["LoRA", "lora", "ＬｏＲＡ", "Lo-RA", "low rank adaptation", "LOW-RANK-ADAPTATION", "低秩 适应"]
    )
    def test_named_in_any_spelling(self, small: GraphStore, name: str) -> None:
        assert g.lora in small.concepts_named(name)

    def test_several_of_one_name_come_most_salient_first(self, small: GraphStore) -> None:
        assert small.concepts_named("LORA") == [g.lora, g.lonely]
        assert small.concepts_named("Fine Tuning") == [g.tuning, g.lonely]

    def test_an_id_means_one_concept(self, small: GraphStore) -> None:
        assert small.concepts_named("lora") == [g.lora]
        assert small.concepts_named("lora~radio") == [g.lonely]

    def test_a_name_of_signs_is_no_syntax(self, store: GraphStore) -> None:
        names = [
            '"',
            '""',
            "\\",
            'a"b\\',
            "\\u0041",
            "*",
            "c++",
            "c#",
            "AND",
            "a OR b",
            "keys:a",
            "(",
            "~2",
            "→",
            "a" * 800,
        ]
        made = [Concept(f"id{n:02}", f"concept {n}", aliases=(name,)) for n, name in enumerate(names)]
        store.publish(ordered(GraphSnapshot(concepts=tuple(made))))
        for n, name in enumerate(names):
            assert [c.id for c in store.concepts_named(name)] == [f"id{n:02}"], name
        assert store.concepts_named("a*") == store.concepts_named("a" * 799) == []

    def test_nobody_of_that_name(self, small: GraphStore) -> None:
        assert small.concepts_named("DPO") == []
        assert small.concepts_named("") == []
        assert small.concepts_named("\ud800") == []

    def test_names_by_id_then_name(self, small: GraphStore) -> None:
        assert small.names() == [
            ("LoRA", "lora"),
            ("Low-Rank Adaptation", "lora"),
            ("低秩适应", "lora"),
            ("LoRa", "lora~radio"),
            ("fine-tuning", "lora~radio"),
            ("NF4", "nf4"),
            ("QLoRA", "qlora"),
            ("fine-tuning", "微调"),
            ("微调", "微调"),
            ("Quantisation", "量化"),
            ("量化", "量化"),
        ]

    def test_concept_by_any_name(self, small: GraphStore) -> None:
        assert small.concept("q-lora") == g.qlora
        assert small.concept("quantisation") == g.quant

    def test_a_name_wins_over_an_alias(self, store: GraphStore) -> None:
        called, also = Concept("a", "PPO", salience=0.1), Concept("b", "Proximal", ("P.P.O.",), salience=0.9)
        store.publish(GraphSnapshot(concepts=(also, called)))
        assert store.concepts_named("ppo") == [also, called]
        assert store.concept("ppo") == called

    def test_ambiguous(self, small: GraphStore) -> None:
        with pytest.raises(AmbiguousConcept) as caught:
            small.concept("LORA")
        assert caught.value.choices == ("lora", "lora~radio")

    def test_unknown_with_the_nearest_names(self, small: GraphStore) -> None:
        with pytest.raises(NoSuchConcept) as caught:
            small.concept("QLoRAA")
        assert caught.value.nearest[0] == "QLoRA"
        assert "LoRA" in caught.value.nearest

    def test_nearest_names_one_a_concept_best_first(self, small: GraphStore) -> None:
        assert small.nearest_names("fine tunning")[:1] == ["fine-tuning"]
        assert small.nearest_names("rank") == ["Low-Rank Adaptation"]  # contains it; LoRa has 4/8
        assert small.nearest_names("LoRA", limit=2) == ["LoRA", "LoRa"]
        assert small.nearest_names("zzz") == []
        assert small.nearest_names("") == []


class TestRelations:
    def test_all_by_key(self, small: GraphStore) -> None:
        assert small.relations() == [g.is_a, g.part_of, g.related, g.based_on, g.uses]

    def test_of_one_concept_as_head_or_tail(self, small: GraphStore) -> None:
        assert small.relations("qlora") == [g.related, g.based_on, g.uses]
        assert small.relations("lora~radio") == []
        assert small.relations("nobody") == []

    def test_of_types(self, small: GraphStore) -> None:
        assert small.relations(types=[RelationType.USES, RelationType.IS_A]) == [g.is_a, g.uses]
        assert small.relations("qlora", types={RelationType.USES}) == [g.uses]
        assert small.relations("lora", types={RelationType.USES}) == []
        assert small.relations(types=[]) == []
        assert small.relations("qlora", types=()) == []

    def test_degree_counts_concepts_not_relations(self, small: GraphStore) -> None:
        assert [small.degree(c) for c in ("qlora", "lora", "nf4", "lora~radio", "nobody")] == [2, 2, 2, 0, 0]

    def test_prerequisites(self, small: GraphStore) -> None:
        assert small.prerequisites() == [g.lora_first, g.nf4_first, g.tuning_first, g.quant_first]
        assert small.prerequisites(after="qlora") == [g.lora_first, g.nf4_first]
        assert small.prerequisites(before="lora") == [g.lora_first]
        assert small.prerequisites(before="nf4", after="qlora") == [g.nf4_first]
        assert small.prerequisites(before="微调", after="qlora") == []
        assert small.prerequisites(after="nobody") == small.prerequisites(before="nobody") == []

    def test_prerequisite_closure(self, small: GraphStore) -> None:
        assert small.prerequisite_closure("qlora") == [g.lora_first, g.nf4_first, g.tuning_first, g.quant_first]
        assert small.prerequisite_closure("lora") == [g.tuning_first]
        assert small.prerequisite_closure("量化", unlocks=True) == [g.nf4_first, g.quant_first]
        assert small.prerequisite_closure("量化") == small.prerequisite_closure("nobody") == []


class TestTexts:
    def test_documents(self, small: GraphStore) -> None:
        assert small.documents() == [g.peft, g.quant_doc]

    def test_passages(self, small: GraphStore) -> None:
        assert small.passages() == [g.peft_1, g.quant_1, g.quant_4, g.quant_10]
        assert small.passages("quant.md") == [g.quant_1, g.quant_4, g.quant_10]
        assert small.passages("nowhere.md") == []
        assert small.passages(ids=["quant.md#10", "peft.md#1", "x"]) == [g.peft_1, g.quant_10]
        assert small.passages("quant.md", ids=["quant.md#10", "peft.md#1"]) == [g.quant_10]
        assert small.passages("nowhere.md", ids=["quant.md#10"]) == small.passages(ids=[]) == []

    def test_communities(self, small: GraphStore) -> None:
        assert [c.id for c in small.communities()] == ["0-2", "0-10", "1-0"]
        assert small.communities(1) == [g.SMALL.communities[2]]
        assert small.communities(7) == []

    def test_merges(self, small: GraphStore) -> None:
        assert small.merges() == list(g.SMALL.merges)
        assert small.merges("lora") == list(g.SMALL.merges[:2])
        assert small.merges("qlora") == small.merges("nobody") == []

    def test_skipped(self, small: GraphStore) -> None:
        assert small.skipped() == list(g.SMALL.skipped)


class TestSearch:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("LoRA", ["peft.md#1"]),
            ("ｌｏｒａ", ["peft.md#1"]),
            ("微调", ["peft.md#1"]),  # two characters; those on two lines of quant.md#10 are not the word
            ("调", ["peft.md#1", "quant.md#10"]),
            ("微调方法", ["peft.md#1"]),
            ("memory", ["quant.md#1", "quant.md#10"]),
            ("C++", ["quant.md#1"]),
            ("😀", ["quant.md#10"]),
            ("nf4 低秩适应", ["peft.md#1", "quant.md#1"]),
        ],
    )
    def test_finds_words_of_any_language(self, small: GraphStore, text: str, expected: list[str]) -> None:
        hits = small.search(text)
        assert sorted(h.passage.id for h in hits) == expected
        assert all(h.passage in g.SMALL.passages for h in hits)
        assert [h.score for h in hits] == sorted((h.score for h in hits), reverse=True)

    @pytest.mark.parametrize(
        "text", ["", "   ", "，。！", "kubernetes", "调微", "C#", "\x00", "\ud800", "lor", "-", "()"]
    )
    def test_finds_nothing_for_words_that_stand_nowhere(self, small: GraphStore, text: str) -> None:
        assert small.search(text) == []

    @pytest.mark.parametrize(
        "text",
        [
            '"',
            '"LoRA',
            "LoRA*",
            "LoRA AND",
            "NOT LoRA",
            "NEAR(LoRA 3)",
            "terms:LoRA",
            "^LoRA",
            "LoRA'; --",
            "{x y}: LoRA",
            "-LoRA +x",
        ],
    )
    def test_no_syntax(self, small: GraphStore, text: str) -> None:
        found = [h.passage.id for h in small.search(text)]
        assert found == (["peft.md#1"] if "LoRA" in text else [])

    def test_passages_that_hold_all_words_come_first(self, store: GraphStore) -> None:
        """The last one holds both words, once, in a sea of others; the first repeat the rarer word."""
        store.publish(
            texts("beta beta beta", "beta beta", "alpha", *["alpha filler"] * 4, "alpha " + "other " * 300 + "beta")
        )
        assert [h.passage.doc for h in store.search("alpha beta", limit=3)] == ["07.md", "00.md", "01.md"]
        assert [h.passage.doc for h in store.search("alpha beta", limit=1)] == ["07.md"]

    def test_rarer_words_count_more_and_long_passages_less(self, store: GraphStore) -> None:
        store.publish(texts("common", "common", "common", "rare " + "word " * 20, "rare", "x", "y", "z", "w"))
        assert store.search("common rare")[0].passage.doc == "04.md"
        assert [h.passage.doc for h in store.search("rare")] == ["04.md", "03.md"]

    def test_ties_keep_the_order_of_passages(self, store: GraphStore) -> None:
        store.publish(texts("b", *["same text"] * 12, "b"))
        assert [h.passage.doc for h in store.search("text", limit=3)] == ["01.md", "02.md", "03.md"]

    def test_a_pasted_page_is_a_question_too(self, small: GraphStore) -> None:
        page = " ".join(f"word{i}" for i in range(3000))
        assert small.search(page) == []
        assert [h.passage.id for h in small.search("LoRA " + page)] == ["peft.md#1"]

    def test_limit(self, small: GraphStore) -> None:
        assert len(small.search("memory nf4 lora", limit=2)) == 2
        assert small.search("memory", limit=0) == []


class TestLayout:
    def test_comes_back_bit_for_bit(self, small: GraphStore) -> None:
        held = small.layout()
        assert held == g.LAYOUT
        assert held is not None
        assert (held.positions.dtype, held.homes.dtype) == (np.float32, np.int32)
        assert held.concept_ids == tuple(c.id for c in small.concepts())

    def test_none_without(self, store: GraphStore) -> None:
        store.publish(replace(g.SMALL, layout=None))
        assert store.layout() is None

    def test_of_the_new_build(self, store: GraphStore) -> None:
        store.publish(g.SMALL)
        store.layout()
        moved = replace(g.LAYOUT, positions=g.LAYOUT.positions + np.float32(1))
        store.publish(replace(g.SMALL, layout=moved))
        assert store.layout() == moved != g.LAYOUT


class TestVectors:
    def test_come_back_bit_for_bit(self, small: GraphStore) -> None:
        held = small.vectors()
        assert held is not None
        assert g.SMALL.vectors is not None
        assert held.same(g.SMALL.vectors)
        assert (held.dim, held.concepts.dtype, held.passages.shape) == (3, np.float32, (2, 3))

    def test_none_without(self, store: GraphStore) -> None:
        store.publish(replace(g.SMALL, vectors=None))
        assert store.vectors() is None
        assert store.similar_concepts(np.array([1.0, 0, 0])) == []
        assert store.similar_passages(np.array([1.0, 0, 0])) == []

    def test_similar(self, small: GraphStore) -> None:
        up = np.array([0, 5, 0], np.float32)
        assert [(i, round(s, 3)) for i, s in small.similar_concepts(up)] == [("nf4", 1.0), ("qlora", 0.6)]
        assert [(h.passage.id, round(h.score, 3)) for h in small.similar_passages(up)] == [
            ("quant.md#1", 1.0),
            ("peft.md#1", 0.8),
        ]
        assert [i for i, _ in small.similar_concepts(up, limit=1)] == ["nf4"]
        assert [h.passage.id for h in small.similar_passages(up, limit=1)] == ["quant.md#1"]
        assert small.similar_concepts(np.zeros(3, np.float32)) == small.similar_concepts(up, limit=0) == []
        assert small.similar_concepts(np.array([0, 0, 1.0])) == []

    def test_equal_vectors_are_equally_near(self, store: GraphStore) -> None:
        """Wherever in the matrix they are: the product of two matrices does not promise that."""
        row = np.random.default_rng(3).normal(size=61).astype(np.float32)
        rows = np.tile(row / np.linalg.norm(row), (13, 1)).astype(np.float32)
        ids = tuple(f"c{i:02}" for i in range(13))
        vectors = Vectors("static", ids, rows, (), np.empty((0, 61), np.float32), b"")
        made = GraphSnapshot(concepts=tuple(Concept(i, i) for i in ids), vectors=vectors)
        store.publish(made)
        found = store.similar_concepts(np.arange(61, dtype=np.float32) * np.sign(row), limit=5)
        assert [i for i, _ in found] == list(ids[:5])
        assert len({score for _, score in found}) == 1

    def test_ties_by_id(self, store: GraphStore) -> None:
        vectors = g.SMALL.vectors
        assert vectors is not None
        same = np.tile(np.array([1, 0, 0], np.float32), (3, 1))
        store.publish(replace(g.SMALL, vectors=replace(vectors, concept_ids=("qlora", "lora", "nf4"), concepts=same)))
        assert [i for i, _ in store.similar_concepts(np.array([1.0, 0, 0]), limit=2)] == ["lora", "nf4"]


class TestSubgraphs:
    def test_between_the_given_concepts(self, small: GraphStore) -> None:
        assert small.subgraph(["qlora", "nf4", "nobody", "微调"]) == Subgraph(
            (g.qlora, g.nf4, g.tuning), (g.related, g.uses), (g.nf4_first,)
        )
        assert small.subgraph(["qlora", "nf4"], types={RelationType.USES}).relations == (g.uses,)
        assert small.subgraph([]) == Subgraph((), (), ())

    def test_neighbourhood_nearest_first(self, small: GraphStore) -> None:
        assert [c.id for c in small.neighbourhood(["lora"]).concepts] == ["lora", "qlora", "微调"]
        assert [c.id for c in small.neighbourhood(["lora"], hops=2).concepts] == ["lora", "qlora", "nf4", "微调"]
        assert [c.id for c in small.neighbourhood(["lora"], hops=9).concepts] == [
            "lora",
            "qlora",
            "nf4",
            "微调",
            "量化",
        ]
        assert [c.id for c in small.neighbourhood(["lora"], hops=0).concepts] == ["lora"]

    def test_neighbourhood_keeps_the_nearer_when_there_are_too_many(self, small: GraphStore) -> None:
        """量化 is less salient than all others, but it is the only neighbour of nf4 apart from qlora."""
        assert [c.id for c in small.neighbourhood(["量化"], hops=3, limit=3).concepts] == ["qlora", "nf4", "量化"]
        assert [c.id for c in small.neighbourhood(["量化", "lora", "qlora"], limit=2).concepts] == ["lora", "qlora"]

    def test_neighbourhood_of_types(self, small: GraphStore) -> None:
        found = small.neighbourhood(["lora"], hops=5, types={RelationType.IS_A, RelationType.BASED_ON})
        assert ([c.id for c in found.concepts], found.relations) == (["lora", "qlora", "微调"], (g.is_a, g.based_on))

    def test_neighbourhood_of_nobody(self, small: GraphStore) -> None:
        assert small.neighbourhood(["nobody"]) == Subgraph((), (), ())


class TestPaths:
    def test_against_the_direction_of_relations_with_their_evidence(self, small: GraphStore) -> None:
        assert small.paths("微调", "nf4") == [
            ConceptPath(("微调", "lora", "qlora", "nf4"), (g.is_a, g.based_on, g.uses))
        ]

    def test_to_itself(self, small: GraphStore) -> None:
        assert small.paths("lora", "lora") == [ConceptPath(("lora",), ())]

    def test_not_connected(self, small: GraphStore) -> None:
        with pytest.raises(NoPath):
            small.paths("lora", "lora~radio")
        with pytest.raises(NoPath):
            small.paths("lora", "nobody")

    def test_only_within_max_hops(self, small: GraphStore) -> None:
        assert [p.hops for p in small.paths("微调", "量化", max_hops=4)] == [4]
        for max_hops in (0, 1, 2, 3):
            with pytest.raises(NoPath) as caught:
                small.paths("微调", "量化", max_hops=max_hops)
            assert caught.value.max_hops == max_hops

    def test_typed_and_sure_ones_are_cheaper(self, store: GraphStore) -> None:
        """a–b–d: 1+1 = 2; a–d untyped and doubtful: 2+1 = 3; a–c–d: 1.5+1 = 2.5."""
        kinds = RelationType
        store.publish(
            chain_graph(
                ("a", kinds.USES, "b", 1.0),
                ("b", kinds.USES, "d", 1.0),
                ("a", kinds.RELATED_TO, "d", 0.0),
                ("a", kinds.IS_A, "c", 0.5),
                ("c", kinds.IS_A, "d", 1.0),
            )
        )
        assert [p.concepts for p in store.paths("a", "d", limit=9)] == [("a", "b", "d"), ("a", "c", "d"), ("a", "d")]
        assert [p.concepts for p in store.paths("a", "d", limit=1)] == [("a", "b", "d")]

    def test_all_chains_of_a_small_graph_where_everybody_knows_everybody(self, store: GraphStore) -> None:
        """Between two of five: 1 of one hop, 3 of two, 3·2 of three, 3·2·1 of four."""
        store.publish(chain_graph(*((a, RelationType.USES, b, 1.0) for a, b in combinations("abcde", 2))))
        assert [p.hops for p in store.paths("a", "e", limit=99)] == [1] + [2] * 3 + [3] * 6 + [4] * 6
        assert [p.hops for p in store.paths("a", "e", limit=99, max_hops=9)] == [1] + [2] * 3 + [3] * 6 + [4] * 6
        assert [p.concepts for p in store.paths("a", "e", limit=2)] == [("a", "e"), ("a", "b", "e")]

    def test_hubs_are_ends_but_not_bridges(self, store: GraphStore) -> None:
        spokes = [(f"s{i:03}", RelationType.IS_A, "hub", 1.0) for i in range(40)]
        store.publish(chain_graph(*spokes))
        assert [p.concepts for p in store.paths("s001", "hub")] == [("s001", "hub")]
        with pytest.raises(NoPath):
            store.paths("s001", "s002")
        store.publish(chain_graph(*spokes[:25]))
        assert [p.concepts for p in store.paths("s001", "s002")] == [("s001", "hub", "s002")]


def slow_paths(
    snapshot: GraphSnapshot, start: str, end: str, max_hops: int, limit: int
) -> list[tuple[tuple[str, ...], float]]:
    """All chains, tried one by one."""
    best: dict[tuple[str, str], float] = {}
    for r in snapshot.relations:
        for pair in ((r.head, r.tail), (r.tail, r.head)):
            best[pair] = min(best.get(pair, 99.0), GraphStore.hop_cost(r))
    chains = [(start,)]
    for _ in range(max_hops):
        chains += [(*c, b) for c in chains for a, b in best if a == c[-1] and b not in c and c[-1] != end]
        chains = list(dict.fromkeys(chains))
    ended = [(round(sum(best[pair] for pair in pairwise(c)), 4), len(c), c) for c in chains if c[-1] == end]
    return [(c, cost) for cost, _, c in sorted(ended)[:limit]]


class TestAgainstTheOracle:
    """On random graphs every method answers as the memory store does, and the memory store as a slow version does."""

    @by_property
    @given(snapshot=snapshots(texts=st.text("abc 微调\ud800", max_size=4)), data=st.data())
    def test_same_answers(
        self, make_store: MakeStore, spent: Spent, snapshot: GraphSnapshot, data: st.DataObject
    ) -> None:
        oracle = MemoryStore(snapshot)
        ids = [c.id for c in snapshot.concepts] or ["nobody"]
        some = data.draw(st.lists(st.sampled_from([*ids, "nobody"]), max_size=4))
        one, other = data.draw(st.sampled_from(ids)), data.draw(st.sampled_from(ids))
        types = data.draw(st.one_of(st.none(), st.sets(st.sampled_from(RelationType), max_size=4)))
        hops, limit = data.draw(st.integers(0, 4)), data.draw(st.integers(0, 5))
        text = data.draw(st.text("abc 微调", max_size=6))
        vector = np.ones(snapshot.vectors.dim, np.float32) if snapshot.vectors else np.ones(2, np.float32)

        def answers(store: GraphStore) -> list[object]:
            return [
                store.concepts(some, limit=limit),
                store.concepts_named(one),
                store.concepts_named(text),
                store.names(),
                store.nearest_names(text, limit=limit),
                store.relations(one, types=types),
                store.relations(types=types),
                store.prerequisites(before=one),
                store.prerequisites(after=one),
                store.prerequisites(before=one, after=other),
                store.communities(hops),
                [store.passages(d.id) for d in snapshot.documents],
                store.passages(ids=[p.id for p in snapshot.passages[::2]]),
                store.merges(one),
                store.degree(one),
                store.subgraph(some, types=types),
                store.neighbourhood(some, hops=hops, limit=limit, types=types),
                store.prerequisite_closure(one),
                store.prerequisite_closure(one, unlocks=True),
                store.hub_limit(),
                path_or_none(store, one, other, hops),
                [(h.passage, round(h.score, 6)) for h in store.search(text)],
                store.similar_concepts(vector, limit=limit),
                store.similar_passages(vector, limit=limit),
            ]

        if spent():
            return
        with make_store() as store:
            store.publish(snapshot)
            for mine, theirs in zip(answers(store), answers(oracle), strict=True):
                assert mine == theirs

    @by_property
    @given(
        links=st.sets(
            st.tuples(st.sampled_from("abcdefg"), st.sampled_from(list(RelationType)[:3]), st.sampled_from("abcdefg")),
            max_size=14,
        ),
        max_hops=st.integers(0, 5),
        limit=st.integers(1, 30),
    )
    def test_paths_are_those_of_a_slow_search(
        self, store: GraphStore, spent: Spent, links: set[tuple[str, RelationType, str]], max_hops: int, limit: int
    ) -> None:
        if spent():
            return
        relations = [(a, kind, b, (ord(a) + ord(b)) % 8 / 8) for a, kind, b in sorted(links) if a != b]
        snapshot = chain_graph(("a", RelationType.USES, "z", 1.0), *relations)
        store.publish(snapshot)
        expected = slow_paths(snapshot, "a", "g", max_hops, limit)
        try:
            found = store.paths("a", "g", max_hops=max_hops, limit=limit)
        except NoPath:
            found = []
        assert [(p.concepts, round(sum(map(store.hop_cost, p.relations)), 4)) for p in found] == expected
        for path in found:
            for (a, b), relation in zip(pairwise(path.concepts), path.relations, strict=True):
                assert {relation.head, relation.tail} == {a, b}
                assert relation in snapshot.relations

    @by_property
    @given(
        names=st.lists(st.text("abcd 微调", min_size=1, max_size=8).filter(str.strip), max_size=12, unique=True),
        name=st.text("abcd微调", max_size=6),
    )
    def test_near_names_are_those_of_a_slow_search(
        self, store: GraphStore, spent: Spent, names: list[str], name: str
    ) -> None:
        if spent():
            return
        concepts = tuple(
            Concept(f"{i // 2}", *pair[:1], tuple(pair[1:]))
            for i in range(0, len(names), 2)
            if (pair := names[i : i + 2])
        )
        store.publish(ordered(GraphSnapshot(concepts=concepts)))
        key = fold(name)
        best: dict[str, tuple[float, str]] = {}
        for concept in concepts:
            for form in concept.names:
                likeness = 2 * common_letters(fold(form), key) / max(len(fold(form)) + len(key), 1)
                short = min(key, fold(form), key=len)
                held = (key in fold(form) or fold(form) in key) and len(short) >= (2 if set(short) & set("微调") else 3)
                if likeness >= 0.6 or held:
                    best[concept.id] = min(best.get(concept.id, (9.0, "")), (-likeness - 0.2 * held, form))
        assert store.nearest_names(name, limit=3) == [form for _, form in sorted(best.values())[:3]]


class TestPlaces:
    @by_property
    @given(graph=snapshots(), more=st.lists(st.tuples(st.sampled_from(["", "x", "a.md"]), st.integers(-2, 2**33))))
    def test_the_passage_of_a_line(
        self, store: GraphStore, spent: Spent, graph: GraphSnapshot, more: list[tuple[str, int]]
    ) -> None:
        if spent():
            return
        store.publish(graph)
        places = [(p.doc, n) for p in graph.passages for n in (p.first_line - 1, p.first_line, p.last_line)]
        places += [(d.id, d.lines + 1) for d in graph.documents] + more
        expected = [
            next((p.id for p in graph.passages if p.doc == doc and p.first_line <= n <= p.last_line), None)
            for doc, n in places
        ]
        assert store.passage_ids(places) == expected
        assert WithoutBackground(store).passage_ids(places) == expected
        assert store.sizes() == (len(graph.documents), len(graph.passages), len(graph.concepts))


class TestIndex:
    def test_parts_are_given_back_as_they_are(self, store: GraphStore) -> None:
        parts = {"meta": b"{}", "texts/0": bytes(range(256)), "texts/1": b"", "large/0": b"\xff" * 300_000}
        info = store.publish(g.SMALL, index=parts)
        assert store.index_parts([*parts, "texts/2", "META"]) == parts
        assert store.index_parts(["texts/1"]) == {"texts/1": b""}
        assert store.index_parts([]) == {}
        assert store.build() == info.build
        assert WithoutBackground(store).index_parts(["meta"]) == {"meta": b"{}"}
        assert_same_graph(store.snapshot(), g.SMALL)

    def test_parts_go_with_their_graph(self, store: GraphStore) -> None:
        store.publish(g.SMALL, index={"meta": b"1", "old": b"2"})
        with store.reading():
            store.index_parts(["meta"])
        store.publish(g.SMALL, index={"meta": b"3"})
        assert store.index_parts(["meta", "old"]) == {"meta": b"3"}
        store.publish(g.SMALL)
        assert store.index_parts(["meta", "old"]) == {}

    @by_property
    @given(graph=snapshots())
    def test_questions_get_the_same_answers_from_the_stored_index(
        self, store: GraphStore, spent: Spent, graph: GraphSnapshot
    ) -> None:
        if spent():
            return
        parts = line_index(graph)
        assert parts == line_index(graph)
        store.publish(graph, index=parts)
        stored, made = Retriever.from_store(store), Retriever.from_store(MemoryStore(graph))
        assert stored.stored
        assert not made.stored
        for question in ("What is a?", *(f"{c.name}?" for c in graph.concepts[:2])):
            assert answer_question(store, question, engine=stored) == answer_question(
                MemoryStore(graph), question, engine=None
            )

    def test_a_part_that_is_missing_is_made_up_for(self, store: GraphStore) -> None:
        parts = line_index(g.SMALL)
        del parts["postings/0"]
        store.publish(g.SMALL, index=parts)
        question = f"What is {g.SMALL.concepts[0].name}?"
        assert answer_question(store, question) == answer_question(MemoryStore(g.SMALL), question)


def common_letters(a: str, b: str) -> int:
    """Length of the longest common subsequence."""
    if not a or not b:
        return 0
    if a[0] == b[0]:
        return 1 + common_letters(a[1:], b[1:])
    return max(common_letters(a[1:], b), common_letters(a, b[1:]))


def path_or_none(store: GraphStore, start: str, end: str, max_hops: int) -> list[ConceptPath] | None:
    try:
        return store.paths(start, end, max_hops=max_hops)
    except NoPath:
        return None


def test_the_small_graph_is_sound_and_in_order() -> None:
    assert checked(g.SMALL) is g.SMALL
    assert replace(ordered(g.SMALL), vectors=None) == replace(g.SMALL, vectors=None)
    assert isinstance(g.SMALL.prerequisites[0], Prerequisite)
