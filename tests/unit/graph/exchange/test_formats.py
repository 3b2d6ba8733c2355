"""GEXF, diagrams, tables for Neo4j, SKOS: each is read with a parser that is not ours."""

from __future__ import annotations

import csv
import io
import json
import re

import networkx as nx
import pytest
import rdflib
from hypothesis import given, settings
from rdflib.namespace import DCTERMS, RDF, SKOS

from graph.exchange.diagrams import path_diagram, prerequisites_diagram, to_dot, to_mermaid, whole_diagram
from graph.exchange.gexf import to_gexf
from graph.exchange.neo4j_tables import LIST_SEPARATOR, to_neo4j_tables
from graph.exchange.skos import CONCEPT, to_skos
from graph.model import Concept, ConceptKind, GraphSnapshot, Relation, RelationType
from graph.stores.checks import ordered
from graph.stores.memory import MemoryStore
from tests.contract import small_graph as g
from tests.strategies import snapshots

NAMES = (
    'a "b"',
    "[x](y)",
    "p|q",
    "two\nlines",
    "<b>&amp;</b>",
    "=1+1",
    "back\\",
    "1. item",
    "`code`",
    "#35;",
    "x\x00y",
)
HOSTILE = ordered(GraphSnapshot(concepts=tuple(Concept(f"id{n}", name) for n, name in enumerate(NAMES))))


class TestGexf:
    def test_opens_with_networkx_with_places_sizes_and_colours(self) -> None:
        graph = nx.read_gexf(io.BytesIO(to_gexf(g.SMALL).encode()), version="1.3")
        assert set(graph.nodes) == {"lora", "qlora", "nf4", "微调", "量化", "lora~radio"}
        lora = graph.nodes["lora"]
        assert (lora["label"], lora["kind"], lora["salience"]) == ("LoRA", "method", 0.9)
        assert lora["viz"]["color"] == {"r": 0x4E, "g": 0x79, "b": 0xA7, "a": 1.0}
        assert g.SMALL.layout is not None
        rows = {c: n for n, c in enumerate(g.SMALL.layout.concept_ids)}
        x, y = g.SMALL.layout.positions[rows["nf4"]].tolist()
        assert (graph.nodes["nf4"]["viz"]["position"]["x"], graph.nodes["nf4"]["viz"]["position"]["y"]) == (x, -y)
        assert lora["viz"]["size"] == 10.0
        kinds = sorted(data["label"] for _, _, data in graph.edges(data=True))
        assert kinds == sorted([r.type.value for r in g.SMALL.relations] + ["prerequisite_of"] * 4)

    def test_what_xml_cannot_hold_is_seen(self) -> None:
        graph = nx.read_gexf(io.BytesIO(to_gexf(HOSTILE).encode()), version="1.3")
        names = {data["name"] for _, data in graph.nodes(data=True)}
        assert names == {*NAMES[:-1], "x\ufffdy"}

    @settings(max_examples=30, deadline=None)
    @given(snapshot=snapshots())
    def test_any_graph_opens_with_all_its_nodes_and_edges(self, snapshot: GraphSnapshot) -> None:
        graph = nx.read_gexf(io.BytesIO(to_gexf(snapshot).encode()), version="1.3")
        assert graph.number_of_nodes() == len(snapshot.concepts)
        assert graph.number_of_edges() == len(snapshot.relations) + len(snapshot.prerequisites)


def shown(mermaid: str) -> dict[str, str]:
    """Node → label of a flow chart, the codes of Mermaid read."""
    found = re.findall(r'^    (n\d+)\["([^"]*)"\]$', mermaid, re.MULTILINE)
    return {node: re.sub(r"#(\d+);", lambda code: chr(int(code[1])), label) for node, label in found}


class TestDiagrams:
    def test_the_prerequisites_of_a_concept(self) -> None:
        text = to_mermaid(prerequisites_diagram(MemoryStore(g.SMALL), "QLoRA"))
        nodes = {name: node for node, name in shown(text).items()}
        assert set(nodes) == {"QLoRA", "LoRA", "微调", "NF4", "量化"}
        assert text.startswith("flowchart TD\n")
        assert f"    {nodes['微调']} --> {nodes['LoRA']}\n" in text
        assert f"    class {nodes['QLoRA']} goal\n" in text
        assert text.count("-->") == 4

    def test_general_knowledge_is_dotted(self) -> None:
        text = to_mermaid(prerequisites_diagram(MemoryStore(g.WITH_BACKGROUND), "QLoRA"))
        nodes = {name: node for node, name in shown(text).items()}
        assert f"    {nodes['NF4']} -.-> {nodes['QLoRA']}\n" in text

    def test_a_path(self) -> None:
        text = to_mermaid(path_diagram(MemoryStore(g.SMALL), "QLoRA", "微调", lang="en"))
        nodes = {name: node for node, name in shown(text).items()}
        assert f'    {nodes["QLoRA"]} -->|"is based on"| {nodes["LoRA"]}\n' in text
        assert f'    {nodes["LoRA"]} -->|"is a"| {nodes["微调"]}\n' in text

    def test_names_are_shown_letter_by_letter_in_mermaid(self) -> None:
        text = to_mermaid(whole_diagram(HOSTILE))
        assert set(shown(text).values()) == {" ".join(n.replace("\x00", "\ufffd").split()) for n in NAMES}
        for label in re.findall(r'\["([^"]*)"\]', text):
            assert not re.search(r"[<>\[\]|`*_\\{}&]", label)
            assert not re.match(r"\d+\. ", label)

    def test_names_are_shown_letter_by_letter_in_dot(self) -> None:
        text = to_dot(whole_diagram(HOSTILE))
        labels = re.findall(r'label=("(?:[^"\\]|\\.)*")', text)
        read = {re.sub(r"\\(.)", r"\1", label[1:-1]).replace("&amp;", "&") for label in labels}
        assert read == {" ".join(n.replace("\x00", "\ufffd").split()) for n in NAMES}

    def test_dot_has_the_map(self) -> None:
        text = to_dot(whole_diagram(g.SMALL))
        assert re.search(r'n0 \[label="LoRA", tooltip="method", color="#4e79a7", pos="0.0,0.0"\];', text)
        assert text.count(" -> ") == len(g.SMALL.relations) + len(g.SMALL.prerequisites)


class TestNeo4jTables:
    def test_headers_and_rows(self) -> None:
        tables = to_neo4j_tables(g.SMALL)
        concepts = list(csv.DictReader(io.StringIO(tables["concepts.csv"], newline="")))
        assert concepts[0]["id:ID(Concept)"] == "lora"
        assert concepts[0][":LABEL"] == "Concept"
        assert concepts[0]["aliases:string[]"].split(LIST_SEPARATOR) == ["低秩适应", "Low-Rank Adaptation"]
        relations = list(csv.DictReader(io.StringIO(tables["relations.csv"], newline="")))
        assert {row[":TYPE"] for row in relations} == {r.type.value.upper() for r in g.SMALL.relations}
        based = next(row for row in relations if row[":TYPE"] == "BASED_ON")
        assert (based[":START_ID(Concept)"], based[":END_ID(Concept)"]) == ("qlora", "lora")
        assert based["lines:int[]"].split(LIST_SEPARATOR) == ["3", "2"]

    @settings(max_examples=30, deadline=None)
    @given(snapshot=snapshots())
    def test_every_end_of_a_relationship_is_a_node_and_every_record_one_line(self, snapshot: GraphSnapshot) -> None:
        tables = to_neo4j_tables(snapshot)
        rows = {name: list(csv.DictReader(io.StringIO(text, newline=""))) for name, text in tables.items()}
        for name, text in tables.items():
            assert text.count("\n") == len(rows[name]) + 1
        concepts = [row["id:ID(Concept)"] for row in rows["concepts.csv"]]
        documents = [row["id:ID(Document)"] for row in rows["documents.csv"]]
        assert len(set(concepts)) == len(snapshot.concepts)
        assert len(set(documents)) == len(snapshot.documents)
        for name in ("relations.csv", "prerequisites.csv"):
            for row in rows[name]:
                assert {row[":START_ID(Concept)"], row[":END_ID(Concept)"]} <= set(concepts)
        assert {row[":START_ID(Document)"] for row in rows["mentions.csv"]} <= set(documents)


def read(text: str) -> rdflib.Graph:
    return rdflib.Graph().parse(data=text, format="json-ld")


class TestSkos:
    def test_labels_relations_definition_and_notation(self) -> None:
        graph = read(to_skos(g.SMALL))
        lora = rdflib.URIRef(f"{CONCEPT}lora")
        assert set(graph.objects(lora, SKOS.prefLabel)) == {
            rdflib.Literal("LoRA", lang="en"),
            rdflib.Literal("低秩适应", lang="zh"),
        }
        assert set(graph.objects(lora, SKOS.altLabel)) == {rdflib.Literal("Low-Rank Adaptation", lang="en")}
        assert g.lora.definition is not None
        assert set(graph.objects(lora, SKOS.definition)) == {rdflib.Literal(g.lora.definition.quote, lang="zh")}
        assert set(graph.objects(lora, DCTERMS.source)) == {rdflib.Literal("peft.md:2")}
        assert set(graph.objects(lora, SKOS.notation)) == {rdflib.Literal("lora")}
        assert set(graph.objects(lora, SKOS.broader)) == {rdflib.URIRef(f"{CONCEPT}微调")}
        assert set(graph.objects(lora, SKOS.related)) == {rdflib.URIRef(f"{CONCEPT}qlora")}
        assert set(graph.objects(rdflib.URIRef(f"{CONCEPT}qlora"), DCTERMS.requires)) == {
            lora,
            rdflib.URIRef(f"{CONCEPT}nf4"),
        }
        assert len(set(graph.subjects(RDF.type, SKOS.Concept))) == len(g.SMALL.concepts)
        assert len(set(graph.subjects(RDF.type, SKOS.Collection))) == len(g.SMALL.communities)

    def test_nothing_is_related_to_what_is_broader(self) -> None:
        concepts = tuple(Concept(i, i) for i in "abc")
        relations = (
            Relation("a", RelationType.IS_A, "b"),
            Relation("b", RelationType.IS_A, "c"),
            Relation("a", RelationType.RELATED_TO, "c"),
            Relation("c", RelationType.USES, "a"),
        )
        graph = read(to_skos(ordered(GraphSnapshot(concepts=concepts, relations=relations))))
        assert list(graph.triples((None, SKOS.related, None))) == []
        assert len(list(graph.triples((None, SKOS.broader, None)))) == 2

    @settings(max_examples=30, deadline=None)
    @given(snapshot=snapshots())
    def test_any_graph_keeps_the_integrity_conditions(self, snapshot: GraphSnapshot) -> None:
        text = to_skos(snapshot)
        json.loads(text)
        graph = read(text)
        assert len(set(graph.subjects(RDF.type, SKOS.Concept))) == len(snapshot.concepts)
        for concept in graph.subjects(RDF.type, SKOS.Concept):
            preferred = list(graph.objects(concept, SKOS.prefLabel))
            assert len({label.language for label in preferred}) == len(preferred)  # type: ignore[attr-defined]
            assert not set(preferred) & set(graph.objects(concept, SKOS.altLabel))
            above = set(graph.transitive_objects(concept, SKOS.broader)) - {concept}
            assert not above & set(graph.objects(concept, SKOS.related))


@pytest.mark.parametrize("write", [to_gexf, to_skos, to_neo4j_tables])
def test_store_and_snapshot_give_the_same(write: object) -> None:
    assert callable(write)
    assert write(MemoryStore(g.SMALL)) == write(g.SMALL)
    assert ConceptKind.METHOD.value in str(write(g.SMALL))
