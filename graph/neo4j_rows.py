"""A snapshot becomes the rows that Cypher statements take, and rows become values again."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
from graph.names import fold

Properties: TypeAlias = dict[str, Any]
_T = TypeVar("_T")

LONGEST_KEY: Final = 500
"""Characters of a folded name that are looked up; what is found is compared in full. Neo4j's indexes take 8,000 bytes."""
LONGEST_ID: Final = 2000
"""Characters of an id at most."""

_ESCAPE: Final = "\ufdd0"
"""Begins a character that UTF-8 has not. A noncharacter, which no text should hold; one that does is escaped itself."""
_UNSTORABLE: Final = re.compile(f"[{_ESCAPE}\ud800-\udfff]")
_STORED: Final = re.compile(f"{_ESCAPE}([0-9a-f]{{4}})")
_KINDS: Final = {kind.value: kind for kind in ConceptKind}
_TYPES: Final = {kind.name: kind for kind in RelationType}
_BASES: Final = {basis.value: basis for basis in Basis}


def stored(text: str) -> str:
    """``text`` as Neo4j can hold it: lone surrogates, which have no UTF-8, are written out. :func:`loaded` is the way back."""
    if text.isascii():
        return text
    return _UNSTORABLE.sub(lambda found: f"{_ESCAPE}{ord(found[0]):04x}", text)


def loaded(text: str) -> str:
    """The text that :func:`stored` made ``text`` of."""
    return text if _ESCAPE not in text else _STORED.sub(lambda found: chr(int(found[1], 16)), text)


def key_of(folded: str) -> str:
    """What a folded name is looked up by."""
    return stored(folded[:LONGEST_KEY])


def batches(items: Iterable[_T], *, most: int, heavy: int, weight: Callable[[_T], int]) -> Iterator[list[_T]]:
    """``items`` in lists of at most ``most``, each of about ``heavy`` at most by ``weight``; one that is heavier goes alone."""
    batch: list[_T] = []
    total = 0
    for item in items:
        mine = weight(item)
        if batch and (len(batch) >= most or total + mine > heavy):
            yield batch
            batch, total = [], 0
        batch.append(item)
        total += mine
    if batch:
        yield batch


# ---- from values to rows ---------------------------------------------------------------------------------------------------


class Rows:
    """The rows of one build of one graph. Everything is made while it is written: beyond the snapshot, memory holds a batch."""

    def __init__(self, snapshot: GraphSnapshot, *, graph: str, build: str) -> None:
        self.snapshot = snapshot
        self.graph = graph
        self.build = build

    def node(self, kind: str, position: int, /, **properties: object) -> Properties:
        """The properties of a node: where it belongs, and ``properties`` but for those that are None."""
        held = {name: value for name, value in properties.items() if value is not None}
        return {"key": f"{self.build}:{kind}:{position}", "graph": self.graph, "build": self.build, "position": position, **held}

    def documents(self) -> Iterator[Properties]:
        """All documents."""
        for i, d in enumerate(self.snapshot.documents):
            yield self.node("document", i, id=stored(d.id), title=stored(d.title), sha256=stored(d.sha256), lines=d.lines, lang=d.lang)

    def passages(self) -> Iterator[tuple[str, Properties]]:
        """All passages, each with the id of its document."""
        for i, p in enumerate(self.snapshot.passages):
            yield (
                p.doc,
                self.node(
                    "passage",
                    i,
                    id=stored(p.id),
                    doc=stored(p.doc),
                    first_line=p.first_line,
                    last_line=p.last_line,
                    heading_path=[stored(title) for title in p.heading_path],
                    text=stored(p.text),
                ),
            )

    def concepts(self) -> Iterator[Properties]:
        """All concepts, with how many others each has a relation with."""
        near: defaultdict[str, set[str]] = defaultdict(set)
        for r in self.snapshot.relations:
            near[r.head].add(r.tail)
            near[r.tail].add(r.head)
        documents = {d.id: i for i, d in enumerate(self.snapshot.documents)}
        for i, c in enumerate(self.snapshot.concepts):
            yield self.node(
                "concept",
                i,
                id=stored(c.id),
                name=stored(c.name),
                aliases=[stored(alias) for alias in c.aliases],
                kind=c.kind.value,
                salience=float(c.salience),
                degree=len(near.pop(c.id, ())),
                mentions=_packed_mentions(c.mentions, documents),
                **_place("definition", c.definition),
            )

    def names(self) -> Iterator[tuple[int, Properties]]:
        """The keys by which concepts are found, each with the position of its concept."""
        number = 0
        for i, c in enumerate(self.snapshot.concepts):
            for key in sorted({key_of(fold(name)) for name in c.names}):
                yield i, self.node("name", number, folded=key)
                number += 1

    def mentions(self) -> Iterator[tuple[int, int, list[int]]]:
        """(concept, passage, lines): which lines of which passages name a concept."""
        passage_at = _passage_finder(self.snapshot.passages)
        for i, c in enumerate(self.snapshot.concepts):
            lines: defaultdict[int, list[int]] = defaultdict(list)
            for doc, line in sorted({(m.doc, m.line) for m in c.mentions}):
                passage = passage_at(doc, line)
                if passage is not None:
                    lines[passage].append(line)
            for passage in sorted(lines):
                yield i, passage, lines[passage]

    def relations(self) -> Iterator[tuple[RelationType, str, str, Properties]]:
        """(type, head, tail, properties) of all relations."""
        for i, r in enumerate(self.snapshot.relations):
            yield (
                r.type,
                r.head,
                r.tail,
                {
                    "position": i,
                    "confidence": float(r.confidence),
                    "origin": stored(r.origin),
                    "basis": r.basis.value,
                    **_pieces(r.evidence),
                },
            )

    def prerequisites(self) -> Iterator[tuple[None, str, str, Properties]]:
        """(None, before, after, properties) of all prerequisite edges."""
        for i, p in enumerate(self.snapshot.prerequisites):
            yield (
                None,
                p.before,
                p.after,
                {
                    "position": i,
                    "confidence": float(p.confidence),
                    "reasons": [stored(reason) for reason in p.reasons],
                    **_pieces(p.evidence),
                },
            )

    def communities(self) -> Iterator[Properties]:
        """All communities."""
        for i, c in enumerate(self.snapshot.communities):
            yield self.node(
                "community",
                i,
                id=c.id,
                level=c.level,
                parent=c.parent,
                title=stored(c.title),
                summary=stored(c.summary),
                **_pieces(c.evidence),
            )

    def merges(self) -> Iterator[tuple[str, Properties]]:
        """The merge report, each line with the id of its concept."""
        for i, m in enumerate(self.snapshot.merges):
            properties = self.node(
                "merge",
                i,
                concept=stored(m.concept),
                kept=stored(m.kept),
                merged=stored(m.merged),
                reason=stored(m.reason),
                doc=None if m.evidence is None else stored(m.evidence.doc),
                line=None if m.evidence is None else m.evidence.line,
                quote=None if m.evidence is None else stored(m.evidence.quote),
            )
            yield m.concept, properties

    def skipped(self) -> Iterator[Properties]:
        """What is not in the graph."""
        for i, s in enumerate(self.snapshot.skipped):
            yield self.node("skipped", i, doc=stored(s.doc), line=s.line, reason=stored(s.reason))


def _place(name: str, evidence: Evidence | None) -> Properties:
    if evidence is None:
        return {}
    return {name: stored(evidence.quote), f"{name}_doc": stored(evidence.doc), f"{name}_line": evidence.line}


def _pieces(evidence: Sequence[Evidence]) -> Properties:
    """Evidence as three lists beside each other; nothing where there is none."""
    if not evidence:
        return {}
    return {
        "docs": [stored(e.doc) for e in evidence],
        "lines": [e.line for e in evidence],
        "quotes": [stored(e.quote) for e in evidence],
    }


def _packed_mentions(mentions: Sequence[Mention], documents: Mapping[str, int]) -> str | None:
    """All mentions as JSON, ``[[document, line, form], …]``: one property is read a hundred times faster than as many relations.

    (:MENTIONED_IN) says the same to people, as far as there are passages.
    """
    if not mentions:
        return None
    return stored(json.dumps([(documents[m.doc], m.line, m.form) for m in mentions], ensure_ascii=False, separators=(",", ":")))


def _passage_finder(passages: Sequence[Passage]) -> Callable[[str, int], int | None]:
    """The position of the passage that holds a line of a document; None where none does."""
    spans: defaultdict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for i, p in enumerate(passages):
        spans[p.doc].append((p.first_line, p.last_line, i))

    def find(doc: str, line: int) -> int | None:
        of_doc = spans.get(doc, [])
        at = bisect_right(of_doc, (line, float("inf"), 0)) - 1
        return of_doc[at][2] if at >= 0 and of_doc[at][1] >= line else None

    return find


# ---- from rows to values: each takes the columns of one statement of graph.cypher -------------------------------------------


def document(row: Sequence[Any]) -> Document:
    """From ``DOCUMENTS``."""
    return Document(loaded(row[0]), loaded(row[1]), loaded(row[2]), row[3], row[4])


def passage(row: Sequence[Any]) -> Passage:
    """From ``PASSAGES``."""
    return Passage(loaded(row[1]), loaded(row[2]), row[3], row[4], tuple(map(loaded, row[5])), loaded(row[6]))


def concept(row: Sequence[Any], documents: Sequence[str]) -> Concept:
    """From ``CONCEPTS``; ``documents`` are the ids of all documents by position."""
    _, concept_id, name, aliases, kind, salience, quote, doc, line, mentions = row
    return Concept(
        id=loaded(concept_id),
        name=loaded(name),
        aliases=tuple(map(loaded, aliases)),
        kind=_KINDS[kind],
        salience=salience,
        definition=None if quote is None else Evidence(loaded(doc), line, loaded(quote)),
        mentions=tuple(Mention(documents[d], at, form) for d, at, form in json.loads(loaded(mentions))) if mentions else (),
    )


def relation(row: Sequence[Any]) -> Relation:
    """From the statements that return relations."""
    _, head, kind, tail, confidence, origin, basis, docs, lines, quotes = row
    return Relation(loaded(head), _TYPES[kind], loaded(tail), confidence, loaded(origin), _BASES[basis], evidence(docs, lines, quotes))


def relation_type(name: str) -> RelationType:
    """The type that Neo4j calls so."""
    return _TYPES[name]


def prerequisite(row: Sequence[Any]) -> Prerequisite:
    """From the statements that return prerequisite edges."""
    _, before, after, confidence, reasons, docs, lines, quotes = row
    return Prerequisite(loaded(before), loaded(after), confidence, tuple(map(loaded, reasons)), evidence(docs, lines, quotes))


def community(row: Sequence[Any]) -> Community:
    """From ``COMMUNITIES``."""
    community_id, level, parent, title, summary, members, docs, lines, quotes = row
    return Community(
        community_id, level, parent, loaded(title), loaded(summary), tuple(map(loaded, members)), evidence(docs, lines, quotes)
    )


def merge(row: Sequence[Any]) -> Merge:
    """From ``MERGES``."""
    concept_id, kept, merged, reason, doc, line, quote = row
    place = None if doc is None else Evidence(loaded(doc), line, loaded(quote))
    return Merge(loaded(concept_id), loaded(kept), loaded(merged), loaded(reason), place)


def skipped(row: Sequence[Any]) -> Skipped:
    """From ``SKIPPED``."""
    return Skipped(loaded(row[0]), row[1], loaded(row[2]))


def evidence(docs: Sequence[str] | None, lines: Sequence[int] | None, quotes: Sequence[str] | None) -> tuple[Evidence, ...]:
    """Evidence that was written as three lists."""
    if not docs:
        return ()
    return tuple(Evidence(loaded(d), n, loaded(q)) for d, n, q in zip(docs, lines or (), quotes or (), strict=True))
