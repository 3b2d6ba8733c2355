"""The index of a graph's lines, as parts that a store keeps with the graph (:mod:`queries.retrieval.parts`).

It is made once for each build and belongs to that build alone. :mod:`queries.retrieval.stored` reads it; where a store
has none, or one that cannot be used, it is made when the first question is asked. Equal graphs have equal bytes.
"""

from __future__ import annotations

import hashlib
import json
import re
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import count, groupby
from typing import Final

import numpy as np
from numpy.typing import NDArray

from graph.model import Concept, Document, GraphSnapshot, LineKind, Passage
from graph.text.names import fold
from graph.text.scripts import has_han, language_of
from queries.question.link import Names
from queries.question.words import content, pieces, tokens, tokens_of
from queries.retrieval.complement import Ints, Rows
from queries.retrieval.lines import each_line
from queries.retrieval.parts import put_column, put_lists, put_rows, put_texts
from queries.retrieval.units import Unit, UnitLists, UnitOptions, units_of

VERSION: Final = 1
"""Of what the parts say. A stored index of another version is not used."""
META: Final = "meta"
"""Name of the part that says what the others are: :data:`META_NUMBERS` as JSON."""
META_NUMBERS: Final = frozenset(
    [
        "version",
        "documents",
        "passages",
        "concepts",
        "lines",
        "paths",
        "headings",
        "contexts",
        "tokens",
        "names",
        "name_lengths",
        "units",
        "unit_names",
        "unit_words",
        "rare_things",
        "parts_of_names",
        "english",
        "chinese_lines",
        "seal",
        "title_words",
    ]
)
SEAL: Final = 8
"""Bytes at the beginning of each part but :data:`META` that say which index it is of."""
KINDS: Final = (
    LineKind.BLANK,
    LineKind.HEADING,
    LineKind.TEXT,
    LineKind.LABEL,
    LineKind.ITEM,
    LineKind.HEADER,
    LineKind.ROW,
    LineKind.QUOTE,
    LineKind.CODE,
    LineKind.FORMULA,
)
"""A line's kind is stored as its place here."""
SUBJECT_HEADINGS: Final = 2
"""The innermost headings above a line whose concepts it is about ..."""
SUBJECTS: Final = 3
"""... so many of each."""
SAMPLE: Final = 2000
"""Lines by which the language of the notes is told."""
_SHORT: Final = 12
"""Characters of a word or run of Chinese characters whose tokens are remembered."""
_BATCH_BITS: Final = 15
_BATCH: Final = 1 << _BATCH_BITS
"""Lines whose tokens are counted at once."""


def line_index(graph: GraphSnapshot) -> dict[str, bytes]:
    """The index of ``graph``, to be published with it."""
    return index_parts(graph.documents, graph.passages, graph.concepts)


def index_parts(
    documents: Sequence[Document],
    passages: Iterable[Passage],
    concepts: Sequence[Concept],
    *,
    context: bool = True,
    concept_tokens: bool = True,
) -> dict[str, bytes]:
    """The index of the lines of ``passages``.

    Args:
        documents: all documents, by id.
        passages: all passages, by (doc, first line).
        concepts: all concepts, in the order of the graph.
        context: whether headings, announcing lines and table headers lend their words to a line.
        concept_tokens: whether all names of a concept are one word.

    Returns:
        Name → bytes.
    """
    parts: dict[str, bytes] = {}
    names = Names.from_pairs(
        ((name, c.id) for c in concepts for name in c.names), titles=[(c.id, c.name) for c in concepts]
    )
    read = _Read(documents, passages)
    found = _Found(names, {c.id: number for number, c in enumerate(concepts)})
    line_concepts = _mentions(read, concepts)
    subjects = _subjects(read, line_concepts, found)
    units = UnitLists.from_units(read.units, also=_other_names(names, concepts), shared_most=UnitOptions().shared_most)
    vocabulary = _put_tokens(parts, read, line_concepts, found, context=context, concept_tokens=concept_tokens)
    title_words = _put_titles(parts, read, documents, line_concepts, found)
    read.put(parts)
    for name, rows, others in (
        ("line_concepts", line_concepts, "mention_lines"),
        ("subjects", subjects, "subject_lines"),
    ):
        put_rows(parts, name, rows)
        put_rows(parts, others, rows.transposed(len(concepts)))
    called = _put_names(parts, names, concepts)
    _put_units(parts, read.units, units)
    meta = {
        "version": VERSION,
        "documents": len(documents),
        "passages": read.passages,
        "concepts": len(concepts),
        "lines": len(read.texts),
        "paths": len(read.paths),
        "headings": len(read.headings),
        "contexts": len(read.contexts),
        "tokens": vocabulary,
        **called,
        "title_words": title_words,
        "units": len(read.units),
        "unit_names": len(units.names),
        "unit_words": max((name.count(" ") + 1 for name in units.names), default=0),
        "rare_things": units.rare_things,
        "parts_of_names": len(units.containing.sizes),
        "english": int(language_of("".join(read.texts[:: max(1, len(read.texts) // SAMPLE)])) == "en"),
        "chinese_lines": sum(map(has_han, read.texts)),
    }
    return sealed(parts, meta)


def sealed(parts: Mapping[str, bytes], meta: Mapping[str, int]) -> dict[str, bytes]:
    """The parts, each with the seal of all, and :data:`META`: so a part of another index is told from one's own."""
    digest = hashlib.blake2b(digest_size=SEAL)
    for name in sorted(parts):
        digest.update(f"{name} {len(parts[name])} ".encode())
        digest.update(parts[name])
    seal = digest.digest()
    head = json.dumps({**meta, "seal": int.from_bytes(seal, "big")}, sort_keys=True).encode()
    return {META: head} | {name: seal + data for name, data in parts.items()}


class _Read:
    """The lines of all passages as columns, and the notes and sections that they form."""

    def __init__(self, documents: Sequence[Document], passages: Iterable[Passage]) -> None:
        self.doc_ids = [d.id for d in documents]
        self.passages = 0
        self.passage_doc, self.passage_line = array("q"), array("q")
        self.doc, self.number, self.kind, self.path_of = array("q"), array("q"), array("q"), array("q")
        self.context_of, self.passage_of, self.section_of = array("q"), array("q"), array("q")
        self.texts: list[str] = []
        self.headings: defaultdict[str, int] = defaultdict(count().__next__)
        self.paths: defaultdict[tuple[str, ...], int] = defaultdict(count().__next__)
        self.contexts: defaultdict[str, int] = defaultdict(count().__next__)
        self.units: list[Unit] = []
        titles = {d.id: d.title for d in documents}
        place = {d.id: number for number, d in enumerate(documents)}
        passage_number: dict[str, int] = {}

        def counted() -> Iterable[Passage]:
            for passage in passages:
                passage_number[passage.id] = self.passages
                self.passage_doc.append(place[passage.doc])
                self.passage_line.append(passage.first_line)
                self.passages += 1
                yield passage

        kinds = {kind: number for number, kind in enumerate(KINDS)}
        for doc, group in groupby(each_line(counted()), key=lambda line: line.doc):
            lines = list(group)
            self.units += units_of(lines, titles)
            for line in lines:
                self.doc.append(place[doc])
                self.number.append(line.number)
                self.kind.append(2 * kinds[line.kind] + line.text.endswith(("?", "？")))
                self.path_of.append(self.paths[line.headings])
                self.context_of.append(self.contexts[line.context])
                self.passage_of.append(passage_number[line.passage])
                self.section_of.append(passage_number[line.section])
                self.texts.append(line.text)
        self.path_headings = Rows.from_lists([[self.headings[h] for h in path] for path in self.paths])

    def put(self, parts: dict[str, bytes]) -> None:
        """Add the columns."""
        put_texts(parts, "documents", self.doc_ids)
        put_column(parts, "passage.doc", _ints(self.passage_doc))
        put_column(parts, "passage.line", _ints(self.passage_line))
        for name, numbers in (
            ("line.doc", self.doc),
            ("line.number", self.number),
            ("line.kind", self.kind),
            ("line.path", self.path_of),
            ("line.context", self.context_of),
            ("line.passage", self.passage_of),
            ("line.section", self.section_of),
        ):
            put_column(parts, name, _ints(numbers))
        put_texts(parts, "texts", self.texts)
        put_texts(parts, "headings", self.headings)
        put_texts(parts, "contexts", self.contexts)
        put_rows(parts, "paths", self.path_headings)


def _ints(numbers: array[int]) -> Ints:
    return np.frombuffer(numbers, dtype=np.int64) if numbers else np.zeros(0, dtype=np.int64)


class _Found:
    """The concepts that texts name, each text read once."""

    def __init__(self, names: Names, number: dict[str, int]) -> None:
        self.ids = tuple(number)
        self._names, self._number = names, number
        self._known: dict[str, list[int]] = {}

    def __call__(self, text: str) -> list[int]:
        """Numbers of the concepts named in ``text``, in its order."""
        found = self._known.get(text)
        if found is None:
            found = [self._number[c] for c in dict.fromkeys(o.concept for o in self._names.find(text))]
            self._known[text] = found
        return found


def _mentions(read: _Read, concepts: Sequence[Concept]) -> Rows:
    """For each line the concepts that it names, in the order of the line."""
    place = {doc: number for number, doc in enumerate(read.doc_ids)}
    rows_of: list[dict[int, int]] = [{} for _ in read.doc_ids]
    for row, (doc, number) in enumerate(zip(read.doc, read.number, strict=True)):
        rows_of[doc][number] = row
    named: list[tuple[int, int, int]] = []
    for concept_number, concept in enumerate(concepts):
        for mention in concept.mentions:
            at = rows_of[place[mention.doc]].get(mention.line)
            if at is not None:
                named.append((at, read.texts[at].find(mention.form), concept_number))
    rows, offset, concept_of = np.asarray(named, dtype=np.int64).reshape(-1, 3).T
    rank = np.empty(len(concepts), dtype=np.int64)
    rank[sorted(range(len(concepts)), key=lambda number: concepts[number].id)] = np.arange(len(concepts))
    order = np.lexsort((rank[concept_of], offset, rows))
    _, first = np.unique((rows * max(len(concepts), 1) + concept_of)[order], return_index=True)
    kept = order[np.sort(first)]  # a concept that is named twice counts where it is named first
    return _rows(rows[kept], concept_of[kept], len(read.texts))


def _rows(row: Ints, item: Ints, size: int) -> Rows:
    """Lists from (row, item) pairs that are ordered by row."""
    return Rows(np.concatenate(([0], np.cumsum(np.bincount(row, minlength=size)))).astype(np.int64), item)


def _subjects(read: _Read, line_concepts: Rows, found: _Found) -> Rows:
    """For each line the concepts that it is about: named first in it, or by the innermost headings above."""
    above = [
        [c for heading in path[-SUBJECT_HEADINGS:][::-1] for c in found(heading)[:SUBJECTS]] for path in read.paths
    ]
    starts, items = line_concepts.start.tolist(), line_concepts.items.tolist()
    return Rows.from_lists(
        dict.fromkeys([*items[begin:end][:1], *above[path]])
        for begin, end, path in zip(starts, starts[1:], read.path_of, strict=False)
    )


def _other_names(names: Names, concepts: Sequence[Concept]) -> Callable[[str], tuple[str, ...]]:
    """Gives all names of what a title names."""
    by_id = {c.id: c for c in concepts}

    def other_names(title: str) -> tuple[str, ...]:
        found = names.by_key.get(fold(title), ())
        return by_id[found[0]].names if found else ()

    return other_names


def _put_tokens(
    parts: dict[str, bytes],
    read: _Read,
    line_concepts: Rows,
    found: _Found,
    *,
    context: bool,
    concept_tokens: bool,
) -> int:
    """Add the postings; the number of tokens.

    A line has its own words, as often as they occur, its concepts once, and the words and concepts of its context at
    half weight. Each distinct text is read once, and then tokens are numbers.
    """
    known = _Tokens()
    numbers = known.numbers
    concept_number = np.asarray([numbers[f":{c}"] for c in found.ids], dtype=np.int64)
    own = known.rows(read.texts)

    def lent(text: str) -> list[int]:
        return concept_number[found(text)].tolist() if concept_tokens and text else []

    headings = known.rows(read.headings if context else (), lent)
    contexts = known.rows(read.contexts if context else (), lent)
    path_of, context_of = _ints(read.path_of), _ints(read.context_of)
    batches: list[tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]] = []
    lengths = np.zeros(len(read.texts), dtype=np.int64)
    for first in range(0, len(read.texts), _BATCH):
        rows = np.arange(first, min(first + _BATCH, len(read.texts)), dtype=np.int64)
        pieces = [_keys(*own.of(rows))]
        if concept_tokens:
            which, concept = line_concepts.of(rows)
            pieces.append(_keys(which, concept_number[concept]))
        strong, times = np.unique(np.concatenate(pieces), return_counts=True)
        weak = np.zeros(0, dtype=np.int64)
        if context:
            which, heading = read.path_headings.of(path_of[rows])
            again, token = headings.of(heading)
            weak = np.sort(np.concatenate((_keys(which[again], token), _keys(*contexts.of(context_of[rows])))))
            at = np.searchsorted(strong, weak)
            new = np.append(strong, -1)[at] != weak  # what a line says itself counts more
            new[1:] &= weak[1:] != weak[:-1]
            weak = weak[new]
        keys = np.concatenate((strong, weak))
        steps = np.concatenate((2 * times, np.ones(len(weak), dtype=np.int64)))
        order = np.argsort(keys)
        keys, steps = keys[order], steps[order]
        token, row = keys >> _BATCH_BITS, keys & (_BATCH - 1)
        lengths[rows] = np.bincount(row, weights=steps, minlength=len(rows)).astype(np.int64)
        batches.append((token.astype(np.int32), (row + first).astype(np.int32), steps.astype(np.int32)))
    words = list(numbers)
    frequency = np.zeros(len(words), dtype=np.int64)
    for batch in batches:
        frequency += np.bincount(batch[0], minlength=len(words))
    used = sorted(np.flatnonzero(frequency).tolist(), key=words.__getitem__)
    start = np.zeros(len(words), dtype=np.int64)
    sizes = frequency[used]
    start[used] = np.cumsum(sizes) - sizes
    texts, weights = np.empty(int(sizes.sum()), dtype=np.int32), np.empty(int(sizes.sum()), dtype=np.int32)
    for tokens_in, rows_in, steps_in in batches:  # lists are filled from batch to batch: nothing is sorted twice
        held = np.bincount(tokens_in, minlength=len(words))
        places = start[tokens_in] + np.arange(len(tokens_in)) - np.repeat(np.cumsum(held) - held, held)
        texts[places], weights[places] = rows_in, steps_in
        start += held
    put_texts(parts, "tokens", (words[number] for number in used))
    put_lists(parts, "postings", sizes, texts, weights)
    put_column(parts, "line.length", lengths)
    return len(used)


class _Tokens:
    """Numbers of index tokens. Each distinct word is read once: most of a text are words that were there before."""

    def __init__(self) -> None:
        self.numbers: defaultdict[str, int] = defaultdict(count().__next__)
        self._of_piece: dict[str, tuple[int, ...]] = {}

    def rows(self, texts: Iterable[str], more: Callable[[str], list[int]] = lambda _: []) -> Rows:
        """For each text the numbers of its tokens, in its order, and what ``more`` gives for it."""
        known, numbers = self._of_piece, self.numbers
        items, sizes = array("q"), array("q")
        for text in texts:
            before = len(items)
            for piece in pieces(text):
                found = known.get(piece)
                if found is None:
                    found = tuple([numbers[token] for token in tokens_of(piece)])
                    if len(piece) <= _SHORT:  # long Chinese runs do not come again
                        known[piece] = found
                items.extend(found)
            items.extend(more(text))
            sizes.append(len(items) - before)
        return Rows(np.concatenate(([0], np.cumsum(_ints(sizes)))).astype(np.int64), _ints(items).copy())


def _keys(row: Ints, token: Ints) -> Ints:
    """One number for each (row of a batch, token), ordered by token."""
    return token << _BATCH_BITS | row


def titled(document: Document) -> str:
    """What a document is called: its title, and the name of its file."""
    return f"{document.title} {_SUFFIX.sub('', document.id.rsplit('/', 1)[-1])}"


_SUFFIX: Final = re.compile(r"\.\w+$")


def title_words(title: str) -> dict[str, None]:
    """The index tokens of the words of a title that carry content, in its order."""
    return dict.fromkeys(tokens(content(title)))


def _put_titles(
    parts: dict[str, bytes], read: _Read, documents: Sequence[Document], line_concepts: Rows, found: _Found
) -> int:
    """Add for each token of titles and headings where it is; the number of tokens.

    A document's title is told by the document's place, a heading by its row behind all of them.
    """
    held: defaultdict[str, list[int]] = defaultdict(list)
    for number, document in enumerate(documents):
        title = titled(document)
        for word in (*title_words(title), *(f":{found.ids[c]}" for c in found(title))):
            held[word].append(number)
    known: dict[str, tuple[str, ...]] = {}
    heading = 2 * KINDS.index(LineKind.HEADING)
    for row, kind in enumerate(read.kind):
        if kind & ~1 == heading:
            text = read.texts[row]
            if text not in known:
                known[text] = tuple(title_words(text))
            named = line_concepts.items[line_concepts.start[row] : line_concepts.start[row + 1]].tolist()
            for word in (*known[text], *(f":{found.ids[c]}" for c in named)):
                held[word].append(len(documents) + row)
    words = sorted(held)
    put_texts(parts, "title_words", words)
    put_rows(parts, "titles", Rows.from_lists(held[word] for word in words))
    return len(words)


def _put_names(parts: dict[str, bytes], names: Names, concepts: Sequence[Concept]) -> dict[str, int]:
    """Add what concepts are called; how many names there are, and how many lengths of names."""
    number = {c.id: n for n, c in enumerate(concepts)}
    by_key = sorted(names.by_key.items())
    put_texts(parts, "concept.id", (c.id for c in concepts))
    put_texts(parts, "concept.name", (c.name for c in concepts))
    put_texts(parts, "names", (key for key, _ in by_key))
    put_rows(parts, "names.concept", Rows.from_lists([number[c] for c in called] for _, called in by_key))
    put_texts(parts, "names.written", (names.written(key) for key, _ in by_key))
    lengths = sorted({len(key) for key, _ in by_key})
    put_column(parts, "names.length", lengths)
    return {"names": len(by_key), "name_lengths": len(lengths)}


def _put_units(parts: dict[str, bytes], units: Sequence[Unit], lists: UnitLists) -> None:
    """Add the notes and sections, and the steps between them."""
    put_column(parts, "unit.lines", [len(unit.rows) for unit in units])
    put_column(parts, "unit.section", [int(unit.section) for unit in units])
    put_texts(parts, "unit_names", lists.names)
    for name, rows in (
        ("units.named", lists.named),
        ("units.naming", lists.named.transposed(len(lists.names))),
        ("units.subjects", lists.subjects),
        ("units.about", lists.subjects.transposed(len(lists.names))),
        ("units.rare", lists.rare),
        ("units.sharing", lists.rare.transposed(lists.rare_things)),
        ("units.mentioned", lists.mentioned),
        ("units.containing", lists.containing),
    ):
        put_rows(parts, name, rows)
    put_column(parts, "units.mentions", np.bincount(lists.mentioned.items, minlength=len(lists.containing.sizes)))
