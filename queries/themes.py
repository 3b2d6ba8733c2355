"""What the notes, or a part of them, are about: the headings that a question means, and the themes of the graph."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np

from graph.names import fold
from graph.store import GraphStore
from queries.lines import LineKind
from queries.model import Plan
from queries.retrieve import Ranking, Retriever

MATCHED: Final = 0.5
"""A heading is what the question means where it covers this share of the question's words (by rarity)."""
_PLAIN_TITLE: Final = re.compile(r"^[\W\d_]*(?:第?[一二三四五六七八九十\d]+[章节、.]?\s*)?")


def overview_rows(store: GraphStore, retriever: Retriever, plan: Plan, ranking: Ranking, *, limit: int) -> list[int]:
    """Rows of the lines that tell what the question's part of the notes is about, in reading order, at most ``limit``.

    Where a heading covers the question: the headings right under it, or what its section lists. Where a document's title or name
    does, or nothing in particular is meant: the outermost headings with more than one below them.
    """
    heads = [i for i, line in enumerate(retriever.lines) if line.kind is LineKind.HEADING]
    if not heads:
        return []
    parent = _meant(retriever, ranking, heads)
    if parent is not None:
        below = _children(retriever, heads, parent)
        if len(below) >= 2:
            return below[:limit]
        return [parent, *_items(retriever, parent)][:limit]
    doc = _document_meant(store, plan) or (store.documents()[0].id if len(store.documents()) == 1 else None)
    inside = [i for i in heads if doc is None or retriever.lines[i].doc == doc]
    if doc is None:
        return []
    depth = min((len(retriever.lines[i].headings) for i in inside), default=0)
    outer = [i for i in inside if len(retriever.lines[i].headings) == depth]
    if len(outer) <= 2:
        outer = [i for i in inside if len(retriever.lines[i].headings) <= depth + 1]
    return outer[:limit]


def _meant(retriever: Retriever, ranking: Ranking, heads: Sequence[int]) -> int | None:
    """The heading that covers most of the question; None where none covers enough. The outermost, first one of several equals."""
    weights = ranking.query.weights
    if not len(weights):
        return None
    own = ranking.covered[:, heads] >= 1.0
    share = weights @ own
    length = np.array([len(retriever.lines[i].text) for i in heads])
    depth = np.array([len(retriever.lines[i].headings) for i in heads])
    best = min(range(len(heads)), key=lambda k: (-round(float(share[k]), 3), int(depth[k]), int(length[k]), k))
    return heads[best] if share[best] >= MATCHED else None


def _children(retriever: Retriever, heads: Sequence[int], parent: int) -> list[int]:
    """Headings right under ``parent``, in reading order."""
    line = retriever.lines[parent]
    title, depth = fold(line.text), len(line.headings)
    below = []
    for i in heads:
        other = retriever.lines[i]
        if other.doc == line.doc and i > parent and len(other.headings) > depth and _same_title(other.headings[depth], title):
            below.append(i)
    nearest = min((len(retriever.lines[i].headings) for i in below), default=0)
    return [i for i in below if len(retriever.lines[i].headings) == nearest]


def _same_title(heading: str, title: str) -> bool:
    key = fold(_PLAIN_TITLE.sub("", heading)) or fold(heading)
    return key == title or key in title or title in key


def _items(retriever: Retriever, parent: int) -> list[int]:
    """Lines of the section that ``parent`` heads: list items and table rows, else its paragraphs."""
    line = retriever.lines[parent]
    inside = []
    for i in range(parent + 1, len(retriever.lines)):
        other = retriever.lines[i]
        if other.doc != line.doc or (other.kind is LineKind.HEADING and len(other.headings) <= len(line.headings)):
            break
        inside.append(i)
    listed = [i for i in inside if retriever.lines[i].kind in (LineKind.ITEM, LineKind.ROW)]
    return listed or [i for i in inside if retriever.lines[i].kind is not LineKind.CODE]


def _document_meant(store: GraphStore, plan: Plan) -> str | None:
    """The document whose name or title the question gives; None where there is none or more than one."""
    question = fold(plan.question)
    found = []
    for document in store.documents():
        stem = fold(re.sub(r"\.\w+$", "", document.id.rsplit("/", 1)[-1]))
        title = fold(document.title)
        if (len(stem) >= 4 and stem in question) or (len(title) >= 4 and title in question):
            found.append(document.id)
    return found[0] if len(found) == 1 else None
