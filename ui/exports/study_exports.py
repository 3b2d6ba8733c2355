"""A study path as a file: a Markdown check-list, a table, or an Anki deck, each in study order."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from graph.errors import InputError
from graph.exchange.shared import SEPARATOR, table
from graph.stores.contract import GraphStore
from queries.study.model import StudyPath, StudyStep
from ui.exports.sheet import Sheet, where
from ui.i18n import because, notes_language, say, shown_lines
from ui.terminal import place


class StudyFormat(StrEnum):
    """What a study path is written as: the ending of the file."""

    MARKDOWN = ".md"
    CSV = ".csv"
    ANKI = ".apkg"


def export_format(output: Path) -> StudyFormat:
    """What a file is to be, by its ending.

    Raises:
        InputError: it is none of those that there are.
    """
    try:
        return StudyFormat(output.suffix.lower())
    except ValueError as error:
        raise InputError(
            f"Cannot tell from its ending what {output} is to be. It can end in {', '.join(StudyFormat)}."
        ) from error


def exported(sheet: Sheet, form: StudyFormat) -> bytes:
    """The content of the file."""
    if form is StudyFormat.MARKDOWN:
        return markdown(sheet).encode("utf-8", "replace")
    if form is StudyFormat.CSV:
        return csv_table(sheet).encode(
            "utf-8-sig", "replace"
        )  # with a byte order mark spreadsheets see that it is UTF-8
    from ui.exports.study_anki import anki_deck

    return anki_deck(sheet)


def write_study_path(path: StudyPath, output: str | Path, store: GraphStore, *, lang: str | None = None) -> None:
    """Write a study path as a Markdown check-list, a CSV table or an Anki deck, by the ending of ``output``.

    Args:
        path: what :func:`queries.study.path.study_path` gave.
        output: the file; it ends in ``.md``, ``.csv`` or ``.apkg``.
        store: the graph that the path leads through.
        lang: ``zh`` or ``en``, for the words around those of the notes; None: the language of the notes.

    Raises:
        InputError: the ending is another, or the file cannot be written; what was there before is there still.
    """
    form = export_format(Path(output))
    sheet = Sheet.of(path, store, lang=lang or notes_language(store.documents()))
    write_study(sheet, Path(output), form)


def write_study(sheet: Sheet, output: Path, form: StudyFormat) -> None:
    """Write the path to ``output`` in one step.

    Raises:
        InputError: it cannot be written; what was there before is there still.
    """
    part = output.with_name(output.name + ".part")
    data = exported(sheet, form)
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(data)
        part.replace(output)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise InputError(f"Cannot write {output}: {error.strerror}.") from error


# ---- Markdown
# -------------------------------------------------------------------------------------------------------------


def markdown(sheet: Sheet) -> str:
    """The path as a Markdown check-list: steps with boxes, definitions, reasons and what to read.

    Background first, on its own.
    """
    path, lang = sheet.path, sheet.lang
    lines = [f"# {say('study_path', lang)}: {escaped(sheet.names.get(path.goal, path.goal))}", ""]
    total = sum(r.minutes for s in path.proper for r in (*s.reading, *s.left_out))
    lines += [
        f"{say('n_steps', lang, n=len(path.proper))} · {say('minutes', lang, n=f'{total:g}')} · {say('speed', lang)}",
        "",
    ]
    if path.known:
        lines += [f"{say('known', lang)}: {escaped(', '.join(sheet.names.get(i, i) for i in path.known))}", ""]
    if path.background:
        words = say("background", lang, n=len(path.background), minutes=f"{path.background_minutes:g}")
        lines += [
            f"## {words.rstrip(': ：')}",
            "",
            *(line for step in path.background for line in _item(step, sheet)),
            "",
        ]
        if path.left_out:
            lines += [say("background_more", lang, n=path.left_out), ""]
        lines += [f"## {say('steps', lang)}", ""]
    lines += [line for step in path.proper if not step.later for line in _item(step, sheet)]
    if path.later:
        lines += ["", f"## {say('for_later', lang, n=len(path.later), minutes=f'{path.later_minutes:g}')}", ""]
        lines += [line for step in path.later for line in _item(step, sheet)]
    return "\n".join(lines) + "\n"


def _item(step: StudyStep, sheet: Sheet) -> list[str]:
    lang = sheet.lang
    minutes = round(sum(r.minutes for r in (*step.reading, *step.left_out)), 1)
    took = f" ({say('minutes_short', lang, n=f'{minutes:g}')})" if minutes else ""
    lines = [f"- [{'x' if step.concept in sheet.done else ' '}] **{escaped(step.name)}**{took}"]
    if step.definition is not None:
        lines.append(f"  - {escaped(step.definition.quote)} — {escaped(place(step.definition))}")
    for edge in step.why[:3]:
        at = "".join(f" — {escaped(place(e))}" for e in shown_lines(edge))
        lines.append(f"  - {say('why', lang)}: {escaped(because(edge, sheet.names, lang))}{at}")
    lines += [f"  - {say('read', lang)}: {escaped(where(r))}" for r in step.reading]
    if not step.later:
        lines += [f"  - {say('left_out', lang)}: {escaped(where(r))}" for r in step.left_out]
    else:
        lines += [f"  - {say('read', lang)}: {escaped(where(r))}" for r in step.left_out]
    return lines


def escaped(text: str) -> str:
    """``text`` as one line of Markdown that shows it letter by letter."""
    return "".join("\\" + c if c in "\\`*_{}[]<>#|~$!&" else c for c in " ".join(text.split()))


# ---- CSV
# ------------------------------------------------------------------------------------------------------------------


def csv_table(sheet: Sheet) -> str:
    r"""The path as a table, one row for each step, in order.

    See :func:`graph.exchange.shared.table` for what becomes of formulas.

    ``step`` counts from 1; ``status`` is ``background``, ``todo``, ``later`` or ``done``; several values in one cell
    are parted by :data:`graph.exchange.shared.SEPARATOR`.
    """
    names = sheet.names
    rows = (
        (
            number,
            step.name,
            step.concept,
            sheet.status(step),
            step.minutes,
            SEPARATOR.join(sheet.themes.get(step.concept, ())),
            SEPARATOR.join(because(e, names, sheet.lang) for e in step.why),
            SEPARATOR.join(dict.fromkeys(place(e) for edge in step.why for e in shown_lines(edge))),
            SEPARATOR.join(names.get(i, i) for i in step.needs),
            step.definition.quote if step.definition else "",
            place(step.definition) if step.definition else "",
            SEPARATOR.join(where(r) for r in step.reading),
            SEPARATOR.join(where(r) for r in step.left_out),
        )
        for number, step in enumerate(sheet.path.steps, start=1)
    )
    return table(
        (
            "step",
            "concept",
            "id",
            "status",
            "minutes",
            "themes",
            "why",
            "why_at",
            "needs",
            "definition",
            "definition_at",
            "read",
            "left_out",
        ),
        rows,
    )
