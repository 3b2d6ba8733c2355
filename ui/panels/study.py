"""A study path: what to learn, in which order, why, and what to read for it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import streamlit as st

from queries.study_model import StudyPath, StudyStep
from ui.choice import Choice, ConceptChoice, PlaceChoice, to_value
from ui.i18n import relation_words, say, why
from ui.panels.asking import plain_label
from ui.reader import reader
from ui.reader.blocks import Block, Run, card, dim, flow, heading, para, quote, row, title


def wishes_panel(labels: Mapping[str, str], *, lang: str, key: str) -> tuple[str | None, tuple[str, ...], str | None, float | None]:
    """What is to be learned: (goal, known concepts, start, minutes). ``labels``: id → name as boxes show it, most salient first."""
    ids = list(labels)

    def name(concept: str) -> str:
        return labels.get(concept, concept)

    first, second, third, fourth = st.columns([2, 2.4, 1.7, 1.3])
    goal = first.selectbox(say("study_goal", lang), ids, index=0 if ids else None, format_func=name, key=f"{key}.goal")
    known = second.multiselect(say("study_known", lang), ids, format_func=name, key=f"{key}.known", placeholder=say("study_none", lang))
    start = third.selectbox(
        say("study_from", lang), ids, index=None, format_func=name, key=f"{key}.from", placeholder=say("study_none", lang)
    )
    minutes = fourth.number_input(
        say("study_minutes", lang),
        min_value=1,
        max_value=10_000,
        value=None,
        step=15,
        key=f"{key}.minutes",
        placeholder=say("study_none", lang),
    )
    return goal, tuple(known), start, None if minutes is None else float(minutes)


def path_panel(
    path: StudyPath, *, names: Mapping[str, str], done: Collection[str], minutes: float | None, lang: str, key: str
) -> tuple[Choice | None, frozenset[str]]:
    """The steps with boxes to tick; returns what was clicked and the concepts that are ticked now (steps of other paths stay)."""
    ids = [step.concept for step in path.steps]
    ticked = {i for i in ids if st.session_state.get(f"{key}.done.{i}", i in done)}
    left = sum(step.minutes for step in path.steps if step.concept not in ticked)
    st.progress(len(ticked) / len(ids) if ids else 1.0, text=_progress(path, len(ticked), left, lang))
    if minutes is not None and path.minutes > minutes:
        st.warning(say("study_over", lang, needed=f"{path.minutes:g}", minutes=f"{minutes:g}"), icon=None)
    chosen: Choice | None = None
    if path.connection:
        chosen = reader([card(heading(say("connection", lang)), _connection(path, names, lang))], key=f"{key}.connection") or chosen
    ready = [s for s in path.steps if s.concept not in ticked and set(s.needs) <= ticked]
    if ready:
        runs: list[Run] = [dim(say("study_next", lang))]
        for step in ready:
            runs += [{"text": step.name, "value": to_value(ConceptChoice(step.concept))}, "   "]
        chosen = reader([para(*runs)], key=f"{key}.next") or chosen
    for number, step in enumerate(path.steps, start=1):
        box, text = st.columns([0.025, 0.975], vertical_alignment="top", gap="small")
        if box.checkbox(
            plain_label(say("study_done", lang, name=step.name)),
            value=step.concept in done,
            key=f"{key}.done.{step.concept}",
            label_visibility="collapsed",
        ):
            ticked.add(step.concept)
        else:
            ticked.discard(step.concept)
        with text:
            block = _step(number, step, path, names, lang, folded=step.concept in ticked)
            chosen = reader([block], key=f"{key}.step.{step.concept}") or chosen
    return chosen, frozenset((set(done) - set(ids)) | ticked)


def _progress(path: StudyPath, done: int, left: float, lang: str) -> str:
    if done == len(path.steps):
        return say("study_all_done", lang)
    return say("study_total", lang, n=len(path.steps), minutes=f"{left:.0f}" if left >= 1 else "1", done=done)


def _connection(path: StudyPath, names: Mapping[str, str], lang: str) -> Block:
    return flow(
        [
            ((names.get(r.head, r.head), r.head), relation_words(r.type.value, lang), (names.get(r.tail, r.tail), r.tail))
            for r in path.connection
        ]
    )


def _step(number: int, step: StudyStep, path: StudyPath, names: Mapping[str, str], lang: str, *, folded: bool) -> Block:
    tags = [say("study_goal_tag", lang)] if step.concept == path.goal else []
    if step.minutes:
        tags.append(say("minutes_short", lang, n=f"{step.minutes:g}"))
    head = title(f"{number}. {step.name}", tags=tags, small=True)
    if folded:
        return card(head)
    blocks: list[Block] = [head]
    if step.definition is not None:
        blocks.append(quote(step.definition))
    if step.why:
        blocks.append(heading(say("study_because", lang)))
        blocks += [
            row([why(edge, names, lang)], *(quote(e) for e in edge.evidence[: 1 if i == 0 else 0])) for i, edge in enumerate(step.why[:3])
        ]
    blocks.append(heading(say("read", lang)))
    blocks += _readings(step, lang) or [para(dim(say("study_no_reading", lang)))]
    return card(*blocks, colour="var(--st-primary-color)" if step.concept == path.goal else None)


def _readings(step: StudyStep, lang: str) -> list[Block]:
    found = []
    for reading in step.reading:
        p = reading.passage
        where = {"text": f"{p.doc}:{p.first_line}–{p.last_line}", "value": to_value(PlaceChoice(p.doc, p.first_line))}
        took = f"  {say('minutes_short', lang, n=f'{reading.minutes:g}')}" if reading.minutes else ""
        found.append(para(where, "  ", " › ".join(p.heading_path), dim(took)))
    return found


def markdown(path: StudyPath, *, names: Mapping[str, str], done: Collection[str], lang: str) -> str:
    """The path as a Markdown checklist: steps with boxes, definitions, reasons and what to read."""
    goal = names.get(path.goal, path.goal)
    lines = [f"# {say('study_path', lang)}: {escaped(goal)}", ""]
    lines += [f"{say('n_steps', lang, n=len(path.steps))} · {say('minutes', lang, n=f'{path.minutes:g}')}", ""]
    if path.known:
        lines += [f"{say('known', lang)}: {escaped(', '.join(names.get(i, i) for i in path.known))}", ""]
    for step in path.steps:
        lines += _step_lines(step, names, "x" if step.concept in done else " ", lang)
    return "\n".join(lines) + "\n"


def _step_lines(step: StudyStep, names: Mapping[str, str], box: str, lang: str) -> Sequence[str]:
    took = f" ({say('minutes_short', lang, n=f'{step.minutes:g}')})" if step.minutes else ""
    lines = [f"- [{box}] **{escaped(step.name)}**{took}"]
    if step.definition is not None:
        lines.append(f"  - {escaped(step.definition.quote)} — {escaped(f'{step.definition.doc}:{step.definition.line}')}")
    for edge in step.why[:3]:
        place = f" — {escaped(f'{edge.evidence[0].doc}:{edge.evidence[0].line}')}" if edge.evidence else ""
        lines.append(f"  - {say('why', lang)}: {escaped(why(edge, names, lang))}{place}")
    for reading in step.reading:
        p = reading.passage
        lines.append(f"  - {say('read', lang)}: {escaped(f'{p.doc}:{p.first_line}-{p.last_line}')}")
    return lines


def escaped(text: str) -> str:
    """``text`` as one line of Markdown that shows it letter by letter."""
    return "".join("\\" + c if c in "\\`*_{}[]<>#|~$!&" else c for c in " ".join(text.split()))
