"""The verbs `packs list`, `packs check` and `packs draft`: which packs there are, what is wrong with one, a new one."""

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
from graph.errors import InputError
from graph.llm.batch import write_requests
from ui.i18n import say
from ui.records import print_json
from ui.settings import LanguageModelSettings, ModelOptions, Settings
from ui.terminal import clean, console, rows, styled

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


def draft(
    field: str, notes: Path, *, output: Path | None, most: int, language_model: ModelOptions, lang: str | None
) -> None:
    """Write a draft of a pack on ``field`` about the ``most`` central concepts of ``notes``.

    Raises:
        InputError: there are no notes, the file is there already, or no model is named.
        LanguageModelError: the model cannot be asked at all.
        SettingsError: the options cannot be used.
    """
    from extract.llm.pack_draft import draft_pack, draft_requests
    from extract.pipeline import build
    from ui.commands.language_model import asked_model, recorded_model

    name = "-".join(field.lower().split())
    path = output or Path(f"{name}{SUFFIX}")
    if not path.name.endswith(SUFFIX):
        raise InputError(f"A pack is a file whose name ends in {SUFFIX}; {path} does not.")
    if path.exists():
        raise InputError(f"{path} is there already. Choose another name with --output, or move it away.")
    settings = LanguageModelSettings.from_environment(os.environ)
    recorded = recorded_model(language_model, settings) if language_model.recorded else None
    model = recorded or asked_model(language_model, settings)
    if model is None:
        raise InputError("Say who writes the draft: --llm MODEL, or --llm-requests FILE for a batch.")
    concepts = build(notes).snapshot.concepts[:most]
    chosen = _lang(lang)
    if language_model.requests is not None and language_model.responses is None:
        number = write_requests(draft_requests(concepts, field), language_model.requests, model.name)
        console().print(styled(say("llm_requests", chosen, n=number, path=clean(str(language_model.requests)))))
        return
    made = draft_pack(concepts, field, model)
    if not made.entries:
        raise InputError("The model wrote no entry that can be used; nothing was written.")
    try:
        path.write_text(made.text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"The draft cannot be written to {path}: {error.strerror or error}.") from error
    out = console()
    links = sum(len(v) for e in made.entries for v in e.values() if isinstance(v, list))
    out.print(styled(say("pack_drafted", chosen, n=len(made.entries), links=links, path=clean(str(path)))))
    if made.dropped:
        reasons = ", ".join(f"{say(f'pack_dropped.{why}', chosen)} {n}" for why, n in made.dropped.items())
        out.print(styled(say("llm_dropped", chosen, n=sum(made.dropped.values()), reasons=reasons)))
    if made.report.failed:
        out.print(styled(say("llm_failed", chosen, n=made.report.failed)))
    out.print(styled(say("pack_next", chosen, path=clean(str(path)), notes=clean(str(notes)))))


def _lang(lang: str | None) -> str:
    return str(lang) if lang else Settings.from_environment(os.environ).lang or "en"
