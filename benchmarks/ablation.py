"""What each stage of retrieval adds: the questions of a folder of notes, asked with one stage switched off at a time.

    python -m benchmarks.ablation [--notes FOLDER | --graph FILE] [--questions FILE.jsonl …] [--doc NAME …] [--markdown]

A question is {"question", "kind", "concepts": [names], "docs": {document: [lines]}}, as in
tests/quality/questions.jsonl. Where it has "lines" instead of "docs", these are lines of one document, which --doc
names, one for each file of questions. Without arguments: the example notes and their questions.

- ``lines``: share of a question's lines within two lines of one of the first eight citations;
- ``all``: questions with every line so cited; ``multi``: the same for multi-hop questions alone;
- ``names``: share of the concepts of the right answer that the answer names in its list or text;
- ``ms``: mean time of a warm answer.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from graph.errors import InputError, StudyatlasError
from graph.stores.contract import GraphStore
from graph.stores.memory import MemoryStore
from graph.stores.opening import open_store
from graph.text.names import fold
from graph.vectors.encoders import Encoder, load_encoder
from queries.answer.ask import answer_question
from queries.question.model import Answer
from queries.retrieval.retriever import Options, Retriever

ROOT: Final = Path(__file__).resolve().parents[1]
NEAR: Final = 2
"""A citation counts for a line at most so far away."""
CITED: Final = 8
"""Citations that count."""

STAGES: Final[Mapping[str, Options]] = {
    "as it is": Options(),
    "without dropping question words": Options(content_words=False),
    "without headings and context": Options(context=False),
    "without names as one word": Options(concept_tokens=False),
    "without the other language": Options(across=False),
    "without coverage": Options(coverage=False),
    "without definitions": Options(definitions=False),
    "without relations": Options(relations=False),
    "without vectors": Options(vectors=False),
    "without the complement chain": Options(chain=False),
    "with a PageRank walk": Options(walk=True),
    "a PageRank walk, no chain": Options(walk=True, chain=False),
    "without subjects of notes": Options(units=False),
    "without greedy complements": Options(complement=False),
    "without templates": Options(templates=False),
    "without spacing": Options(spacing=0),
    "BM25 over lines alone": Options(
        content_words=False, context=False, concept_tokens=False, across=False, coverage=False, definitions=False,
        relations=False,
        vectors=False, chain=False, units=False, complement=False, templates=False, spacing=0,
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with where its answer appears."""

    question: str
    kind: str
    concepts: tuple[str, ...]
    places: tuple[tuple[str, int], ...]
    """(document, line)."""

    @classmethod
    def from_record(cls, record: Mapping[str, Any], *, doc: str) -> Asked:
        places = record.get("docs") or {doc: record.get("lines", [])}
        return cls(
            str(record["question"]),
            str(record.get("kind", "")),
            tuple(record.get("concepts", ())),
            tuple((name, int(line)) for name, lines in places.items() for line in lines),
        )


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    stage: str
    lines: float
    complete: float
    multi: float
    names: float
    ms: float


def measured(stage: str, options: Options, store: GraphStore, encoder: Encoder | None, asked: Sequence[Asked]) -> Row:
    """Ask everything with ``options``."""
    engine = Retriever.from_store(store, options=options)
    answer_question(store, asked[0].question, encoder=encoder, engine=engine)
    start = time.perf_counter()
    found = [(one, answer_question(store, one.question, encoder=encoder, engine=engine)) for one in asked]
    ms = (time.perf_counter() - start) * 1000 / len(asked)
    placed = [(one, _held(one, answer)) for one, answer in found if one.places]
    multi = [held == 1.0 for one, held in placed if one.kind == "multi_hop"]
    return Row(
        stage,
        _mean([held for _, held in placed]),
        _mean([held == 1.0 for _, held in placed]),
        _mean(multi),
        _mean([_named(one, answer) for one, answer in found if one.concepts]),
        ms,
    )


def _mean(values: Sequence[float]) -> float:
    return statistics.mean(values) if values else 0.0


def _held(asked: Asked, answer: Answer) -> float:
    """Share of the question's lines that a citation is near."""
    cited = [(c.doc.rsplit("/", 1)[-1], c.line) for c in answer.citations[:CITED]]
    near = [any(doc == d and abs(line - n) <= NEAR for d, n in cited) for doc, line in asked.places]
    return sum(near) / len(near)


def _named(asked: Asked, answer: Answer) -> float:
    """Share of the right answer's concepts that the answer names."""
    if not answer.answered:
        return 0.0
    said, text = {fold(c) for c in answer.concepts}, fold(answer.answer)
    return sum(fold(c) in said or fold(c) in text for c in asked.concepts) / len(asked.concepts)


def questions(paths: Sequence[Path], docs: Sequence[str]) -> list[Asked]:
    """The questions of all files.

    Raises:
        InputError: a file cannot be read or contains something else.
    """
    found = []
    for number, path in enumerate(paths):
        doc = docs[number] if number < len(docs) else ""
        try:
            lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
            found += [Asked.from_record(json.loads(line), doc=doc) for line in lines]
        except (OSError, UnicodeDecodeError, ValueError, KeyError, TypeError) as error:
            raise InputError(f"Cannot read questions from {path}: {error!r}.") from error
    if not found:
        raise InputError("There are no questions.")
    return found


def opened(notes: Path, graph: Path | None) -> GraphStore:
    """The graph in a file, or that of a folder of notes, built now."""
    if graph is not None:
        return open_store(graph)
    from extract.pipeline import build

    return MemoryStore(build(notes).snapshot)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--notes", type=Path, default=ROOT / "examples" / "notes")
    parser.add_argument("--graph", type=Path, help="a graph that was built; instead of --notes")
    parser.add_argument("--questions", type=Path, nargs="+", default=[ROOT / "tests" / "quality" / "questions.jsonl"])
    parser.add_argument(
        "--doc", nargs="+", default=[], help="the document of each file of questions, where they name none"
    )
    parser.add_argument("--markdown", action="store_true", help="a table for docs/benchmarks.md")
    args = parser.parse_args(arguments)
    try:
        asked = questions(args.questions, args.doc)
        store = opened(args.notes, args.graph)
        vectors = store.vectors()
        encoder = None if vectors is None else load_encoder(vectors.encoder, state=vectors.state)
        rows = [measured(stage, options, store, encoder, asked) for stage, options in STAGES.items()]
    except StudyatlasError as error:
        print(error, file=sys.stderr)
        return 2
    print("\n".join(table(rows, count=len(asked), markdown=args.markdown)))
    return 0


def table(rows: Sequence[Row], *, count: int, markdown: bool) -> list[str]:
    """The table, as lines."""
    if markdown:
        head = [f"| {count} questions | lines | all | multi | names | ms |", "|---|---|---|---|---|---|"]
        return [
            *head,
            *(
                f"| {r.stage} | {r.lines:.3f} | {r.complete:.3f} | {r.multi:.3f} | {r.names:.3f} | {r.ms:.0f} |"
                for r in rows
            ),
        ]
    head = [f"{f'{count} questions':34}{'lines':>7}{'all':>7}{'multi':>7}{'names':>7}{'ms':>6}"]
    return [
        *head,
        *(f"{r.stage:34}{r.lines:7.3f}{r.complete:7.3f}{r.multi:7.3f}{r.names:7.3f}{r.ms:6.0f}" for r in rows),
    ]


if __name__ == "__main__":
    raise SystemExit(main())
