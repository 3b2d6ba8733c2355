"""What a training works with: annotated parts, places for intermediate results and models, and how thorough it is."""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from graph.errors import StudyatlasError
from graph.model import GraphSnapshot
from graph.stores.sqlite.store import SqliteStore
from training.gold import NOTE_PLACES, ROOT, GoldPart, default_gold, read_parts

WORK: Final = ROOT / "benchmarks" / "results" / "parts"
"""Where intermediate results are kept."""


_STRING_VALUE: Final = re.compile(r'(":"(?:[^"\\]|\\.)*",)"')


@dataclass(frozen=True)
class Effort:
    """How thorough a training is."""

    folds: int
    """Groups of parts in a cross-validation."""
    groups: int
    """Groups of parts that are held out together while the stages before are trained."""
    documents: int
    """Groups of documents in the cross-validation of salience, whose figures are by document."""
    inner: int
    """Groups of documents for the first scores that the second salience model is trained on: by models without them."""
    rounds: float
    """Share of the boosted trees that are grown."""
    entries: int
    """Of so many entries of the knowledge packs one teaches the kinds of concepts."""


FULL: Final = Effort(folds=6, groups=4, documents=8, inner=4, rounds=1.0, entries=1)
QUICK: Final = Effort(folds=2, groups=2, documents=2, inner=2, rounds=0.1, entries=6)
"""To see that everything works; the models are worse than they could be."""


@dataclass(frozen=True, eq=False)
class Setting:
    """What all trainings take."""

    parts: tuple[GoldPart, ...]
    work: Path = WORK
    output: Path | None = None
    """The folder for the models; None for the places of the models that come with the package."""
    effort: Effort = FULL

    def without(self, held: Iterable[str]) -> Setting:
        """The same without the parts named ``held``."""
        names = set(held)
        return replace(self, parts=tuple(p for p in self.parts if p.name not in names))

    @cached_property
    def key(self) -> str:
        """Hash of what intermediate results depend on: parts, effort and code; not the models of the package."""
        digest = hashlib.sha256(repr(self.effort).encode())
        for part in self.parts:
            digest.update(repr((part.name, part.path.name, replace(part.marked, folder=""), part.text)).encode())
        for package in ("extract", "graph", "training"):
            for path in sorted(p for p in (ROOT / package).rglob("*") if p.suffix in (".py", ".yaml")):
                digest.update(path.read_bytes())
        return digest.hexdigest()[:16]

    @cached_property
    def place(self) -> Path:
        """The folder in :attr:`work` for what is made of these parts with this effort by this code."""
        place = self.work / self.key
        place.mkdir(parents=True, exist_ok=True)
        return place

    def kept(self, name: str, make: Callable[[], Any]) -> Any:
        """The JSON value that ``make`` returns; made once, then read from a file in :attr:`place`."""
        path = self.place / f"{name}.json"
        if not path.exists():
            unfinished = path.with_suffix(
                ".part"
            )  # renamed when it is whole, so that a killed training leaves no half a file
            unfinished.write_text(json.dumps(make(), ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
            unfinished.replace(path)
        return json.loads(path.read_text(encoding="utf-8"))

    def kept_graph(self, name: str, make: Callable[[], GraphSnapshot]) -> GraphSnapshot:
        """The graph that ``make`` builds; built once, then read from a file in :attr:`place`."""
        with SqliteStore(self.place / f"{name}.db") as store:
            if not store.path.exists():
                store.publish(make())
            return store.snapshot()

    def folder_of(self, part: GoldPart) -> Path:
        """A folder in :attr:`place` with the part as its only note."""
        alone = self.place / part.name
        alone.mkdir(exist_ok=True)
        (alone / part.path.name).write_text(part.text, encoding="utf-8")
        return alone

    def write(self, default: Path, record: Mapping[str, Any], *, name: str | None = None) -> Path:
        """Write a model, one feature or list of numbers a line, so that differences can be read.

        Args:
            default: the file of the model that comes with the package.
            record: the model as a JSON object.
            name: name of the file in :attr:`output`; None for that of ``default``.
        """
        path = default if self.output is None else self.output / (name or default.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
        lines = _STRING_VALUE.sub(r'\1\n"', text.replace('],"', '],\n"'))
        path.write_text(lines + "\n", encoding="utf-8")
        print(f"{path} {path.stat().st_size / 1000:.0f} kB")
        return path


def folder(text: str) -> Path:
    """The folder that an argument names; ``~`` is the home, which the shell leaves alone in ``make train GOLD=~/x``."""
    return Path(text).expanduser()


def parser(description: str | None) -> argparse.ArgumentParser:
    """A parser with the options that all trainings have."""
    out = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    gold, output = (
        "annotations (default: ../shared/gold and our own)",
        "where the models go (default: into the packages)",
    )
    out.add_argument("--gold", type=folder, nargs="+", metavar="FOLDER", help=gold)
    out.add_argument("--notes", type=folder, nargs="+", metavar="FOLDER", help="where the annotated documents are")
    out.add_argument("--work", type=folder, default=WORK, metavar="FOLDER", help="where intermediate results are kept")
    out.add_argument("--output", type=folder, metavar="FOLDER", help=output)
    out.add_argument("--no-write", action="store_true", help="print the figures and write no model")
    out.add_argument("--quick", action="store_true", help="few trees, folds and names: to see that it works")
    return out


def setting_of(arguments: argparse.Namespace) -> Setting:
    """The setting that the options of :func:`parser` say.

    Raises:
        InputError: see :func:`training.gold.read_parts`.
    """
    parts = read_parts(arguments.gold or default_gold(), arguments.notes or NOTE_PLACES)
    return Setting(parts, arguments.work, arguments.output, QUICK if arguments.quick else FULL)


def run(main: Callable[[Sequence[str] | None], None]) -> None:
    """Run ``main`` with the arguments of the command line; an error for people is one line on standard error.

    Raises:
        SystemExit: with the error's exit code.
    """
    try:
        main(None)
    except StudyatlasError as e:
        print(f"{Path(sys.argv[0]).stem}: {e}", file=sys.stderr)
        raise SystemExit(e.exit_code) from e
