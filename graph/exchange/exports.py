"""A graph as text for other programs: JSON with every citation, GraphML for graph tools, CSV for spreadsheets.

Equal graphs give equal bytes: everything is in the order of the snapshot, and neither times nor the folder that was
built are told. What a format cannot represent (control characters in XML, lone surrogates in UTF-8) is replaced where
one can see it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeVar
from xml.sax.saxutils import escape, quoteattr

from graph.errors import InputError
from graph.exchange.shared import (
    PREREQUISITE,
    SEPARATOR,
    at,
    attributes,
    colours_of,
    homes_of,
    node_ids,
    one_line,
    places_of,
    snapshot_of,
    table,
    visible,
)
from graph.model import (
    GENERAL_KNOWLEDGE,
    MODEL,
    READ_BY,
    Basis,
    Community,
    Concept,
    ConceptKind,
    Document,
    Evidence,
    GraphSnapshot,
    Mention,
    Prerequisite,
    Relation,
    RelationType,
)
from graph.places import LINE
from graph.stores.checks import checked, ordered
from graph.stores.contract import GraphStore
from graph.text.json_text import parsed_json

FORMAT: Final = "studyatlas/1"
"""What is under ``format`` in the JSON export."""

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_T = TypeVar("_T")
_Record = Mapping[str, Any]


# ---- JSON
# ----------------------------------------------------------------------------------------------------------------


def to_json(graph: GraphStore | GraphSnapshot, *, indent: int | None = 1) -> str:
    r"""The graph as one JSON object of format ``studyatlas/1``, ending in a line break.

    Contains documents, concepts with their mentions (one for each line), relations and prerequisites with their basis
    (:class:`graph.model.Basis`), and communities; not the texts, vectors, merge report and origins. Lone surrogates
    appear as ``\udXXX``, so that the text can be written as UTF-8.

    Args:
        graph: a store or a snapshot.
        indent: spaces of indentation for each level; None for no line breaks within.
    """
    whole = snapshot_of(graph)
    homes = homes_of(whole)
    record = {
        "format": FORMAT,
        "documents": [_document_record(d) for d in whole.documents],
        "concepts": [_concept_record(c, homes.get(c.id, [])) for c in whole.concepts],
        "relations": [
            {
                "head": r.head,
                "type": r.type.value,
                "tail": r.tail,
                "confidence": r.confidence,
                "basis": r.said_by,
                "evidence": _evidence_records(r.evidence),
            }
            for r in whole.relations
        ],
        "prerequisites": [
            {
                "before": p.before,
                "after": p.after,
                "confidence": p.confidence,
                "basis": p.said_by,
                "evidence": _evidence_records(p.evidence),
            }
            for p in whole.prerequisites
        ],
        "communities": [_community_record(c) for c in whole.communities],
    }
    separators = (",", ":") if indent is None else (",", ": ")
    text = json.dumps(record, ensure_ascii=False, indent=indent, separators=separators, allow_nan=False)
    return _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"


def _evidence_record(evidence: Evidence) -> _Record:
    return {"doc": evidence.doc, "line": evidence.line, "quote": evidence.quote}


def _evidence_records(evidence: Iterable[Evidence]) -> list[_Record]:
    return [_evidence_record(e) for e in evidence]


def _concept_record(concept: Concept, communities: list[str]) -> _Record:
    places = sorted({(m.doc, m.line) for m in concept.mentions})
    return {
        "id": concept.id,
        "name": concept.name,
        "aliases": list(concept.aliases),
        "kind": concept.kind.value,
        "salience": concept.salience,
        "confidence": concept.confidence,
        "definition": None if concept.definition is None else _evidence_record(concept.definition),
        "communities": communities,
        "mentions": [{"doc": doc, "line": line} for doc, line in places],
    }


def _community_record(community: Community) -> _Record:
    return {
        "id": community.id,
        "level": community.level,
        "parent": community.parent,
        "title": community.title,
        "summary": community.summary,
        "concepts": list(community.members),
        "evidence": _evidence_records(community.evidence),
    }


def from_json(text: str) -> GraphSnapshot:
    """The graph that :func:`to_json` wrote, as far as JSON contains it; written again it gives the same text.

    What the export leaves out is as little as the model allows: no passages, mentions in the concept's own name, and no
    reasons but what follows from ``basis``. In an export without ``basis``, relations without evidence are inferred.

    Raises:
        InputError: it is not JSON, not of this format, a field is missing or of another type, or the graph is not
            sound.
    """
    try:
        record = parsed_json(text)
    except ValueError as e:
        raise InputError(f"The export is not JSON: {e}.") from e
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        found = record.get("format") if isinstance(record, dict) else type(record).__name__
        raise InputError(f"The export is not of format {FORMAT!r}, but {found!r}.")
    try:
        return checked(
            ordered(
                GraphSnapshot(
                    documents=tuple(_documents(record)),
                    concepts=tuple(_concepts(record)),
                    relations=tuple(_relations(record)),
                    prerequisites=tuple(_prerequisites(record)),
                    communities=tuple(_communities(record)),
                )
            )
        )
    except ValueError as e:
        raise InputError(f"The export is not a valid graph: {e}.") from e


def _field(record: _Record, key: str, kind: type[_T]) -> _T:
    """``record[key]``, which must be of ``kind``; whole numbers are numbers too, but true and false are none.

    Raises:
        ValueError: the key is missing or its value is of another type.
    """
    if key not in record:
        raise ValueError(f"{key!r} is missing in {_shown(record)}")
    value = record[key]
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise ValueError(f"{key!r} should be {kind.__name__}, not {type(value).__name__}, in {_shown(record)}")
    return value


def _shown(record: _Record) -> str:
    text = json.dumps(record)
    return text if len(text) < 100 else text[:99] + "…"


def _records(record: _Record, key: str) -> Iterator[_Record]:
    for item in _field(record, key, list):
        if not isinstance(item, dict):
            raise ValueError(f"{key!r} contains {item!r}, which is not an object")
        yield item


def _texts(record: _Record, key: str) -> tuple[str, ...]:
    items = _field(record, key, list)
    if not all(isinstance(item, str) for item in items):
        raise ValueError(f"{key!r} should contain only text, in {_shown(record)}")
    return tuple(items)


def _evidence(record: _Record) -> Evidence:
    return Evidence(_field(record, "doc", str), _field(record, "line", int), _field(record, "quote", str))


def _evidence_of(record: _Record) -> tuple[Evidence, ...]:
    return tuple(_evidence(e) for e in _records(record, "evidence"))


def _document_record(document: Document) -> _Record:
    record: dict[str, object] = {
        "id": document.id,
        "title": document.title,
        "lines": document.lines,
        "sha256": document.sha256,
    }
    if document.unit != LINE or document.starts:
        record |= {"unit": document.unit, "starts": list(document.starts)}
    return record


def _documents(record: _Record) -> Iterator[Document]:
    for d in _records(record, "documents"):
        starts = d.get("starts", [])
        known = isinstance(starts, list) and all(isinstance(start, int) for start in starts)
        yield Document(
            _field(d, "id", str),
            _field(d, "title", str),
            _field(d, "sha256", str),
            _field(d, "lines", int),
            unit=str(d.get("unit", LINE)),
            starts=tuple(starts) if known else (),
        )


def _concepts(record: _Record) -> Iterator[Concept]:
    for c in _records(record, "concepts"):
        name = _field(c, "name", str)
        yield Concept(
            id=_field(c, "id", str),
            name=name,
            aliases=_texts(c, "aliases"),
            kind=ConceptKind(_field(c, "kind", str)),
            salience=_field(c, "salience", float),
            confidence=_field(c, "confidence" if "confidence" in c else "salience", float),
            definition=None if c.get("definition") is None else _evidence(_field(c, "definition", dict)),
            mentions=tuple(
                Mention(_field(m, "doc", str), _field(m, "line", int), name) for m in _records(c, "mentions")
            ),
        )


def _relations(record: _Record) -> Iterator[Relation]:
    for r in _records(record, "relations"):
        evidence = _evidence_of(r)
        yield Relation(
            head=_field(r, "head", str),
            type=RelationType(_field(r, "type", str)),
            tail=_field(r, "tail", str),
            confidence=_field(r, "confidence", float),
            origin=_origin(r),
            basis=_basis(r, Basis.EXTRACTED if evidence else Basis.INFERRED),
            evidence=evidence,
        )


def _prerequisites(record: _Record) -> Iterator[Prerequisite]:
    for p in _records(record, "prerequisites"):
        yield Prerequisite(
            before=_field(p, "before", str),
            after=_field(p, "after", str),
            confidence=_field(p, "confidence", float),
            reasons=_reasons(p),
            evidence=_evidence_of(p),
        )


_REASON_OF: Final[Mapping[Basis, tuple[str, ...]]] = {
    Basis.EXTRACTED: ("cue",),
    Basis.INFERRED: (),
    Basis.BACKGROUND: (GENERAL_KNOWLEDGE,),
}
"""What is left of the reasons of a prerequisite in an export that only names its basis."""


def _reasons(record: _Record) -> tuple[str, ...]:
    basis = _basis(record, Basis.INFERRED)
    return (_field(record, "basis", str),) if basis is Basis.MODEL else _REASON_OF[basis]


def _basis(record: _Record, otherwise: Basis) -> Basis:
    """What a statement rests on; ``otherwise`` in an export that was made before it said so."""
    said = _field(record, "basis", str) if "basis" in record else otherwise.value
    return Basis.MODEL if said.startswith(MODEL) else Basis(said)


def _origin(record: _Record) -> str:
    """The origin of a relation, which an export only has where a language model read it."""
    said = record.get("basis")
    return READ_BY + said.removeprefix(MODEL) if isinstance(said, str) and said.startswith(MODEL) else ""


def _communities(record: _Record) -> Iterator[Community]:
    for c in _records(record, "communities"):
        yield Community(
            id=_field(c, "id", str),
            level=_field(c, "level", int),
            parent=None if c.get("parent") is None else _field(c, "parent", str),
            title=_field(c, "title", str),
            summary=_field(c, "summary", str),
            members=_texts(c, "concepts"),
            evidence=_evidence_of(c),
        )


# ---- GraphML
# -------------------------------------------------------------------------------------------------------------

_NODE_KEYS: Final = {
    "label": "string",
    "name": "string",
    "aliases": "string",
    "kind": "string",
    "salience": "double",
    "confidence": "double",
    "definition": "string",
    "definition_at": "string",
    "communities": "string",
    "r": "int",
    "g": "int",
    "b": "int",
}
"""Of a node. ``label`` and the colour of its theme, 0..255 for red, green and blue, are what Gephi looks for."""
_PLACE_KEYS: Final = {"x": "double", "y": "double", "size": "double"}
"""Of a node where the graph has a layout: its place on the map, and how large it is drawn, 1..10."""
_EDGE_KEYS: Final = {
    "type": "string",
    "confidence": "double",
    "basis": "string",
    "evidence_at": "string",
    "quote": "string",
}


def to_graphml(graph: GraphStore | GraphSnapshot) -> str:
    """The graph as GraphML, ending in a line break: concepts are nodes, relations and prerequisites are directed edges.

    Every edge has an ``id``, because two concepts may have several; :func:`networkx.read_graphml` makes a MultiDiGraph
    of it. Characters that XML does not allow become U+FFFD. Nodes have the label, the colour of their theme and the
    ``x``, ``y`` and ``size`` of the map, under the names that Gephi looks for.
    """
    return "\n".join(_graphml_lines(snapshot_of(graph))) + "\n"


def _graphml_lines(graph: GraphSnapshot) -> Iterator[str]:
    nodes = node_ids(c.id for c in graph.concepts)
    places, colours, said = places_of(graph), colours_of(graph), attributes(graph)
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'
    for owner, keys in (("node", _NODE_KEYS | (_PLACE_KEYS if places else {})), ("edge", _EDGE_KEYS)):
        for key, kind in keys.items():
            yield f'  <key id="{owner}_{key}" for="{owner}" attr.name="{key}" attr.type="{kind}"/>'
    yield '  <graph edgedefault="directed">'
    for c in graph.concepts:
        yield f"    <node id={quoteattr(nodes[c.id])}>"
        red, green, blue = bytes.fromhex(colours[c.id][1:])
        yield from _data("node", label=one_line(c.name), **said[c.id], r=str(red), g=str(green), b=str(blue))
        if c.id in places:
            place = places[c.id]
            yield from _data("node", x=f"{place.x:.1f}", y=f"{place.y:.1f}", size=f"{place.size:.2f}")
        yield "    </node>"
    for number, r in enumerate(graph.relations):
        yield from _edge(f"r{number}", nodes[r.head], nodes[r.tail], r.type.value, r.confidence, r.said_by, r.evidence)
    for number, p in enumerate(graph.prerequisites):
        yield from _edge(
            f"p{number}", nodes[p.before], nodes[p.after], PREREQUISITE, p.confidence, p.said_by, p.evidence
        )
    yield "  </graph>"
    yield "</graphml>"


def _edge(
    edge_id: str, source: str, target: str, kind: str, confidence: float, basis: str, evidence: tuple[Evidence, ...]
) -> Iterator[str]:
    yield f'    <edge id="{edge_id}" source={quoteattr(source)} target={quoteattr(target)}>'
    quote = evidence[0].quote if evidence else ""
    yield from _data(
        "edge", type=kind, confidence=repr(float(confidence)), basis=basis, evidence_at=at(evidence), quote=quote
    )
    yield "    </edge>"


def _data(owner: str, **values: str) -> Iterator[str]:
    for key, value in values.items():
        if value:
            yield f'      <data key="{owner}_{key}">{escape(visible(value), {chr(13): "&#13;"})}</data>'


# ---- CSV
# -----------------------------------------------------------------------------------------------------------------


def to_csv(graph: GraphStore | GraphSnapshot) -> dict[str, str]:
    r"""The graph as tables: text by file name.

    In the order concepts.csv, relations.csv, prerequisites.csv, evidence.csv.

    RFC 4180 with ``\r\n``; spreadsheets recognise Chinese if the files are written as ``utf-8-sig``. A cell that a
    spreadsheet would take for a formula (it begins with ``= + - @`` or a control character) gets an apostrophe before
    it.
    """
    whole = snapshot_of(graph)
    homes = homes_of(whole)
    name = {c.id: c.name for c in whole.concepts}
    return {
        "concepts.csv": table(
            (
                *("id", "name", "aliases", "kind", "salience", "confidence"),
                *("definition", "definition_at", "communities", "mentions"),
            ),
            (
                (
                    c.id,
                    c.name,
                    SEPARATOR.join(c.aliases),
                    c.kind.value,
                    c.salience,
                    c.confidence,
                    c.definition.quote if c.definition else "",
                    at([c.definition] if c.definition else []),
                    SEPARATOR.join(homes.get(c.id, [])),
                    len({(m.doc, m.line) for m in c.mentions}),
                )
                for c in whole.concepts
            ),
        ),
        "relations.csv": table(
            ("head", "head_name", "type", "tail", "tail_name", "confidence", "basis", "origin", "evidence_at"),
            (
                (
                    r.head,
                    name[r.head],
                    r.type.value,
                    r.tail,
                    name[r.tail],
                    r.confidence,
                    r.said_by,
                    r.origin,
                    at(r.evidence),
                )
                for r in whole.relations
            ),
        ),
        "prerequisites.csv": table(
            ("before", "before_name", "after", "after_name", "confidence", "basis", "reasons", "evidence_at"),
            (
                (
                    p.before,
                    name[p.before],
                    p.after,
                    name[p.after],
                    p.confidence,
                    p.said_by,
                    SEPARATOR.join(p.reasons),
                    at(p.evidence),
                )
                for p in whole.prerequisites
            ),
        ),
        "evidence.csv": table(("from", "type", "to", "doc", "line", "at", "quote"), _evidence_rows(whole)),
    }


def _evidence_rows(graph: GraphSnapshot) -> Iterator[tuple[str | int, ...]]:
    """One row for each piece.

    Of definitions (without ``to``), of relations, of prerequisites, of communities (``from`` is their id).
    """
    for c in graph.concepts:
        if c.definition is not None:
            yield c.id, "definition", "", *_cells(c.definition)
    for r in graph.relations:
        yield from ((r.head, r.type.value, r.tail, *_cells(e)) for e in r.evidence)
    for p in graph.prerequisites:
        yield from ((p.before, PREREQUISITE, p.after, *_cells(e)) for e in p.evidence)
    for community in graph.communities:
        yield from ((community.id, "community", "", *_cells(e)) for e in community.evidence)


def _cells(evidence: Evidence) -> tuple[str, int, str, str]:
    return evidence.doc, evidence.line, f"{evidence.doc}:{evidence.line}", evidence.quote
