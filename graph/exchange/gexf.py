"""A graph as GEXF 1.3, the format of Gephi: places, sizes and colours of the map are in it.

The schema is at https://gexf.net/schema.html. Nodes are concepts; relations and prerequisites are directed edges of
their kind, so that two concepts may have several.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final
from xml.sax.saxutils import quoteattr

from graph.exchange.shared import (
    PREREQUISITE,
    at,
    attributes,
    colours_of,
    node_ids,
    one_line,
    places_of,
    snapshot_of,
    visible,
)
from graph.model import Evidence, GraphSnapshot
from graph.stores.contract import GraphStore

_NODE_KEYS: Final = {
    "name": "string",
    "aliases": "string",
    "kind": "string",
    "salience": "double",
    "confidence": "double",
    "definition": "string",
    "definition_at": "string",
    "communities": "string",
}
_EDGE_KEYS: Final = {"basis": "string", "confidence": "double", "evidence_at": "string", "quote": "string"}


def to_gexf(graph: GraphStore | GraphSnapshot) -> str:
    """The graph as GEXF, ending in a line break.

    A node's colour is that of its theme; its size (1..10) and place are those of the map, where the graph has one. On
    the map *y* grows downwards and in Gephi upwards, so its sign is changed. ``weight`` of an edge is its confidence.
    Characters that XML does not allow become U+FFFD.
    """
    return "\n".join(_lines(snapshot_of(graph))) + "\n"


def _lines(graph: GraphSnapshot) -> Iterator[str]:
    nodes, said = node_ids(c.id for c in graph.concepts), attributes(graph)
    places, colours = places_of(graph), colours_of(graph)
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield '<gexf xmlns="http://gexf.net/1.3" xmlns:viz="http://gexf.net/1.3/viz" version="1.3">'
    yield '  <graph defaultedgetype="directed" mode="static">'
    for owner, keys in (("node", _NODE_KEYS), ("edge", _EDGE_KEYS)):
        yield f'    <attributes class="{owner}" mode="static">'
        yield from (f'      <attribute id="{key}" title="{key}" type="{kind}"/>' for key, kind in keys.items())
        yield "    </attributes>"
    yield "    <nodes>"
    for c in graph.concepts:
        yield f"      <node id={_attribute(nodes[c.id])} label={_attribute(one_line(c.name))}>"
        yield from _values(said[c.id])
        red, green, blue = bytes.fromhex(colours[c.id][1:])
        yield f'        <viz:color r="{red}" g="{green}" b="{blue}"/>'
        if c.id in places:
            place = places[c.id]
            yield f'        <viz:position x="{place.x:.1f}" y="{0.0 - place.y:.1f}" z="0.0"/>'
            yield f'        <viz:size value="{place.size:.2f}"/>'
        yield "      </node>"
    yield "    </nodes>"
    yield "    <edges>"
    for number, r in enumerate(graph.relations):
        yield from _edge(f"r{number}", nodes[r.head], nodes[r.tail], r.type.value, r.confidence, r.said_by, r.evidence)
    for number, p in enumerate(graph.prerequisites):
        yield from _edge(
            f"p{number}", nodes[p.before], nodes[p.after], PREREQUISITE, p.confidence, p.said_by, p.evidence
        )
    yield "    </edges>"
    yield "  </graph>"
    yield "</gexf>"


def _edge(
    edge_id: str, source: str, target: str, kind: str, confidence: float, basis: str, evidence: tuple[Evidence, ...]
) -> Iterator[str]:
    ends = f"source={_attribute(source)} target={_attribute(target)}"
    yield f'      <edge id="{edge_id}" {ends} kind="{kind}" label="{kind}" weight="{float(confidence)!r}">'
    quote = evidence[0].quote if evidence else ""
    said = {"basis": basis, "confidence": repr(float(confidence)), "evidence_at": at(evidence), "quote": quote}
    yield from _values({key: value for key, value in said.items() if value})
    yield "      </edge>"


def _values(said: Mapping[str, str]) -> Iterator[str]:
    yield "        <attvalues>"
    yield from (f'          <attvalue for="{key}" value={_attribute(value)}/>' for key, value in said.items())
    yield "        </attvalues>"


def _attribute(text: str) -> str:
    """``text`` in quotes; an XML parser would make a space of a tab or line break that is not written as a number."""
    return quoteattr(visible(text), {"\t": "&#9;", "\n": "&#10;", "\r": "&#13;"})
