"""Definitions: of all sentences that name a concept the one that says what it is, or none.

A small trained model scores each sentence by what is directly before and after the name, whether the name is its
subject, where the sentence appears (under the concept's own heading, early in the note that treats it) and how long it
is. In a table the cell of a definition column defines what the first cell of its row names.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from extract.concepts.defining_forms import Defining, Form
from extract.concepts.definition_sentences import (
    FORMS,
    Names,
    Sentences,
    feature_names,
    may_define,
    sentences_of,
)
from extract.concepts.drafts import ConceptDraft
from extract.concepts.kept_definitions import KeptDefinitions
from extract.execution.contract import Spread
from extract.text.occurrences import Occurrence, Occurrences, ParsedDoc
from extract.text.quotes import quote_of, quote_within
from graph.classifiers import Model, load_model
from graph.model import Evidence
from graph.text.names import fold
from graph.text.scripts import has_han

ENOUGH: Final = 0.1
"""A sentence that the model gives less is not a definition."""
LEAST: Final[Mapping[Form, float]] = {
    Form.GENUS: 0.04,
    Form.MEANS: 0.04,
    Form.COPULA: 0.1,
    Form.LABEL: 0.02,
    Form.CALLED: 0.1,
    Form.ASIDE: 0.1,
    Form.INVERSE: 0.15,
    Form.PLACE: 0.2,
    Form.INTRODUCED: 0.1,
    Form.DOES: 0.25,
}
"""The same by the form of the sentence; a sentence of none of these forms is never a definition. Chosen by reading
about 20 sentences of each form in five collections. The textbook that the model learns from labels nothing with a
colon, so that labelled lines get low probabilities."""
_LABEL_RANK: Final = 5
"""How many times its probability a labelled line counts against other sentences, for the same reason."""
_TABLE_SCORE: Final = 0.9
_FEW: Final = 3
"""A concept that is named less often tells nothing by where it is named most."""


@cache
def _model() -> Model:
    return load_model(Path(__file__).parent / "weights" / "definitions.json")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may define a concept."""

    occurrence: Occurrence
    start: int
    end: int
    """Offsets of the sentence in its block."""
    features: tuple[float, ...]
    """In the order of :func:`feature_names`."""
    listed: bool = False
    """Whether the name is one of an enumeration or in the middle of a chain: A、B、C, A → B → C."""
    defining: Defining | None = None
    """How the sentence explains the name, and which part of it does; None where it only names it."""

    @property
    def span(self) -> tuple[int, int]:
        """Offsets of the part that defines, else of the sentence."""
        return (self.defining.start, self.defining.end) if self.defining is not None else (self.start, self.end)


def least(candidate: Candidate, enough: float = ENOUGH) -> float:
    """The least probability from which ``candidate`` is a definition; more than 1 where it never is.

    Args:
        candidate: the sentence.
        enough: at least this, whatever the form.
    """
    return _least_of(candidate.defining.form if candidate.defining is not None else None, enough, candidate.listed)


def _least_of(form: Form | None, enough: float, listed: bool) -> float:
    if form is None or not may_define(form, listed=listed):
        return NEVER
    return max(enough, LEAST[form]) if enough > ENOUGH else LEAST[form]


NEVER: Final = 2.0
"""No probability is as large."""


def find_definitions(
    docs: Sequence[ParsedDoc],
    occurrences: Sequence[Occurrence],
    concepts: Sequence[ConceptDraft],
    *,
    enough: float = ENOUGH,
    model: Model | None = None,
    spread: Spread = map,
    kept: KeptDefinitions | None = None,
) -> dict[int, Evidence]:
    """The best defining sentence, cell or item of each concept that has one: concept number → evidence.

    Args:
        docs: all documents.
        occurrences: where the concepts are named, in document order.
        concepts: their names; ``Occurrence.concept`` counts in this sequence.
        enough: the least probability of a definition. Ties go to the earlier place.
        model: scores the sentences; None for the one that comes with the package.
        spread: works on portions of the documents; the result does not depend on it.
        kept: what earlier builds found in documents that say the same again; the result does not depend on it.
    """
    places = Occurrences.of(occurrences)
    names = [Names.of({fold(n) for n in c.names}) for c in concepts]
    found = _sentences(docs, places, names, spread=spread, kept=kept)
    scores = (model or _model()).probability(_features(found, places))
    is_label = found.form == FORMS.index(Form.LABEL)
    rank = scores * np.where(is_label, _LABEL_RANK, 1)
    wanted = np.flatnonzero(scores >= _least(found, enough))
    best: dict[int, _Best] = {}
    at = found.occurrence[wanted]
    rows = (
        places.concept[at], rank[wanted], scores[wanted], places.doc[at], places.block[at], places.start[at],
        places.end[at], found.first[wanted], found.last[wanted],
    )  # fmt: skip
    for concept, value, score, doc, block, start, end, first, last in zip(*(c.tolist() for c in rows), strict=True):
        held = best.get(concept)
        if held is not None and value <= held.rank:
            continue
        if _says_something(docs[doc].blocks[block].text[first:last], names[concept].all):
            best[concept] = _Best(value, score, doc, block, (start, end), (min(first, start), max(last, end)))
    cells = places[found.cells[:, 0]]
    for concept, doc, cell in zip(cells.concept.tolist(), cells.doc.tolist(), found.cells[:, 1].tolist(), strict=True):
        held = best.get(concept)
        if held is None or held.score < _TABLE_SCORE:
            best[concept] = _Best(0.0, _TABLE_SCORE, doc, cell, None, (0, 0))
    in_text = sorted(best.items(), key=lambda item: (item[1].doc, item[0]))
    out = {concept: _quoted(docs[chosen.doc], chosen) for concept, chosen in in_text}
    return dict(sorted(out.items()))


@dataclass(frozen=True, slots=True)
class _Best:
    """The best definition of a concept so far."""

    rank: float
    score: float
    doc: int
    block: int
    name: tuple[int, int] | None
    """Offsets of the name; None for a cell of a table, which need not have it."""
    span: tuple[int, int]
    """Offsets of what is quoted of a sentence."""


def _quoted(doc: ParsedDoc, chosen: _Best) -> Evidence:
    block = doc.blocks[chosen.block]
    if chosen.name is None:
        return quote_of(doc, block, 0, len(block.text))
    return quote_within(doc, block, chosen.name, chosen.span)


def _least(found: Sentences, enough: float) -> NDArray[np.float64]:
    """:func:`least` of each sentence."""
    of_form = np.asarray([[_least_of(form, enough, listed) for listed in (False, True)] for form in (*FORMS, None)])
    return of_form[found.form, found.listed.astype(np.int64)]


def matrix(found: Sequence[Candidate]) -> NDArray[np.float32]:
    """The features of the candidates, shape (len(found), len(feature_names()))."""
    return np.asarray([c.features for c in found], dtype=np.float32).reshape(-1, len(feature_names()))


def candidates(
    docs: Sequence[ParsedDoc], occurrences: Sequence[Occurrence], names: Sequence[Collection[str]]
) -> Iterator[Candidate]:
    """The sentences that name each concept, in document order; of each concept and document the first forty.

    Args:
        docs: all documents.
        occurrences: where the concepts are named, in document order.
        names: the folded names of each concept.
    """
    places = Occurrences.of(occurrences)
    found = _sentences(docs, places, [Names.of(own) for own in names], hopeless=True)
    rows = zip(
        places[found.occurrence], found.start.tolist(), found.end.tolist(), _features(found, places).tolist(),
        found.listed.tolist(), found.form.tolist(), found.first.tolist(), found.last.tolist(), strict=True,
    )  # fmt: skip
    for occurrence, start, end, features, listed, form, first, last in rows:
        how = Defining(FORMS[form], first, last) if form >= 0 else None
        yield Candidate(occurrence, start, end, tuple(features), listed, how)


def _sentences(
    docs: Sequence[ParsedDoc],
    places: Occurrences,
    names: Sequence[Names],
    *,
    hopeless: bool = False,
    spread: Spread = map,
    kept: KeptDefinitions | None = None,
) -> Sentences:
    """The sentences that may define concepts, and those that only name them where the ``hopeless`` are wanted."""
    bounds = np.searchsorted(places.doc, np.arange(len(docs) + 1)).tolist()
    columns = (places.concept, places.block, places.start, places.end)

    def found_in(numbers: Sequence[int]) -> Sentences:
        """Those of some documents."""
        parts = []
        for doc in numbers:
            begin, end = bounds[doc], bounds[doc + 1]
            own = zip(range(begin, end), *(column[begin:end].tolist() for column in columns), strict=True)
            parts.append(sentences_of(docs[doc], list(own), names, hopeless=hopeless))
        return Sentences.behind_each_other(parts)

    keys = kept.keys(places, names) if kept is not None else []
    known = kept.read(keys, places) if kept is not None else {}
    missing = [doc for doc in range(len(docs)) if doc not in known and bounds[doc] < bounds[doc + 1]]
    fresh = Sentences.behind_each_other(list(spread(found_in, _batches(missing, bounds))))
    if kept is None:
        return fresh
    kept.write({doc: keys[doc] for doc in missing}, fresh, places)
    return Sentences.behind_each_other([fresh, *known.values()]).by_occurrence()


def _batches(numbers: Sequence[int], bounds: Sequence[int]) -> list[list[int]]:
    """The documents ``numbers`` in batches of about :data:`_AT_ONCE` occurrences."""
    found: list[list[int]] = []
    held = _AT_ONCE
    for doc in numbers:
        if held >= _AT_ONCE:
            found.append([])
            held = 0
        found[-1].append(doc)
        held += bounds[doc + 1] - bounds[doc]
    return found


_AT_ONCE: Final = 5_000
"""Occurrences that are looked at in one go: those of some 150 000 characters."""


def _features(found: Sentences, places: Occurrences) -> NDArray[np.float32]:
    """The features of the sentences with those that depend on the collection."""
    concepts = int(places.concept.max(initial=-1)) + 1
    docs = int(places.doc.max(initial=-1)) + 1
    pair, count = np.unique(places.concept * docs + places.doc, return_counts=True)
    total = np.bincount(places.concept, minlength=concepts)
    most, earliest = np.zeros(concepts, dtype=np.int64), np.full(concepts, len(places))
    np.maximum.at(most, pair // docs, count)
    np.minimum.at(earliest, places.concept[found.seen], found.seen)
    concept, doc = places.concept[found.occurrence], places.doc[found.occurrence]
    here = count[np.searchsorted(pair, concept * docs + doc)]
    told = total[concept] >= _FEW  # where a concept is treated can be told only of one that is named often enough
    columns = {
        "first_mention": found.occurrence == earliest[concept],
        "home": told & (here == most[concept]),
        "share": np.where(told, here / total[concept], 0.0),
        "told": told,
    }
    features = found.features.copy()
    for name, values in columns.items():
        features[:, feature_names().index(name)] = values
    return features


def _says_something(text: str, names: Collection[str]) -> bool:
    """Whether more than the concept's names (folded) appears in ``text``: 束搜索 (beam search): explains nothing."""
    rest = fold(text)
    for name in sorted(names, key=lambda n: (-len(n), n)):
        rest = rest.replace(name, "")
    return sum(2 if has_han(c) else 1 for c in rest) >= _LEAST


_LEAST: Final = 10
"""Letters that a definition has besides the name; a Chinese character counts two."""
