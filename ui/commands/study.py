"""The verb `study`: how to get from what is known to a goal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from graph.stores.address import GraphAddress
from queries.explore import names_of
from queries.study.model import Reading, StudyPath, StudyStep
from queries.study.path import study_path
from ui.commands.common import Opened, opened
from ui.commands.concept import relation_lines
from ui.commands.knowledge import Knowledge, knowledge
from ui.exports.study_exports import export_format, write_study_path
from ui.i18n import because, say, shown_lines, why
from ui.records import print_json, study_record
from ui.terminal import console, heading, quoted, show, styled

if TYPE_CHECKING:
    from rich.text import Text

UNLOCKS_SHOWN: Final = 4
"""Concepts that a step opens the way to, named before the rest is only counted."""
KNOWN_SHOWN: Final = 8


def show_study(
    goal: str,
    graph: GraphAddress,
    *,
    known: tuple[str, ...],
    start: str | None,
    minutes: float | None,
    full: bool,
    progress: Path | None,
    use_progress: bool,
    output: Path | None,
    as_json: bool,
    lang: str | None,
    background: bool = True,
) -> None:
    """Show what to learn, in order, or write it to a file that is a check-list, a table or a deck by its ending.

    Raises:
        InputError: the file's ending is not known, or it cannot be written.
    """
    if output is not None:
        export_format(output)  # a wrong ending is refused before the work begins
    with opened(graph, lang=lang, background=background) as here:
        knows = knowledge(here, known, progress=progress, use_progress=use_progress)
        path = study_path(here.store, goal, known=knows.all, start=start, minutes=minutes, full=full)
        if output is not None:
            write_study_path(path, output, here.store, lang=here.lang)
        if as_json:
            print_json(study_record(path))
        elif output is not None:
            show([styled(say("exported", here.lang, path=output))], to=console())
        else:
            show(_study(path, knows, here))


def _study(path: StudyPath, knows: Knowledge, here: Opened) -> Iterator[Text]:
    lang = here.lang
    ends = {c for r in path.connection for c in (r.head, r.tail)} | {c for e in path.chain for c in e.key}
    ids = {path.goal, *path.known, *ends, *(s.concept for s in path.steps), *(i for s in path.steps for i in s.unlocks)}
    names = names_of(here.store, ids | ({path.start} if path.start else set()))
    proper = round(sum(s.minutes for s in path.proper), 1)
    facts = [say("n_steps", lang, n=len(path.proper))] + ([say("minutes", lang, n=f"{proper:g}")] if proper else [])
    yield heading(f"{say('study_path', lang)}: {names[path.goal]}") + styled("  " + " · ".join(facts))
    yield from known_lines(path.known, knows, names, here)
    yield from _start_lines(path, names, lang)
    if not path.steps:
        yield styled(say("known_all", lang))
        return
    yield from _budget_lines(path, lang)
    yield from _background_lines(path, lang)
    done = [s for s in path.proper if not s.later]
    for number, step in enumerate(done, start=1):
        yield from _step_lines(number, step, path, names, lang)
    yield from _later_lines(path, len(done), lang)
    yield styled((say("speed", lang), "dim"))


def known_lines(known: Sequence[str], knows: Knowledge, names: Mapping[str, str], here: Opened) -> Iterator[Text]:
    """What the learner knows, and what that implies."""
    if not known:
        return
    given = [here.store.concept(name).id for name in knows.given]
    marked = list(dict.fromkeys([*given, *knows.progress])) or list(known)
    shown = " · ".join(names[i] for i in marked[:KNOWN_SHOWN]) + (" …" if len(marked) > KNOWN_SHOWN else "")
    rest = len(set(known) - set(marked))
    yield styled(
        (say("known", here.lang) + "  ", "bold"), say("known_more", here.lang, names=shown, n=rest) if rest else shown
    )
    if knows.progress:
        yield styled("  ", (say("known_progress", here.lang, n=len(knows.progress)), "dim"))


def _start_lines(path: StudyPath, names: Mapping[str, str], lang: str) -> Iterator[Text]:
    """How the start leads to the goal."""
    if path.start is None:
        return
    if path.start == path.goal:
        yield styled(say("start_same", lang))
        return
    sort = (
        "related"
        if path.connection
        else "apart"
        if not path.chain
        else "before"
        if path.chain[0].before == path.start
        else "after"
    )
    yield styled((say(f"start_{sort}", lang, start=names[path.start], goal=names[path.goal]), "bold"))
    for edge in path.chain:
        yield styled("  ", names[edge.before], " → ", names[edge.after], (f"  {why(edge, names, lang)}", "dim"))
        for evidence in shown_lines(edge):
            yield quoted(evidence, indent="      ")
    for relation in path.connection:
        yield from relation_lines(relation, names, lang)


def _budget_lines(path: StudyPath, lang: str) -> Iterator[Text]:
    if path.budget is None:
        return
    steps, later = len(path.proper), len(path.later)
    minutes = f"{path.budget:g}"
    if later:
        yield styled((say("fits_some", lang, minutes=minutes, done=steps - later, n=steps), "yellow"))
    else:
        yield styled(say("fits_all", lang, minutes=minutes, n=steps))
        if path.left_minutes:
            yield styled((say("fits_left", lang, left=f"{path.left_minutes:g}"), "yellow"))


def _background_lines(path: StudyPath, lang: str) -> Iterator[Text]:
    more = say("background_more", lang, n=path.left_out) if path.left_out else ""
    if path.background:
        words = say("background", lang, n=len(path.background), minutes=f"{path.background_minutes:g}")
        how = " ".join(filter(None, (more, say("background_how", lang))))
        yield styled("  0. ", (words, "dim"), " · ".join(s.name for s in path.background), (f"  {how}", "dim"))
    elif more:
        yield styled("     ", (f"{more} {say('background_how', lang)}", "dim"))


def _later_lines(path: StudyPath, done: int, lang: str) -> Iterator[Text]:
    if not path.later:
        return
    yield heading(say("for_later", lang, n=len(path.later), minutes=f"{path.later_minutes:g}"))
    for number, step in enumerate(path.later, start=done + 1):
        yield styled(f"{number:3}. ", step.name, (took(sum(r.minutes for r in step.left_out), lang), "dim"))


def _step_lines(number: int, step: StudyStep, path: StudyPath, names: Mapping[str, str], lang: str) -> Iterator[Text]:
    goal = (f"  {say('goal', lang)}", "bold green") if step.concept == path.goal else ""
    yield styled(f"{number:3}. ", (step.name, "bold"), goal, (took(step.minutes, lang), "dim"))
    if step.definition is not None:
        yield quoted(step.definition, indent="       ")
    for edge in step.why[:2]:
        yield styled(
            "       ", (f"{say('why', lang)}{'：' if lang == 'zh' else ': '}", "dim"), because(edge, names, lang)
        )
        for evidence in shown_lines(edge):
            if evidence != step.definition:
                yield quoted(evidence, indent="         ")
    for reading in step.reading:
        yield reading_line(reading, lang)
    if step.left_out:
        places = ", ".join(f"{_where(r)}{took(r.minutes, lang)}" for r in step.left_out)
        yield styled("       ", (f"{say('left_out', lang)} {places}", "dim"))
    if step.unlocks:
        yield styled("       ", (say("unlocks_short", lang) + " ", "dim"), some_names(step.unlocks, names, lang))


def some_names(ids: Sequence[str], names: Mapping[str, str], lang: str) -> str:
    """The first names, and how many more there are."""
    rest = len(ids) - UNLOCKS_SHOWN
    shown = " · ".join(names[i] for i in ids[:UNLOCKS_SHOWN])
    return f"{shown} {say('unlocks_more', lang, n=len(ids) if lang == 'zh' else rest)}" if rest > 0 else shown


def _where(reading: Reading) -> str:
    return f"{reading.passage.doc}:{reading.passage.first_line}-{reading.passage.last_line}"


def reading_line(reading: Reading, lang: str) -> Text:
    """What to read, and how long it takes."""
    minutes = f"  {say('read_again', lang)}" if reading.again else took(reading.minutes, lang)
    path = " › ".join(reading.passage.heading_path[-2:])
    return styled("       ", (say("read", lang) + " ", "dim"), (_where(reading), "cyan"), "  ", path, (minutes, "dim"))


def took(minutes: float, lang: str) -> str:
    """The time for reading, where there is something to read."""
    return f"  {say('minutes', lang, n=f'{round(minutes, 1):g}')}" if minutes else ""
