"""What a language model is asked, and what answers it: values and the interface that every answerer has."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Protocol

from graph.text.scripts import count_han

Tell = Callable[[int, int], None]
"""Called with (done, total), in tokens of questions, whenever an answer is there."""

HAN_TOKENS: Final = 0.9
"""Tokens of a Chinese character, at most of the tokenizers in use (cl100k 1.1, o200k .75, Qwen .65)."""
LETTERS_OF_TOKEN: Final = 3.5
"""Other characters of a token; English prose has 4 to 4.5, notes with formulas and code less."""


def tokens_of(text: str) -> int:
    """About how many tokens ``text`` has: an estimate that needs no tokenizer, rather too high than too low.

    >>> tokens_of("注意力机制"), tokens_of("attention")
    (5, 3)
    """
    han = count_han(text)
    return math.ceil(han * HAN_TOKENS + (len(text) - han) / LETTERS_OF_TOKEN)


@dataclass(frozen=True)
class Request:
    """One question to a language model, and the form of the answer."""

    task: str
    """What for: ``read``, ``same``, ``theme``, ``answer`` …"""
    system: str
    user: str
    schema: Mapping[str, Any]
    """JSON schema of the answer: one object, every property required."""
    answer_tokens: int
    """Tokens that the answer may have."""
    about: str = field(default="", compare=False)
    """What it is about, for messages to people: ``notes/lora.md, lines 1-80``. The model does not see it."""
    content: str | None = field(default=None, compare=False)
    """What of ``user`` an answer is about, where the rest only helps to find it; None: all of it."""

    @cached_property
    def id(self) -> str:
        """``TASK-`` and a hash of what is asked: equal questions have one answer, whoever gives it.

        Hints in ``user`` do not count, so that an answer stays good when another version of studyatlas hints otherwise.
        """
        asked = self.user if self.content is None else self.content
        told = json.dumps([self.task, self.system, asked, self.schema], sort_keys=True, ensure_ascii=False)
        return f"{self.task}-{hashlib.sha256(told.encode('utf-8', 'surrogatepass')).hexdigest()[:24]}"

    @property
    def messages(self) -> list[dict[str, str]]:
        """In the form of the chat completions API."""
        return [{"role": "system", "content": self.system}, {"role": "user", "content": self.user}]

    @property
    def response_format(self) -> dict[str, Any]:
        """In the form of the chat completions API."""
        return {
            "type": "json_schema",
            "json_schema": {"name": self.task, "strict": True, "schema": dict(self.schema)},
        }

    @cached_property
    def tokens(self) -> int:
        """About how many tokens the question has."""
        return tokens_of(self.system) + tokens_of(self.user) + tokens_of(json.dumps(self.schema))


@dataclass(frozen=True, slots=True)
class Answers:
    """What came of some requests."""

    texts: Mapping[str, str]
    """Id of a request → the answer as the model wrote it; without those that failed."""
    failed: Mapping[str, str] = field(default_factory=dict)
    """Id of a request without an answer → why, in words for people."""
    asked: int = 0
    """Requests that a model answered now, rather than a cache or a file."""
    tokens_in: int = 0
    tokens_out: int = 0
    """Tokens that these cost, as the endpoint counted them."""


Keep = Callable[[Request, str], None]
"""Called with a request and what a model answered."""


class LanguageModel(Protocol):
    """Whoever answers: a server, a file of answers, or nobody yet."""

    @property
    def name(self) -> str:
        """Of the model, as ``basis`` shows it."""
        ...

    @property
    def context(self) -> int:
        """Tokens that a question and its answer may have together."""
        ...

    def answer(self, requests: Sequence[Request], tell: Tell | None = None, keep: Keep | None = None) -> Answers:
        """The answers to ``requests``.

        One that fails is told in :attr:`Answers.failed` and fails nothing else.

        Args:
            requests: what is asked.
            tell: told how far it is.
            keep: given each answer that a model was asked for as soon as it is there, from any thread, since what was
                paid for must outlive a run that is stopped.

        Raises:
            LanguageModelError: no request can be answered at all: no endpoint, a wrong key, an unknown model.
        """
        ...


def object_schema(**properties: Mapping[str, Any]) -> dict[str, Any]:
    """JSON schema of an object with exactly these properties, as strict structured output wants it."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def list_schema(items: Mapping[str, Any]) -> dict[str, Any]:
    """JSON schema of a list of ``items``."""
    return {"type": "array", "items": dict(items)}


TEXT: Final[Mapping[str, Any]] = {"type": "string"}
NUMBER: Final[Mapping[str, Any]] = {"type": "integer"}


def one_of(values: Sequence[str]) -> dict[str, Any]:
    """JSON schema of one of ``values``."""
    return {"type": "string", "enum": list(values)}
