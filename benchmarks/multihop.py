"""Multi-hop questions over many notes: what `ask` cites next to BM25, on passages and questions with gold passages.

    python -m benchmarks.multihop --corpus corpus.jsonl --questions questions.jsonl [--no-titles] [--notes N]
    [--half 0|1] [--json]

The corpus has one {"title", "text"} a line, the questions {"question", "gold": [numbers of passages, from 0]}. Each
passage becomes a note with its title as the heading; the notes are built into a graph as `studyatlas build` does, and
each question is asked as with `studyatlas ask`. The notes that the answer cites count, in the order of the citations;
a question that is refused finds none. BM25 ranks the same passages in the same run.

- ``recall@2``, ``recall@5``: share of a question's gold passages among the first 2 or 5, mean over the questions;
- ``all@5``: share of the questions with every gold passage among the first 5;
- ``answered``: share of the questions that were answered;
- ``index_s``: building the graph and its index; ``mean_ms`` and ``p95_ms`` a question; ``peak_mb``: the process's peak
  memory once that retriever was indexed and asked (BM25 goes first, so the product's figure is that of the whole run).

Other programs can run the same: ``benchmarks.multihop:build`` takes passages and gives an object with
``search(question, k)``.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any, Protocol
from weakref import finalize

import numpy as np

from extract.pipeline import build as build_notes
from graph.errors import InputError, StudyatlasError
from graph.stores.opening import open_store, write_store
from queries.answer.answerer import Answerer
from queries.question.words import tokens
from queries.retrieval.bm25 import TokenIndex


class Searcher(Protocol):
    """What can be measured."""

    def search(self, question: str, k: int) -> list[int]:
        """Numbers of the best passages, best first, at most ``k``."""


@dataclass(frozen=True, slots=True, eq=False)
class Bm25:
    """Okapi BM25 over title and text as one: the baseline.

    It sees the same tokens as the product, function words included.
    """

    index: TokenIndex

    @classmethod
    def from_passages(cls, passages: Sequence[tuple[str, str]]) -> Bm25:
        return cls(
            TokenIndex.from_texts(
                {t: float(n) for t, n in Counter(tokens(f"{title}\n{text}")).items()} for title, text in passages
            )
        )

    def search(self, question: str, k: int) -> list[int]:
        scores = self.index.scores({t: float(n) for t, n in Counter(tokens(question)).items()})
        return [int(i) for i in np.argsort(-scores, kind="stable")[:k]]


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Notes:
    """Passages as notes of a graph, asked as people ask."""

    answerer: Answerer

    @classmethod
    def from_passages(cls, passages: Sequence[tuple[str, str]]) -> Notes:
        """Write the (title, text) pairs as notes and build their graph."""
        folder = Path(mkdtemp(prefix="studyatlas-multihop-"))
        notes, graph = folder / "notes", folder / "graph.db"
        notes.mkdir()
        for number, (title, text) in enumerate(passages):
            heading = f"# {title}\n\n" if title.strip() else ""
            (notes / f"{number:06}.md").write_text(f"{heading}{text}\n", encoding="utf-8")
        with write_store(graph) as store:
            store.publish(build_notes(notes).snapshot)
        found = cls(Answerer.from_store(open_store(graph)))
        finalize(found, rmtree, folder)
        return found

    def search(self, question: str, k: int) -> list[int]:
        """Numbers of the notes that the answer cites, in the order of its citations, at most ``k``."""
        answer = self.answerer.ask(question)
        cited = dict.fromkeys(int(Path(c.doc).stem) for c in answer.citations) if answer.answered else {}
        return list(cited)[:k]


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured for one retriever."""

    recall_2: float
    recall_5: float
    all_5: float
    answered: float
    index_s: float
    mean_ms: float
    p95_ms: float
    peak_mb: float


def build(passages: Sequence[Mapping[str, Any]], *, titles: bool = True) -> Notes:
    """The product's notes made of ``passages``, each with ``text`` and, if it has one, ``title``.

    Args:
        passages: their order numbers them.
        titles: False: notes have no heading.
    """
    return Notes.from_passages([(str(p.get("title") or "") if titles else "", str(p["text"])) for p in passages])


def records(path: Path, *fields: str) -> list[dict[str, Any]]:
    """The objects of a file with one JSON object a line.

    Raises:
        InputError: the file cannot be read, or a line is not an object with ``fields``; the message names the line.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"Cannot read {path}: {error}.") from error
    found = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                record = json.loads(line)
            except json.JSONDecodeError as error:
                raise InputError(f"{path}:{number} is not JSON: {error.msg}.") from error
            missing = [f for f in fields if not isinstance(record, dict) or f not in record]
            if missing:
                raise InputError(f"{path}:{number} lacks {missing[0]!r}.")
            found.append(record)
    if not found:
        raise InputError(f"{path} is empty.")
    return found


def measured(make: Callable[[], Searcher], questions: Sequence[Mapping[str, Any]]) -> Figures:
    """Index, ask every question for five passages, and compare with its gold."""
    start = time.perf_counter()
    searcher = make()
    index_s = time.perf_counter() - start
    waits, two, five, complete, answered = [], [], [], [], []
    for question in questions:
        start = time.perf_counter()
        found = searcher.search(str(question["question"]), 5)
        waits.append((time.perf_counter() - start) * 1000)
        gold = set(question["gold"])
        two.append(len(gold & set(found[:2])) / len(gold))
        five.append(len(gold & set(found[:5])) / len(gold))
        complete.append(gold <= set(found[:5]))
        answered.append(bool(found))
    return Figures(
        recall_2=100 * statistics.mean(two),
        recall_5=100 * statistics.mean(five),
        all_5=100 * statistics.mean(complete),
        answered=100 * statistics.mean(answered),
        index_s=index_s,
        mean_ms=statistics.mean(waits),
        p95_ms=sorted(waits)[min(len(waits) - 1, int(0.95 * len(waits)))],
        peak_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )


def answered_by_first(questions: Sequence[dict[str, Any]], limit: int) -> list[dict[str, Any]]:
    """Those ``questions`` whose gold is among the first ``limit`` passages."""
    return [q for q in questions if max(q["gold"]) < limit]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--no-titles", action="store_true", help="do not look at titles")
    parser.add_argument("--notes", type=int, help="only the first N passages, and the questions that they answer")
    parser.add_argument(
        "--half", type=int, choices=(0, 1), help="only every other question, from the first or second on"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    args = parser.parse_args(arguments)
    try:
        passages = records(args.corpus, "text")
        questions = records(args.questions, "question", "gold")
        if args.half is not None:
            questions = questions[args.half :: 2]
        if any(
            not q["gold"] or not all(isinstance(g, int) and 0 <= g < len(passages) for g in q["gold"])
            for q in questions
        ):
            raise InputError(
                f"{args.questions}: a question's 'gold' must be numbers of passages below {len(passages)}."
            )
        if args.notes is not None:
            questions = answered_by_first(questions, args.notes)
            passages = passages[: args.notes]
            if not questions:
                raise InputError(f"No question is answered by the first {args.notes} passages.")
        titles = not args.no_titles
        pairs = [(str(p.get("title") or "") if titles else "", str(p["text"])) for p in passages]
        results = {
            "BM25": measured(lambda: Bm25.from_passages(pairs), questions),
            "studyatlas": measured(lambda: Notes.from_passages(pairs), questions),
        }
    except StudyatlasError as error:
        print(error, file=sys.stderr)
        return 2
    if args.json:
        print(json.dumps({name: asdict(figures) for name, figures in results.items()}))
        return 0
    print(f"{len(passages)} passages, {len(questions)} questions, titles {'seen' if titles else 'not seen'}")
    heads = ("recall@2", "recall@5", "all@5", "answered", "index s", "mean ms", "p95 ms", "peak MB")
    print(f"{'':12}" + "".join(f"{head:>10}" for head in heads))
    for name, figures in results.items():
        print(f"{name:12}" + "".join(f"{value:10.1f}" for value in asdict(figures).values()))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
