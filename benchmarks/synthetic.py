"""Large graphs that nobody wrote, to measure stores with: the same for the same seed, and shaped like those of notes.

A few concepts have very many relations and most have few (degrees follow a power law), relations are typed as in real
notes (most of them ``related_to``), every relation quotes a line, prerequisites form layers, and half of the names are
Chinese."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from graph.model import (
    Basis,
    Community,
    Concept,
    ConceptKind,
    Document,
    Evidence,
    GraphSnapshot,
    Mention,
    Passage,
    Prerequisite,
    Relation,
    RelationType,
    Vectors,
)
from graph.stores.checks import ordered

SHARES: Final = {
    RelationType.RELATED_TO: 0.45,
    RelationType.USES: 0.14,
    RelationType.IS_A: 0.12,
    RelationType.PART_OF: 0.12,
    RelationType.BASED_ON: 0.05,
    RelationType.USED_FOR: 0.04,
    RelationType.ADDRESSES: 0.03,
    RelationType.CAUSES: 0.02,
    RelationType.CONTRASTS_WITH: 0.02,
    RelationType.EVALUATED_BY: 0.01,
}
LINES: Final = 40
"""Lines of a document, one passage for each ten."""
THEMES: Final = 300
_LATIN: Final = [
    "ab",
    "cd",
    "ef",
    "gi",
    "ka",
    "lo",
    "ma",
    "ne",
    "or",
    "pi",
    "qu",
    "ra",
    "st",
    "tu",
    "ve",
    "wo",
    "xa",
    "yo",
    "ze",
]
_CHINESE: Final = "模型训练注意力机制数据网络梯度优化推理编码向量检索图谱概率采样量化缓存并行策略奖励"


def synthetic(concepts: int, relations: int, *, seed: int = 7, dim: int = 0) -> GraphSnapshot:
    """A sound graph with so many concepts and about so many relations.

    Args:
        concepts: at least 20.
        relations: of which duplicates are dropped, so that a few per cent less come out.
        seed: of all that is random.
        dim: length of the vectors; 0 for none.
    """
    rng = np.random.default_rng(seed)
    names = _names(concepts, rng)
    ids = [name.lower().replace(" ", "") for name in names]
    documents = [
        Document(f"notes/{i:05}.md", f"Note {i}", f"{i:064x}", LINES, "zh" if i % 2 else "en")
        for i in range(max(1, concepts // 80))
    ]
    lines = [(d.id, line) for d in documents for line in range(1, LINES + 1)]
    falling = (np.arange(concepts) + 3.0) ** -0.6
    weights = np.asarray(falling / falling.sum(), dtype=np.float64)
    kinds = list(ConceptKind)
    places = rng.integers(0, len(lines), size=(concepts, 4))
    made = [
        Concept(
            ids[i],
            names[i],
            (f"{names[i]} {i}",) if i % 3 == 0 else (),
            kinds[i % len(kinds)],
            float(np.float32(1.0 / (1 + i / concepts * 9))),
            _evidence(lines[places[i, 0]], f"{names[i]} is defined here.") if i % 4 == 0 else None,
            tuple(sorted({Mention(doc, line, names[i]) for doc, line in (lines[p] for p in places[i])})),
        )
        for i in range(concepts)
    ]
    vectors = None
    passages = list(_passages(documents, names, rng))
    if dim:
        vectors = Vectors(
            "static",
            tuple(ids),
            _unit(rng, concepts, dim),
            tuple(p.id for p in passages),
            _unit(rng, len(passages), dim),
        )
    return ordered(
        GraphSnapshot(
            documents=tuple(documents),
            passages=tuple(passages),
            concepts=tuple(made),
            relations=tuple(_relations(ids, names, relations, weights, lines, rng)),
            prerequisites=tuple(_prerequisites(ids, lines, rng)),
            communities=tuple(_communities(ids)),
            vectors=vectors,
            source="/synthetic",
            settings={"seed": str(seed)},
        )
    )


def _evidence(place: tuple[str, int], quote: str) -> Evidence:
    """``quote`` at (document, line)."""
    return Evidence(place[0], place[1], quote)


def _names(number: int, rng: np.random.Generator) -> list[str]:
    """Different names, half of them Chinese; each ends in something of its own, so that no two fold alike."""
    parts = rng.integers(0, len(_LATIN), size=(number, 3))
    signs = rng.integers(0, len(_CHINESE), size=(number, 4))
    return [
        "".join(_LATIN[p] for p in parts[i]).capitalize() + f" {i:x}z"
        if i % 2
        else "".join(_CHINESE[s] for s in signs[i]) + f"{i:x}z"
        for i in range(number)
    ]


def _passages(documents: list[Document], names: list[str], rng: np.random.Generator) -> Iterator[Passage]:
    chosen = iter(rng.integers(0, len(names), size=len(documents) * LINES * 3).tolist())
    for document in documents:
        for first in range(1, LINES, 10):
            text = "\n".join(
                f"{names[next(chosen)]} 使用 {names[next(chosen)]}, which is based on {names[next(chosen)]}."
                for _ in range(10)
            )
            yield Passage(f"{document.id}#{first}", document.id, first, first + 9, (document.title,), text)


def _relations(
    ids: list[str],
    names: list[str],
    number: int,
    weights: NDArray[np.float64],
    lines: list[tuple[str, int]],
    rng: np.random.Generator,
) -> Iterator[Relation]:
    heads = rng.choice(len(ids), size=number, p=weights)
    tails = rng.integers(0, len(ids), size=number)
    types = rng.choice(len(SHARES), size=number, p=list(SHARES.values()))
    places = rng.integers(0, len(lines), size=number)
    sure = rng.uniform(0.3, 1.0, size=number).astype(np.float32)
    kinds = list(SHARES)
    seen: set[tuple[str, RelationType, str]] = set()
    for a, b, t, place, confidence in zip(
        heads.tolist(), tails.tolist(), types.tolist(), places.tolist(), sure.tolist(), strict=True
    ):
        kind = kinds[t]
        head, tail = (ids[a], ids[b]) if not kind.symmetric or ids[a] < ids[b] else (ids[b], ids[a])
        if head == tail or (head, kind, tail) in seen:
            continue
        seen.add((head, kind, tail))
        quote = f"{names[a]} 与 {names[b]} 的关系在这里说明，as this line states."
        yield Relation(
            head, kind, tail, confidence, "pattern:synthetic", Basis.EXTRACTED, (_evidence(lines[place], quote),)
        )


def _prerequisites(ids: list[str], lines: list[tuple[str, int]], rng: np.random.Generator) -> Iterator[Prerequisite]:
    """Each concept needs up to two of the concepts shortly before it in a hidden order.

    So that chains are long and no cycle is.
    """
    order = rng.permutation(len(ids)).tolist()
    steps = rng.integers(1, max(2, len(ids) // 12), size=(len(ids), 2)).tolist()
    places = rng.integers(0, len(lines), size=len(ids)).tolist()
    for i, (one, other) in enumerate(steps):
        for step in sorted({one, other}):
            if i >= step:
                yield Prerequisite(
                    ids[order[i - step]],
                    ids[order[i]],
                    0.5,
                    ("uses",),
                    (_evidence(lines[places[i]], "first learn this"),),
                )


def _communities(ids: list[str]) -> Iterator[Community]:
    number = max(1, min(THEMES, len(ids) // 10))
    for i in range(number):
        yield Community(f"0-{i}", 0, None, f"Theme {i}", "", tuple(ids[i::number]))


def _unit(rng: np.random.Generator, rows: int, dim: int) -> NDArray[np.float32]:
    made = rng.normal(size=(rows, dim)).astype(np.float32)
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), dtype=np.float32)
