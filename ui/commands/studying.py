"""The verbs `study` and `next`: how to get to a goal, and what can be learned now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from graph.errors import ProgressError
from queries.explore import names_of
from queries.study.model import NextStep, NextSteps, Reading, StudyPath, StudyStep
from queries.study.next_steps import next_steps
from queries.study.path import plan_study
from ui.commands.common import Opened, opened
from ui.commands.look import relation_lines
from ui.exports.sheet import Sheet
from ui.exports.study_exports import export_format, write_study
from ui.i18n import say, why
from ui.progress import progress_path, read_progress
from ui.records import next_record, print_json, study_record
from ui.terminal import console, heading, quoted, show, styled

if TYPE_CHECKING:
    from rich.text import Text

UNLOCKS_SHOWN: Final = 4
"""Concepts that a step opens the way to, named before the rest is only counted."""
KNOWN_SHOWN: Final = 8


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is taken as known: names from the command line, ids from the progress."""

    given: tuple[str, ...]
    progress: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        """Both."""
        return (*self.given, *self.progress)


def knowledge(here: Opened, given: Sequence[str], *, progress: Path | None, use_progress: bool) -> Knowledge:
    """What is known by the command line and, unless that is not wanted, by the learner's progress.

    Raises:
        ProgressError: the progress cannot be read or understood.
    """
    if not use_progress:
        return Knowledge(tuple(given), ())
    try:
        path = progress_path(here.target, here.store.info().source, given=progress)
    except ProgressError:  # there is no place for it, so there is none
        return Knowledge(tuple(given), ())
    return Knowledge(tuple(given), read_progress(path, here.store).marked)


def show_study(
    goal: str,
    graph: str | None,
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
) -> None:
    """Show what to learn, in order, or write it to a file that is a check-list, a table or a deck by its ending.

    Raises:
        InputError: the file's ending is not known, or it cannot be written.
    """
    form = None if output is None else export_format(output)
    with opened(graph, lang=lang) as here:
        knows = knowledge(here, known, progress=progress, use_progress=use_progress)
        path = plan_study(here.store, goal, known=knows.all, start=start, minutes=minutes, full=full)
        if form is not None and output is not None:
            write_study(Sheet.of(path, here.store, lang=here.lang), output, form)
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
    yield from _known_lines(path.known, knows, names, here)
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


def _known_lines(known: Sequence[str], knows: Knowledge, names: Mapping[str, str], here: Opened) -> Iterator[Text]:
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
        for evidence in edge.evidence[:1]:
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
    if path.background:
        words = say("background", lang, n=len(path.background), minutes=f"{path.background_minutes:g}")
        yield styled(
            "  0. ",
            (words, "dim"),
            " · ".join(s.name for s in path.background),
            (f"  {say('background_how', lang)}", "dim"),
        )


def _later_lines(path: StudyPath, done: int, lang: str) -> Iterator[Text]:
    if not path.later:
        return
    yield heading(say("for_later", lang, n=len(path.later), minutes=f"{path.later_minutes:g}"))
    for number, step in enumerate(path.later, start=done + 1):
        yield styled(f"{number:3}. ", step.name, (_took(sum(r.minutes for r in step.left_out), lang), "dim"))


def _step_lines(number: int, step: StudyStep, path: StudyPath, names: Mapping[str, str], lang: str) -> Iterator[Text]:
    goal = (f"  {say('goal', lang)}", "bold green") if step.concept == path.goal else ""
    yield styled(f"{number:3}. ", (step.name, "bold"), goal, (_took(step.minutes, lang), "dim"))
    if step.definition is not None:
        yield quoted(step.definition, indent="       ")
    for edge in step.why[:2]:
        yield styled("       ", (say("why", lang) + " ", "dim"), why(edge, names, lang))
        for evidence in edge.evidence[:1]:
            if evidence != step.definition:
                yield quoted(evidence, indent="         ")
    for reading in step.reading:
        yield reading_line(reading, lang)
    if step.left_out:
        places = ", ".join(f"{_where(r)}{_took(r.minutes, lang)}" for r in step.left_out)
        yield styled("       ", (f"{say('left_out', lang)} {places}", "dim"))
    if step.unlocks:
        yield styled("       ", (say("unlocks_short", lang) + " ", "dim"), _some(step.unlocks, names, lang))


def _some(ids: Sequence[str], names: Mapping[str, str], lang: str) -> str:
    rest = len(ids) - UNLOCKS_SHOWN
    shown = " · ".join(names[i] for i in ids[:UNLOCKS_SHOWN])
    return f"{shown} {say('unlocks_more', lang, n=len(ids) if lang == 'zh' else rest)}" if rest > 0 else shown


def _where(reading: Reading) -> str:
    return f"{reading.passage.doc}:{reading.passage.first_line}-{reading.passage.last_line}"


def reading_line(reading: Reading, lang: str) -> Text:
    """What to read, and how long it takes."""
    took = f"  {say('read_again', lang)}" if reading.again else _took(reading.minutes, lang)
    path = " › ".join(reading.passage.heading_path[-2:])
    return styled("       ", (say("read", lang) + " ", "dim"), (_where(reading), "cyan"), "  ", path, (took, "dim"))


def _took(minutes: float, lang: str) -> str:
    """The time for reading, where there is something to read."""
    return f"  {say('minutes', lang, n=f'{round(minutes, 1):g}')}" if minutes else ""


def show_next(
    graph: str | None,
    *,
    known: tuple[str, ...],
    goal: str | None,
    limit: int,
    progress: Path | None,
    use_progress: bool,
    as_json: bool,
    lang: str | None,
) -> None:
    """Show what can be learned now."""
    with opened(graph, lang=lang) as here:
        knows = knowledge(here, known, progress=progress, use_progress=use_progress)
        found = next_steps(here.store, known=knows.all, goal=goal, limit=limit)
        if as_json:
            print_json(next_record(found))
        else:
            show(_next(found, knows, here))


def _next(found: NextSteps, knows: Knowledge, here: Opened) -> Iterator[Text]:
    lang = here.lang
    ids = {*found.known, *(i for s in found.steps for i in (s.concept, *s.opens, *(e.before for e in s.builds_on)))}
    names = names_of(here.store, ids | ({found.goal} if found.goal else set()))
    title = say("next", lang) if found.goal is None else say("next_for", lang, goal=names[found.goal])
    yield heading(title) + styled((f"  {say('next_ready', lang, n=found.ready)}", "dim"))
    yield from _known_lines(found.known, knows, names, here)
    if not found.known:
        yield styled((say("next_nothing_known", lang), "dim"))
    if not found.steps:
        yield styled(say("next_goal_known" if found.goal_known else "next_nothing", lang))
    for number, step in enumerate(found.steps, start=1):
        yield from _next_lines(number, step, names, lang)


def _next_lines(number: int, step: NextStep, names: Mapping[str, str], lang: str) -> Iterator[Text]:
    yield styled(f"{number:3}. ", (step.name, "bold"), (_took(step.minutes, lang), "dim"))
    if step.definition is not None:
        yield quoted(step.definition, indent="       ")
    if not step.builds_on:
        yield styled("       ", (say("next_needs_nothing", lang), "dim"))
    for edge in step.builds_on[:2]:
        yield styled(
            "       ", say("next_builds", lang, name=names[edge.before]), (f"  {why(edge, names, lang, most=1)}", "dim")
        )
        for evidence in edge.evidence[:1]:
            if evidence != step.definition:
                yield quoted(evidence, indent="         ")
    if step.theme is not None:
        yield styled("       ", (say("next_theme", lang, theme=step.theme), "dim"))
    if step.completes:
        yield styled("       ", (say("next_completes", lang) + " ", "dim"), _some(step.completes, names, lang))
    elif step.opens:
        yield styled("       ", (say("unlocks_short", lang) + " ", "dim"), _some(step.opens, names, lang))
    for reading in step.reading:
        yield reading_line(reading, lang)
