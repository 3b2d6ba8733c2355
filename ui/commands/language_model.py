"""The options of a language model: who is asked, what it may cost, and files of requests and answers."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from extract.llm.prompts import ANSWER_SHARE
from extract.llm.reader import LanguageReader, ReadingReport
from graph.errors import InputError, SettingsError
from graph.llm.batch import RecordedAnswers, read_answers, write_requests
from graph.llm.cache import CachedModel
from graph.llm.endpoint import CONTEXT, OPENAI_URL, Endpoint, EndpointModel
from graph.llm.requests import Answers, Request
from graph.stores.address import FOLDER
from ui.i18n import say
from ui.settings import LanguageModelSettings, ModelOptions
from ui.terminal import clean, console

CACHE: Final = Path(FOLDER) / "cache" / "answers"
"""In the folder of the notes: answers by content."""
RECORDED: Final = "recorded"
"""Name of the model where a file of answers is used and nothing else is said."""


def prices_of(text: str | None) -> tuple[float, float] | None:
    """The prices in ``text``, such as ``0.27,1.10``; None where it is None.

    Raises:
        SettingsError: it is not two numbers.
    """
    if text is None:
        return None
    try:
        questions, answers = (float(part) for part in text.split(","))
    except ValueError as error:
        raise SettingsError(
            f"--llm-price is {text!r}. It has to be two numbers such as 0.27,1.10:"
            " money per million tokens of questions, and of answers."
        ) from error
    if not (0 <= questions < float("inf") and 0 <= answers < float("inf")):
        raise SettingsError(f"--llm-price is {text!r}. Prices are not negative.")
    return questions, answers


def recorded_model(options: ModelOptions, settings: LanguageModelSettings) -> RecordedAnswers:
    """The answers of ``options.responses``; none where only requests are to be written.

    Raises:
        InputError: the file of answers cannot be used.
    """
    answers = read_answers(options.responses) if options.responses is not None else Answers({})
    name = options.model or settings.model or RECORDED
    return RecordedAnswers(answers, name, options.context or settings.context or CONTEXT)


def asked_model(options: ModelOptions, settings: LanguageModelSettings) -> EndpointModel | None:
    """The model that the options or the settings file name; None where only the settings file does and --llm is absent.

    Raises:
        SettingsError: the address or the context cannot be used.
        LanguageModelError: the client is not installed.
    """
    if not options.model:
        if options.base_url:
            raise SettingsError("--llm-base-url is given without --llm MODEL: name the model that the server has.")
        return None
    name = settings.model if options.model == "default" else options.model
    if not name:
        raise SettingsError("--llm default means the model of the settings file, but no settings file names one.")
    url = options.base_url or settings.base_url or OPENAI_URL
    return EndpointModel(
        Endpoint(
            model=name,
            base_url=url,
            key=settings.key_for(urlsplit(url).hostname),
            context=options.context or settings.context or CONTEXT,
        )
    )


def reader_of(
    options: ModelOptions, settings: LanguageModelSettings, folder: Path, lang: str
) -> tuple[LanguageReader | None, RecordedAnswers | None]:
    """Who reads the notes in ``folder``: a server with answers kept next to the notes, a file, or nobody.

    Returns:
        (the reader or None, the recorded answers if it is a file).

    Raises:
        InputError: the file of answers cannot be used.
        SettingsError: the options contradict each other or cannot be used.
        LanguageModelError: the client is not installed.
    """
    if options.recorded:
        recorded = recorded_model(options, settings)
        words = ["--llm", recorded.name]
        words += ["--llm-responses", str(options.responses.resolve())] if options.responses is not None else []
        again = shlex.join([*words, *(["--llm-check"] if options.check else [])])
        if options.responses is None and options.requests is not None and not options.check:
            return LanguageReader(recorded, _only_write(options.requests, recorded.name)), recorded
        return LanguageReader(recorded, only_doubts=options.check, again=again), recorded
    model = asked_model(options, settings)
    if model is None:
        return None, None
    kept = CachedModel(model, (folder if folder.is_dir() else folder.parent) / CACHE)
    prices = prices_of(options.prices) or settings.prices
    words = ["--llm", model.name, "--llm-base-url", model.url, "--llm-context", str(model.context)]
    again = shlex.join([*words, *(["--llm-check"] if options.check else [])])
    return LanguageReader(kept, approval(kept, options, prices, lang), options.check, again), None


class RequestsWritten(Exception):
    """The requests are in their file, and nothing else was asked for."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def _only_write(path: Path, model: str) -> Callable[[Sequence[Request]], None]:
    """A function that writes the requests to ``path`` and stops."""

    def stop(requests: Sequence[Request]) -> None:
        raise RequestsWritten(write_requests(requests, path, model))

    return stop


def approval(
    model: CachedModel, options: ModelOptions, prices: tuple[float, float] | None, lang: str
) -> Callable[[Sequence[Request]], None]:
    """A function that tells what requests will cost, and asks a person where it is more than the limit."""

    def approve(requests: Sequence[Request]) -> None:
        asked = model.missing(requests)
        questions = sum(request.tokens for request in asked)
        answers = round(questions * ANSWER_SHARE)
        err = console(sys.stderr)
        err.print(clean(cost_line(len(asked), len(requests) - len(asked), questions, answers, prices, lang)))
        if questions + answers <= options.limit or options.yes:
            return
        if not (sys.stdin.isatty() and err.is_terminal):
            raise InputError(
                f"Reading these notes takes about {questions + answers} tokens, more than --llm-limit {options.limit}."
                " Pass --yes to read them all the same, or a higher limit."
            )
        if input(say("llm_go_on", lang) + " ").strip().casefold() not in ("y", "yes", "是", "好"):
            raise InputError("Nothing was asked, and nothing was built.")

    return approve


def cost_line(
    asked: int, kept: int, questions: int, answers: int, prices: tuple[float, float] | None, lang: str
) -> str:
    """What will be asked: requests, tokens and, where prices are given, money."""
    line = say("llm_cost", lang, asked=asked, kept=kept, questions=questions, answers=answers)
    if prices is None:
        return line
    money = (questions * prices[0] + answers * prices[1]) / 1_000_000
    return f"{line} {say('llm_money', lang, money=f'{money:.2f}')}"


def write_missing(recorded: RecordedAnswers, path: Path) -> int:
    """Write the requests that no answer was found for; their number.

    Raises:
        InputError: the file cannot be written.
    """
    return write_requests(list(recorded.missing.values()), path, recorded.name)


def report_lines(report: ReadingReport, lang: str) -> list[str]:
    """What a language model read, in words."""
    lines = [
        say(
            "llm_read",
            lang,
            model=clean(report.model),
            concepts=report.concepts,
            relations=report.relations,
            needs=report.prerequisites,
        ),
        say(
            "llm_took",
            lang,
            requests=report.requests,
            asked=report.asked,
            questions=report.tokens_in,
            answers=report.tokens_out,
        ),
    ]
    if report.failed:
        lines.append(say("llm_failed", lang, n=report.failed))
    if report.dropped:
        reasons = ", ".join(f"{say(f'llm_dropped.{why}', lang)} {n}" for why, n in report.dropped.most_common())
        lines.append(say("llm_dropped", lang, n=report.dropped.total(), reasons=reasons))
    return lines


def reading_record(report: ReadingReport) -> dict[str, object]:
    """The same for programs."""
    return {
        "model": report.model,
        "requests": report.requests,
        "asked": report.asked,
        "failed": report.failed,
        "tokens": {"questions": report.tokens_in, "answers": report.tokens_out},
        "read": {
            "concepts": report.concepts,
            "relations": report.relations,
            "prerequisites": report.prerequisites,
        },
        "dropped": dict(report.dropped),
    }
