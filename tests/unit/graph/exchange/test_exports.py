from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import InputError
from graph.exchange.exports import from_json, to_csv, to_graphml, to_json
from graph.model import Basis, Concept, Document, Evidence, GraphSnapshot, Mention, Relation, RelationType
from graph.stores.checks import ordered
from graph.stores.memory import MemoryStore
from tests.contract import small_graph as g
from tests.strategies import any_text, snapshots

EXPECTED_HEAD = """{
 "format": "studyatlas/1",
 "documents": [
  {
   "id": "peft.md",
   "title": "LoRA",
   "lines": 3,
   "sha256": "aa11"
  },
"""

speakable = st.one_of(
    any_text.filter(lambda text: not any("\ud800" <= c <= "\udfff" for c in text)), st.just("a\udc00b")
)
"""Any text but two surrogates in a row, which JSON cannot tell from the one character that they encode."""


class TestJson:
    def test_is_the_documented_object(self) -> None:
        held = json.loads(to_json(g.SMALL))
        assert list(held) == ["format", "documents", "concepts", "relations", "prerequisites", "communities"]
        assert held["format"] == "studyatlas/1"
        assert held["documents"][1] == {"id": "quant.md", "title": "Quantisation", "lines": 12, "sha256": "bb22"}
        assert held["concepts"][0] == {
            "id": "lora",
            "name": "LoRA",
            "aliases": ["低秩适应", "Low-Rank Adaptation"],
            "kind": "method",
            "salience": 0.9,
            "confidence": 0.75,
            "definition": {"doc": "peft.md", "line": 2, "quote": "LoRA（低秩适应）是一种微调方法。"},
            "communities": ["0-2"],
            "mentions": [{"doc": "peft.md", "line": 1}, {"doc": "peft.md", "line": 2}, {"doc": "peft.md", "line": 3}],
        }
        assert held["concepts"][1]["definition"] is None
        assert held["concepts"][1]["communities"] == ["0-2", "1-0"]
        assert held["relations"][0] == {
            "head": "lora",
            "type": "is_a",
            "tail": "微调",
            "confidence": 0.9,
            "basis": "extracted",
            "evidence": [{"doc": "peft.md", "line": 2, "quote": "LoRA（低秩适应）是一种微调方法。"}],
        }
        assert held["prerequisites"][1] == {
            "before": "nf4",
            "after": "qlora",
            "confidence": 0.4,
            "basis": "inferred",
            "evidence": [],
        }
        assert held["communities"][2] == {
            "id": "1-0",
            "level": 1,
            "parent": "0-2",
            "title": "QLoRA",
            "summary": "",
            "concepts": ["qlora"],
            "evidence": [],
        }

    def test_layout(self) -> None:
        text = to_json(g.SMALL)
        assert text.startswith(EXPECTED_HEAD)
        assert text.endswith("}\n")
        assert "低秩适应" in text
        compact = to_json(g.SMALL, indent=None)
        assert compact.count("\n") == 1
        assert json.loads(compact) == json.loads(text)

    def test_store_and_snapshot_give_the_same_bytes_and_the_folder_is_not_told(self) -> None:
        assert to_json(MemoryStore(g.SMALL)) == to_json(g.SMALL)
        assert "/home/someone" not in to_json(g.SMALL)
        assert to_json(replace(g.SMALL, source="/elsewhere", settings={})) == to_json(g.SMALL)

    def test_an_empty_graph(self) -> None:
        assert from_json(to_json(GraphSnapshot())) == GraphSnapshot()

    def test_what_json_holds_comes_back(self) -> None:
        back = from_json(to_json(g.SMALL))
        assert [d.id for d in back.documents] == ["peft.md", "quant.md"]
        assert back.concepts[0] == replace(
            g.lora, mentions=tuple(Mention("peft.md", line, "LoRA") for line in (1, 2, 3))
        )
        assert back.relations[0] == replace(g.is_a, origin="")
        assert [r.basis for r in back.relations] == [r.basis for r in g.SMALL.relations]
        assert back.prerequisites[0] == replace(g.lora_first, reasons=())
        assert back.communities == g.SMALL.communities
        assert (back.passages, back.vectors, back.source) == ((), None, "")

    def test_general_knowledge_comes_back_as_such(self) -> None:
        back = from_json(to_json(g.WITH_BACKGROUND))
        assert [r.basis for r in back.relations] == [r.basis for r in g.WITH_BACKGROUND.relations]
        assert [p.basis for p in back.prerequisites] == [p.basis for p in g.WITH_BACKGROUND.prerequisites]
        assert back.prerequisites[1].reasons == ("background",)

    def test_an_export_that_does_not_say_what_statements_rest_on(self) -> None:
        held = json.loads(to_json(g.WITH_BACKGROUND))
        for statement in (*held["relations"], *held["prerequisites"]):
            del statement["basis"]
        back = from_json(json.dumps(held))
        assert {r.basis for r in back.relations} == {Basis.EXTRACTED, Basis.INFERRED}
        assert {p.basis for p in back.prerequisites} == {Basis.INFERRED}

    @settings(max_examples=60, deadline=None)
    @given(snapshot=snapshots(texts=speakable))
    def test_written_again_it_is_the_same_text(self, snapshot: GraphSnapshot) -> None:
        text = to_json(snapshot)
        text.encode()
        assert to_json(from_json(text)) == text
        assert to_json(from_json(to_json(snapshot, indent=None))) == text

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("", "not JSON"),
            ("{", "not JSON"),
            ("[" * 100_000, "not JSON"),
            ("[]", "not of format 'studyatlas/1', but 'list'"),
            ("{}", "but None"),
            ('{"format": "studyatlas/2"}', "but 'studyatlas/2'"),
            ('{"format": "studyatlas/1"}', "'documents' is missing"),
        ],
    )
    def test_other_texts_are_refused(self, text: str, message: str) -> None:
        with pytest.raises(InputError, match=message):
            from_json(text)

    def test_an_older_export_has_the_probability_as_salience(self) -> None:
        held = json.loads(to_json(g.SMALL))
        for concept in held["concepts"]:
            del concept["confidence"]
        older = from_json(json.dumps(held))
        assert [c.confidence for c in older.concepts] == [c.salience for c in older.concepts]

    @pytest.mark.parametrize(
        ("part", "key", "value", "message"),
        [
            ("documents", "lines", "3", "'lines' should be int, not str"),
            ("documents", "lines", True, "'lines' should be int, not bool"),
            ("concepts", "salience", 7, "not in 0..1"),
            ("concepts", "confidence", -1, "not in 0..1"),
            ("concepts", "kind", "beast", "'beast' is not a valid ConceptKind"),
            ("concepts", "aliases", [1], "should contain only text"),
            ("concepts", "mentions", [3], "is not an object"),
            ("concepts", "definition", "LoRA is", "'definition' should be dict"),
            ("relations", "basis", "hearsay", "'hearsay' is not a valid Basis"),
            ("relations", "tail", "nobody", "'nobody', which is not in the graph"),
            ("communities", "parent", "0-7", "'0-7'"),
        ],
    )
    def test_unsound_graphs_are_refused(self, part: str, key: str, value: object, message: str) -> None:
        held = json.loads(to_json(g.SMALL))
        held[part][0][key] = value
        with pytest.raises(InputError, match=message):
            from_json(json.dumps(held))


class TestGraphml:
    def test_opens_with_networkx(self) -> None:
        held = nx.read_graphml(io.BytesIO(to_graphml(g.SMALL).encode()))
        assert held.is_multigraph()
        assert held.is_directed()
        assert set(held.nodes) == {"lora", "qlora", "nf4", "微调", "量化", "lora~radio"}
        assert held.nodes["lora"] == {
            "label": "LoRA",
            "name": "LoRA",
            "aliases": "低秩适应 | Low-Rank Adaptation",
            "kind": "method",
            "salience": 0.9,
            "confidence": 0.75,
            "definition": "LoRA（低秩适应）是一种微调方法。",
            "definition_at": "peft.md:2",
            "communities": "0-2",
            "r": 0x4E,
            "g": 0x79,
            "b": 0xA7,
            "x": 0.0,
            "y": 0.0,
            "size": 10.0,
        }
        old = nx.read_graphml(io.BytesIO(to_graphml(replace(g.SMALL, layout=None)).encode()))
        assert "x" not in old.nodes["lora"]
        edges = {(a, b, data["type"]): data for a, b, data in held.edges(data=True)}
        assert len(edges) == 9
        assert edges["qlora", "lora", "based_on"]["evidence_at"] == "peft.md:3 | peft.md:2"
        assert edges["qlora", "lora", "based_on"]["quote"] == g.qlora_line.quote
        assert edges["lora", "qlora", "prerequisite_of"]["confidence"] == 0.8

    def test_what_xml_cannot_hold_is_seen(self) -> None:
        names = ("a<b>&\"'", "x\x00y", "x\x01y", "lone \ud800", "cr\rlf\n", "]]>")
        snapshot = ordered(GraphSnapshot(concepts=tuple(Concept(name, name) for name in names)))
        held = nx.read_graphml(io.BytesIO(to_graphml(snapshot).encode()))
        assert set(held.nodes) == {"a<b>&\"'", "x\ufffdy", "x\ufffdy\ufffd", "lone \ufffd", "cr\rlf\n", "]]>"}
        assert {data["name"] for _, data in held.nodes(data=True)} == {
            "a<b>&\"'",
            "x\ufffdy",
            "lone \ufffd",
            "cr\rlf\n",
            "]]>",
        }

    @settings(max_examples=40, deadline=None)
    @given(snapshot=snapshots())
    def test_any_graph_opens_with_all_its_nodes_and_edges(self, snapshot: GraphSnapshot) -> None:
        held = nx.read_graphml(io.BytesIO(to_graphml(snapshot).encode()))
        assert held.number_of_nodes() == len(snapshot.concepts)
        assert held.number_of_edges() == len(snapshot.relations) + len(snapshot.prerequisites)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


class TestCsv:
    def test_tables(self) -> None:
        tables = to_csv(g.SMALL)
        assert list(tables) == ["concepts.csv", "relations.csv", "prerequisites.csv", "evidence.csv"]
        assert rows(tables["concepts.csv"])[0] == {
            "id": "lora",
            "name": "LoRA",
            "aliases": "低秩适应 | Low-Rank Adaptation",
            "kind": "method",
            "salience": "0.9",
            "confidence": "0.75",
            "definition": "LoRA（低秩适应）是一种微调方法。",
            "definition_at": "peft.md:2",
            "communities": "0-2",
            "mentions": "3",
        }
        assert rows(tables["relations.csv"])[4] == {
            "head": "qlora",
            "head_name": "QLoRA",
            "type": "uses",
            "tail": "nf4",
            "tail_name": "NF4",
            "confidence": "0.7",
            "basis": "extracted",
            "origin": "pattern:zh.uses",
            "evidence_at": "peft.md:3",
        }
        assert rows(tables["prerequisites.csv"])[2] == {
            "before": "微调",
            "before_name": "微调",
            "after": "lora",
            "after_name": "LoRA",
            "confidence": "0.9",
            "basis": "inferred",
            "reasons": "is_a | order",
            "evidence_at": "peft.md:2",
        }
        evidence = rows(tables["evidence.csv"])
        # 2 definitions, 1 + 1 + 2 + 1 of relations, 3 of prerequisites, 1 of a community
        assert len(evidence) == 11
        assert evidence[0] == {
            "from": "lora",
            "type": "definition",
            "to": "",
            "doc": "peft.md",
            "line": "2",
            "at": "peft.md:2",
            "quote": g.lora_line.quote,
        }

    def test_no_cell_is_a_formula(self) -> None:
        quote = '=HYPERLINK("http://x","y")'
        line = (Evidence("-a.md", 1, quote),)
        snapshot = ordered(
            GraphSnapshot(
                documents=(Document("-a.md", "", "", 1),),
                concepts=(Concept("=1+1", "@SUM(A1)", ("\tcmd",)), Concept("b", "+b", definition=line[0])),
                relations=(Relation("=1+1", RelationType.USES, "b", evidence=line),),
            )
        )
        cells = [
            cell
            for table in to_csv(snapshot).values()
            for row in csv.reader(io.StringIO(table, newline=""))
            for cell in row
        ]
        assert "'=1+1" in cells
        assert "'@SUM(A1)" in cells
        assert "'" + quote in cells
        assert "'-a.md:1" in cells
        assert not [cell for cell in cells if cell[:1] in set("=+-@\t\r\n") - {""}]

    @settings(max_examples=30, deadline=None)
    @given(snapshot=snapshots())
    def test_any_graph_has_a_row_for_each_thing(self, snapshot: GraphSnapshot) -> None:
        tables = to_csv(snapshot)
        for table in tables.values():
            table.encode()
        assert len(rows(tables["concepts.csv"])) == len(snapshot.concepts)
        assert len(rows(tables["relations.csv"])) == len(snapshot.relations)
        assert len(rows(tables["prerequisites.csv"])) == len(snapshot.prerequisites)

    def test_equal_graphs_give_equal_bytes(self) -> None:
        assert to_csv(MemoryStore(g.SMALL)) == to_csv(g.SMALL)
        assert to_graphml(MemoryStore(g.SMALL)) == to_graphml(g.SMALL)


def test_a_relation_without_evidence_comes_back_as_inferred() -> None:
    snapshot = GraphSnapshot(
        concepts=(Concept("a", "a"), Concept("b", "b")),
        relations=(Relation("a", RelationType.USES, "b", basis=Basis.INFERRED),),
    )
    assert from_json(to_json(snapshot)) == snapshot
