"""What the browser gets of a graph, and what it is told to show of it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from benchmarks.synthetic import synthetic
from graph.layout.compute import lay_out
from graph.model import Basis, ConceptKind, GraphSnapshot, RelationType
from graph.stores.memory import MemoryStore
from queries.study.path import study_path
from tests.unit.ui.fixture import LORA, hostile, snapshot, with_background
from ui.concept_map import HERE, script, style
from ui.concept_map import scene as scenes
from ui.concept_map.palette import KIND_COLOURS, PALETTE, TYPE_COLOURS
from ui.concept_map.scene import MapData, extra, scene, sent, territory_colours, within_territory
from ui.concept_map.view import Wishes, route_of, theme_colours


def data_of(graph: GraphSnapshot | None = None) -> MapData:
    found = snapshot() if graph is None else graph
    layout = lay_out(found.concepts, found.relations, found.prerequisites, found.communities)
    return MapData("b1", "notes", found.concepts, found.relations, found.prerequisites, layout)


def read(data: MapData, lang: str = "en") -> dict[str, Any]:
    return json.loads(scene(data, lang=lang, script="", style=""))  # type: ignore[no-any-return]


def test_the_scene_contains_every_concept_with_its_place_and_every_edge_with_its_sentence() -> None:
    data = data_of()
    found = read(data)
    nodes, edges = found["nodes"], found["edges"]
    assert nodes["id"] == [c.id for c in data.concepts]
    assert {len(column) for column in nodes.values()} == {len(data.concepts)}
    assert len(edges["a"]) == len(data.relations) + len(data.prerequisites)
    types = [code for code, *_ in found["types"]]
    rows = zip(edges["a"], edges["t"], edges["b"], edges["says"], edges["place"], strict=True)
    told = {(nodes["id"][a], types[t], nodes["id"][b]): (says, place) for a, t, b, says, place in rows}
    assert told["qlora", "based_on", "lora"] == ("QLoRA is based on LoRA", f"{LORA}:8")
    assert [t[2] for t in found["territories"][:2]] == ["注意力机制与 Transformer", "LoRA and QLoRA"]
    places = np.array([nodes["x"], nodes["y"]]).T
    assert np.allclose(places, data.layout.positions, atol=0.06)


def test_the_same_graph_gives_the_same_bytes() -> None:
    zh = scene(data_of(), lang="zh", script="", style="")
    assert zh == scene(data_of(), lang="zh", script="", style="")
    assert zh != scene(data_of(), lang="en", script="", style="")


def test_general_knowledge_is_told_by_a_number() -> None:
    data = data_of(with_background())
    known = [r.basis for r in data.relations].count(Basis.BACKGROUND)
    known += [p.basis for p in data.prerequisites].count(Basis.BACKGROUND)
    assert known
    assert read(data)["edges"]["k"].count(2) == known


def test_names_in_one_language_are_those_that_the_notes_have() -> None:
    data = data_of()
    nodes = read(data)["nodes"]
    by_id = dict(zip(nodes["id"], zip(nodes["name"], nodes["zh"], nodes["en"], strict=True), strict=True))
    attention = next(c for c in data.concepts if c.name == "注意力机制")
    assert by_id[attention.id] == ("注意力机制", "", next(a for a in attention.aliases if a.isascii()))


def test_of_a_large_graph_the_most_important_concepts_travel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scenes, "MOST", 5)
    data = data_of()
    rows = sent(data.layout)
    assert len(rows) == 5
    least = min(float(data.layout.importance[i]) for i in rows)
    assert max(float(v) for i, v in enumerate(data.layout.importance) if i not in rows) <= least
    found = read(data)
    assert found["total"] == len(data.concepts)
    assert max(found["edges"]["a"] + found["edges"]["b"]) < 5
    left = [c for i, c in enumerate(data.concepts) if i not in rows]  # can be asked for
    more = extra(left, data.relations, [], data=data, lang="en")
    assert [n["id"] for n in more["nodes"]] == [c.id for c in left]
    assert any(says for *_, says, _, _ in more["edges"])


def test_the_inside_of_a_territory_are_its_most_important_concepts() -> None:
    data = data_of()
    top = data.layout.territories[0]
    found = within_territory(data, top.id, 100)
    assert len(found) == top.count > 2
    row = {c.id: i for i, c in enumerate(data.concepts)}
    weights = [float(data.layout.importance[row[c.id]]) for c in found]
    assert weights == sorted(weights, reverse=True)
    assert within_territory(data, top.id, 2) == found[:2]
    assert within_territory(data, "none", 2) == []


def test_a_graph_without_anything_has_a_scene() -> None:
    bare = {"concepts", "relations", "prerequisites", "communities", "merges", "documents", "passages"}
    found = read(data_of(replace(snapshot(), **dict.fromkeys(bare, ()))))  # type: ignore[arg-type]
    assert found["nodes"]["id"] == []
    assert found["edges"]["a"] == []


def test_hostile_names_are_data() -> None:
    assert "zzhostile" in read(data_of(hostile()))["nodes"]["id"]


def test_filters_name_documents_by_their_number() -> None:
    wishes = Wishes(
        documents=frozenset({"b.md", "gone.md"}),
        kinds=frozenset({ConceptKind.METHOD}),
        types=frozenset({RelationType.USES}),
    )
    found = wishes.filters(["a.md", "b.md"])
    assert (found["documents"], found["kinds"], found["types"], found["untyped"]) == ([1], ["method"], ["uses"], False)


def test_untyped_relations_are_drawn_only_where_they_are_asked_for() -> None:
    assert RelationType.RELATED_TO not in Wishes().drawn_types
    assert Wishes(untyped=True).drawn_types == frozenset()
    assert RelationType.RELATED_TO in Wishes(types=frozenset({RelationType.RELATED_TO})).drawn_types


def test_themes_have_the_colours_of_their_territories() -> None:
    colours = theme_colours([c for c in snapshot().communities if c.level == 0])
    territories = territory_colours(data_of().layout)
    assert colours
    assert all(territories[i] == colour for i, colour in colours.items())


def test_a_route_is_drawn_with_its_reasons() -> None:
    with MemoryStore(snapshot()) as store:
        path = study_path(store, "QLoRA")
        names = {c.id: c.name for c in store.concepts()}
        drawn = route_of(path, done=["lora", "elsewhere"], names=names, before=[], lang="en")
    steps = {s["id"]: s["layer"] for s in drawn["steps"]}
    assert set(steps) == {s.concept for s in path.steps}
    assert drawn["edges"]
    assert all(steps[e["a"]] < steps[e["b"]] and e["why"] for e in drawn["edges"])
    assert drawn["done"] == ["lora"]
    assert drawn["title"] == "Route to QLoRA"


def test_what_is_known_is_drawn_before_the_route() -> None:
    with MemoryStore(snapshot()) as store:
        path = study_path(store, "QLoRA", known=["lora"])
        names = {c.id: c.name for c in store.concepts()}
        before = [p for p in store.prerequisites() if p.key == ("lora", "qlora")]
        drawn = route_of(path, done=[], names=names, before=before, lang="en")
    assert before
    layers = {s["id"]: s["layer"] for s in drawn["steps"]}
    assert drawn["known"] == ["lora"]
    assert layers["lora"] < min(layer for i, layer in layers.items() if i != "lora")


# Machado, Oliveira & Fernandes 2009 (doi:10.1109/TVCG.2009.113): full deuteranopia and protanopia, in linear RGB.
BLIND = {
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
}


def seen(colour: str, matrix: list[list[float]]) -> np.ndarray:
    value = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    found = np.clip(np.array(matrix) @ linear, 0, 1)
    return np.asarray(np.where(found <= 0.0031308, found * 12.92, 1.055 * found ** (1 / 2.4) - 0.055) * 255)


@pytest.mark.parametrize("sort", sorted(BLIND))
def test_the_first_colours_can_be_told_apart_by_people_who_see_fewer(sort: str) -> None:
    for a, b in combinations(PALETTE[:7], 2):
        assert np.linalg.norm(seen(a, BLIND[sort]) - seen(b, BLIND[sort])) > 25, (a, b)


def test_every_kind_and_type_has_a_colour_of_its_own() -> None:
    assert len(set(KIND_COLOURS)) == len(KIND_COLOURS) == len(ConceptKind)
    assert set(TYPE_COLOURS) == set(RelationType)
    assert len(set(TYPE_COLOURS.values())) == len(TYPE_COLOURS)


def test_nothing_of_the_map_makes_html_of_text_or_asks_anybody() -> None:
    own = script() + style()
    assert len(own) > 10_000
    danger = ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "fetch(")
    assert [word for word in (*danger, "XMLHttpRequest", "WebSocket", "import(") if word in own] == []
    assert set(re.findall(r"https?://[^\"'\s]+", own)) <= {
        "http://www.w3.org/2000/svg",
        "http://graphml.graphdrawing.org/xmlns",
    }
    vendored = (HERE / "vendor" / "sigma-graphology.min.js").read_text(encoding="utf-8")
    assert len(vendored) > 100_000
    assert not re.search(r"https?://|\beval\(|new Function", vendored)


def test_a_scene_of_eleven_thousand_concepts_is_small_enough_to_send() -> None:
    content = scene(data_of(synthetic(11_000, 30_000)), lang="en", script=script(), style=style())
    assert 500_000 < len(content) < 4_500_000
