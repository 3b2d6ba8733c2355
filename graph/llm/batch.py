"""Files of requests and of answers, in the format of the OpenAI Batch API.

So that a night's batch, another machine, or any careful reader can do the reading:
https://platform.openai.com/docs/guides/batch
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from graph.errors import InputError
from graph.llm.requests import Answers, Keep, Request, Tell

URL: Final = "/v1/chat/completions"
CONTEXT: Final = 32_768
"""Tokens of context that a batch is written for where nothing is said."""
MISSING: Final = "the file of answers has none"


def request_record(request: Request, model: str) -> dict[str, Any]:
    """``request`` as one line of a batch."""
    return {
        "custom_id": request.id,
        "method": "POST",
        "url": URL,
        "body": {
            "model": model,
            "messages": request.messages,
            "response_format": request.response_format,
            "temperature": 0,
            "max_tokens": request.answer_tokens,
        },
    }


def write_requests(requests: Sequence[Request], path: Path, model: str) -> int:
    """Write each distinct request as a line of ``path``; their number.

    Raises:
        InputError: the file cannot be written.
    """
    distinct = {request.id: request for request in requests}
    lines = (json.dumps(request_record(r, model), ensure_ascii=False) + "\n" for r in distinct.values())
    try:
        with path.open("w", encoding="utf-8") as file:
            file.writelines(lines)
    except OSError as error:
        raise InputError(f"The requests cannot be written to {path}: {error.strerror or error}.") from error
    return len(distinct)


def read_answers(path: Path) -> Answers:
    """The answers in ``path``: by the id of their request, and why others failed.

    A line is a line of the Batch API's output, or ``{"custom_id": …, "content": …}``, where the content may be the
    object itself. Of two answers to one request the later counts.

    Raises:
        InputError: the file cannot be read, or a line is not such an object. The message names the line.
    """
    texts: dict[str, str] = {}
    failed: dict[str, str] = {}
    try:
        raw = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"The answers in {path} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text, as a file of answers has to be.") from error
    for number, line in enumerate(raw.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{path}:{number}: this line is not JSON. Each line has to be one answer.") from error
        key = record.get("custom_id") if isinstance(record, dict) else None
        if not isinstance(key, str):
            raise InputError(f"{path}:{number}: there is no custom_id, which says what request this answers.")
        text = _content(record)
        if text is None:
            failed[key] = _reason(record)
            texts.pop(key, None)
        else:
            texts[key] = text
            failed.pop(key, None)
    return Answers(texts, failed)


def _content(record: Mapping[str, Any]) -> str | None:
    """What the model wrote; None where there is nothing."""
    if "content" in record:
        content = record["content"]
        return content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    response = record.get("response")
    body = response.get("body", response) if isinstance(response, dict) else None
    choices = body.get("choices") if isinstance(body, dict) else None
    first = choices[0] if isinstance(choices, list) and choices else None
    message = first.get("message") if isinstance(first, dict) else None
    content = message.get("content") if isinstance(message, dict) else None
    return content if isinstance(content, str) else None


def _reason(record: Mapping[str, Any]) -> str:
    """Why a request has no answer, as the record says."""
    response = record.get("response")
    body = response.get("body") if isinstance(response, dict) else None
    for error in (record.get("error"), body.get("error") if isinstance(body, dict) else None):
        if isinstance(error, dict) and error.get("message"):
            return str(error["message"])[:200]
    status = response.get("status_code") if isinstance(response, dict) else None
    return f"status {status}" if status else "the answer is empty"


class RecordedAnswers:
    """Answers from a file, in place of a model that is asked now.

    Requests that the file does not answer are in :attr:`missing` afterwards, in the order in which they were made.
    """

    def __init__(self, answers: Answers, name: str, context: int = CONTEXT) -> None:
        self._answers = answers
        self._name = name
        self._context = context
        self.missing: dict[str, Request] = {}

    @property
    def name(self) -> str:
        """Of the model that is said to have answered."""
        return self._name

    @property
    def context(self) -> int:
        """Tokens that a question and its answer may have together."""
        return self._context

    def answer(
        self,
        requests: Sequence[Request],
        tell: Tell | None = None,
        keep: Keep | None = None,  # noqa: ARG002  nobody is asked
    ) -> Answers:
        """What the file has of ``requests``."""
        texts = {r.id: self._answers.texts[r.id] for r in requests if r.id in self._answers.texts}
        missing = {r.id: r for r in requests if r.id not in texts}
        self.missing |= missing
        if tell is not None:
            total = sum(request.tokens for request in requests)
            tell(total, total)
        return Answers(texts, {key: self._answers.failed.get(key, MISSING) for key in missing})
