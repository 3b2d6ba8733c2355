"""Hypothesis strategies for whole graphs, and ways to compare them."""

from __future__ import annotations

from dataclasses import replace
from itertools import compress

import numpy as np
from hypothesis import strategies as st

from graph.model import (
    Basis,
    Community,
    Concept,
    ConceptKind,
    Document,
    Evidence,
    GraphSnapshot,
    Layout,
    LineKind,
    Mention,
    Merge,
    NoteLine,
    Passage,
    Prerequisite,
    Relation,
    RelationType,
    Skipped,
    Territory,
    TerritoryLink,
    Vectors,
)
from graph.stores.checks import checked, ordered

any_text = st.one_of(
    st.sampled_from(
        [
            "LoRA",
            "注意力机制",
            "self-attention",
            "C++",
            "café",
            "😀",
            "\x00",
            "\ud800",
            "\ud83d\ude00",
            '"; DROP',
            "NEAR(a",
            "=1+1",
            "",
        ]
    ),
    st.text(st.characters(), max_size=12),
)
"""Any Unicode that a Python string can hold: NUL and lone surrogates too."""
any_name = any_text.map(lambda text: text if text.strip() else f"n{text}")
shares = st.floats(0, 1, width=32)


@st.composite
def note_lines(draw: st.DrawFn, raw: str, texts: st.SearchStrategy[str] = any_text) -> NoteLine:
    """What a reader might make of the line ``raw``: the line as it is, some of its characters, or something else."""
    part = st.lists(st.booleans(), min_size=len(raw), max_size=len(raw)).map(lambda keep: "".join(compress(raw, keep)))
    text = draw(st.one_of(st.just(raw), part, texts))
    return NoteLine(draw(st.sampled_from(LineKind)), text, draw(st.integers(0, 12)))


@st.composite
def snapshots(draw: st.DrawFn, *, texts: st.SearchStrategy[str] = any_text, max_concepts: int = 7) -> GraphSnapshot:
    """Small graphs that keep every rule, with every part of the model in use and any Unicode in every text."""
    names = texts.map(lambda text: text if text.strip() else f"n{text}")
    documents = [
        Document(
            doc_id,
            draw(texts),
            draw(st.text("0123456789abcdef", max_size=8)),
            draw(st.integers(1, 9)),
            draw(st.sampled_from(["zh", "en"])),
        )
        for doc_id in draw(st.lists(names, max_size=3, unique=True))
    ]
    places = [(d.id, line) for d in documents for line in range(1, d.lines + 1)]
    evidence = (
        st.builds(lambda place, quote: Evidence(place[0], place[1], quote), st.sampled_from(places), texts)
        if places
        else st.nothing()
    )
    pieces = st.lists(evidence, max_size=2).map(tuple) if places else st.just(())
    maybe = st.one_of(st.none(), evidence)

    passages = []
    for document in documents:
        cuts = sorted(draw(st.sets(st.integers(1, document.lines), max_size=3)) | {1})
        for first, following in zip(cuts, [*cuts[1:], document.lines + 1], strict=True):
            lines = [draw(texts).replace("\n", " ") for _ in range(first, following)]
            heading = tuple(draw(st.lists(texts, max_size=2)))
            read = draw(st.one_of(st.just(()), st.tuples(*(note_lines(raw, texts) for raw in lines))))
            passages.append(
                Passage(f"{document.id}#{first}", document.id, first, following - 1, heading, "\n".join(lines), read)
            )
    passages = list({p.id: p for p in passages}.values())  # documents "a" and "a#1" could make one id

    ids = draw(st.lists(names, max_size=max_concepts, unique=True))
    concepts = []
    for concept_id in ids:
        name, *aliases = draw(st.lists(names, min_size=1, max_size=3, unique=True))
        mentions = (
            draw(
                st.sets(
                    st.builds(lambda place, form: Mention(place[0], place[1], form), st.sampled_from(places), texts),
                    max_size=3,
                )
            )
            if places
            else ()
        )
        concepts.append(
            Concept(
                concept_id,
                name,
                tuple(aliases),
                draw(st.sampled_from(ConceptKind)),
                draw(shares),
                draw(maybe),
                tuple(sorted(mentions)),
                draw(shares),
            )
        )

    relations, edges, members_left = {}, {}, ids
    if len(ids) > 1:
        pairs = st.tuples(st.integers(0, len(ids) - 1), st.integers(0, len(ids) - 1)).filter(lambda p: p[0] != p[1])
        for a, b in draw(st.lists(pairs, max_size=12)):
            kind = draw(st.sampled_from(RelationType))
            head, tail = (ids[a], ids[b]) if not kind.symmetric else sorted((ids[a], ids[b]))
            held = draw(pieces)
            relation = Relation(
                head, kind, tail, draw(shares), draw(texts), Basis.EXTRACTED if held else Basis.INFERRED, held
            )
            relations[relation.key] = relation
        for a, b in draw(st.lists(pairs, max_size=6)):
            edge = Prerequisite(
                ids[min(a, b)], ids[max(a, b)], draw(shares), tuple(draw(st.lists(texts, max_size=2))), draw(pieces)
            )
            edges[edge.key] = edge
    communities = []
    if members_left:
        half = draw(st.integers(1, len(ids)))
        for number, members in enumerate(m for m in (ids[:half], ids[half:]) if m):
            communities.append(
                Community(f"0-{number}", 0, None, draw(texts), draw(texts), tuple(members), draw(pieces))
            )
        communities.append(Community("1-10", 1, "0-0", draw(texts), draw(texts), tuple(ids[:1]), draw(pieces)))
        if half > 1:
            communities.append(Community("1-9", 1, "0-0", draw(texts), draw(texts), tuple(ids[1:half]), draw(pieces)))
    merges = [
        Merge(draw(st.sampled_from(ids)), draw(texts), draw(texts), draw(texts), draw(maybe))
        for _ in range(draw(st.integers(0, 3)) if ids else 0)
    ]
    skipped = draw(st.lists(st.builds(Skipped, texts, st.integers(0, 9), texts), max_size=3))
    snapshot = GraphSnapshot(
        documents=tuple(documents),
        passages=tuple(passages),
        concepts=tuple(concepts),
        relations=tuple(relations.values()),
        prerequisites=tuple(edges.values()),
        communities=tuple(communities),
        merges=tuple(merges),
        skipped=tuple(skipped),
        vectors=draw(st.one_of(st.none(), _vectors(ids, [p.id for p in passages]))),
        layout=draw(st.one_of(st.none(), _layouts(tuple(c.id for c in concepts), texts))),
        source=draw(texts),
        settings=draw(st.dictionaries(texts, texts, max_size=2)),
    )
    return checked(ordered(snapshot))


@st.composite
def _layouts(draw: st.DrawFn, ids: tuple[str, ...], texts: st.SearchStrategy[str]) -> Layout:
    """Layouts of any shape: two territories, the first in two parts that are linked."""
    rng, concepts = np.random.default_rng(draw(st.integers(0, 99))), len(ids)
    homes = rng.integers(1, 4, size=concepts).astype(np.int32)
    counts = [int((homes == i).sum()) for i in range(4)]
    counts[0] = counts[1] + counts[2]
    areas = draw(st.lists(texts, min_size=4, max_size=4, unique=True))
    outline = ((0.5, -1.0), (2.25, 3.0), (-1.0, 0.1))
    low, high = sorted(areas[1:3])
    territories = tuple(
        Territory(areas[i], areas[0] if i in (1, 2) else None, draw(texts), counts[i], 1.5, -2.0, 3.25, outline)
        for i in range(4)
    )
    kinds = draw(st.sets(st.sampled_from(RelationType)))
    relations = tuple((kind, 1 + i) for i, kind in enumerate(kind for kind in RelationType if kind in kinds))
    return Layout(
        concept_ids=ids,
        positions=rng.normal(size=(concepts, 2)).astype(np.float32),
        importance=rng.uniform(size=concepts).astype(np.float32),
        scale=rng.uniform(0.1, 1.0, size=concepts).astype(np.float32),
        homes=homes,
        territories=territories,
        links=draw(st.sampled_from([(), (TerritoryLink(low, high, relations, draw(st.integers(0, 9))),)])),
    )


@st.composite
def _vectors(draw: st.DrawFn, concepts: list[str], passages: list[str]) -> Vectors:
    """Vectors of some of the concepts and passages, in any order, some of them zero."""
    dim = draw(st.integers(0, 4))
    rng = np.random.default_rng(draw(st.integers(0, 99)))

    def some(ids: list[str]) -> tuple[tuple[str, ...], np.ndarray]:
        chosen = draw(st.permutations(ids))[: draw(st.integers(0, len(ids)))] if ids else []
        rows = rng.normal(size=(len(chosen), dim)).astype(np.float32)
        if dim and len(rows):
            rows /= np.linalg.norm(rows, axis=1, keepdims=True)
            rows[0] *= draw(st.sampled_from([0, 1]))
        return tuple(chosen), rows

    concept_ids, concept_rows = some(concepts)
    passage_ids, passage_rows = some(passages)
    return Vectors(draw(any_text), concept_ids, concept_rows, passage_ids, passage_rows, draw(st.binary(max_size=9)))


def assert_same_graph(one: GraphSnapshot, other: GraphSnapshot) -> None:
    """Fail unless both hold the same graph; vectors, which have no ``==``, are compared bit for bit."""
    assert replace(one, vectors=None) == replace(other, vectors=None)
    assert (one.vectors is None) == (other.vectors is None)
    if one.vectors is not None and other.vectors is not None:
        assert one.vectors.same(other.vectors)
