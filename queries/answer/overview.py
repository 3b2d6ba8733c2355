"""What the notes, or a part of them, are about: the headings that a question means, and what is under them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from graph.model import Community, LineKind
from graph.stores.contract import GraphStore
from graph.text.names import fold
from queries.question.model import Plan
from queries.retrieval.line_index import title_words, titled
from queries.retrieval.lines import ROWS
from queries.retrieval.retriever import Query, Ranking, Retriever, concept_token

MATCHED: Final = 0.4
"""A title is what the question means where it covers this share of the question's words (by rarity)."""
FURTHER: Final = 0.15
"""A second title is meant as well where it covers so much more of them."""
PARTS: Final = 3
"""Titles that one question means, at most."""

_WHOLE: Final = re.compile(
    r"(?:这|该|本|整)(?:份|篇|本|个)?[^，,。？?的]{0,8}(?:笔记|文档|材料|资料|文章|教程|课程|书)(?!.{0,12}(?:部分"
    r"|章节|一章|小节|这节))"
    r"|\b(?:this|the|these|my)\s+(?:whole\s+)?(?:chapter|document|text|article|notes?|material|course)\b",
    re.IGNORECASE,
)


_BOILERPLATE: Final = re.compile(
    r"^[\W\d]*(?:references?|further reading|see also|(?:chapter |interactive link |review |critical thinking )*"
    r"(?:review|questions|exercises?)|conclusions?|summary|learning objectives|table of contents|contents"
    r"|acknowledge?ments?|donation|license"
    r"|参考(?:资料|文献|链接)?|(?:来源及)?延伸阅读|总结|小结|结语|目录|致谢|练习|思考题|推荐阅读)[\W\d]*$",
    re.IGNORECASE,
)
"""Headings that every text has: no theme of its own."""


_PART: Final = re.compile(
    r"(?:(?:这|该|本)(?:份|篇|本|个)[^，,。？?]{0,8}(?:里|中|的))?(?P<zh>[^，,。？?]{2,30}?)(?:的)?(?:这|那|这个"
    r"|这一)?(?:部分|章节|一节|小节|一章)"
    r"|\b(?:section|chapter|part)s?\s+(?:on|about|called|titled)\s+(?P<en>[^,.?]{2,60})",
    re.IGNORECASE,
)
"""The words that a question gives as the title of a part: ``LLM 基础这部分``, ``the section on caching``."""


def part_asked(plan: Plan) -> Plan:
    """``plan`` with all of its question blanked but the title of the part that it asks about, if it gives one."""
    match = _PART.search(plan.question)
    if match is None:
        return plan
    start, end = match.span("zh") if match.group("zh") else match.span("en")
    question = " " * start + plan.question[start:end] + " " * (len(plan.question) - end)
    links = tuple(k for k in plan.links if start <= k.start and k.start + len(k.form) <= end)
    return replace(plan, question=question, links=links)


_ALL: Final = re.compile(
    r"这些|所有|全部|整个|我的|\b(?:these|all|my|the)\s+(?:\w+\s+)?(?:notes|documents|texts|materials)\b", re.IGNORECASE
)
"""The question means all notes, not one of them."""


@dataclass(frozen=True, slots=True)
class _Title:
    """A heading or the title of a document, as what a question may mean."""

    doc: str
    row: int
    """Row of the heading; -1 for a document."""
    depth: int
    """Number of headings above; -1 for a document."""
    share: float
    """Share of the question's words (by rarity) that it covers."""
    covered: frozenset[int]
    """Which words those are."""
    score: float
    """Share times the root of the title's own share of words that the question contains."""


def overview_rows(
    store: GraphStore, retriever: Retriever, plan: Plan, query: Query, ranking: Ranking, *, limit: int
) -> list[int]:
    """Rows of the lines that tell what the question's part of the notes is about, in reading order, at most ``limit``.

    Where titles cover the question: the headings right under them, or what their sections list. Else the outermost
    headings: of the document that is most about the question's words, or of all documents where the question has no
    words of its own.
    """
    heads = np.flatnonzero(retriever.heading).tolist()
    if not any(_is_title(retriever, row) for row in heads):
        return []
    whole = bool(_WHOLE.search(plan.question))
    meant = _meant(store, retriever, query, whole=whole)
    if not meant:
        return _outermost(retriever, heads, _documents(store, ranking, retriever, whole=whole), limit)
    found: list[int] = []
    share = max(2, limit // len(meant))
    for title in meant:
        if title.row < 0:
            below = _outermost(retriever, heads, [title.doc], limit)
        else:
            below = _children(retriever, heads, title.row, limit)
            below = below if len(below) >= 2 else [title.row, *_items(retriever, title.row)]
        found += [r for r in below if r not in found][: limit if len(meant) == 1 else share]
    return found[:limit]


def collection_themes(
    store: GraphStore, retriever: Retriever, plan: Plan, query: Query, *, limit: int
) -> dict[int, Community]:
    """The themes of all notes, the largest first, each by the row of a line that its summary quotes; at most ``limit``.

    Empty where the question means one document or a part, has words of its own, or the graph has no themes.
    """
    if len(query.weights) or (_WHOLE.search(plan.question) and not _ALL.search(plan.question)):
        return {}
    found: dict[int, Community] = {}
    for theme in sorted(store.communities(0), key=lambda c: (-len(c.members), c.id)):
        rows = [retriever.position[(e.doc, e.line)] for e in theme.evidence if (e.doc, e.line) in retriever.position]
        told = [r for r in rows if retriever.lines[r].kind is not LineKind.HEADING and r not in found] or rows
        if told and told[0] not in found and len(found) < limit:
            found[told[0]] = theme
    return found


def _is_title(retriever: Retriever, row: int) -> bool:
    """Whether a heading is about something, not about the notes."""
    return not _BOILERPLATE.match(retriever.lines.texts[row])


def _meant(store: GraphStore, retriever: Retriever, query: Query, *, whole: bool) -> list[_Title]:
    """The titles that the question means, best first.

    The best one, and further ones that cover other words of the question.
    """
    if not len(query.weights):
        return []
    asked = {t: number for number, group in enumerate(query.groups) for t, _ in group}
    called, headed = retriever.titles.naming(asked)  # all others have none of the question's words
    documents = store.documents() if called else []
    titles = [_title(retriever, query, asked, documents[at].id, -1, -1, titled(documents[at])) for at in called]
    if not whole or not any(t.share >= MATCHED for t in titles):
        titles += [
            _title(
                retriever,
                query,
                asked,
                retriever.lines[i].doc,
                i,
                len(retriever.lines[i].headings),
                retriever.lines[i].text,
            )
            for i in headed
            if _is_title(retriever, i)
        ]
    ordered = sorted(
        (t for t in titles if t.share >= MATCHED), key=lambda t: (-round(t.score, 3), t.depth, t.doc, t.row)
    )
    chosen = ordered[:1]
    rest = sorted(titles, key=lambda t: (-round(t.score, 3), t.depth, t.doc, t.row))
    for title in rest:
        if not chosen or len(chosen) == PARTS or whole:
            break
        done = frozenset().union(*(c.covered for c in chosen))
        more = float(sum(query.weights[k] for k in title.covered - done))
        if title.doc == chosen[0].doc and title.row >= 0 and more >= FURTHER and title.score >= 0.4 * chosen[0].score:
            chosen.append(title)
    return chosen


def _title(
    retriever: Retriever, query: Query, asked: dict[str, int], doc: str, row: int, depth: int, text: str
) -> _Title:
    """How well a title meets the question."""
    own = title_words(text)
    concepts = retriever.line_concepts[row] if row >= 0 else tuple(o.concept for o in retriever.names.find(text))
    covered = frozenset(asked[t] for t in (*own, *map(concept_token, concepts)) if t in asked)
    share = float(sum(query.weights[k] for k in covered))
    weight = {t: retriever.index.rarity(t) for t in own if not t.isdigit()}
    total = sum(weight.values())
    meant = sum(w for t, w in weight.items() if t in asked)
    return _Title(doc, row, depth, share, covered, share * float(np.sqrt(meant / total)) if total else 0.0)


def _documents(store: GraphStore, ranking: Ranking, retriever: Retriever, *, whole: bool) -> list[str]:
    """The documents that the question is about.

    The one that is most about its words, or all where it has none or none stands out.
    """
    documents = [d.id for d in store.documents()]
    if len(documents) == 1 or not len(ranking.query.weights):
        return documents
    if not whole:
        return []
    share = ranking.query.weights @ ranking.covered
    of_line = retriever.lines.doc
    about = np.bincount(of_line, weights=share, minlength=len(documents))
    count = np.bincount(of_line, minlength=len(documents))
    mean = dict(zip(documents, (about / np.sqrt(np.maximum(count, 1))).tolist(), strict=True))
    best = max(documents, key=lambda d: (mean[d], d))
    return [best] if mean[best] > 0 else []


def _outermost(retriever: Retriever, heads: Sequence[int], documents: Sequence[str], limit: int) -> list[int]:
    """The outermost headings of each document, one level deeper where there is only a title.

    Long documents get more places.
    """
    inside: dict[str, list[int]] = {d: [] for d in documents}
    for row in heads:
        found_in = inside.get(retriever.lines.docs[retriever.lines.doc.item(row)])
        if found_in is not None and _is_title(retriever, row):
            found_in.append(row)
    total = sum(len(rows) for rows in inside.values())
    found = []
    for rows in inside.values():
        if not rows:
            continue
        places = limit if len(inside) == 1 else max(1, round(limit * len(rows) / total))
        found += _levels(retriever, rows, places)
    return found[:limit]


def _children(retriever: Retriever, heads: Sequence[int], parent: int, limit: int) -> list[int]:
    """Headings under ``parent``: those right under it, then as there is room those one level deeper."""
    inside = set(_section(retriever, parent))
    return _levels(retriever, [i for i in heads if i in inside and _is_title(retriever, i)], limit)


def _levels(retriever: Retriever, rows: Sequence[int], limit: int) -> list[int]:
    """The outermost of ``rows``; where that is a title or two the next level instead.

    Then one level more as there is room.
    """
    by_depth: dict[int, list[int]] = {}
    for i in rows:
        by_depth.setdefault(retriever.lines.depth.item(i), []).append(i)
    levels = [by_depth[d] for d in sorted(by_depth)]
    while len(levels) > 1 and len(levels[0]) <= 2 < len(levels[0]) + len(levels[1]):
        levels.pop(0)
    found: list[int] = []
    for level in levels[:2]:
        found += level if len(found) + len(level) <= limit else level[: limit - len(found)] if not found else []
    return found


def _section(retriever: Retriever, parent: int) -> Iterable[int]:
    """Rows under the heading ``parent``, up to the next heading that is not deeper."""
    lines, heading = retriever.lines, retriever.heading
    doc, depth, title = lines.doc.item(parent), lines.depth.item(parent), lines.texts[parent]
    for i in range(parent + 1, len(lines)):
        if lines.doc.item(i) != doc:
            return
        if lines.depth.item(i) <= depth and (heading[i] or not _under(lines[i].headings, title)):
            return
        yield i


def _under(headings: Sequence[str], title: str) -> bool:
    """Whether the innermost of ``headings`` is ``title``, numbering aside."""
    if not headings:
        return False
    last, key = fold(headings[-1]), fold(title)
    return key in last or last in key


def named_under(retriever: Retriever, row: int, *, limit: int) -> list[str]:
    """Ids of the concepts that the section under the heading at ``row`` names most, without those of the heading."""
    own = set(retriever.line_concepts[row])
    weight: dict[str, float] = {}
    inside = [retriever.line_concepts[i] for i in _section(retriever, row)]
    retriever.concepts.prepare(c for named in inside for c in named)
    for named in inside:
        for concept in named:
            if concept not in own:
                weight[concept] = weight.get(concept, 0.0) + 0.2 + retriever.concepts[concept].confidence
    ordered = sorted(weight, key=lambda c: (-weight[c] / (1.0 + np.log1p(len(retriever.mention_lines[c]))), c))
    return ordered[:limit]


def _items(retriever: Retriever, parent: int) -> list[int]:
    """Lines of the section that ``parent`` heads: list items and table rows, else its paragraphs."""
    inside = [i for i in _section(retriever, parent) if retriever.lines[i].kind is not LineKind.CODE]
    listed = [i for i in inside if retriever.lines[i].kind in {LineKind.ITEM} | ROWS]
    return listed if len(listed) >= 2 else inside
