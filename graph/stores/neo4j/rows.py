"""A snapshot becomes the rows that Cypher statements take, and rows become values again."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final, TypeAlias, TypeVar

from graph.model import (
    Basis,
    Community,
    Concept,
    ConceptKind,
    Document,
    Evidence,
    GraphSnapshot,
    Mention,
    Merge,
    Passage,
    Prerequisite,
    Relation,
    RelationType,
    Skipped,
)
from graph.places import LINE, starts_of_text, starts_text
from graph.stores.packed_lines import pack, unpack
from graph.text.names import fold

Row: TypeAlias = list[Any]
_T = TypeVar("_T")

LONGEST_KEY: Final = 500
"""Characters of a folded name that are looked up; what is found is compared in full. Neo4j's indexes take 8,000
bytes."""
LONGEST_ID: Final = 2000
"""Characters of an id at most."""

_ESCAPE: Final = "\ufdd0"
"""Begins a character that UTF-8 has not. A noncharacter, which no text should contain; one that does is escaped
itself."""
_UNSTORABLE: Final = re.compile(f"[{_ESCAPE}\ud800-\udfff]")
_STORED: Final = re.compile(f"{_ESCAPE}([0-9a-f]{{4}})")
_KINDS: Final = {kind.value: kind for kind in ConceptKind}
_TYPES: Final = {kind.name: kind for kind in RelationType}
_BASES: Final = {basis.value: basis for basis in Basis}


def stored(text: str) -> str:
    """``text`` as Neo4j can store it: lone surrogates, which have no UTF-8, are written out.

    :func:`loaded` is the way back.
    """
    if text.isascii():
        return text
    return _UNSTORABLE.sub(lambda found: f"{_ESCAPE}{ord(found[0]):04x}", text)


def loaded(text: str) -> str:
    """The text that :func:`stored` made ``text`` of."""
    return text if _ESCAPE not in text else _STORED.sub(lambda found: chr(int(found[1], 16)), text)


def key_of(folded: str) -> str:
    """What a folded name is looked up by."""
    return stored(folded[:LONGEST_KEY])


def phrase_of(key: str) -> str:
    """``key`` as a phrase for a full-text index that does not cut: it finds this key alone.

    Lucene reads a quoted phrase as it is but for backslashes and quotation marks.
    """
    escaped = key.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


# ---- from values to rows
# ---------------------------------------------------------------------------------------------------


def documents(snapshot: GraphSnapshot) -> Iterator[Row]:
    """All documents, as ``cypher.COLUMNS`` wants them."""
    for i, d in enumerate(snapshot.documents):
        yield [i, stored(d.id), stored(d.title), stored(d.sha256), d.lines, d.lang, d.unit, starts_text(d.starts)]


def passages(snapshot: GraphSnapshot, nodes: Mapping[str, str]) -> Iterator[Row]:
    """All passages, each with the node of its document; ``nodes``: id of a document → its node."""
    for i, p in enumerate(snapshot.passages):
        headings = [stored(title) for title in p.heading_path]
        codes = stored(pack(p.text, p.lines))
        yield [i, stored(p.id), stored(p.doc), p.first_line, p.last_line, headings, stored(p.text), codes, nodes[p.doc]]


def concepts(snapshot: GraphSnapshot) -> Iterator[Row]:
    """All concepts, with how many others each has a relation with."""
    near: defaultdict[str, set[str]] = defaultdict(set)
    for r in snapshot.relations:
        near[r.head].add(r.tail)
        near[r.tail].add(r.head)
    for i, c in enumerate(snapshot.concepts):
        aliases = [stored(alias) for alias in c.aliases]
        keys = sorted({key_of(fold(name)) for name in c.names})
        degree, mentions = len(near.pop(c.id, ())), _packed_mentions(c.mentions)
        yield [
            i,
            stored(c.id),
            stored(c.name),
            aliases,
            keys,
            c.kind.value,
            float(c.salience),
            float(c.confidence),
            degree,
            mentions,
            *_place(c.definition),
        ]


def mentions(snapshot: GraphSnapshot, concept_nodes: Sequence[str], passage_nodes: Sequence[str]) -> Iterator[Row]:
    """(concept, passage, lines): which lines of which passages name a concept."""
    passage_at = _passage_finder(snapshot.passages)
    for i, c in enumerate(snapshot.concepts):
        lines: defaultdict[int, list[int]] = defaultdict(list)
        for doc, line in sorted({(m.doc, m.line) for m in c.mentions}):
            at = passage_at(doc, line)
            if at is not None:
                lines[at].append(line)
        for at in sorted(lines):
            yield [concept_nodes[i], passage_nodes[at], lines[at]]


def relations(snapshot: GraphSnapshot, nodes: Mapping[str, str]) -> Iterator[tuple[RelationType, Row]]:
    """All relations with their types; ``nodes``: id of a concept → its node."""
    for i, r in enumerate(snapshot.relations):
        yield (
            r.type,
            [
                nodes[r.head],
                nodes[r.tail],
                i,
                float(r.confidence),
                *_pieces(r.evidence),
                stored(r.origin),
                r.basis.value,
            ],
        )


def prerequisites(snapshot: GraphSnapshot, nodes: Mapping[str, str]) -> Iterator[tuple[None, Row]]:
    """All prerequisite edges; ``nodes``: id of a concept → its node."""
    for i, p in enumerate(snapshot.prerequisites):
        reasons = [stored(reason) for reason in p.reasons]
        yield None, [nodes[p.before], nodes[p.after], i, float(p.confidence), *_pieces(p.evidence), reasons]


def communities(snapshot: GraphSnapshot) -> Iterator[Row]:
    """All communities."""
    for i, c in enumerate(snapshot.communities):
        yield [i, c.id, c.level, c.parent, stored(c.title), stored(c.summary), *_pieces(c.evidence)]


def merges(snapshot: GraphSnapshot, nodes: Mapping[str, str]) -> Iterator[Row]:
    """The merge report, each line with the node of its concept; ``nodes``: id of a concept → its node."""
    for i, m in enumerate(snapshot.merges):
        quote, doc, line = _place(m.evidence)
        yield [
            i,
            stored(m.concept),
            stored(m.kept),
            stored(m.merged),
            stored(m.reason),
            doc,
            line,
            quote,
            nodes[m.concept],
        ]


def left_out(snapshot: GraphSnapshot) -> Iterator[Row]:
    """What is not in the graph."""
    for i, s in enumerate(snapshot.skipped):
        yield [i, stored(s.doc), s.line, stored(s.reason)]


def _place(evidence: Evidence | None) -> tuple[str | None, str | None, int | None]:
    """(quote, doc, line); None three times where there is no evidence."""
    return (None, None, None) if evidence is None else (stored(evidence.quote), stored(evidence.doc), evidence.line)


def _pieces(evidence: Sequence[Evidence]) -> tuple[list[str] | None, list[int] | None, list[str] | None]:
    """Evidence as three parallel lists: docs, lines, quotes; None three times where there is none."""
    if not evidence:
        return None, None, None
    return [stored(e.doc) for e in evidence], [e.line for e in evidence], [stored(e.quote) for e in evidence]


def _packed_mentions(mentions: Sequence[Mention]) -> str | None:
    """All mentions as JSON, ``[[document, [[line, form], …]], …]``.

    One property is read a hundred times faster than as many relations.

    (:MENTIONED_IN) says the same to people, as far as there are passages.
    """
    if not mentions:
        return None
    packed = [(doc, [(m.line, m.form) for m in some]) for doc, some in groupby(mentions, key=lambda m: m.doc)]
    return stored(json.dumps(packed, ensure_ascii=False, separators=(",", ":")))


def _passage_finder(passages: Sequence[Passage]) -> Callable[[str, int], int | None]:
    """The position of the passage that contains a line of a document; None where none does."""
    spans: defaultdict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for i, p in enumerate(passages):
        spans[p.doc].append((p.first_line, p.last_line, i))

    def find(doc: str, line: int) -> int | None:
        of_doc = spans.get(doc, [])
        at = bisect_right(of_doc, (line, float("inf"), 0)) - 1
        return of_doc[at][2] if at >= 0 and of_doc[at][1] >= line else None

    return find


# ---- from rows to values: each takes the columns of one statement of graph.stores.neo4j.cypher
# -------------------------------------------


def document(row: Sequence[Any]) -> Document:
    """From ``DOCUMENTS``."""
    return Document(
        loaded(row[0]), loaded(row[1]), loaded(row[2]), row[3], row[4], row[5] or LINE, starts_of_text(row[6] or "")
    )


def passage(row: Sequence[Any]) -> Passage:
    """From ``PASSAGES``; a graph that was written before lines were kept has none."""
    _, passage_id, doc, first, last, headings, text, codes = row
    words = loaded(text)
    lines = unpack(words, loaded(codes or ""))
    return Passage(loaded(passage_id), loaded(doc), first, last, tuple(map(loaded, headings)), words, lines)


def concept(row: Sequence[Any]) -> Concept:
    """From ``CONCEPTS``; in a graph that was written before it had both, salience is the probability."""
    _, concept_id, name, aliases, kind, salience, confidence, quote, doc, line, mentions = row
    return Concept(
        id=loaded(concept_id),
        name=loaded(name),
        aliases=tuple(map(loaded, aliases)),
        kind=_KINDS[kind],
        salience=salience,
        definition=None if quote is None else Evidence(loaded(doc), line, loaded(quote)),
        mentions=tuple(_mentions(mentions)),
        confidence=salience if confidence is None else confidence,
    )


def _mentions(packed: str | None) -> Iterator[Mention]:
    for doc, some in json.loads(loaded(packed)) if packed else ():
        for line, form in some:
            yield Mention(doc, line, form)


def relation(row: Sequence[Any]) -> Relation:
    """From the statements that return relations."""
    _, head, kind, tail, confidence, origin, basis, docs, lines, quotes = row
    return Relation(
        loaded(head),
        _TYPES[kind],
        loaded(tail),
        confidence,
        loaded(origin),
        _BASES[basis],
        evidence(docs, lines, quotes),
    )


def relation_type(name: str) -> RelationType:
    """The type that Neo4j calls so."""
    return _TYPES[name]


def prerequisite(row: Sequence[Any]) -> Prerequisite:
    """From the statements that return prerequisite edges."""
    _, before, after, confidence, reasons, docs, lines, quotes = row
    return Prerequisite(
        loaded(before), loaded(after), confidence, tuple(map(loaded, reasons)), evidence(docs, lines, quotes)
    )


def community(row: Sequence[Any]) -> Community:
    """From ``COMMUNITIES``."""
    community_id, level, parent, title, summary, members, docs, lines, quotes = row
    return Community(
        community_id,
        level,
        parent,
        loaded(title),
        loaded(summary),
        tuple(map(loaded, members)),
        evidence(docs, lines, quotes),
    )


def merge(row: Sequence[Any]) -> Merge:
    """From ``MERGES``."""
    concept_id, kept, merged, reason, doc, line, quote = row
    place = None if doc is None else Evidence(loaded(doc), line, loaded(quote))
    return Merge(loaded(concept_id), loaded(kept), loaded(merged), loaded(reason), place)


def skipped(row: Sequence[Any]) -> Skipped:
    """From ``SKIPPED``."""
    return Skipped(loaded(row[0]), row[1], loaded(row[2]))


def evidence(
    docs: Sequence[str] | None, lines: Sequence[int] | None, quotes: Sequence[str] | None
) -> tuple[Evidence, ...]:
    """Evidence that was written as three lists."""
    if not docs:
        return ()
    return tuple(Evidence(loaded(d), n, loaded(q)) for d, n, q in zip(docs, lines or (), quotes or (), strict=True))
