"""Train the definition model on a textbook with a glossary and print its figures: ``python -m training.train_definitions``.

The glossary is cut from the text. Of each term's sentences those are taken for definitions that share most content words with the
glossary's; the figure is the mean word F1 of the chosen sentences with it, on terms that the model has not seen. A textbook defines all
its terms and notes do not, so the annotated notes teach what is none: concepts that they only name in passing.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from extract.concepts.definitions import UNSAID, Candidate, candidates, feature_names, matrix
from extract.concepts.drafts import ConceptDraft
from extract.notes.parse import parse
from extract.text.occurrences import ParsedDoc, locate
from extract.text.parsed_doc import parsed_doc
from graph.classifiers import from_record
from graph.model import ConceptKind
from graph.text.names import fold
from training.export import from_sklearn
from training.gold import ROOT, SHARED, gold_parts
from training.relation_cases import gold_case, parsed

SEED = 7
GOOD = 0.2
"""A sentence whose words agree this well with the glossary's definition defines the term."""
PASSING = 2.0
"""Weight of a sentence that names something in passing."""
STOP = frozenset(
    re.findall(
        r"\w+",
        "a an the of to in on for and or is are was were be been by with as at from that which this these those it its their his her into "
        "between more than also can may such one two not when where who whose each other some any all both has have had do does "
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


def textbook(folder: Path, *, plain: bool) -> tuple[list[ParsedDoc], list[ConceptDraft], dict[str, str]]:
    """The notes of ``folder`` (without bold if ``plain``), its terms as concepts, and their definitions."""
    docs = []
    for path in sorted((folder / "notes").glob("*.md")):
        text = path.read_text(encoding="utf-8")
        docs.append(parsed_doc(path.name, parse(text.replace("**", "") if plain else text, suffix=".md")))
    drafts: dict[str, ConceptDraft] = {}
    definitions = {}
    for term in json.loads((folder / "terms.json").read_text(encoding="utf-8")):
        key = fold(term["name"])
        if key not in drafts:
            drafts[key] = ConceptDraft(key, term["name"], tuple(term["aliases"]), ConceptKind.CONCEPT, 0.5)
            definitions[key] = term["definition"]
    return docs, list(drafts.values()), definitions


def scored(folder: Path, *, plain: bool) -> tuple[list[Candidate], NDArray[np.float64], NDArray[Any]]:
    """The candidate sentences of all terms, their agreement with the glossary and their features."""
    docs, drafts, definitions = textbook(folder, plain=plain)
    found = list(
        candidates(
            docs,
            locate(docs, ((n, i) for i, d in enumerate(drafts) for n in d.names)),
            [{fold(n) for n in d.names} for d in drafts],
        )
    )
    bags = [words(definitions[d.id]) for d in drafts]
    truth = [
        agreement(
            words(docs[c.occurrence.doc].blocks[c.occurrence.block].text[c.start : c.end]), bags[c.occurrence.concept]
        )
        for c in found
    ]
    return found, np.asarray(truth), matrix(found)


def undefined() -> NDArray[Any]:
    """The features of the sentences that name the minor concepts of the annotated notes."""
    rows = []
    for part in gold_parts():
        case = gold_case(part, parsed(part))
        found = candidates([case.doc], case.occurrences, [{fold(n) for n in d.names} for d in case.drafts])
        rows.append(
            matrix([c for c in found if part.concepts[case.gold_of[c.occurrence.concept]]["weight"] == "minor"])
        )
    return np.concatenate(rows)


def chosen(
    found: list[Candidate], score: NDArray[Any], truth: NDArray[Any], enough: float
) -> tuple[float, float, float]:
    """Mean agreement over all terms (none chosen: 0), over those with a definition, and their share."""
    best: dict[int, int] = {}
    for i, candidate in enumerate(found):
        held = best.get(candidate.occurrence.concept)
        if held is None or score[i] > score[held]:
            best[candidate.occurrence.concept] = i
    values = [truth[i] for i in best.values() if score[i] >= (enough if found[i].says else max(enough, UNSAID))]
    return sum(values) / max(len(best), 1), float(np.mean(values)) if values else 0.0, len(values) / max(len(best), 1)


def main() -> None:
    """Train, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--textbook", type=Path, default=SHARED / "corpora" / "anatomy")
    parser.add_argument("--output", type=Path, default=ROOT / "extract" / "concepts" / "weights" / "definitions.json")
    arguments = parser.parse_args()
    sets = {plain: scored(arguments.textbook, plain=plain) for plain in (False, True)}
    names = feature_names()
    negative = undefined()

    def fit(rows: dict[bool, NDArray[Any]]) -> dict[str, Any]:
        x = np.concatenate([*(sets[p][2][r] for p, r in rows.items()), negative])
        truth = np.concatenate([sets[p][1][r] for p, r in rows.items()])
        owner = np.concatenate(
            [np.asarray([c.occurrence.concept for c in sets[p][0]])[r] + p * 10**6 for p, r in rows.items()]
        )
        best: dict[int, float] = defaultdict(float)
        for o, t in zip(owner.tolist(), truth.tolist(), strict=True):
            best[o] = max(best[o], t)
        label = (truth >= GOOD) & (truth >= [0.9 * best[o] for o in owner.tolist()])
        model = make_pipeline(StandardScaler(), LogisticRegression(C=0.05, max_iter=300))
        y = np.concatenate([label, np.zeros(len(negative), dtype=bool)])
        model.fit(x, y, logisticregression__sample_weight=np.where(np.arange(len(y)) < len(label), 1.0, PASSING))
        return from_sklearn(model, names)

    for plain in (False, True):
        concept = {p: np.asarray([c.occurrence.concept for c in sets[p][0]]) for p in sets}
        score = np.zeros(len(sets[plain][0]))
        for fold_number in range(3):
            model = from_record(fit({p: np.flatnonzero(concept[p] % 3 != fold_number) for p in sets}))
            held_out = concept[plain] % 3 == fold_number
            score[held_out] = model.probability(sets[plain][2][held_out])
        for enough in (0.0, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5):
            print(
                "bold removed" if plain else "bold kept",
                enough,
                [round(v, 3) for v in chosen(sets[plain][0], score, sets[plain][1], enough)],
            )
    record = fit({p: np.arange(len(sets[p][0])) for p in sets})
    arguments.output.write_text(json.dumps(record, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    for name, weight in sorted(zip(names, record["weights"], strict=True), key=lambda pair: -abs(pair[1]))[:25]:
        print(f"{weight:8.3f} {name}")


if __name__ == "__main__":
    main()
