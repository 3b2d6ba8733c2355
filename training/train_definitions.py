"""Train the definition model on notes with a glossary and print its figures: ``python -m training.train_definitions``.

The glossary is not part of the notes. Of each term's sentences those are taken for definitions that share most content
words with the glossary's; the figure is the mean word F1 of the chosen sentences with it, on terms that the model has
not seen. A textbook defines all its terms and notes do not, so the annotated notes teach what is not a definition: the
sentences that name a concept only in passing.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from extract.concepts.definition_sentences import feature_names
from extract.concepts.definitions import Candidate, candidates, least, matrix
from extract.concepts.drafts import ConceptDraft
from extract.notes.inventory import find_notes
from extract.notes.parse import parse
from extract.text.occurrences import locate
from extract.text.parsed_doc import parsed_doc
from graph.classifiers import from_record
from graph.errors import InputError
from graph.model import ConceptKind
from graph.text.names import fold
from training.cases import gold_case, parsed
from training.estimators import fit_linear
from training.gold import OWN_NOTES, ROOT, SHARED, GoldPart
from training.setting import parser, run, setting_of

MODEL: Final = ROOT / "extract" / "concepts" / "weights" / "definitions.json"
TEXTBOOK: Final = SHARED / "corpora" / "anatomy"
"""A textbook whose glossary was cut out of it; may be missing."""
OWN_GLOSSARY: Final = ROOT / "tests" / "quality" / "glossary.json"
"""Our own glossary of the English example notes: small, but there for everybody."""
STRENGTH: Final = 0.05
"""Inverse regularisation."""
GOOD: Final = 0.2
"""A sentence whose words agree this well with the glossary's definition defines the term."""
NEAR_BEST: Final = 0.9
"""A defining sentence agrees at least this well as a share of the best sentence of its term."""
PASSING: Final = 2.0
"""Weight of a sentence that names something in passing."""
TERM_FOLDS: Final = 3
CUTS: Final = (0.0, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)
STOP: Final = frozenset(
    re.findall(
        r"\w+",
        "a an the of to in on for and or is are was were be been by with as at from that which this these those it its "
        "their his her into "
        "between more than also can may such one two not when where who whose each other some any all both has have "
        "had do does "
        "used using use",
    )
)


def words(text: str) -> Counter[str]:
    """The content words of an English text, without a final s."""
    found = re.findall(r"[a-z0-9]+", text.casefold())
    return Counter(w[:-1] if w.endswith("s") and len(w) > 3 else w for w in found if w not in STOP)


def agreement(a: Counter[str], b: Counter[str]) -> float:
    """F1 of two bags of words."""
    both = sum((a & b).values())
    return 2 * both / (sum(a.values()) + sum(b.values())) if both else 0.0


@dataclass(frozen=True)
class Glossary:
    """Terms with their definitions, and the notes that use them."""

    terms: Path
    """JSON: a list of ``{"name", "aliases", "definition"}``."""
    notes: Path
    """The folder of the notes."""

    @classmethod
    def of(cls, folder: Path | None) -> Glossary:
        """The one in ``folder`` (``terms.json`` and ``notes/``); None for the textbook where it is there, else our own.

        Raises:
            InputError: the folder has none.
        """
        place = folder or (TEXTBOOK if (TEXTBOOK / "terms.json").is_file() else None)
        if place is None:
            return cls(OWN_GLOSSARY, OWN_NOTES)
        if not (place / "terms.json").is_file() or not (place / "notes").is_dir():
            raise InputError(
                f"{place} has no glossary: expected a file terms.json, a list of objects with name, aliases and "
                "definition, and a folder notes. Name another folder with --textbook."
            )
        return cls(place / "terms.json", place / "notes")

    def drafts(self) -> tuple[list[ConceptDraft], list[Counter[str]]]:
        """The terms as concepts, the first of equal names, and the words of their definitions.

        Raises:
            InputError: the file is not of its form.
        """
        found: dict[str, tuple[ConceptDraft, Counter[str]]] = {}
        try:
            for term in json.loads(self.terms.read_text(encoding="utf-8")):
                key = fold(term["name"])
                draft = ConceptDraft(key, term["name"], tuple(term["aliases"]), ConceptKind.CONCEPT, 0.5)
                found.setdefault(key, (draft, words(term["definition"])))
        except (OSError, ValueError, KeyError, TypeError) as e:
            raise InputError(
                f"{self.terms} is not a list of objects with name, aliases and definition: {type(e).__name__} {e}."
            ) from e
        return [draft for draft, _ in found.values()], [bag for _, bag in found.values()]


@dataclass(frozen=True, eq=False)
class Sentences:
    """The sentences that may define the terms of a glossary."""

    found: list[Candidate]
    truth: NDArray[np.float64]
    """Agreement of each with the glossary."""
    x: NDArray[np.float32]
    term: NDArray[np.int64]
    """Number of the term of each."""

    def take(self, rows: NDArray[Any]) -> Sentences:
        """Those of ``rows``, numbers or a mask."""
        numbers = np.arange(len(self.found))[rows]
        return Sentences([self.found[i] for i in numbers.tolist()], self.truth[rows], self.x[rows], self.term[rows])


def sentences(glossary: Glossary, *, plain: bool) -> Sentences:
    """The candidate sentences of all terms; ``plain``: of the notes without bold."""
    docs = []
    for path in find_notes(glossary.notes):
        text = path.read_text(encoding="utf-8")
        docs.append(parsed_doc(path.name, parse(text.replace("**", "") if plain else text, suffix=path.suffix)))
    drafts, bags = glossary.drafts()
    occurrences = locate(docs, ((n, i) for i, d in enumerate(drafts) for n in d.names))
    found = list(candidates(docs, occurrences, [{fold(n) for n in d.names} for d in drafts]))
    if not found:
        raise InputError(f"The notes in {glossary.notes} name none of the terms of {glossary.terms}.")
    texts = (docs[c.occurrence.doc].blocks[c.occurrence.block].text[slice(*c.span)] for c in found)
    truth = [agreement(words(text), bags[c.occurrence.concept]) for text, c in zip(texts, found, strict=True)]
    return Sentences(found, np.asarray(truth), matrix(found), np.asarray([c.occurrence.concept for c in found]))


def undefined(parts: Sequence[GoldPart]) -> NDArray[np.float32]:
    """The features of the sentences that name the minor concepts of the annotated notes."""
    rows = []
    for part in parts:
        case = gold_case(part, parsed(part))
        found = candidates([case.doc], case.occurrences, [{fold(n) for n in d.names} for d in case.drafts])
        rows.append(matrix([c for c in found if part.concepts[c.occurrence.concept].weight == "minor"]))
    return np.concatenate(rows)


def definition_record(sets: Sequence[Sentences], negative: NDArray[np.float32]) -> dict[str, Any]:
    """A trained model as a JSON object.

    Args:
        sets: sentences of the terms; the same terms with and without bold count as different ones.
        negative: features of sentences that define nothing.
    """
    labels = np.concatenate([_defining(some) for some in sets])
    x = np.concatenate([*(some.x for some in sets), negative])
    y = np.concatenate([labels, np.zeros(len(negative), dtype=bool)])
    weight = np.where(np.arange(len(y)) < len(labels), 1.0, PASSING)
    return fit_linear(STRENGTH, x, y, feature_names(), weight=weight)


def _defining(some: Sentences) -> NDArray[np.bool_]:
    """Whether each sentence defines its term: see :data:`GOOD` and :data:`NEAR_BEST`."""
    best: dict[int, float] = defaultdict(float)
    for term, truth in zip(some.term.tolist(), some.truth.tolist(), strict=True):
        best[term] = max(best[term], truth)
    return np.asarray((some.truth >= GOOD) & (some.truth >= [NEAR_BEST * best[term] for term in some.term.tolist()]))


def chosen(some: Sentences, score: NDArray[np.float64], enough: float) -> tuple[float, float, float]:
    """Mean agreement over all terms (none chosen: 0), over those with a definition, and their share."""
    best: dict[int, int] = {}
    for i, term in enumerate(some.term.tolist()):
        if term not in best or score[i] > score[best[term]]:
            best[term] = i
    values = [float(some.truth[i]) for i in best.values() if score[i] >= least(some.found[i], enough)]
    return sum(values) / max(len(best), 1), float(np.mean(values)) if values else 0.0, len(values) / max(len(best), 1)


def unseen_scores(sets: Mapping[bool, Sentences], negative: NDArray[np.float32]) -> dict[bool, NDArray[np.float64]]:
    """Scores of the sentences by models that have not seen their term."""
    scores = {plain: np.zeros(len(some.found)) for plain, some in sets.items()}
    for number in range(TERM_FOLDS):
        rest = [some.take(some.term % TERM_FOLDS != number) for some in sets.values()]
        model = from_record(definition_record(rest, negative))
        for plain, some in sets.items():
            held = some.term % TERM_FOLDS == number
            scores[plain][held] = model.probability(some.x[held])
    return scores


def main(argv: Sequence[str] | None = None) -> None:
    """Train, print, write."""
    options = parser(__doc__)
    options.add_argument(
        "--textbook",
        type=Path,
        metavar="FOLDER",
        help="terms.json and notes/ (default: ../shared/corpora/anatomy, else our own glossary of the example notes)",
    )
    arguments = options.parse_args(argv)
    setting = setting_of(arguments)
    glossary = Glossary.of(arguments.textbook)
    print(f"terms of {glossary.terms} in {glossary.notes}")
    sets = {plain: sentences(glossary, plain=plain) for plain in (False, True)}
    negative = undefined(setting.parts)
    for plain, score in unseen_scores(sets, negative).items():
        for enough in CUTS:
            shown = [round(v, 3) for v in chosen(sets[plain], score, enough)]
            print("bold removed" if plain else "bold kept", enough, shown)
    record = definition_record(list(sets.values()), negative)
    if not arguments.no_write:
        setting.write(MODEL, record)
    ranked = sorted(zip(feature_names(), record["weights"], strict=True), key=lambda pair: -abs(pair[1]))
    for name, weight in ranked[:25]:
        print(f"{weight:8.3f} {name}")


if __name__ == "__main__":
    run(main)
