"""Concepts and relations as a component of spaCy: ``nlp.add_pipe("studyatlas")`` (docs/spacy.md).

spaCy finds the component and the tokenizer by the entry points of the installed package, so that nobody has to import
this module, and studyatlas itself never does. The component keeps nothing between texts: a saved pipeline stores its
settings and no more.

What it finds is kept in ``doc.user_data`` as plain values with character offsets, and made into spans on demand. So it
survives ``doc.to_bytes``, ``DocBin``, several processes, and a change of the tokens.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Final, Literal

from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.util import filter_spans, registry
from spacy.vocab import Vocab

from extract.knowledge.lexicon import LexiconChoice
from extract.pipeline import extract_text
from extract.text.segment import sentence_spans, tokenize
from graph.model import Concept, ConceptKind, Evidence, Relation
from graph.text.name_finder import NameFinder

NAME: Final = "studyatlas"
"""Of the component, of its span group, and of what it keeps in ``doc.user_data``."""

Place = tuple[int, int]
"""Offsets of the first character and behind the last one, in the text of a Doc."""
Record = Mapping[str, Any]
"""Plain values with plain keys, which every serialisation of spaCy takes."""

_BREAK: Final = re.compile(r"\r\n|\n|\r")
_ADDRESS: Final = re.compile(r"(?:https?://|www\.)[^\s()<>\[\]\u2e80-\uffff]+")
_TARGET: Final = r"\]\([^()\s]*\)"
"""The second half of a Markdown link."""
_MARKS: Final = rf"(?:{_TARGET}|[*_`~\\\[\]>|#])*"
"""Markup that may come between two characters of a quote."""
_SPACE: Final = rf"(?:{_TARGET}|[*_`~\\\[\]>|#\s])+"
"""What may come between two words of a quote."""


@dataclass(frozen=True, slots=True)
class DocConcept:
    """A concept of a Doc."""

    id: str
    """The folded name, which is the same in every text. The spans have it as ``kb_id_``."""
    name: str
    aliases: tuple[str, ...]
    """Its other names in this text."""
    kind: str
    """``method``, ``model``, …: a value of :class:`graph.model.ConceptKind`."""
    salience: float
    """How central it is to the text, 0..1."""
    confidence: float
    """Probability that it is a concept, 0..1."""
    spans: tuple[Span, ...]
    """Where the text names it, in order; empty where markup divides the name."""


@dataclass(frozen=True, slots=True)
class DocRelation:
    """A relation that a Doc states, read head, type, tail."""

    head: Span
    type: str
    """``is_a``, ``part_of``, ``uses``, …: a value of :class:`graph.model.RelationType`."""
    tail: Span
    confidence: float
    """0..1."""
    sentence: Span
    """What states it. Head and tail are in it, unless a heading or another line of a list or table names one."""


@Language.factory(
    NAME,
    assigns=["doc.ents", "doc.spans", "doc._.concepts", "doc._.relations"],
    default_config={
        "lexicon": True,
        "lexicons": [],
        "relations": True,
        "minimum_salience": 0.0,
        "minimum_confidence": 0.0,
        "set_ents": True,
        "overwrite_ents": False,
        "labels": {},
        "spans_key": NAME,
        "alignment_mode": "strict",
    },
)
def make_component(
    nlp: Language,  # noqa: ARG001 spaCy gives it to every factory
    name: str,
    lexicon: bool,
    lexicons: list[str],
    relations: bool,
    minimum_salience: float,
    minimum_confidence: float,
    set_ents: bool,
    overwrite_ents: bool,
    labels: dict[str, str],
    spans_key: str | None,
    alignment_mode: Literal["strict", "contract", "expand"],
) -> ConceptExtractor:
    """The component that ``nlp.add_pipe("studyatlas", config={…})`` adds.

    Args:
        nlp: the pipeline.
        name: what the pipeline calls the component.
        lexicon: whether the built-in lexicon helps.
        lexicons: the user's own lexicon files.
        relations: whether relations are looked for.
        minimum_salience: less central concepts, and their relations, are left out; 0..1, 1 for the most central one of
            each text.
        minimum_confidence: less probable concepts, and their relations, are left out; 0..1.
        set_ents: whether concepts become entities.
        overwrite_ents: whether a concept replaces the entities that it overlaps; else those stay, and it is not one.
        labels: kind of concept → label of its spans; by default the kind in capitals. Kinds with an empty label are not
            entities.
        spans_key: name of the group in ``doc.spans`` that gets every span, overlapping or not; None for no group.
        alignment_mode: what becomes of a name that begins or ends within a token, as in ``Doc.char_span``: it is not
            marked (``strict``), or only the whole tokens inside of it are (``contract``), or all tokens that it touches
            (``expand``).

    Raises:
        ValueError: a label is given to an unknown kind, or another library has defined ``doc._.concepts`` or
            ``doc._.relations``.
        SettingsError: a lexicon cannot be used.
    """
    kinds = [kind.value for kind in ConceptKind]
    if unknown := sorted(set(labels) - set(kinds)):
        raise ValueError(f"Cannot label {unknown[0]!r}: there is no such kind of concept. Kinds: {', '.join(kinds)}.")
    define_attributes()
    # A wrong file is refused now, not by the first text.
    LexiconChoice.of([Path(file) for file in lexicons], packs=())
    return ConceptExtractor(
        name=name,
        lexicon=lexicon,
        lexicons=tuple(lexicons),
        relations=relations,
        minimum_salience=minimum_salience,
        minimum_confidence=minimum_confidence,
        set_ents=set_ents,
        overwrite_ents=overwrite_ents,
        labels={kind: labels.get(kind, kind.upper()) for kind in kinds},
        spans_key=spans_key,
        alignment_mode=alignment_mode,
    )


@dataclass(kw_only=True, eq=False)  # not frozen: spaCy sets the name
class ConceptExtractor:
    """Finds the concepts and relations of each Doc by itself, with any tokenizer and no trained model of spaCy."""

    name: str
    lexicon: bool
    lexicons: tuple[str, ...]
    relations: bool
    minimum_salience: float
    minimum_confidence: float
    set_ents: bool
    overwrite_ents: bool
    labels: Mapping[str, str]
    """Kind → label; empty for kinds that are not entities."""
    spans_key: str | None
    alignment_mode: Literal["strict", "contract", "expand"]

    def __call__(self, doc: Doc) -> Doc:
        """Keep the concepts and relations of ``doc`` for ``doc._``, and mark the concepts."""
        text = doc.text
        graph = extract_text(text, lexicon=self.lexicon, lexicons=self.lexicons, relations=self.relations)
        found = _places(text, graph.concepts)  # of all: a name inside of a longer one is not a place of its own
        places = {concept: self._aligned(doc, named) for concept, named in found.items()}
        concepts = [
            c for c in graph.concepts if c.salience >= self.minimum_salience and c.confidence >= self.minimum_confidence
        ]
        doc.user_data[NAME] = {
            "concepts": [_concept_record(c, self.labels[c.kind.value], places[c.id]) for c in concepts],
            "relations": list(_relation_records(text, graph.relations, {c.id: places[c.id] for c in concepts})),
        }
        marked = concepts_of(doc)
        if self.spans_key is not None:
            doc.spans[self.spans_key] = sorted(span for concept in marked for span in concept.spans)
        if self.set_ents:
            self._set_ents(doc, [span for concept in marked if self.labels[concept.kind] for span in concept.spans])
        return doc

    def _aligned(self, doc: Doc, places: Iterable[Place]) -> list[Place]:
        """Where the tokens of the places begin and end; each once."""
        spans = (doc.char_span(*place, alignment_mode=self.alignment_mode) for place in places)
        return list(dict.fromkeys((span.start_char, span.end_char) for span in spans if span is not None))

    def _set_ents(self, doc: Doc, spans: Sequence[Span]) -> None:
        """Make ``spans`` entities, the longest first where they overlap each other."""
        if self.overwrite_ents:
            chosen = filter_spans(spans)
            earlier = [entity for entity in doc.ents if not _overlaps(entity, chosen)]
        else:
            earlier = list(doc.ents)
            chosen = filter_spans(span for span in spans if not _overlaps(span, earlier))
        doc.ents = sorted([*earlier, *chosen])


def _overlaps(span: Span, others: Iterable[Span]) -> bool:
    return any(span.start < other.end and other.start < span.end for other in others)


# ---- where names and statements are in the text ------------------------------------------------------------------


def _places(text: str, concepts: Sequence[Concept]) -> dict[str, list[Place]]:
    """Concept id → where ``text`` names it: on the lines that mention it (code does not), but not in addresses."""
    breaks = [m.end() for m in _BREAK.finditer(text)]
    lines = [{m.line for m in c.mentions} for c in concepts]
    places: dict[str, list[Place]] = {c.id: [] for c in concepts}
    addresses = [m.span() for m in _ADDRESS.finditer(text)]
    finder = NameFinder((name, number) for number, c in enumerate(concepts) for name in c.names)
    for start, end, number in finder.find(text):
        on_line = bisect_right(breaks, start) + 1 in lines[number]
        if on_line and not any(a <= start < b for a, b in addresses):
            places[concepts[number].id].append((start, end))
    return places


def _concept_record(concept: Concept, label: str, places: Sequence[Place]) -> Record:
    return {
        "id": concept.id,
        "name": concept.name,
        "aliases": list(concept.aliases),
        "kind": concept.kind.value,
        "label": label or concept.kind.value.upper(),
        "salience": concept.salience,
        "confidence": concept.confidence,
        "places": places,
    }


def _relation_records(
    text: str, relations: Iterable[Relation], places: Mapping[str, Sequence[Place]]
) -> Iterator[Record]:
    """The relations between concepts that have a place."""
    starts = [0, *(m.end() for m in _BREAK.finditer(text)), len(text)]
    for relation in relations:
        heads, tails = places.get(relation.head), places.get(relation.tail)
        pieces = [_quoted(text, starts, evidence) for evidence in relation.evidence]
        if heads and tails and pieces:
            head, tail, sentence = _nearest(text, heads, tails, pieces)
            yield {
                "head": relation.head,
                "type": relation.type.value,
                "tail": relation.tail,
                "confidence": relation.confidence,
                "head_place": head,
                "tail_place": tail,
                "sentence": sentence,
            }


def _nearest(
    text: str, heads: Sequence[Place], tails: Sequence[Place], pieces: Sequence[Place]
) -> tuple[Place, Place, Place]:
    """(head, tail, sentence): the names nearest to each other in the shortest piece with both, else the first in any.

    Two cells of a table row are two pieces of one line: then the sentence is the row, as far as it is needed.
    """
    for sentence in sorted(pieces, key=lambda place: place[1] - place[0]):
        pairs = list(product(_inside(heads, sentence), _inside(tails, sentence)))
        if pairs:
            head, tail = min(pairs, key=lambda pair: (abs(pair[0][0] - pair[1][0]), pair))
            return head, tail, _sentences(text, sentence, head, tail)
    head, tail = (next((p for place in pieces for p in _inside(ends, place)), ends[0]) for ends in (heads, tails))
    row = min(head[0], tail[0], pieces[0][0]), max(head[1], tail[1], pieces[0][1])
    return head, tail, pieces[0] if _BREAK.search(text, *row) else row


def _sentences(text: str, piece: Place, head: Place, tail: Place) -> Place:
    """Of a piece of the text the sentences from the one with the earlier end to the one with the later."""
    spans = [(piece[0] + a, piece[0] + b) for a, b in sentence_spans(text[slice(*piece)])]
    first, last = min(head[0], tail[0]), max(head[1], tail[1])
    return max(a for a, _ in spans if a <= first), min((b for _, b in spans if b >= last), default=piece[1])


def _inside(places: Iterable[Place], around: Place) -> list[Place]:
    return [p for p in places if around[0] <= p[0] and p[1] <= around[1]]


def _quoted(text: str, starts: Sequence[int], evidence: Evidence) -> Place:
    """Where a quote is that begins on its line, white space and markup aside; the whole line where it is not found.

    ``starts``: where each line begins, and where the last one ends.
    """
    first, last = starts[evidence.line - 1], starts[evidence.line]
    at = text.find(evidence.quote, first, last)
    if at >= 0:  # as most quotes are; a pattern takes long to compile
        return at, at + len(evidence.quote)
    pattern = _SPACE.join(_MARKS.join(map(re.escape, word)) for word in evidence.quote.split())
    found = re.compile(pattern).search(text, first)
    if found is None or found.start() >= last:
        return first, first + len(text[first:last].rstrip())
    return found.span()


# ---- doc._.concepts and doc._.relations --------------------------------------------------------------------------


def define_attributes() -> None:
    """Make ``doc._.concepts`` and ``doc._.relations`` known to spaCy.

    Raises:
        ValueError: another library has defined one of them as something else.
    """
    for name, getter in _ATTRIBUTES.items():
        if not Doc.has_extension(name):
            Doc.set_extension(name, getter=getter)
        elif Doc.get_extension(name)[2] is not getter:
            raise ValueError(
                f"Doc._.{name} is defined already, not by studyatlas. Remove it: Doc.remove_extension({name!r})."
            )


def concepts_of(doc: Doc) -> tuple[DocConcept, ...]:
    """``doc._.concepts``: the concepts of ``doc``, most salient first; empty where the component was not run."""
    return tuple(
        DocConcept(
            record["id"],
            record["name"],
            tuple(record["aliases"]),
            record["kind"],
            record["salience"],
            record["confidence"],
            tuple(_span(doc, place, record["label"], record["id"]) for place in record["places"]),
        )
        for record in _kept(doc, "concepts")
    )


def relations_of(doc: Doc) -> tuple[DocRelation, ...]:
    """``doc._.relations``: the relations of ``doc``, by head, type and tail; empty where the component was not run."""
    labels = {record["id"]: record["label"] for record in _kept(doc, "concepts")}
    return tuple(
        DocRelation(
            _span(doc, record["head_place"], labels[record["head"]], record["head"]),
            record["type"],
            _span(doc, record["tail_place"], labels[record["tail"]], record["tail"]),
            record["confidence"],
            _span(doc, record["sentence"]),
        )
        for record in _kept(doc, "relations")
    )


_ATTRIBUTES: Final[Mapping[str, Callable[[Doc], object]]] = {"concepts": concepts_of, "relations": relations_of}


def _kept(doc: Doc, what: str) -> Sequence[Record]:
    found: Sequence[Record] = doc.user_data.get(NAME, {}).get(what, ())
    return found


def _span(doc: Doc, place: Place, label: str = "", concept: str = "") -> Span:
    """The tokens of a place. Where it begins or ends within a token, the whole token belongs to it."""
    span = doc.char_span(*place, label=label, kb_id=concept, alignment_mode="expand")
    if span is None:
        raise ValueError(
            f"Characters {place[0]} to {place[1]} are not in this Doc: its text is not the one that was read."
        )
    return span


# ---- the tokenizer -----------------------------------------------------------------------------------------------


class MixedTokenizer:
    """A spaCy tokenizer for mixed text: rjieba's words for Chinese runs, one token for each Latin word or name.

    The component does not need it. It is for notes that mix languages, of which spaCy's own tokenizers each know one.
    """

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab

    def __call__(self, text: str) -> Doc:
        """The tokens of ``text``; white space beyond one space between words becomes tokens: ``doc.text == text``."""
        words: list[str] = []
        spaces: list[bool] = []
        end = 0
        for token in tokenize(text):
            _fill(words, spaces, text[end : token.start])
            words.append(text[token.start : token.end])  # the token's own text is in Simplified characters
            spaces.append(False)
            end = token.end
        _fill(words, spaces, text[end:])
        return Doc(self.vocab, words=words, spaces=spaces)

    def to_bytes(self, **_: Any) -> bytes:
        """Nothing to keep: the tokenizer has no settings."""
        return b""

    def from_bytes(self, _data: bytes, **_: Any) -> MixedTokenizer:
        """See :meth:`to_bytes`."""
        return self

    def to_disk(self, _path: str | Path, **_: Any) -> None:
        """See :meth:`to_bytes`."""

    def from_disk(self, _path: str | Path, **_: Any) -> MixedTokenizer:
        """See :meth:`to_bytes`."""
        return self


def _fill(words: list[str], spaces: list[bool], gap: str) -> None:
    """Account for white space between tokens: one space belongs to the token before it, the rest is a token."""
    if gap.startswith(" ") and words and not spaces[-1]:
        spaces[-1] = True
        gap = gap[1:]
    if gap:
        words.append(gap)
        spaces.append(False)


def make_tokenizer() -> Callable[[Language], MixedTokenizer]:
    """What ``{"@tokenizers": "studyatlas.MixedTokenizer.v1"}`` means in a pipeline's settings."""
    return _mixed_tokenizer


def _mixed_tokenizer(nlp: Language) -> MixedTokenizer:
    return MixedTokenizer(nlp.vocab)


registry.tokenizers("studyatlas.MixedTokenizer.v1", func=make_tokenizer)
