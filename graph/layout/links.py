"""How the territories of one parent are related: :class:`graph.model.TerritoryLink`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from graph.layout.tree import Ints, Tree
from graph.model import Prerequisite, Relation, RelationType, TerritoryLink

_TYPES: Final = tuple(RelationType)
_NUMBER: Final = {kind: i for i, kind in enumerate(_TYPES)}
_PREREQUISITE: Final = len(_TYPES)


def links_of(
    tree: Tree, place: Mapping[str, int], relations: Sequence[Relation], prerequisites: Sequence[Prerequisite]
) -> tuple[TerritoryLink, ...]:
    """Each relation and prerequisite is counted once: between the largest territories that part its two concepts.

    ``place``: id of a concept → place in the graph's order.
    """
    ends = [(place[r.head], place[r.tail], _NUMBER[r.type]) for r in relations]
    ends += [(place[p.before], place[p.after], _PREREQUISITE) for p in prerequisites]
    if not ends or not tree.nodes:
        return ()
    a, b, kind = np.array(ends, dtype=np.int64).T
    pairs: list[Ints] = []
    for depth in range(tree.depth + 1):
        labels = tree.at_depth(depth)
        one, two = labels[a], labels[b]
        apart = one != two
        pairs.append(np.stack([one[apart], two[apart], kind[apart]], axis=1))
        a, b, kind = a[~apart], b[~apart], kind[~apart]
    found: dict[tuple[str, str], dict[int, int]] = {}
    keys, numbers = np.unique(np.concatenate(pairs), axis=0, return_counts=True)
    for (one, two, number), count in zip(keys.tolist(), numbers.tolist(), strict=True):
        low, high = sorted((tree.nodes[one].id, tree.nodes[two].id))
        counts = found.setdefault((low, high), {})
        counts[number] = counts.get(number, 0) + count
    return tuple(
        TerritoryLink(
            low,
            high,
            tuple((_TYPES[i], counts[i]) for i in sorted(counts) if i != _PREREQUISITE),
            counts.get(_PREREQUISITE, 0),
        )
        for (low, high), counts in sorted(found.items())
    )
