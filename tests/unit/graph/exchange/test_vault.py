from __future__ import annotations

import json
import re

import yaml
from hypothesis import given, settings

from graph.exchange.vault import CANVAS, MANIFEST, NOTES, to_vault
from graph.model import Concept, GraphSnapshot
from graph.stores.checks import ordered
from graph.stores.memory import MemoryStore
from tests.contract import small_graph as g
from tests.strategies import snapshots


def test_a_note_has_its_names_its_definition_and_its_relations_by_type() -> None:
    files = to_vault(g.SMALL)
    assert (
        files[f"{NOTES}/QLoRA.md"]
        == """---
id: "qlora"
aliases: []
kind: method
importance: 0.800
---
# QLoRA

## uses

- [[NF4]]

## is based on

- [[LoRA]]

## is related to

- [[NF4]]

## needs

- [[LoRA]]
- [[NF4]]
"""
    )
    lora = files[f"{NOTES}/LoRA.md"]
    assert 'aliases: ["低秩适应", "Low-Rank Adaptation"]' in lora
    assert "> LoRA（低秩适应）是一种微调方法。\n>\n> — `peft.md:2`\n" in lora
    assert f"{NOTES}/LoRa (2).md" in files  # another concept, whose name differs in one capital
    assert "## 是一种\n\n- [[微调]]\n" in to_vault(g.SMALL, lang="zh")[f"{NOTES}/LoRA.md"]


def test_store_and_snapshot_give_the_same() -> None:
    assert to_vault(MemoryStore(g.SMALL)) == to_vault(g.SMALL)


def test_names_that_are_no_file_names_are_shown_by_the_links() -> None:
    graph = ordered(GraphSnapshot(concepts=(Concept("a", "TCP/IP|x [y]"), Concept("b", "*B* <i>"))))
    files = to_vault(graph)
    assert set(files) >= {f"{NOTES}/TCP-IP-x -y-.md", f"{NOTES}/-B- -i-.md"} or set(files) >= {
        f"{NOTES}/TCP-IP-x -y.md"
    }
    (note,) = (text for text in files.values() if 'id: "b"' in text)
    assert r"# \*B\* \<i\>" in note


def test_the_canvas_has_a_card_for_each_concept_where_the_map_has_it_and_none_overlap() -> None:
    files = to_vault(g.SMALL)
    canvas = json.loads(files[CANVAS])
    cards = {node["file"]: node for node in canvas["nodes"]}
    assert set(cards) == {path for path in files if path.startswith(NOTES)}
    ids = {node["id"] for node in canvas["nodes"]}
    assert len(canvas["edges"]) == len(g.SMALL.relations)
    assert all({edge["fromNode"], edge["toNode"]} <= ids for edge in canvas["edges"])
    assert g.SMALL.layout is not None
    order = [f"{NOTES}/{name}.md" for name in ("LoRA", "QLoRA", "NF4")]
    x = g.SMALL.layout.positions[:3, 0].tolist()
    for one, other in zip(range(2), range(1, 3), strict=True):
        assert (x[one] < x[other]) == (cards[order[one]]["x"] < cards[order[other]]["x"]) or x[one] == x[other]


@settings(max_examples=40, deadline=None)
@given(snapshot=snapshots())
def test_any_graph_gives_notes_that_can_be_read(snapshot: GraphSnapshot) -> None:
    files = to_vault(snapshot)
    notes = {path: text for path, text in files.items() if path.startswith(f"{NOTES}/")}
    assert len(notes) == len(snapshot.concepts)
    assert len({path.casefold() for path in files}) == len(files)
    stems = {path.removeprefix(f"{NOTES}/").removesuffix(".md") for path in notes}
    manifest = json.loads(files[MANIFEST])["notes"]
    for path, text in notes.items():
        text.encode()
        front = yaml.load(text.split("---\n")[1], Loader=yaml.BaseLoader)
        assert front["id"] == manifest[path]["id"]
        assert front["aliases"] == manifest[path]["aliases"]
        links = [line for line in text.split("\n") if line.startswith("- [[")]
        assert all(re.fullmatch(r"- \[\[([^|\]]+)(\|[^|\]\[]*)?\]\]", line) for line in links)
        assert {line[4:-2].split("|")[0] for line in links} <= stems
