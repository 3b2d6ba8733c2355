"""Figures by an annotation.

Small cases by hand, and the same as the independent program that measures this project where it is there.
"""

from __future__ import annotations

import importlib.util
import json
import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from graph.errors import InputError
from graph.evaluation.annotations import (
    Annotated,
    AnnotatedRelation,
    Annotations,
    gold_folders,
    read_gold,
    unknown_names,
)
from graph.evaluation.figures import Gold, evaluate, normal
from graph.exchange.exports import from_json, to_json
from graph.model import Concept, Document, Evidence, GraphSnapshot, Mention, Prerequisite, Relation, RelationType
from graph.stores.checks import checked, ordered
from tests.places import ROOT

OWN_GOLD = ROOT / "tests" / "quality" / "gold"
LISTS = {"_missed_core": "missed_core", "_spurious_top": "spurious", "_duplicates": "duplicates"}


def concept(name: str, *aliases: str, line: int = 1, salience: float = 0.5, doc: str = "sub/a.md") -> Concept:
    return Concept(name.lower(), name, aliases, salience=salience, mentions=(Mention(doc, line, name),))


def graph(
    concepts: Sequence[Concept], relations: Sequence[Relation] = (), prerequisites: Sequence[tuple[str, str]] = ()
) -> GraphSnapshot:
    documents = tuple(Document(doc, doc, "0" * 64, 99) for doc in ("other.md", "sub/a.md"))
    edges = tuple(Prerequisite(*edge) for edge in prerequisites)
    return checked(
        ordered(GraphSnapshot(documents, concepts=tuple(concepts), relations=tuple(relations), prerequisites=edges))
    )


def relation(head: str, kind: str, tail: str, line: int = 1) -> Relation:
    return Relation(head, RelationType(kind), tail, evidence=(Evidence("sub/a.md", line, "…"),))


def annotations(
    concepts: Mapping[str, tuple[str, ...]],
    relations: Sequence[tuple[str, str, str]] = (),
    prerequisites: Sequence[tuple[str, str]] = (),
    *,
    lines: tuple[int, int] = (1, 10),
    core: Sequence[str] = (),
    minor: Sequence[str] = (),
) -> Annotations:
    weight = {**dict.fromkeys(core, "core"), **dict.fromkeys(minor, "minor")}
    marked = tuple(Annotated(name, aliases, weight.get(name, "normal")) for name, aliases in concepts.items())
    stated = tuple(AnnotatedRelation(head, RelationType(kind), tail) for head, kind, tail in relations)
    return Annotations("gold", "a.md", lines[0], lines[1], marked, stated, tuple(prerequisites))


# ---- by hand
# ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Low-Rank Adaptation", "lowrankadaptation"),
        ("ＬＬＭｓ", "llm"),
        ("loss", "loss"),
        ("ids", "ids"),
        ("KV_cache/键值缓存", "kvcache键值缓存"),
        ("C++", "c++"),
        ("（）", ""),
    ],
)
def test_names_are_compared_by(name: str, key: str) -> None:
    assert normal(name) == key


def test_concepts() -> None:
    gold = Gold.of([annotations({"A1": ("Alpha",), "B1": (), "C1": (), "D1": ()}, core=["A1", "C1"], minor=["D1"])])
    found = evaluate(
        graph(
            [
                concept("Alpha", salience=0.9),  # right
                concept("a-1", salience=0.8),  # the same again: wrong
                concept("B1", "D1", salience=0.7),  # two in one: right for B1, and a wrong merge
                concept("Zebra", salience=0.6),  # spurious
                concept("Yak", line=11, salience=0.5),  # outside of the annotated lines
                concept("C1", doc="other.md", salience=0.4),  # in another document
            ]
        ),
        gold,
    )
    assert found.figures["predicted_in_scope"] == 4
    assert found.figures["gold_concepts"] == 4
    assert found.figures["concept_recall_core"] == 0.5
    assert found.figures["concept_recall_normal"] == 1.0
    assert found.figures["concept_recall_minor"] == 1.0
    assert found.figures["concept_precision"] == 0.5  # Alpha and B1 of four
    assert found.figures["concept_f1"] == 0.5714  # of 1/2 and 2/3 (.6667): 2 · .5 · .6667 / 1.1667
    assert found.figures["merge_errors"] == 0.5
    assert found.figures["alias_recall"] == 0.0
    assert found.missed_core == ("C1",)
    assert found.spurious == ("Zebra",)
    assert found.duplicates == ("a-1",)


def test_aliases_are_joined_in_any_concept() -> None:
    gold = Gold.of([annotations({"A1": ("Alpha", "a-1"), "B1": ("Beta",)})])
    assert gold.aliases == {("a1", "alpha"), ("b1", "beta")}  # a-1 is A1 in another writing
    found = evaluate(graph([concept("A1", "Alpha"), concept("B1"), concept("Beta", line=50)]), gold)
    assert found.figures["alias_recall"] == 0.5


def test_relations() -> None:
    gold = Gold.of(
        [
            annotations(
                dict.fromkeys("ABCD", ()),
                [("A", "uses", "B"), ("C", "contrasts_with", "B"), ("C", "is_a", "D"), ("A", "uses", "?")],
            )
        ]
    )
    concepts = [concept(n) for n in "ABCD"]
    stated = [
        relation("b", "uses", "a"),  # the pair is right, the direction is not
        relation("b", "contrasts_with", "c"),  # has no direction
        relation("a", "is_a", "d"),  # wrong
        relation("c", "is_a", "d", line=40),  # outside
    ]
    found = evaluate(graph(concepts, stated), gold)
    assert found.figures["relation_pair_precision"] == 0.6667
    assert found.figures["relation_pair_recall"] == 0.6667
    assert found.figures["relation_typed_precision"] == 0.3333
    assert found.figures["relation_typed_recall"] == 0.3333
    assert unknown_names([annotations({"A": ()}, [("A", "uses", "Zebra")])], key=normal) == ["gold: Zebra"]


def test_prerequisites_count_what_a_chain_implies() -> None:
    gold = Gold.of([annotations(dict.fromkeys("ABCD", ()), prerequisites=[("A", "B"), ("B", "C"), ("C", "D")])])
    found = evaluate(graph([concept(n) for n in "ABCD"], prerequisites=[("a", "c"), ("b", "c"), ("d", "b")]), gold)
    assert found.figures["prereq_predicted"] == 3
    assert found.figures["prereq_precision"] == 0.6667  # A before C is implied, D before B is the wrong way round
    assert found.figures["prereq_direction"] == 0.6667
    assert found.figures["prereq_recall"] == 0.3333  # only B before C is stated or implied
    assert found.figures["prereq_f1"] == 0.4444
    assert found.figures["prereq_acyclic"] is True


def test_annotations_that_share_a_name_are_of_one_concept() -> None:
    gold = Gold.of(
        [
            annotations({"A1": ("Alpha",)}, lines=(1, 3)),
            annotations({"Alpha": ("Erste",)}, lines=(7, 9), core=["Alpha"]),
        ]
    )
    assert gold.concept_of == {"a1": 0, "alpha": 0, "erste": 0}
    assert gold.names == {0: "A1"}
    assert gold.weights == {0: "core"}
    assert [line for line in range(1, 11) if gold.covers("x/y/a.md", line)] == [1, 2, 3, 7, 8, 9]
    assert not gold.covers("b.md", 1)


def test_nothing_annotated_within_the_graph_gives_zeros() -> None:
    found = evaluate(graph([]), Gold.of([annotations({"A": ()})]))
    assert {v for name, v in found.figures.items() if name not in ("gold_concepts", "prereq_acyclic")} == {0.0}


# ---- reading
# ------------------------------------------------------------------------------------------------------------


def folder(
    place: Path, meta: str = '{"doc": "a.md", "lines": [1, 9]}', concepts: str = '{"name": "A"}', **others: str
) -> Path:
    place.mkdir(exist_ok=True)
    for name, text in {
        "meta.json": meta,
        "concepts.jsonl": concepts,
        **{f"{k}.jsonl": v for k, v in others.items()},
    }.items():
        (place / name).write_text(text, encoding="utf-8")
    return place


def test_a_folder_of_folders_means_all_of_them(tmp_path: Path) -> None:
    two, one = folder(tmp_path / "2"), folder(tmp_path / "1")
    (tmp_path / "README.md").write_text("not gold", encoding="utf-8")
    assert gold_folders([tmp_path]) == [one, two]
    assert gold_folders([two, one]) == [two, one]
    assert read_gold(one) == Annotations(str(one), "a.md", 1, 9, (Annotated("A", (), "normal"),), (), ())


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"meta": "[1]"}, "meta.json:1: expected a JSON object"),
        ({"meta": '{"lines": [1, 9]}'}, "meta.json: 'doc' should be a name; it is null"),
        ({"meta": '{"doc": "a.md", "lines": [9, 1]}'}, r"two line numbers from 1 on; it is \[9, 1\]"),
        ({"meta": '{"doc": "a.md"}'}, "it is null"),
        ({"concepts": ""}, "contains no concept"),
        ({"concepts": '{"name": "A"}\n{"name": }'}, "concepts.jsonl:2: not JSON"),
        ({"concepts": '{"name": ["A"]}'}, r"concepts.jsonl:1: 'name' should be a name"),
        ({"concepts": '{"name": "A", "aliases": "B"}'}, "'aliases' should be a list of names"),
        ({"concepts": '{"name": "A", "weight": "cor"}'}, "unknown weight 'cor'. Did you mean 'core'?"),
        (
            {"relations": '{"head": "A", "relation": "isa", "tail": "B"}'},
            "relations.jsonl:1: unknown relation 'isa'. Did you mean 'is_a'?",
        ),
        ({"relations": '{"head": "A", "relation": "is_a"}'}, "relations.jsonl:1: 'tail' should be a name"),
        (
            {"prerequisites": '\n{"before": "A", "after": 3}'},
            "prerequisites.jsonl:2: 'after' should be a name; it is 3",
        ),
    ],
)
def test_a_wrong_annotation_is_refused_with_its_line(tmp_path: Path, files: dict[str, str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_gold(folder(tmp_path / "gold", **files))


def test_the_fields_that_only_training_needs_are_read_too(tmp_path: Path) -> None:
    place = folder(
        tmp_path / "gold",
        concepts='{"name": "A", "type": "method", "lines": [1]}\n{"name": "B"}',
        relations='{"head": "A", "relation": "uses", "tail": "B", "line": 7, "quote": "…"}\n'
        '{"head": "B", "relation": "is_a", "tail": "A", "line": "7"}',
    )
    gold = read_gold(place)
    assert [c.type for c in gold.concepts] == ["method", ""]
    assert gold.relations == (
        AnnotatedRelation("A", RelationType.USES, "B", 7),
        AnnotatedRelation("B", RelationType.IS_A, "A", None),
    )


def test_a_place_without_annotations_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"contains no meta\.json"):
        gold_folders([tmp_path])
    with pytest.raises(InputError, match="There is no folder"):
        gold_folders([tmp_path / "none"])


# ---- the same as the independent program
# --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def reference() -> ModuleType:
    path = ROOT.parent / "shared" / "eval" / "score.py"
    if not path.is_file():
        pytest.skip("the independent program is not there (../shared/eval/score.py)")
    spec = importlib.util.spec_from_file_location("reference_score", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def same(reference: ModuleType, snapshot: GraphSnapshot, folders: Sequence[Path]) -> int:
    """Compare both, figure by figure; the number of figures.

    Concepts that either may match as it likes are taken out before.

    The other program takes any of the annotated concepts that a concept's aliases name, by the order of a set of
    strings, where the concept's own name is not annotated."""
    gold = Gold.of([read_gold(f) for f in folders])

    def decided(c: Concept) -> bool:
        return (
            normal(c.name) in gold.concept_of
            or len({gold.concept_of[k] for k in map(normal, c.aliases) if k in gold.concept_of}) < 2
        )

    kept = {c.id for c in snapshot.concepts if decided(c)}
    part = GraphSnapshot(
        documents=snapshot.documents,
        concepts=tuple(c for c in snapshot.concepts if c.id in kept),
        relations=tuple(r for r in snapshot.relations if {r.head, r.tail} <= kept),
        prerequisites=tuple(p for p in snapshot.prerequisites if {p.before, p.after} <= kept),
    )
    text = to_json(part)
    theirs = reference.score(json.loads(text), reference.Gold(list(folders)))
    ours = evaluate(from_json(text), gold)
    assert ours == evaluate(part, gold)
    figures = {name: value for name, value in theirs.items() if not name.startswith("_")}
    assert dict(ours.figures) == figures
    for theirs_name, ours_name in LISTS.items():
        assert theirs[theirs_name] == list(getattr(ours, ours_name))[: len(theirs[theirs_name])]
    return len(figures)


def test_the_same_figures_for_the_example_notes(reference: ModuleType, example_graph: GraphSnapshot) -> None:
    folders = gold_folders([OWN_GOLD])
    assert same(reference, example_graph, folders) == 21
    for one in folders:
        same(reference, example_graph, [one])


def test_the_same_figures_for_random_graphs(reference: ModuleType, tmp_path: Path) -> None:
    pick = random.Random(7)
    names = [
        f"{stem}{ending}"
        for stem in ("alpha", "Beta", "gam-ma", "注意力", "Δ")
        for ending in ("", "s", " one", "Ones", "2")
    ]
    for case in range(60):
        folders = [_random_gold(tmp_path / f"{case}-{n}", pick, names) for n in range(pick.randint(1, 3))]
        assert same(reference, _random_graph(pick, names), folders) == 21


def _random_gold(place: Path, pick: random.Random, names: Sequence[str]) -> Path:
    concepts = [
        {
            "name": name,
            "aliases": pick.sample(names, pick.randint(0, 2)),
            "weight": pick.choice(["core", "normal", "minor"]),
        }
        for name in pick.sample(names, 6)
    ]
    known = [c["name"] for c in concepts]
    kinds = [r.value for r in RelationType]
    lines = sorted(pick.sample(range(1, 21), 2))

    def lined(records: Sequence[Mapping[str, Any]]) -> str:
        return "\n".join(json.dumps(r, ensure_ascii=False) for r in records)

    return folder(
        place,
        json.dumps({"doc": pick.choice(["a.md", "b.md"]), "lines": lines}),
        lined(concepts),
        relations=lined(
            [{"head": pick.choice(known), "relation": pick.choice(kinds), "tail": pick.choice(known)} for _ in range(6)]
        ),
        prerequisites=lined([{"before": pick.choice(known), "after": pick.choice(known)} for _ in range(5)]),
    )


def _random_graph(pick: random.Random, names: Sequence[str]) -> GraphSnapshot:
    chosen = pick.sample(names, 10)
    places: Callable[[], tuple[Mention, ...]] = lambda: tuple(  # noqa: E731
        sorted({Mention(pick.choice(["sub/a.md", "b.md"]), pick.randint(1, 20), "x") for _ in range(2)})
    )
    concepts = tuple(
        Concept(f"c{i}", name, tuple(sorted(set(pick.sample(names, 2)) - {name})), salience=i / 16, mentions=places())
        for i, name in enumerate(chosen)
    )
    pairs = sorted({tuple(sorted(pick.sample(range(10), 2))) for _ in range(12)})
    relations = tuple(
        Relation(
            f"c{a}", pick.choice(list(RelationType)), f"c{b}", evidence=(Evidence("b.md", pick.randint(1, 20), "…"),)
        )
        for a, b in pairs
    )
    edges = tuple(
        Prerequisite(f"c{a}", f"c{b}") for a, b in sorted({tuple(sorted(pick.sample(range(10), 2))) for _ in range(9)})
    )
    documents = (Document("b.md", "b", "0" * 64, 20), Document("sub/a.md", "a", "0" * 64, 20))
    return checked(ordered(GraphSnapshot(documents, concepts=concepts, relations=relations, prerequisites=edges)))


def test_the_examples_in_the_documentation_are_valid(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "gold.md").read_text(encoding="utf-8")
    concept_line, relation_line, edge_line = (block.split("```")[0] for block in page.split("```json\n")[1:])
    found = read_gold(
        folder(tmp_path / "gold", concepts=concept_line, relations=relation_line, prerequisites=edge_line)
    )
    assert found.concepts[0] == Annotated("LoRA", ("Low-Rank Adaptation", "低秩适应"), "core", "method")
    assert found.relations == (AnnotatedRelation("QLoRA", RelationType.BASED_ON, "LoRA", 48),)
    assert found.prerequisites == (("LoRA", "QLoRA"),)
    assert all(f"`{r.value}`" in page for r in RelationType if r is not RelationType.RELATED_TO)
