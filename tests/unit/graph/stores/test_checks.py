from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.model import (
    Basis,
    Community,
    Concept,
    Evidence,
    GraphSnapshot,
    Mention,
    Merge,
    Prerequisite,
    RelationType,
    Skipped,
    TerritoryLink,
)
from graph.stores.checks import checked, ordered
from tests.contract import small_graph as g
from tests.strategies import assert_same_graph, snapshots


def test_a_sound_graph_is_returned_as_it_is() -> None:
    assert checked(g.SMALL) is g.SMALL
    assert checked(GraphSnapshot()) == GraphSnapshot()


V = g.SMALL.vectors
assert V is not None
AWAY = Evidence("away.md", 1, "")
BEYOND = Evidence("peft.md", 4, "")
COMMUNITIES = g.SMALL.communities
AREAS = g.LAYOUT.territories
BROKEN: list[tuple[str, dict[str, Any], str]] = [
    ("documents out of order", {"documents": (g.quant_doc, g.peft)}, "document 'peft.md' comes after 'quant.md'"),
    ("document twice", {"documents": (g.peft, g.peft, g.quant_doc)}, "document 'peft.md' occurs twice"),
    ("document without id", {"documents": (replace(g.peft, id=""), g.peft, g.quant_doc)}, "no id"),
    ("negative lines", {"documents": (replace(g.peft, lines=-1), g.quant_doc)}, "-1 lines"),
    ("unknown language", {"documents": (replace(g.peft, lang="de"), g.quant_doc)}, "language 'de'"),
    ("passages out of order", {"passages": (g.quant_1, g.peft_1)}, "passage .'peft.md', 1. comes after"),
    (
        "passage of unknown document",
        {"passages": (replace(g.peft_1, id="x.md#1", doc="x.md"),)},
        "'x.md', which is not in the graph",
    ),
    ("passage with another name", {"passages": (replace(g.peft_1, id="first"),)}, "'first' should be called peft.md#1"),
    (
        "passage beyond the document",
        {"passages": (replace(g.peft_1, last_line=4, text="\n\n\n"),)},
        "line 4 of 'peft.md'",
    ),
    (
        "passage with too little text",
        {"passages": (replace(g.peft_1, text="x"),)},
        "1 lines of text for its lines 1..3",
    ),
    (
        "overlapping passages",
        {"passages": (g.quant_1, replace(g.quant_1, id="quant.md#3", first_line=3, last_line=5))},
        "begins before the passage above it ends",
    ),
    (
        "concepts out of order",
        {"concepts": (g.qlora, g.lora, g.nf4, g.tuning, g.quant, g.lonely)},
        "concept .-0.9, 'lora'. comes after",
    ),
    ("concept twice", {"concepts": (g.lora, replace(g.lora, salience=0.85), g.qlora)}, "concept 'lora' occurs twice"),
    ("concept without id", {"concepts": (replace(g.lora, id=""),)}, "no id"),
    ("concept without name", {"concepts": (replace(g.lora, name=" "),)}, "no name"),
    ("salience above 1", {"concepts": (replace(g.lora, salience=1.01),)}, "salience of concept 'lora' is 1.01"),
    ("confidence above 1", {"concepts": (replace(g.lora, confidence=1.01),)}, "confidence of concept 'lora' is 1.01"),
    ("salience NaN", {"concepts": (replace(g.lora, salience=float("nan")),)}, "is nan"),
    (
        "name among aliases",
        {"concepts": (replace(g.lora, aliases=("LoRA",)),)},
        "name of concept 'lora', 'LoRA' occurs twice",
    ),
    (
        "definition in unknown document",
        {"concepts": (replace(g.lora, definition=AWAY),)},
        "'away.md', which is not in the graph",
    ),
    (
        "mention beyond the document",
        {"concepts": (replace(g.lora, mentions=(Mention("peft.md", 9, "LoRA"),)),)},
        "line 9 of 'peft.md'",
    ),
    (
        "mention on line 0",
        {"concepts": (replace(g.lora, mentions=(Mention("peft.md", 0, "LoRA"),)),)},
        "line 0 of 'peft.md'",
    ),
    (
        "mentions out of order",
        {"concepts": (replace(g.lora, mentions=g.lora.mentions[::-1]),)},
        "of concept 'lora' is not in its order",
    ),
    ("mention twice", {"concepts": (replace(g.lora, mentions=g.lora.mentions[:1] * 2),)}, "occurs twice"),
    ("relations out of order", {"relations": (g.uses, g.is_a)}, "comes after"),
    ("relation twice", {"relations": (g.is_a, g.is_a)}, "relation .'lora', 'is_a', '微调'. occurs twice"),
    ("unknown head", {"relations": (replace(g.is_a, head="dpo"),)}, "names concept 'dpo'"),
    ("unknown tail", {"relations": (replace(g.is_a, tail="dpo"),)}, "names concept 'dpo'"),
    ("relation with itself", {"relations": (replace(g.is_a, tail="lora"),)}, "relates a concept to itself"),
    (
        "symmetric the wrong way",
        {"relations": (replace(g.is_a, head="qlora", type=RelationType.CONTRASTS_WITH, tail="lora"),)},
        "stored as 'lora', 'qlora'",
    ),
    ("confidence below 0", {"relations": (replace(g.is_a, confidence=-0.1),)}, "confidence of relation"),
    ("extracted without evidence", {"relations": (replace(g.is_a, evidence=()),)}, "has no evidence"),
    ("evidence beyond the document", {"relations": (replace(g.is_a, evidence=(BEYOND,)),)}, "line 4 of 'peft.md'"),
    ("prerequisites out of order", {"prerequisites": (g.tuning_first, g.lora_first)}, "comes after"),
    ("unknown prerequisite", {"prerequisites": (replace(g.lora_first, before="dpo"),)}, "'dpo'"),
    ("its own prerequisite", {"prerequisites": (replace(g.lora_first, before="qlora"),)}, "its own prerequisite"),
    (
        "cycle",
        {"prerequisites": (Prerequisite("lora", "qlora"), Prerequisite("nf4", "lora"), Prerequisite("qlora", "nf4"))},
        "cycle: '.*' → '.*' → '.*' → '.*'",
    ),
    (
        "community with a free name",
        {"communities": (replace(COMMUNITIES[0], id="peft"),)},
        "'peft' of level 0 should be called 0-NUMBER",
    ),
    ("community of another level", {"communities": (replace(COMMUNITIES[0], id="1-2"),)}, "should be called 0-NUMBER"),
    (
        "communities in the order of text",
        {"communities": (COMMUNITIES[1], COMMUNITIES[0])},
        r"community \(0, 2\) comes after \(0, 10\)",
    ),
    ("empty community", {"communities": (replace(COMMUNITIES[0], members=()),)}, "has no members"),
    ("unknown member", {"communities": (replace(COMMUNITIES[0], members=("dpo",)),)}, "names concept 'dpo'"),
    (
        "members out of order",
        {"communities": (replace(COMMUNITIES[0], members=("qlora", "lora")),)},
        "member of community '0-2'",
    ),
    (
        "two homes on one level",
        {"communities": (COMMUNITIES[0], replace(COMMUNITIES[1], members=("lora", "nf4")))},
        "'lora' is in communities '0-2' and '0-10'",
    ),
    (
        "parent at the coarsest level",
        {"communities": (replace(COMMUNITIES[0], parent="0-10"),)},
        "has the parent '0-10'",
    ),
    (
        "no parent below",
        {"communities": (COMMUNITIES[0], Community("1-0", 1, None, "", "", ("lora",)))},
        "has the parent None",
    ),
    (
        "member that the parent has not",
        {"communities": (*COMMUNITIES[:2], replace(COMMUNITIES[2], members=("qlora", "nf4")))},
        "has the member 'nf4', which its parent '0-2' has not",
    ),
    ("merge of an unknown concept", {"merges": (Merge("dpo", "a", "b", "user"),)}, "'dpo'"),
    ("merges out of order", {"merges": g.SMALL.merges[::-1]}, "comes after"),
    ("skipped out of order", {"skipped": (Skipped("b", 1, ""), Skipped("a", 1, ""))}, "comes after"),
    ("skipped on a negative line", {"skipped": (Skipped("b", -1, ""),)}, "line -1"),
    ("vector of an unknown concept", {"vectors": replace(V, concept_ids=("lora", "dpo", "nf4"))}, "concept 'dpo'"),
    ("vector of an unknown passage", {"vectors": replace(V, passage_ids=("quant.md#1", "x"))}, "passage 'x'"),
    ("vector twice", {"vectors": replace(V, concept_ids=("lora", "lora", "nf4"))}, "'lora' occurs twice"),
    ("rows missing", {"vectors": replace(V, concepts=V.concepts[:2])}, "one row for each of 3 ids"),
    ("double precision", {"vectors": replace(V, concepts=V.concepts.astype(np.float64))}, "float64"),
    ("vector of length 2", {"vectors": replace(V, concepts=V.concepts * np.float32(2))}, "'lora' has length 2"),
    ("vector of NaN", {"vectors": replace(V, passages=V.passages * np.float32("nan"))}, "length nan"),
    (
        "other dimensions",
        {"vectors": replace(V, passages=V.passages[:, :2] * 0)},
        "3 dimensions and those of passages 2",
    ),
    *(
        (f"layout: {name}", {"layout": replace(g.LAYOUT, **change)}, message)
        for name, change, message in (
            ("other concepts", {"concept_ids": g.LAYOUT.concept_ids[::-1]}, "not about the concepts of the graph"),
            ("too few places", {"positions": g.LAYOUT.positions[:5]}, r"positions are float32\(5, 2\)"),
            ("no place", {"positions": g.LAYOUT.positions * np.float32("nan")}, "not a finite number"),
            ("importance above 1", {"importance": g.LAYOUT.importance * 2}, "importance that is not in 0..1"),
            ("scale of 0", {"scale": g.LAYOUT.scale * 0}, "scale that is not above 0"),
            ("unknown home", {"homes": g.LAYOUT.homes + np.int32(2)}, "a concept in another one"),
            ("wrong count", {"territories": (replace(AREAS[0], count=4), *AREAS[1:])}, "'0-2' counts 4 .* contains 3"),
            ("territory twice", {"territories": (AREAS[0], *AREAS[:3])}, "territory '0-2' occurs twice"),
            (
                "part before its parent",
                {"territories": AREAS[::-1], "homes": 3 - g.LAYOUT.homes},
                "does not come before",
            ),
            ("link of unknown", {"links": (TerritoryLink("0-10", "9-9"),)}, "'9-9', which is not on the map"),
            ("link the wrong way", {"links": (TerritoryLink("0-2", "0-10"),)}, "the wrong way round"),
            ("link of different depth", {"links": (TerritoryLink("0-10", "1-0"),)}, "different parents"),
        )
    ),
]


@pytest.mark.parametrize(("change", "message"), [(c, m) for _, c, m in BROKEN], ids=[name for name, _, _ in BROKEN])
def test_names_the_offender(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        checked(replace(g.SMALL, **change))


def test_what_need_not_be() -> None:
    """Skipped files need no passages, an inferred relation needs no evidence, vectors may be zero."""
    zero = replace(V, concepts=V.concepts * np.float32(0))
    checked(replace(g.SMALL, passages=(g.quant_4,), vectors=replace(zero, passage_ids=(), passages=V.passages[:0])))
    checked(replace(g.SMALL, relations=(replace(g.is_a, basis=Basis.INFERRED, evidence=()),)))


@settings(max_examples=40, deadline=None)
@given(snapshot=snapshots(), shuffle=st.randoms(use_true_random=False))
def test_ordered_brings_any_order_back(snapshot: GraphSnapshot, shuffle: Any) -> None:
    def mixed(items: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(shuffle.sample(items, len(items)))

    muddle = replace(
        snapshot,
        documents=mixed(snapshot.documents),
        passages=mixed(snapshot.passages),
        concepts=mixed(tuple(replace(c, mentions=mixed(c.mentions)) for c in snapshot.concepts)),
        relations=mixed(snapshot.relations),
        prerequisites=mixed(snapshot.prerequisites),
        communities=mixed(tuple(replace(c, members=mixed(c.members)) for c in snapshot.communities)),
    )
    assert_same_graph(checked(ordered(muddle)), snapshot)
    assert_same_graph(ordered(snapshot), snapshot)


def test_ordered_adds_and_drops_nothing() -> None:
    """A member that is no concept stays, for checked to find."""
    muddle = replace(g.SMALL, communities=(replace(COMMUNITIES[0], members=("nobody", "qlora", "lora")),))
    assert ordered(muddle).communities[0].members == ("lora", "qlora", "nobody")
    assert ordered(GraphSnapshot(concepts=(Concept("b", "b"), Concept("a", "a")))).concepts == (
        Concept("a", "a"),
        Concept("b", "b"),
    )
