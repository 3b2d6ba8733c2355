"""How build time and memory grow with the notes.

Repeated and varied notes of rising size, each built in a process of its own.

    python -m benchmarks.bench_scale [--megabytes 0.5 1 2 4] [--notes FOLDER] [--seed N]

The notes of FOLDER are repeated until the size is reached. In each repetition a third of the names are exchanged for
made-up ones, so that new concepts come with new text, as in real collections. One process works (workers=1): the rate
is that of one core. The time of imports is left out."""

from __future__ import annotations

import argparse
import json
import random
import re
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from graph.text.scripts import HAN

ROOT = Path(__file__).resolve().parents[1]
_NAME = re.compile(r"\b[A-Z][A-Za-z-]{3,}\b|[" + HAN + r"]{4,6}(?=[（(：:])")
_SYLLABLES = (
    "ba",
    "co",
    "di",
    "fu",
    "ge",
    "ha",
    "ki",
    "lo",
    "mu",
    "ne",
    "po",
    "ra",
    "si",
    "tu",
    "ve",
    "wo",
    "xa",
    "yu",
    "zi",
)


def varied(text: str, random_: random.Random) -> str:
    """``text`` with a third of its names exchanged, each for one made-up name throughout."""
    names = sorted(set(_NAME.findall(text)))
    for name in random_.sample(names, len(names) // 3):
        text = text.replace(name, "".join(random_.choices(_SYLLABLES, k=3)).capitalize())
    return text


def write_notes(target: Path, source: Path, size: int, seed: int) -> int:
    """Fill the folder ``target`` with at least ``size`` bytes of notes made from those in ``source``.

    Returns the bytes written.
    """
    random_ = random.Random(seed)
    texts = [path.read_text(encoding="utf-8") for path in sorted(source.glob("**/*.md"))]
    written = number = 0
    while written < size:
        text = varied(texts[number % len(texts)], random_) if number >= len(texts) else texts[number]
        path = target / f"{number:05}.md"
        path.write_text(text, encoding="utf-8")
        written += path.stat().st_size
        number += 1
    return written


def one(folder: Path) -> None:
    """Build ``folder`` in this process and print seconds of the stages, concepts, relations and peak memory as JSON."""
    from extract.pipeline import build

    build(
        ROOT / "examples" / "notes" / "01-training-stages.md", workers=1
    )  # imports and dictionaries are start-up, not work
    result = build(folder, workers=1)
    print(
        json.dumps(
            {
                "seconds": dict(result.seconds),
                "concepts": len(result.snapshot.concepts),
                "relations": len(result.snapshot.relations),
                "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000,
            }
        )
    )


def main() -> None:
    """Run it; see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=float, nargs="+", default=[0.5, 1, 2, 4])
    parser.add_argument("--notes", type=Path, default=ROOT / "examples" / "notes")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        one(args.one)
        return
    print(
        "| MB | concepts | relations | build s | build KB/s | extraction KB/s | peak MB "
        "|\n|---|---|---|---|---|---|---|"
    )
    for megabytes in args.megabytes:
        with tempfile.TemporaryDirectory() as folder:
            size = write_notes(Path(folder), args.notes, int(megabytes * 1e6), args.seed)
            command = [sys.executable, "-m", "benchmarks.bench_scale", "--one", folder]
            found = json.loads(
                subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout.splitlines()[-1]
            )
        total, extraction = sum(found["seconds"].values()), found["seconds"]["extract"]
        print(
            f"| {size / 1e6:.1f} | {found['concepts']} | {found['relations']} | {total:.1f} | "
            f"{size / 1000 / total:.0f} "
            f"| {size / 1000 / extraction:.0f} | {found['peak']:.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
