"""A layout as bytes, as SQLite and Neo4j keep it: the arrays little-endian, the territories as text and numbers."""

from __future__ import annotations

from collections.abc import Sequence

import msgpack
import numpy as np

from graph.model import Layout, RelationType, Territory, TerritoryLink


def pack_layout(layout: Layout) -> bytes:
    """``layout`` as bytes, without the ids of concepts, which the graph has; :func:`unpack_layout` is the way back."""
    packed: bytes = msgpack.packb(
        {
            "positions": layout.positions.astype("<f4").tobytes(),
            "importance": layout.importance.astype("<f4").tobytes(),
            "scale": layout.scale.astype("<f4").tobytes(),
            "homes": layout.homes.astype("<i4").tobytes(),
            "territories": [
                (_stored(t.id), _stored(t.parent), _stored(t.title), t.count, t.x, t.y, t.radius, t.outline)
                for t in layout.territories
            ],
            "links": [
                (_stored(link.a), _stored(link.b), [(k.value, n) for k, n in link.relations], link.prerequisites)
                for link in layout.links
            ],
        }
    )
    return packed


def unpack_layout(packed: bytes, concept_ids: Sequence[str]) -> Layout:
    """The layout that :func:`pack_layout` made ``packed`` of; ``concept_ids``: those of the graph, in its order."""
    record = msgpack.unpackb(packed)
    return Layout(
        concept_ids=tuple(concept_ids),
        positions=np.frombuffer(record["positions"], "<f4").astype(np.float32, copy=False).reshape(-1, 2),
        importance=np.frombuffer(record["importance"], "<f4").astype(np.float32, copy=False),
        scale=np.frombuffer(record["scale"], "<f4").astype(np.float32, copy=False),
        homes=np.frombuffer(record["homes"], "<i4").astype(np.int32, copy=False),
        territories=tuple(
            Territory(
                _text(i),
                None if parent is None else _text(parent),
                _text(title),
                count,
                x,
                y,
                radius,
                tuple((px, py) for px, py in outline),
            )
            for i, parent, title, count, x, y, radius, outline in record["territories"]
        ),
        links=tuple(
            TerritoryLink(_text(a), _text(b), tuple((RelationType(kind), n) for kind, n in relations), prerequisites)
            for a, b, relations, prerequisites in record["links"]
        ),
    )


def _stored(text: str | None) -> bytes | None:
    """Lone surrogates, which titles may have, are not UTF-8 and so not text of msgpack."""
    return None if text is None else text.encode("utf-8", "surrogatepass")


def _text(stored: bytes) -> str:
    return stored.decode("utf-8", "surrogatepass")
