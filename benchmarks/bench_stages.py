"""CPU seconds per MB of notes that each stage of a build takes, beside a peer that only counts phrases.

    python -m benchmarks.bench_stages FOLDER [FOLDER …] [--repeat N]

Each folder is built by one process of its own (workers=1), after a warm-up that loads what every build loads; of N runs
the quickest counts for each stage. Seconds are those of the processor, so that other programs change them little.

The peer is the least that a graph of notes can be made of, as GraphRAG does it where it asks no language model: phrases
(runs of nouns and adjectives, tagged by rjieba and TextBlob's lexicon) and how often two of them are in one piece of
text, as a networkx graph. It finds no names of one thing, no types, no evidence and no order. Prints a table in
Markdown.
"""

from __future__ import annotations

import argparse
import gc
import json
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path

from extract.notes.files import SourceFile, read_note
from extract.notes.inventory import find_notes
from extract.notes.parse import parse_note
from extract.pipeline import STAGES, build
from graph.text.scripts import HAN

ROOT = Path(__file__).resolve().parents[1]
WARM_UP = ROOT / "examples" / "notes" / "01-training-stages.md"
UNIT = 2400
"""Characters of a piece of text in which two phrases are seen together: about the 1 200 tokens of GraphRAG."""
BLOCKS = "extract, of it blocks"
PEER = ("peer: phrases", "peer: co-occurrence")
_HAN_RUN = re.compile(f"[{HAN}]+")
_LATIN_RUN = re.compile(r"[A-Za-z][A-Za-z0-9 '’-]*")


class Stages:
    """A progress that adds up the CPU seconds between the first words of one stage and those of the next."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._name, self._since = "", 0.0

    def __call__(self, stage: str, done: int, total: int) -> None:  # noqa: ARG002  # a progress
        """Told by the build."""
        if stage != self._name:
            self.close()
            self._name, self._since = stage, time.process_time()

    def close(self) -> None:
        """The stage is over."""
        if self._name:
            self.seconds[self._name] = self.seconds.get(self._name, 0.0) + time.process_time() - self._since
        self._name = ""


def cpu(act: Callable[[], object]) -> float:
    """CPU seconds of one call in this process."""
    start = time.process_time()
    act()
    return time.process_time() - start


def phrases(text: str) -> Iterator[str]:
    """Runs of nouns and adjectives, as the peer finds them."""
    import rjieba
    from textblob.en import tag

    for match in _HAN_RUN.finditer(text):
        run = ""
        for word, pos in [*rjieba.tag(match[0]), ("", "x")]:
            if pos[:1] in "na" or pos == "vn":
                run += word
            elif len(run) > 1:
                yield run
                run = ""
            else:
                run = ""
    for match in _LATIN_RUN.finditer(text):
        words: list[str] = []
        for word, pos in [*tag(match[0]), (".", ".")]:
            if pos[:2] in ("NN", "JJ"):
                words.append(word.lower())
            elif words:
                yield " ".join(words)
                words = []


def co_occurrence(units: list[list[str]]) -> object:
    """Phrases that are in one unit, as a graph with counts."""
    import networkx

    counts: Counter[tuple[str, str]] = Counter()
    for unit in units:
        counts.update(combinations(sorted(set(unit)), 2))
    graph = networkx.Graph()
    graph.add_weighted_edges_from((a, b, n) for (a, b), n in counts.items())
    return graph


def measured(folder: Path) -> dict[str, float]:
    """What each stage takes, as CPU seconds; and the megabytes of text."""
    sources = [source for path in find_notes(folder) if isinstance(source := read_note(path, folder), SourceFile)]
    size = sum(len(source.text.encode("utf-8", "surrogatepass")) for source in sources)
    stages = Stages()
    build(folder, workers=1, progress=stages)
    stages.close()
    blocks = cpu(lambda: [parse_note(source.text, suffix=Path(source.id).suffix) for source in sources])
    texts = [source.text[at : at + UNIT] for source in sources for at in range(0, len(source.text), UNIT)]
    units: list[list[str]] = []
    found = cpu(lambda: units.extend(list(phrases(text)) for text in texts))
    together = cpu(lambda: co_occurrence(units))
    return {
        "MB": size / 1e6,
        **stages.seconds,
        BLOCKS: blocks,
        **dict(zip(PEER, (found, together), strict=True)),
    }


def one(folder: Path) -> None:
    """Measure ``folder`` in this process and print the result as JSON."""
    gc.set_threshold(200_000, 20, 100)  # as the command line does
    build(WARM_UP, workers=1)
    list(phrases("Warm up: 预热"))
    print(json.dumps(measured(folder)))


def best_of(folder: Path, repeat: int) -> dict[str, float]:
    """The least CPU seconds per MB of each stage in ``repeat`` processes; ``MB`` as it is."""
    command = [sys.executable, "-m", "benchmarks.bench_stages", "--one", str(folder.resolve())]
    runs = [
        json.loads(
            subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT).stdout.splitlines()[-1]
        )
        for _ in range(repeat)
    ]
    size = runs[0]["MB"]
    return {"MB": size, **{name: min(run[name] for run in runs) / size for name in runs[0] if name != "MB"}}


def main() -> None:
    """Run it; see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="*", default=[ROOT / "examples" / "notes"], metavar="FOLDER")
    parser.add_argument("--repeat", type=int, default=3, help="processes for each folder; the quickest counts")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        one(args.one)
        return
    columns = [best_of(folder, args.repeat) for folder in args.folders]
    stages = [stage for stage in STAGES if any(stage in column for column in columns)]
    for column in columns:
        column["whole build"] = sum(column.get(stage, 0.0) for stage in stages)
    print("| CPU seconds per MB | " + " | ".join(folder.name for folder in args.folders) + " |")
    print("|---" * (len(columns) + 1) + "|")
    print("| MB | " + " | ".join(f"{column['MB']:.2f}" for column in columns) + " |")
    for name in (*stages, BLOCKS, "whole build", *PEER):
        print(f"| {name} | " + " | ".join(f"{column.get(name, 0.0):.2f}" for column in columns) + " |")


if __name__ == "__main__":
    main()
