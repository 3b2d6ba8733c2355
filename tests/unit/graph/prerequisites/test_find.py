"""Prerequisites: direct, without cycles, in the direction that the relations say, whatever the notes are called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import networkx as nx
import numpy as np
import pytest

from graph.classifiers import LinearModel
from graph.model import Basis, Concept, ConceptKind, Evidence, Mention, Passage, Prerequisite, Relation, RelationType
from graph.prerequisites.features import FEATURES, PairEvidence, PairSignal, Signals
from graph.prerequisites.find import PrerequisiteModel, candidate_edges, find_prerequisites

TEXT = {
    "a.md": ("# LoRA", "LoRA is a fine-tuning method that trains low-rank matrices.", "LoRA freezes the weights."),
    "b.md": ("# QLoRA", "QLoRA is LoRA on a quantized model.", "QLoRA extends LoRA with NF4."),
    "c.md": ("# Fine-tuning", "Fine-tuning trains a model further.", "Fine-tuning needs data."),
    "d.md": ("# NF4", "NF4 is a data type of four bits.", "NF4 serves weights."),
}
NAMES = {"lora": "LoRA", "qlora": "QLoRA", "finetuning": "fine-tuning", "nf4": "NF4"}


def graph(rename: dict[str, str] | None = None) -> tuple[list[Concept], list[Relation], list[Passage]]:
    """Four concepts in four notes; ``rename`` gives the notes other names."""
    name = rename or {}
    passages = [
        Passage(f"{name.get(d, d)}#1", name.get(d, d), 1, len(t), (t[0][2:],), "\n".join(t)) for d, t in TEXT.items()
    ]
    homes = dict(zip(("lora", "qlora", "finetuning", "nf4"), TEXT, strict=True))
    concepts = []
    for id_, form in NAMES.items():
        words = form.lower()
        mentions = [
            Mention(name.get(d, d), n, form)
            for d, lines in TEXT.items()
            for n, line in enumerate(lines, start=1)
            if words in line.lower().replace("qlora", "q" if words == "lora" else "qlora")
        ]
        home = homes[id_]
        definition = Evidence(name.get(home, home), 2, TEXT[home][1])
        concepts.append(Concept(id_, form, (), salience=0.5, definition=definition, mentions=tuple(sorted(mentions))))
    where = {"a": name.get("a.md", "a.md"), "b": name.get("b.md", "b.md")}
    relations = [
        Relation("lora", RelationType.IS_A, "finetuning", 0.9, evidence=(Evidence(where["a"], 2, TEXT["a.md"][1]),)),
        Relation("qlora", RelationType.BASED_ON, "lora", 0.9, evidence=(Evidence(where["b"], 3, TEXT["b.md"][2]),)),
        Relation("qlora", RelationType.USES, "nf4", 0.9, evidence=(Evidence(where["b"], 3, TEXT["b.md"][2]),)),
    ]
    return concepts, sorted(relations, key=lambda r: r.key), sorted(passages, key=lambda p: p.id)


PAIRS = PairEvidence(
    Signals.of(
        {
            ("finetuning", "lora"): PairSignal(0.9, {("lora", RelationType.IS_A): 0.9}),
            ("lora", "qlora"): PairSignal(0.9, {("qlora", RelationType.BASED_ON): 0.9}),
            ("nf4", "qlora"): PairSignal(0.9, {("qlora", RelationType.USES): 0.9}),
        }
    )
)
"""What a build says of the pairs of these relations."""


def keys(edges: Sequence[Prerequisite]) -> list[tuple[str, str]]:
    return [e.key for e in edges]


def test_what_a_concept_is_based_on_comes_first() -> None:
    concepts, relations, passages = graph()
    edges = find_prerequisites(concepts, relations, passages, pairs=PAIRS)
    assert ("lora", "qlora") in keys(edges)
    assert ("qlora", "lora") not in keys(edges)
    edge = next(e for e in edges if e.key == ("lora", "qlora"))
    assert "based_on" in edge.reasons
    assert relations[[r.key for r in relations].index(("qlora", "based_on", "lora"))].evidence[0] in edge.evidence


def trusting(*features: str) -> PrerequisiteModel:
    """A model that takes each pair in the order of which one of ``features`` says something."""
    weights = np.asarray([float(name in features) for name in FEATURES])
    size = len(FEATURES)
    return PrerequisiteModel(LinearModel(FEATURES, np.zeros(size), np.ones(size), 8.0 * weights, -4.0), 0.5)


@pytest.mark.parametrize(
    ("basis", "reasons", "rests_on"),
    [
        (Basis.EXTRACTED, ("uses", "reference"), Basis.INFERRED),
        (Basis.BACKGROUND, ("background",), Basis.BACKGROUND),
    ],
)
def test_what_only_general_knowledge_relates_is_no_reason_in_the_words_of_the_notes(
    basis: Basis, reasons: tuple[str, ...], rests_on: Basis
) -> None:
    line = Evidence("a.md", 1, "An oven and a thermostat.")
    concepts = [Concept(n, n, mentions=(Mention("a.md", 1, n),)) for n in ("oven", "thermostat")]
    relation = Relation("oven", RelationType.USES, "thermostat", 0.9, basis=basis, evidence=(line,))
    passages = [Passage("a.md#1", "a.md", 1, 1, (), line.quote)]
    [edge] = find_prerequisites(concepts, [relation], passages, model=trusting("uses_after"))
    assert (edge.key, edge.reasons, edge.basis) == (("thermostat", "oven"), reasons, rests_on)
    assert edge.evidence == (line,)


def test_edges_are_ordered_acyclic_and_direct() -> None:
    concepts, relations, passages = graph()
    edges = find_prerequisites(concepts, relations, passages)
    assert edges
    assert keys(edges) == sorted(keys(edges))
    network = nx.DiGraph(keys(edges))
    assert nx.is_directed_acyclic_graph(network)
    assert set(nx.transitive_reduction(network).edges) == set(network.edges)


def test_names_of_notes_decide_nothing() -> None:
    concepts, relations, passages = graph()
    turned, other, moved = graph({"a.md": "z.md", "b.md": "y.md", "c.md": "x.md", "d.md": "w.md"})
    assert keys(find_prerequisites(concepts, relations, passages)) == keys(find_prerequisites(turned, other, moved))


def test_nothing_from_nothing() -> None:
    concepts, _, passages = graph()
    assert find_prerequisites([], [], []) == []
    bare = [Concept(c.id, c.name, mentions=c.mentions) for c in concepts]
    assert all(e.before in NAMES and e.after in NAMES for e in find_prerequisites(bare, [], passages))


def test_both_orders_of_each_pair_are_judged() -> None:
    concepts, relations, passages = graph()
    pairs = candidate_edges(concepts, relations, passages)
    assert pairs.x.shape == (len(pairs.before), len(FEATURES))
    assert np.isfinite(pairs.x).all()
    np.testing.assert_array_equal(pairs.before[0::2], pairs.after[1::2])
    np.testing.assert_array_equal(pairs.after[0::2], pairs.before[1::2])


def test_what_authors_state_wins_over_what_is_inferred() -> None:
    concepts, relations, passages = graph()
    line = Evidence("a.md", 1, "requires: QLoRA")
    stated = Prerequisite("qlora", "lora", reasons=("cue",), evidence=(line,))
    edges = find_prerequisites(concepts, relations, passages, stated=[stated])
    assert ("lora", "qlora") not in keys(edges)
    assert next(e for e in edges if e.key == ("qlora", "lora")) == stated


def test_a_stated_edge_keeps_the_reasons_that_were_inferred_as_well() -> None:
    concepts, relations, passages = graph()
    line = Evidence("b.md", 1, "requires: LoRA")
    said = [Prerequisite("lora", "qlora", reasons=("cue",), evidence=(line,))]
    edges = find_prerequisites(concepts, relations, passages, pairs=PAIRS, stated=said)
    edge = next(e for e in edges if e.key == ("lora", "qlora"))
    assert edge.confidence == 1.0
    assert edge.reasons[0] == "cue"
    assert "based_on" in edge.reasons
    assert edge.evidence[0] == line


def test_only_stated_edges_make_a_stated_edge_a_detour() -> None:
    concepts, relations, passages = graph()
    inferred = keys(find_prerequisites(concepts, relations, passages))
    assert {("finetuning", "lora"), ("lora", "qlora")} <= set(inferred)
    detour = [Prerequisite("finetuning", "qlora", reasons=("cue",))]
    assert ("finetuning", "qlora") in keys(find_prerequisites(concepts, relations, passages, stated=detour))
    chain = [*detour, Prerequisite("finetuning", "lora"), Prerequisite("lora", "qlora")]
    assert ("finetuning", "qlora") not in keys(find_prerequisites(concepts, relations, passages, stated=chain))


def test_of_a_stated_circle_one_edge_goes() -> None:
    concepts, relations, passages = graph()
    circle = [Prerequisite("lora", "nf4"), Prerequisite("nf4", "lora")]
    edges = keys(find_prerequisites(concepts, relations, passages, stated=circle))
    assert len({("lora", "nf4"), ("nf4", "lora")} & set(edges)) == 1
    assert nx.is_directed_acyclic_graph(nx.DiGraph(edges))


def test_a_person_is_no_step_unless_the_author_says_so() -> None:
    concepts, relations, passages = graph()
    people = [replace(c, kind=ConceptKind.PERSON) if c.id == "lora" else c for c in concepts]
    assert not [k for k in keys(find_prerequisites(people, relations, passages, pairs=PAIRS)) if "lora" in k]
    stated = [Prerequisite("lora", "qlora", reasons=("cue",))]
    assert ("lora", "qlora") in keys(find_prerequisites(people, relations, passages, pairs=PAIRS, stated=stated))


def test_a_graph_has_at_most_one_edge_for_each_concept_the_most_probable_ones() -> None:
    names = [f"c{n:03}" for n in range(100)]
    concepts = [Concept(name, name, mentions=(Mention("a.md", 1, name),)) for name in names]
    passages = [Passage("a.md#1", "a.md", 1, 1, (), " ".join(names))]
    votes = {(f"c{n % 40:03}", f"c{40 + n // 3:03}"): 0.6 + n / 1000 for n in range(180)}
    signals = {pair: PairSignal(0.9, {(pair[1], RelationType.IS_A): share}) for pair, share in votes.items()}
    edges = find_prerequisites(
        concepts, [], passages, pairs=PairEvidence(Signals.of(signals)), model=trusting("vote.is_a_after")
    )
    strongest = sorted(votes, key=lambda pair: -votes[pair])[:100]
    assert set(keys(edges)) == set(strongest)
