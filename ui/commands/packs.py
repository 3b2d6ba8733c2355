"""The verbs `packs list` and `packs check`: the knowledge packs that there are, and what is wrong with one."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import typer

from extract.knowledge.compiled import bundled_fields, pack_index
from extract.knowledge.lexicon import lexicon_as_pack
from extract.knowledge.pack_check import check_packs
from extract.knowledge.pack_sources import SUFFIX, read_pack, source_files
from ui.i18n import say
from ui.records import print_json
from ui.settings import Settings
from ui.terminal import console, rows, styled

PROBLEMS: Final = 1
"""Exit code where a pack has a problem."""


def list_packs(*, as_json: bool, lang: str | None) -> None:
    """Show the packs that come with studyatlas, how much each knows, and whether its compiled form is up to date."""
    index, compiled = pack_index(), bundled_fields()
    sources = {path.stem: path for path in source_files()}
    records = []
    for field in sorted({*sources, *compiled}):
        counts = index.counts.get(field, (0, 0, 0, 0))
        current = (
            field in compiled
            and field in sources
            and hashlib.sha256(sources[field].read_bytes()).hexdigest() == index.sha256.get(field)
        )
        records.append((field, counts, current))
    if as_json:
        names = ("concepts", "names", "relations", "needs")
        print_json([{"field": f, **dict(zip(names, c, strict=True)), "compiled": current} for f, c, current in records])
        return
    chosen = _lang(lang)
    keys = ("packs_field", "concepts", "packs_names", "relations", "packs_needs", "packs_compiled")
    body = [[f, *map(str, c), say("packs_yes" if current else "packs_stale", chosen)] for f, c, current in records]
    total = [sum(c[i] for _, c, _ in records) for i in range(4)]
    body.append([say("packs_all", chosen), *map(str, total), ""])
    console().print(rows([say(key, chosen) for key in keys], body, right=[1, 2, 3, 4]))


def check_files(files: Sequence[Path], *, as_json: bool, lang: str | None) -> None:
    """Say what is wrong with packs; without ``files`` with all that come with studyatlas.

    Values of a user's file may name entries of the bundled packs.

    Raises:
        SettingsError: a file cannot be read, or is not YAML.
        typer.Exit: there are problems.
    """
    bundled = [read_pack(path) for path in source_files()]
    packs = [read_pack(file) if file.name.endswith(SUFFIX) else lexicon_as_pack(file) for file in files] or bundled
    problems = check_packs(packs, among=bundled)
    if as_json:
        print_json([{"file": p.file, "line": p.line, "problem": p.message} for p in problems])
    else:
        chosen = _lang(lang)
        out = console()
        for problem in problems:
            out.print(styled((f"{problem.file}:{problem.line}", "cyan"), f": {problem.message}"))
        entries = sum(len(pack.entries) for pack in packs)
        key = "packs_problems" if problems else "packs_right"
        out.print(styled(say(key, chosen, n=len(problems) if problems else entries, files=len(packs))))
    if problems:
        raise typer.Exit(PROBLEMS)


def _lang(lang: str | None) -> str:
    return str(lang) if lang else Settings.from_environment(os.environ).lang or "en"
