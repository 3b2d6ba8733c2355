"""What can be learned now."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from queries.study.model import NextStep, NextSteps
from ui.choice import Choice
from ui.i18n import say, shown_lines, why
from ui.reader import reader
from ui.reader.blocks import Element, card, dim, heading, para, quote, row, title
from ui.views.panels.study import Ticks, opens_block, reading_block


def next_panel(found: NextSteps, *, names: Mapping[str, str], ticks: Ticks, lang: str, key: str) -> Choice | None:
    """The concepts with boxes to tick; returns what was clicked.

    ``names``: id → name of every concept that is mentioned.
    """
    if not found.known:
        st.caption(say("next_begin", lang))
    if not found.steps:
        st.info(say("next_goal_known" if found.goal_known else "next_nothing", lang), icon=None)
        return None
    chosen: Choice | None = None
    for number, step in enumerate(found.steps, start=1):
        box, text = st.columns([0.025, 0.975], vertical_alignment="top", gap="small")
        with box:
            ticks.box(step.concept, step.name, lang=lang, key=f"{key}.done.{step.concept}")
        with text:
            chosen = reader([_card(number, step, names, lang)], key=f"{key}.step.{step.concept}") or chosen
    return chosen


def _card(number: int, step: NextStep, names: Mapping[str, str], lang: str) -> Element:
    tags = [say("minutes_short", lang, n=f"{step.minutes:g}")] if step.minutes else []
    blocks: list[Element] = [title(f"{number}. {step.name}", tags=tags, small=True)]
    if step.definition is not None:
        blocks.append(quote(step.definition))
    blocks.append(heading(say("next_why", lang)))
    if not step.builds_on:
        blocks.append(para(dim(say("next_needs_nothing", lang))))
    for edge in step.builds_on[:2]:
        words = [say("next_builds", lang, name=names[edge.before]), dim(f"  {why(edge, names, lang, most=1)}")]
        blocks.append(row(words, *(quote(e) for e in shown_lines(edge) if e != step.definition)))
    if step.theme is not None:
        blocks.append(para(dim(say("next_theme", lang, theme=step.theme))))
    if step.completes:
        blocks.append(opens_block(say("next_completes", lang), step.completes, names, lang))
    elif step.opens:
        blocks.append(opens_block(say("unlocks_short", lang), step.opens, names, lang))
    if step.reading:
        blocks.append(heading(say("read", lang)))
    blocks += [reading_block(r, lang) for r in step.reading]
    return card(*blocks)
