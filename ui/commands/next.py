"""The verb `next`: what can be learned now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from graph.stores.address import GraphAddress
from queries.explore import names_of
from queries.study.model import NextStep, NextSteps
from queries.study.next_steps import next_steps
from ui.commands.common import Opened, opened
from ui.i18n import say, shown_lines, why
from ui.records import next_record, print_json
from ui.terminal import heading, quoted, show, styled

if TYPE_CHECKING:
    from rich.text import Text
from ui.commands.knowledge import Knowledge, knowledge
from ui.commands.study import known_lines, reading_line, some_names, took


def show_next(
    graph: GraphAddress,
    *,
    known: tuple[str, ...],
    goal: str | None,
    limit: int,
    progress: Path | None,
    use_progress: bool,
    as_json: bool,
    lang: str | None,
    background: bool = True,
) -> None:
    """Show what can be learned now."""
    with opened(graph, lang=lang, background=background) as here:
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
    yield from known_lines(found.known, knows, names, here)
    if not found.known:
        yield styled((say("next_nothing_known", lang), "dim"))
    if not found.steps:
        yield styled(say("next_goal_known" if found.goal_known else "next_nothing", lang))
    for number, step in enumerate(found.steps, start=1):
        yield from _next_lines(number, step, names, lang)


def _next_lines(number: int, step: NextStep, names: Mapping[str, str], lang: str) -> Iterator[Text]:
    yield styled(f"{number:3}. ", (step.name, "bold"), (took(step.minutes, lang), "dim"))
    if step.definition is not None:
        yield quoted(step.definition, indent="       ")
    if not step.builds_on:
        yield styled("       ", (say("next_needs_nothing", lang), "dim"))
    for edge in step.builds_on[:2]:
        yield styled(
            "       ", say("next_builds", lang, name=names[edge.before]), (f"  {why(edge, names, lang, most=1)}", "dim")
        )
        for evidence in shown_lines(edge):
            if evidence != step.definition:
                yield quoted(evidence, indent="         ")
    if step.theme is not None:
        yield styled("       ", (say("next_theme", lang, theme=step.theme), "dim"))
    if step.completes:
        yield styled("       ", (say("next_completes", lang) + " ", "dim"), some_names(step.completes, names, lang))
    elif step.opens:
        yield styled("       ", (say("unlocks_short", lang) + " ", "dim"), some_names(step.opens, names, lang))
    for reading in step.reading:
        yield reading_line(reading, lang)
