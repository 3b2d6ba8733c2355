"""The verb `ask`: a question, or a file of questions, answered from the notes."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from graph.errors import InputError
from graph.stores.address import GraphAddress
from graph.text.json_text import parsed_json
from queries.answer.answerer import Answerer, ask
from queries.answer.ask import asked
from queries.question.forms import parts
from queries.question.model import Answer, Plan, Trace
from ui.commands.common import opened
from ui.i18n import relation_words, say
from ui.places import place_text
from ui.records import answer_record, print_json
from ui.settings import NO_MODEL, LanguageModelSettings, ModelOptions
from ui.terminal import clean, console, heading, show, styled

if TYPE_CHECKING:
    from rich.text import Text


def show_answer(
    question: str,
    graph: GraphAddress,
    *,
    explain: bool,
    as_json: bool,
    lang: str | None,
    background: bool = True,
    language_model: ModelOptions = NO_MODEL,
) -> None:
    """Answer one question, in the words of a language model where one is named."""
    reword = _wording(language_model)
    with opened(graph, lang=lang, background=background) as here:
        answer = reword(ask(here.store, question))
        if as_json:
            print_json(answer_record(answer, explain=explain))
        else:
            show(_answer_lines(answer, explain=explain, lang=str(lang) if lang else _spoken(answer, here.lang)))


def _wording(options: ModelOptions) -> Callable[[Answer], Answer]:
    """What words an answer: a language model as far as its citations support it, else nothing.

    Why a model's answer is not used is told on stderr.
    """
    if options == NO_MODEL:
        return lambda answer: answer
    from queries.answer.written import written
    from ui.commands.language_model import asked_model

    model = asked_model(options, LanguageModelSettings.from_environment(os.environ))
    if model is None:
        return lambda answer: answer

    def reword(answer: Answer) -> Answer:
        made = written(answer, model)
        lang = answer.plan.lang if answer.plan is not None else "en"
        err = console(sys.stderr)
        if made.failed:
            err.print(styled(say("llm_not_worded", lang, reason=clean(made.failed))), soft_wrap=True)
        elif made.dropped:
            err.print(styled(say("llm_sentences_dropped", lang, n=made.dropped)), soft_wrap=True)
        return made.answer

    return reword


def show_batch(
    batch: Path,
    graph: GraphAddress,
    *,
    explain: bool,
    background: bool = True,
    language_model: ModelOptions = NO_MODEL,
) -> None:
    """Answer the questions of a file, one JSON answer a line, in their order.

    The file is read and checked before the first answer.
    """
    questions = read_questions(batch)
    reword = _wording(language_model)
    with opened(graph, lang=None, background=background) as here:
        answerer = Answerer.from_store(here.store)
        for question in questions:
            print_json(answer_record(reword(answerer.ask(question)), explain=explain), compact=True)


def read_questions(batch: Path) -> list[str]:
    """The questions of a JSON-lines file; blank lines are passed over.

    Raises:
        InputError: the file cannot be read, or a line is not an object with a string at ``question``; the message names
            the line.
    """
    try:
        text = batch.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"Cannot read {batch}: {error}.") from error
    return [
        _question(line, f"{batch}:{number}") for number, line in enumerate(text.split("\n"), start=1) if line.strip()
    ]


def _question(line: str, where: str) -> str:
    try:
        found = parsed_json(line)
    except json.JSONDecodeError as error:
        raise InputError(f"{where} is not JSON: {error.msg}.") from error
    except ValueError as error:
        raise InputError(f"{where} cannot be read as JSON: {error}.") from error
    question = found.get("question") if isinstance(found, dict) else None
    if not isinstance(question, str):
        raise InputError(f'{where} has no {{"question": "…"}}.')
    try:
        return asked(question)
    except InputError as error:
        raise InputError(f"{where}: {error}") from error


def _spoken(answer: Answer, lang: str) -> str:
    """The language of the labels around an answer: that of the answer itself."""
    return lang if answer.plan is None else answer.plan.lang


def _answer_lines(answer: Answer, *, explain: bool, lang: str) -> Iterator[Text]:
    for paragraph in answer.answer.split("\n"):
        yield styled(paragraph)
    if answer.path:
        yield heading(say("path", lang))
        for step in answer.path:
            yield styled(
                "  ", (step.head, "bold"), f" {relation_words(step.type, lang, step.basis)} ", (step.tail, "bold")
            )
    if answer.citations:
        yield heading(say("citations", lang))
        for citation in answer.citations:
            yield styled(
                f"  [{citation.n}] ",
                (place_text(citation.doc, citation.line), "cyan"),
                "  ",
                (f"“{citation.quote}”", "italic"),
            )
    if explain and answer.plan is not None:
        yield heading(say("plan", lang))
        yield from _plan_lines(answer.plan, lang)
        yield from _trace_lines(answer.trace, lang)


def _plan_lines(plan: Plan, lang: str) -> Iterator[Text]:
    yield styled(
        f"  {say('plan_kind', lang)}: ",
        say(f"kind.{plan.kind.value}", lang),
        f"  ({say('plan_why', lang)}: {plan.why})",
    )
    wanted = ", ".join(say(f"form.{part.form.value}", lang) for part in parts(plan))
    yield styled(f"  {say('plan_forms', lang)}: ", wanted)
    for link in plan.links:
        yield styled(
            "  ",
            (link.form, "bold"),
            " → ",
            (link.name, "bold"),
            f"  {say(f'link.{link.method.value}', lang)} {link.score:.2f}",
        )
    if plan.unknown:
        yield styled(f"  {say('plan_unknown', lang)}: ", ", ".join(plan.unknown))


def _trace_lines(trace: Trace, lang: str) -> Iterator[Text]:
    """What was searched for, and what each cited line is worth; for a refusal its rule."""
    if trace.words:
        words = ", ".join(f"{word} {weight:.2f}" for word, weight in trace.words)
        yield styled(f"  {say('trace_words', lang)}: ", words)
    if trace.refused:
        yield styled(f"  {say('trace_refused', lang)}: ", trace.refused)
    if trace.lines:
        yield styled(f"  {say('trace_lines', lang)}:")
    for line in trace.lines:
        role = say("trace_leads" if line.leads else "trace_more", lang)
        scores = {"own": f"{line.own:.2f}", "led": f"{line.led:.2f}", "words": f"{line.words:.0%}"}
        yield styled(f"  [{line.n}] ", say("trace_line", lang, role=role, **scores))
