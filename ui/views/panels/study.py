"""A study path: what to learn, in which order, why, and what to read for it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from graph.model import Prerequisite
from queries.study.model import Reading, StudyPath, StudyStep
from ui.choice import Choice, PlaceChoice, to_value
from ui.i18n import because, relation_words, say, shown_lines
from ui.reader import reader
from ui.reader.blocks import Element, Run, card, chips, concept, details, dim, flow, heading, para, quote, row, title
from ui.views import address
from ui.views.panels.asking import plain_label

BACKGROUND_COLUMNS = 4
"""Boxes of background side by side."""
UNLOCKS_SHOWN = 5
"""Concepts that a step opens the way to, named before the rest is only counted."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is to be learned."""

    goal: str | None
    start: str | None
    minutes: float | None


def wishes_panel(labels: Mapping[str, str], *, total: int, lang: str) -> Wishes:
    """Goal, start and time.

    ``labels``: id → name as boxes show it, most salient first; of more concepts (``total``) any name may be typed.
    """
    ids = list(labels)

    def name(concept_id: str) -> str:
        return labels.get(concept_id, concept_id)

    first, second, third = st.columns([2.2, 2, 1.2])
    goal = first.selectbox(
        say("study_goal", lang),
        ids,
        index=None,
        format_func=name,
        key=address.GOAL,
        placeholder=say("study_goal_none", lang),
        accept_new_options=total > len(labels),
    )
    start = second.selectbox(
        say("study_from", lang),
        ids,
        index=None,
        format_func=name,
        key=address.START,
        placeholder=say("study_none", lang),
        accept_new_options=total > len(labels),
    )
    minutes = third.number_input(
        say("study_minutes", lang),
        min_value=1,
        max_value=10_000,
        value=None,
        step=15,
        key=address.MINUTES,
        placeholder=say("study_none", lang),
    )
    return Wishes(goal, start, None if minutes is None else float(minutes))


def known_panel(
    labels: Mapping[str, str],
    names: Mapping[str, str],
    known: Sequence[str],
    *,
    lang: str,
    key: str,
    change: Callable[[frozenset[str]], None],
) -> None:
    """The box of all concepts that are known. ``names``: id → name of those that are not among ``labels``.

    It always shows ``known``; ``change`` is called with all that the box contains after a click.
    """
    ids = list(dict.fromkeys([*labels, *known]))
    st.session_state[key] = list(known)

    def changed() -> None:
        change(frozenset(st.session_state[key]))

    st.multiselect(
        say("study_known", lang),
        ids,
        format_func=lambda i: labels.get(i) or names.get(i, i),
        key=key,
        placeholder=say("study_none", lang),
        help=say("study_marked_hint", lang),
        on_change=changed,
    )


@dataclass(frozen=True, slots=True)
class Ticks:
    """Which steps are known, and what a click on a box does."""

    marked: Collection[str]
    implied: Collection[str]
    """Known because something marked rests on it: its box cannot be changed."""
    change: Callable[[str, bool], None]
    """Called with (concept id, whether it is ticked now) after a click."""
    doing: Collection[str] = ()
    """Steps that are in progress."""
    skipped: Collection[str] = ()
    """Steps that are passed over."""
    change_status: Callable[[str, str | None], None] | None = None
    """Called with (concept id, ``doing``, ``skip`` or None) after a click; None: not asked for."""

    def open(self, concept_id: str) -> bool:
        """Whether a step is still to be learned."""
        return not self.known(concept_id) and concept_id not in self.skipped

    def status(self, concept_id: str, *, lang: str, key: str) -> None:
        """Draw how far a step is: in progress, passed over, or neither."""
        if self.change_status is None or self.known(concept_id):
            return
        change = self.change_status
        st.session_state[key] = "doing" if concept_id in self.doing else "skip" if concept_id in self.skipped else None
        st.pills(
            say("study_status", lang),
            ["doing", "skip"],
            format_func=lambda status: say(f"study_status.{status}", lang),
            key=key,
            label_visibility="collapsed",
            on_change=lambda: change(concept_id, st.session_state[key]),
        )

    def known(self, concept_id: str) -> bool:
        """Whether a step is known."""
        return concept_id in self.marked or concept_id in self.implied

    def box(self, step_id: str, name: str, *, lang: str, key: str, label: bool = False) -> None:
        """Draw the box of one concept, as it is now; with its name next to it where there is to be a ``label``."""
        st.session_state[key] = self.known(step_id)

        def changed() -> None:
            self.change(step_id, bool(st.session_state[key]))

        st.checkbox(
            plain_label(name if label else say("study_done", lang, name=name)),
            key=key,
            label_visibility="visible" if label else "collapsed",
            disabled=step_id in self.implied and step_id not in self.marked,
            help=say("study_implied", lang) if step_id in self.implied and step_id not in self.marked else None,
            on_change=changed,
        )


def path_panel(
    path: StudyPath,
    *,
    names: Mapping[str, str],
    themes: Mapping[str, Sequence[str]],
    ticks: Ticks,
    lang: str,
    key: str,
) -> Choice | None:
    """The path with boxes to tick; returns what was clicked.

    ``names``: id → name of every concept of the path; ``themes``: id → titles of its themes, coarsest first.
    """
    proper = path.proper
    done = sum(ticks.known(s.concept) for s in proper)
    left = sum(_minutes(s) for s in proper if ticks.open(s.concept))
    st.progress(done / len(proper) if proper else 1.0, text=_progress(path, done, left, lang))
    _overview(path, themes, ticks, lang, key)
    chosen = _start(path, names, lang, key)
    if path.budget is not None and proper:
        _budget(path, lang)
    if path.background:
        words = say("background", lang, n=len(path.background), minutes=f"{path.background_minutes:g}").rstrip("：: ")
        with st.expander(plain_label(words)):
            chosen = _background(path, names, ticks, lang, key) or chosen
    if path.left_out:
        st.caption(say("background_more", lang, n=path.left_out))
    ready = [
        s
        for s in proper
        if not s.later and ticks.open(s.concept) and not any(ticks.open(need) for need in _needs(s, path))
    ]
    if ready:
        runs: list[Run] = [dim(say("study_next", lang))]
        for step in ready:
            runs += [concept(step.concept, step.name), "   "]
        chosen = reader([para(*runs)], key=f"{key}.next") or chosen
    for number, step in enumerate((s for s in proper if not s.later), start=1):
        chosen = _row(step, f"{number}. ", path, names, ticks, lang, key) or chosen
    if path.later:
        words = say("for_later", lang, n=len(path.later), minutes=f"{path.later_minutes:g}")
        chosen = (
            reader([heading(words), chips([(s.name, s.concept) for s in path.later])], key=f"{key}.later") or chosen
        )
    return chosen


def _minutes(step: StudyStep) -> float:
    """Minutes to read for a step, whether there is time for it or not."""
    return step.minutes or sum(r.minutes for r in step.left_out)


def _overview(path: StudyPath, themes: Mapping[str, Sequence[str]], ticks: Ticks, lang: str, key: str) -> None:
    """How many steps and minutes each level has, and how far each theme is."""
    levels: dict[int, list[StudyStep]] = {}
    of_theme: dict[str, list[StudyStep]] = {}
    for step in path.proper:
        levels.setdefault(step.layer, []).append(step)
        for title_ in list(themes.get(step.concept, ()))[:1]:
            of_theme.setdefault(title_, []).append(step)
    lines = []
    if len(levels) > 1:
        said = [
            say("study_level", lang, level=number, n=len(steps), minutes=f"{sum(map(_minutes, steps)):.0f}")
            for number, (_, steps) in enumerate(sorted(levels.items()), start=1)
        ]
        lines.append(para(dim(say("study_levels", lang)), "  " + " · ".join(said)))
    if len(of_theme) > 1:
        far = [
            f"{title_} {sum(ticks.known(s.concept) for s in steps)}/{len(steps)}"
            for title_, steps in sorted(of_theme.items(), key=lambda pair: (-len(pair[1]), pair[0]))
        ]
        lines.append(para(dim(say("study_themes", lang)), "  " + "  ·  ".join(far)))
    if lines:
        reader(lines, key=f"{key}.overview")


def _background(path: StudyPath, names: Mapping[str, str], ticks: Ticks, lang: str, key: str) -> Choice | None:
    """Boxes side by side, and below them, folded, what there is to say about each concept."""
    columns = st.columns(BACKGROUND_COLUMNS)
    for number, step in enumerate(path.background):
        with columns[number % BACKGROUND_COLUMNS]:
            ticks.box(step.concept, step.name, lang=lang, key=f"{key}.done.{step.concept}", label=True)
    told = [details(step.name, _step("", step, path, names, lang, folded=False)) for step in path.background]
    return reader(told, key=f"{key}.background")


def _needs(step: StudyStep, path: StudyPath) -> list[str]:
    """What must be ticked before a step can be learned: its prerequisites that are not background."""
    background = {s.concept for s in path.background}
    return [i for i in step.needs if i not in background]


def _progress(path: StudyPath, done: int, left: float, lang: str) -> str:
    if done == len(path.proper):
        return say("study_all_done", lang)
    return say("study_total", lang, n=len(path.proper), minutes=f"{left:.0f}" if left >= 1 else "1", done=done)


def _budget(path: StudyPath, lang: str) -> None:
    """What fits into the time, in one line."""
    steps, minutes = len(path.proper), f"{path.budget:g}"
    if path.later:
        st.warning(say("fits_some", lang, minutes=minutes, done=steps - len(path.later), n=steps), icon=None)
    elif path.left_minutes:
        st.info(
            say("fits_all", lang, minutes=minutes, n=steps)
            + " "
            + say("fits_left", lang, left=f"{path.left_minutes:g}"),
            icon=None,
        )


def _start(path: StudyPath, names: Mapping[str, str], lang: str, key: str) -> Choice | None:
    """How the start leads to the goal."""
    if path.start is None or path.start == path.goal:
        return None
    sort = (
        "related"
        if path.connection
        else "apart"
        if not path.chain
        else "before"
        if path.chain[0].before == path.start
        else "after"
    )
    blocks: list[Element] = [heading(say(f"start_{sort}", lang, start=names[path.start], goal=names[path.goal]))]
    if path.connection:
        blocks.append(
            flow(
                [
                    ((names[r.head], r.head), relation_words(r.type.value, lang, r.basis), (names[r.tail], r.tail))
                    for r in path.connection
                ]
            )
        )
        blocks += [quote(e) for r in path.connection for e in shown_lines(r)]
    elif path.chain:
        blocks.append(
            flow(
                [
                    (
                        (names[e.before], e.before),
                        relation_words("prerequisite_of", lang, e.basis),
                        (names[e.after], e.after),
                    )
                    for e in path.chain
                ]
            )
        )
        blocks += [_because(e, names, lang, quotes=True) for e in path.chain]
    return reader([card(*blocks)], key=f"{key}.connection")


def _row(
    step: StudyStep, number: str, path: StudyPath, names: Mapping[str, str], ticks: Ticks, lang: str, key: str
) -> Choice | None:
    """One step: its box, and what there is to say about it; folded where it is known."""
    box, text, status = st.columns([0.025, 0.83, 0.145], vertical_alignment="top", gap="small")
    with box:
        ticks.box(step.concept, step.name, lang=lang, key=f"{key}.done.{step.concept}")
    with status:
        ticks.status(step.concept, lang=lang, key=f"{key}.status.{step.concept}")
    with text:
        block = _step(number, step, path, names, lang, folded=not ticks.open(step.concept))
        return reader([block], key=f"{key}.step.{step.concept}")


def _step(
    number: str, step: StudyStep, path: StudyPath, names: Mapping[str, str], lang: str, *, folded: bool
) -> Element:
    tags = [say("study_goal_tag", lang)] if step.concept == path.goal else []
    if step.minutes:
        tags.append(say("minutes_short", lang, n=f"{step.minutes:g}"))
    if not step.background:
        levels = sorted({s.layer for s in path.proper})
        tags += [say("study_level_tag", lang, level=levels.index(step.layer) + 1)] if len(levels) > 1 else []
    head = title(f"{number}{step.name}", tags=tags, small=True)
    if folded:
        return card(head)
    blocks: list[Element] = [head]
    if step.definition is not None:
        blocks.append(quote(step.definition))
    if step.why:
        blocks.append(heading(say("study_because", lang)))
        blocks += [
            _because(e, names, lang, quotes=not i and e.evidence[:1] != (step.definition,))
            for i, e in enumerate(step.why[:3])
        ]
    blocks.append(heading(say("read", lang)))
    blocks += [reading_block(r, lang) for r in step.reading] or [para(dim(say("study_no_reading", lang)))]
    if step.left_out:
        places = ", ".join(f"{_where(r)} ({say('minutes_short', lang, n=f'{r.minutes:g}')})" for r in step.left_out)
        blocks.append(para(dim(f"{say('left_out', lang)}: {places}")))
    if step.unlocks:
        blocks.append(opens_block(say("unlocks_short", lang), step.unlocks, names, lang))
    return card(*blocks, colour="var(--st-primary-color)" if step.concept == path.goal else None)


def _because(edge: Prerequisite, names: Mapping[str, str], lang: str, *, quotes: bool) -> Element:
    return row([because(edge, names, lang)], *(quote(e) for e in shown_lines(edge) if quotes))


def opens_block(words: str, ids: Sequence[str], names: Mapping[str, str], lang: str) -> Element:
    """A line of concepts that come after this one, each leading to its page."""
    runs: list[Run] = [dim(words + ("：" if lang == "zh" else ": "))]
    for concept_id in ids[:UNLOCKS_SHOWN]:
        runs += [concept(concept_id, names.get(concept_id, concept_id)), "   "]
    if len(ids) > UNLOCKS_SHOWN:
        runs.append(dim(say("unlocks_more", lang, n=len(ids) if lang == "zh" else len(ids) - UNLOCKS_SHOWN)))
    return para(*runs)


def _where(reading: Reading) -> str:
    return f"{reading.passage.doc}:{reading.passage.first_line}–{reading.passage.last_line}"


def reading_block(reading: Reading, lang: str) -> Element:
    """What to read; a click leads there."""
    p = reading.passage
    place: Run = {"text": _where(reading), "value": to_value(PlaceChoice(p.doc, p.first_line))}
    took = (
        say("read_again", lang)
        if reading.again
        else say("minutes_short", lang, n=f"{reading.minutes:g}")
        if reading.minutes
        else ""
    )
    return para(place, "  ", " › ".join(p.heading_path), dim(f"  {took}"))
