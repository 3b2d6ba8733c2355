from __future__ import annotations

from pathlib import Path

import pytest

from extract.knowledge.lexicon import load_lexicon
from extract.knowledge.lexicon_import import imported_lexicon
from graph.errors import InputError
from graph.exchange.exports import to_csv
from graph.exchange.skos import to_skos
from graph.model import ConceptKind, RelationType
from tests.contract import small_graph as g

TURTLE = """@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix : <http://example.org/> .
:scheme a skos:ConceptScheme ; skos:prefLabel "Bees"@en .
:queen a skos:Concept ; skos:prefLabel "queen bee"@en, "蜂王"@zh-Hans, "Königin"@de ; skos:altLabel "gyne"@en ;
  skos:broader :bee ; skos:notation "1" .
:bee a skos:Concept ; skos:prefLabel "bee"@en ; skos:narrower :drone ; skos:altLabel "Imme"@en, "gyne"@en .
:drone a skos:Concept ; skos:prefLabel "drone: the \\"male\\", [x]"@en .
"""


def test_turtle(tmp_path: Path) -> None:
    path = tmp_path / "bees.ttl"
    path.write_text(TURTLE, encoding="utf-8")
    found = imported_lexicon(path)
    assert (
        found.text
        == """# Imported from bees.ttl
- {name: bee, aliases: [Imme]}
- {name: 'drone: the "male", [x]', is_a: [bee]}
- {name: queen bee, aliases: [蜂王], is_a: [bee]}
"""
    )
    assert found.entries == 3
    assert found.left_out == (
        "1 labels in other languages (de).",
        "1 names that several entries claim ('gyne').",
    )
    out = tmp_path / "bees.yaml"
    out.write_text(found.text, encoding="utf-8")
    lexicon = load_lexicon([out], bundled=False)
    queen = lexicon.find("蜂王")
    assert queen is not None
    assert queen.name == "queen bee"
    index = {entry.name: n for n, entry in enumerate(lexicon.entries)}
    assert lexicon.relations[index["queen bee"], index["bee"]] == (RelationType.IS_A,)


def test_our_own_export_comes_back(tmp_path: Path) -> None:
    path, out = tmp_path / "g.jsonld", tmp_path / "g.yaml"
    path.write_text(to_skos(g.SMALL), encoding="utf-8")
    out.write_text(imported_lexicon(path).text, encoding="utf-8")
    lexicon = load_lexicon([out], bundled=False)
    lora, qlora = lexicon.find("低秩适应"), lexicon.find("QLoRA")
    assert lora is not None
    assert qlora is not None
    assert lora.kind is ConceptKind.METHOD
    index = {entry.name: n for n, entry in enumerate(lexicon.entries)}
    nf4 = index["NF4"]
    assert lexicon.relations[index[qlora.name], nf4] == (RelationType.USES,)
    assert nf4 in lexicon.needs[index[qlora.name]]


def test_the_table_of_our_own_export(tmp_path: Path) -> None:
    path = tmp_path / "concepts.csv"
    path.write_text(to_csv(g.SMALL)["concepts.csv"], encoding="utf-8-sig", newline="")
    found = imported_lexicon(path)
    assert "- {name: NF4, kind: data}\n" in found.text
    assert "- {name: 量化, aliases: [Quantisation], kind: concept}\n" in found.text


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_tables(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "t.csv"
    rows = [
        ["Name", "aliases", "is_a", "color"],
        ["Fibrin", "纤维蛋白|fibrin Ia", "Protein", "red"],
        ["'=x", "", "", ""],
    ]
    path.write_text("\n".join(delimiter.join(row) for row in rows), encoding="utf-8")
    assert imported_lexicon(path).text.split("\n")[1:] == [
        "- {name: Fibrin, aliases: [纤维蛋白, fibrin Ia], is_a: [Protein]}",
        "- {name: =x}",
        "",
    ]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.csv", "x,y\n1,2\n", "no column of names"),
        ("a.csv", "name,kind\nA,beast\n", "row 2: unknown kind 'beast'"),
        ("a.csv", "name\n", "names nothing"),
        ("a.txt", "name\n", "the ending says"),
        ("a.ttl", "not turtle", "is not turtle"),
        ("a.jsonld", '{"@context": "https://example.org/c.jsonld", "@id": "x"}', "nothing is fetched"),
        ("a.jsonld", '{"a": [{"@context": [{"@import": "https://example.org/c"}]}]}', "nothing is fetched"),
        ("a.json", "{", "is not JSON"),
    ],
)
def test_what_cannot_be_used_is_refused(tmp_path: Path, name: str, text: str, message: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        imported_lexicon(path)
