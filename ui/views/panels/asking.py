"""A question, its answer, and what the answer rests on."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import streamlit as st

from graph.model import Basis, Concept, Prerequisite, Relation, RelationType
from queries.question.model import Answer, Plan
from ui.choice import Choice, PlaceChoice
from ui.i18n import relation_words, say
from ui.places import place_text
from ui.reader import reader
from ui.reader.blocks import (
    Element,
    MapNode,
    bullets,
    card,
    chips,
    cited,
    copy,
    details,
    dim,
    flow,
    heading,
    notice,
    para,
    questions,
    quote,
    small_map,
    split,
    strong,
)

NEXT_QUESTIONS: Final = 4
DRAWN: Final = 8
"""Concepts of an answer that its small map shows at most."""


def example_questions(
    concepts: Sequence[Concept], relations: Sequence[Relation], prerequisites: Sequence[Prerequisite], *, lang: str
) -> list[str]:
    """Questions that the notes can answer, one of each kind, about the most salient of ``concepts``."""
    rank = {concept.id: place for place, concept in enumerate(concepts)}
    called = {concept.id: spaced(name_in(concept, lang), lang) for concept in concepts}
    pairs = sorted(
        (
            (r.type, r.head, r.tail)
            for r in relations
            if r.head in rank and r.tail in rank and r.basis is not Basis.BACKGROUND
        ),
        key=lambda pair: (rank[pair[1]] + rank[pair[2]], pair),
    )
    apart = next(((a, b) for of, a, b in pairs if of is RelationType.CONTRASTS_WITH), None)
    tied = next(((a, b) for of, a, b in pairs if not of.symmetric and {a, b} != set(apart or ())), None)
    stated = [edge for edge in prerequisites if edge.basis is not Basis.BACKGROUND]
    needing = Counter(edge.after for edge in stated if edge.after in rank)
    deepest = min(needing, key=lambda c: (-needing[c], rank[c]), default=None)
    questions = [say("ask.definition", lang, a=called[concept.id]) for concept in concepts[:1]]
    questions += [say("ask.relation", lang, a=called[tied[0]], b=called[tied[1]])] if tied else []
    questions += [say("ask.compare", lang, a=called[apart[0]], b=called[apart[1]])] if apart else []
    questions += [say("ask.prerequisites", lang, a=called[deepest])] if deepest is not None else []
    return [" ".join(question.split()) for question in (*questions, say("ask.global", lang))]


def name_in(concept: Concept, lang: str) -> str:
    """The first of a concept's names that is written in ``lang``; its name where none is."""
    return next((name for name in concept.names if name.isascii() == (lang == "en")), concept.name)


def spaced(name: str, lang: str) -> str:
    """``name`` as it appears in a sentence: Latin letters are separate from Chinese ones."""
    return f" {name} " if lang == "zh" and name.isascii() else name


def question_panel(examples: Sequence[str], *, lang: str, key: str, question_key: str) -> str:
    """The box for a question and, while nothing was asked, examples to click; returns the question, empty without."""
    hint = say("ask_hint", lang, example=examples[0]) if examples else ""
    asked = st.text_input(say("ask_box", lang), key=question_key, placeholder=hint, max_chars=500)

    def take() -> None:
        chosen = st.session_state[f"{key}.example"]
        if chosen is not None:
            st.session_state[question_key] = examples[chosen]
            st.session_state[f"{key}.example"] = None

    if asked:
        return str(asked).strip()
    st.pills(
        say("ask_examples", lang),
        range(len(examples)),
        format_func=lambda index: plain_label(examples[index]),
        key=f"{key}.example",
        on_change=take,
    )
    return ""


def plain_label(text: str) -> str:
    """``text`` as the label of a Streamlit widget, which reads Markdown.

    Every sign that could mean something is escaped.

    A colon begins ``:material/…:``, ``:red[…]`` and ``:smile:`` even when escaped, so an invisible joiner follows it.
    """
    escaped = "".join("\\" + c if c in "\\`*_{}[]()<>#+-.!|~$&^=" else c for c in " ".join(text.split()))
    return escaped.replace(":", ":\u2060")


def history_panel(asked: Sequence[str], *, lang: str, key: str) -> Choice | None:
    """The questions that were asked before, folded; a click asks one again."""
    if not asked:
        return None
    return reader([details(say("ask_before", lang, n=len(asked)), questions(asked))], key=key)


def answer_panel(
    answer: Answer,
    *,
    ids: Mapping[str, str],
    near: Sequence[tuple[str, str]],
    drawn: Element | None,
    lang: str,
    key: str,
) -> Choice | None:
    """The answer with everything that it rests on, and what to ask next.

    Args:
        answer: the answer.
        ids: name → id of concepts.
        near: (name, id) of the concepts that are nearest to what a refused question names.
        drawn: a small map of the concepts of the answer.
        lang: ``zh`` or ``en``.
        key: names this place on the page.
    """
    targets = {c.n: PlaceChoice(c.doc, c.line, c.quote) for c in answer.citations}
    text = copy(as_markdown(answer, lang), label=say("ask_copy", lang), done=say("ask_copied", lang))
    said: list[Element] = [card(*_said(answer, targets, near, lang), *([text] if answer.answered else []))]
    if answer.path:
        hops = [
            ((s.head, ids.get(s.head)), relation_words(s.type, lang, s.basis), (s.tail, ids.get(s.tail)))
            for s in answer.path
        ]
        said.append(card(heading(say("path", lang)), flow(hops)))
    following = follow_ups(answer, lang)
    if following:
        said.append(card(heading(say("ask_next", lang)), questions(following)))
    if answer.plan is not None:
        said.append(details(say("plan", lang), *_plan(answer.plan, lang)))
    rests_on: list[Element] = []
    if answer.concepts:
        names = [(name, ids.get(name)) for name in answer.concepts]
        rests_on.append(
            card(heading(say("ask_about", lang)), *([drawn] if drawn is not None else []), chips(names, stronger=3))
        )
    if answer.citations:
        rests_on.append(card(heading(say("citations", lang)), *(quote(c) for c in answer.citations)))
    return reader([split(said, rests_on)] if rests_on else said, key=key)


def follow_ups(answer: Answer, lang: str) -> list[str]:
    """Questions that come to mind after ``answer``: about what it names, and how that is connected."""
    linked = [link.name for link in answer.plan.links] if answer.plan is not None else []
    names = list(dict.fromkeys((*linked, *answer.concepts)))[:3] if answer.answered else linked[:2]
    called = [spaced(name, lang) for name in names]
    found = [say("ask.prerequisites", lang, a=called[0])] if called else []
    found += [say("ask.relation", lang, a=called[0], b=other) for other in called[1:2]]
    found += [say("ask.definition", lang, a=name) for name in called]
    asked = " ".join(answer.question.split()).casefold()
    texts = dict.fromkeys(" ".join(text.split()) for text in found)
    return [text for text in texts if text.casefold() != asked][:NEXT_QUESTIONS]


def as_markdown(answer: Answer, lang: str) -> str:
    """The answer as Markdown, with its citations below it."""
    lines = [f"## {answer.question}", "", answer.lead]
    if answer.more:
        lines += ["", answer.more]
    if answer.citations:
        lines += ["", f"**{say('citations', lang)}**", ""]
        lines += [f"{c.n}. {' '.join(c.quote.split())} ({place_text(c.doc, c.line)})" for c in answer.citations]
    return "\n".join(lines) + "\n"


def drawn_concepts(concepts: Sequence[Concept], relations: Sequence[Relation], *, lang: str) -> Element | None:
    """A small map: the concept with most relations in the middle, the others around it; None where nothing is related.

    Args:
        concepts: those of an answer, best first.
        relations: between them; those that say no type are left out, and of two concepts the most certain one is drawn.
        lang: ``zh`` or ``en``.
    """
    rank = {concept.id: place for place, concept in enumerate(concepts)}
    best: dict[tuple[str, str], Relation] = {}
    for relation in sorted(relations, key=lambda r: (-r.confidence, r.key)):
        ends = (min(relation.head, relation.tail), max(relation.head, relation.tail))
        if relation.type is not RelationType.RELATED_TO and {*ends} <= rank.keys():
            best.setdefault(ends, relation)
    degrees = Counter(end for ends in best for end in ends)
    if not degrees:
        return None
    names = {concept.id: concept.name for concept in concepts}
    middle = min(degrees, key=lambda i: (-degrees[i], rank[i]))
    around = sorted((i for i in degrees if i != middle), key=lambda i: rank[i])
    nodes = [MapNode(middle, names[middle], 0.5, 0.5, main=True)]
    for number, other in enumerate(around):
        angle = 2 * math.pi * number / len(around) - (0 if len(around) < 3 else math.pi / 2)
        nodes.append(MapNode(other, names[other], 0.5 + 0.34 * math.cos(angle), 0.5 + 0.42 * math.sin(angle)))
    edges = [
        (r.head, r.tail, relation_words(r.type.value, lang), r.basis is not Basis.BACKGROUND) for r in best.values()
    ]
    return small_map(nodes, edges, label=say("ask_map", lang))


def _said(
    answer: Answer, targets: Mapping[int, PlaceChoice], near: Sequence[tuple[str, str]], lang: str
) -> list[Element]:
    """The text of the answer; what else the notes say is folded."""
    blocks: list[Element] = [] if answer.answered else [notice(say("not_answered", lang))]
    blocks += _paragraphs(answer.lead, targets)
    if not answer.answered and near:
        blocks += [heading(say("concept_near", lang)), chips(list(near))]
    if answer.more:
        title, _, rest = answer.more.partition("\n")
        blocks.append(details(title.rstrip(":："), *_paragraphs(rest, targets)))
    return blocks


def _paragraphs(text: str, targets: Mapping[int, PlaceChoice]) -> list[Element]:
    """Paragraphs, and lines that begin with a dash as a list."""
    blocks: list[Element] = []
    items: list[Sequence[object]] = []
    for number, line in enumerate(text.split("\n")):
        if line.startswith("- "):
            items.append(cited(line[2:], targets))
            continue
        if items:
            blocks.append(bullets(items))  # type: ignore[arg-type]
            items = []
        if line.strip():
            blocks.append(para(*cited(line, targets), look="lead" if number == 0 else ""))
    if items:
        blocks.append(bullets(items))  # type: ignore[arg-type]
    return blocks


def _plan(plan: Plan, lang: str) -> list[Element]:
    kind = say(f"kind.{plan.kind.value}", lang)
    blocks = [para(dim(say("plan_kind", lang) + "  "), strong(kind), dim(f"  {say('plan_why', lang)} {plan.why}"))]
    if plan.links:
        links = [
            [strong(k.form), " → ", strong(k.name), dim(f"  {say(f'link.{k.method.value}', lang)} {k.score:.0%}")]
            for k in plan.links
        ]
        blocks += [para(dim(say("plan_links", lang))), bullets(links)]
    if plan.unknown:
        blocks.append(para(dim(say("plan_unknown", lang) + "  "), ", ".join(plan.unknown)))
    return blocks
