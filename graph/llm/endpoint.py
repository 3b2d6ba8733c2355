"""A model behind an OpenAI-compatible endpoint: Ollama, vLLM, DeepSeek, Qwen, OpenAI and others.

Retries with back-off on 429, 5xx and time-outs are the official client's. This module adds: endpoints differ in the
parameters that they know, one failing request fails nothing else, and no message shows the key.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import urlsplit

from graph.errors import LanguageModelError, SettingsError
from graph.llm.requests import Answers, Keep, Request, Tell

if TYPE_CHECKING:
    import openai

EXTRA: Final = "studyatlas[llm]"
OPENAI_URL: Final = "https://api.openai.com/v1"
CONTEXT: Final = 32_768
"""Tokens of context that a model is taken to have where nothing is said."""
LEAST_CONTEXT: Final = 4_096
"""With less, the instructions and one section do not fit."""
TIMEOUT: Final = 180.0
"""Seconds that one answer may take."""
RETRIES: Final = 4
CONCURRENCY: Final = 4
"""Requests under way at a time."""
GIVE_UP: Final = 3
"""Requests in a row that could not be delivered, after which no more are sent."""
_SHOWN: Final = 200
"""Characters of a server's own words that a message shows."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Which model is asked, and where. As text it never shows the key."""

    model: str
    base_url: str = OPENAI_URL
    key: str = field(default="", repr=False)
    """Empty where the endpoint wants none."""
    context: int = CONTEXT
    timeout: float = TIMEOUT
    retries: int = RETRIES
    concurrency: int = CONCURRENCY

    def __post_init__(self) -> None:
        """Check what can be checked without the server.

        Raises:
            SettingsError: the address is not http(s), carries a password, or the context is too small.
        """
        parts = urlsplit(self.base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise SettingsError(
                "The language model's address has to be a URL such as http://127.0.0.1:11434/v1 or https://host/v1."
            )
        if parts.username or parts.password:
            raise SettingsError("The language model's address must not contain a key. Keys come from the environment.")
        if self.context < LEAST_CONTEXT:
            raise SettingsError(
                f"A context of {self.context} tokens is too small to read notes with: at least {LEAST_CONTEXT} are"
                " needed. Load the model with a larger context, or take another one."
            )


class EndpointModel:
    """A language model that is asked over HTTP."""

    def __init__(self, endpoint: Endpoint) -> None:
        """Make ready; the server is first asked by :meth:`answer`.

        Raises:
            LanguageModelError: the client is not installed.
        """
        try:
            import openai
        except ImportError as error:
            raise LanguageModelError(f"Asking a language model needs the extra llm: pip install '{EXTRA}'.") from error
        self._errors = openai
        self._endpoint = endpoint
        self._client = openai.OpenAI(
            api_key=endpoint.key or "none",
            base_url=endpoint.base_url,
            timeout=endpoint.timeout,
            max_retries=endpoint.retries,
        )
        self._lock = threading.Lock()
        self._unknown: set[str] = set()
        """Parameters that this endpoint turned out not to know."""
        self._undelivered = 0

    @property
    def name(self) -> str:
        """Of the model."""
        return self._endpoint.model

    @property
    def url(self) -> str:
        """Where it is asked."""
        return self._endpoint.base_url

    @property
    def context(self) -> int:
        """Tokens that a question and its answer may have together."""
        return self._endpoint.context

    def answer(self, requests: Sequence[Request], tell: Tell | None = None, keep: Keep | None = None) -> Answers:
        """The answers to ``requests``, each asked once, some at a time.

        The first is asked alone, so that a wrong key or a missing server is told at once.

        Raises:
            LanguageModelError: there is no server, it refuses the key, or it has no such model.
        """
        distinct = list({request.id: request for request in requests}.values())
        found = _Found()
        self._undelivered = 0
        done, total = 0, sum(request.tokens for request in distinct)
        for request in distinct[:1]:
            self._ask_into(request, found, keep)
            done = request.tokens
            if tell is not None:
                tell(done, total)
        with ThreadPoolExecutor(self._endpoint.concurrency) as pool:
            futures = {pool.submit(self._ask_into, request, found, keep): request for request in distinct[1:]}
            try:
                for future in as_completed(futures):
                    future.result()
                    done += futures[future].tokens
                    if tell is not None:
                        tell(done, total)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        texts = {r.id: found.texts[r.id] for r in distinct if r.id in found.texts}
        failed = {r.id: found.failed[r.id] for r in distinct if r.id in found.failed}
        return Answers(texts, failed, len(texts), found.tokens_in, found.tokens_out)

    def _ask_into(self, request: Request, found: _Found, keep: Keep | None) -> None:
        """Ask one request and keep what came of it.

        Raises:
            LanguageModelError: no request can be answered.
        """
        if self._undelivered >= GIVE_UP:
            with self._lock:
                found.failed[request.id] = "the server stopped answering"
            return
        errors = self._errors
        try:
            completion = self._completion(request)
        except errors.APITimeoutError:
            self._fail(request, found, f"no answer within {self._endpoint.timeout:g} s", undelivered=True)
        except errors.APIConnectionError as error:
            if not found.texts and not found.failed:
                raise LanguageModelError(
                    f"There is no server at {self._endpoint.base_url} ({_cause(error)})."
                    " Start it, or pass its address with --llm-base-url."
                ) from error
            self._fail(request, found, "the connection to the server failed", undelivered=True)
        except (errors.AuthenticationError, errors.PermissionDeniedError) as error:
            raise LanguageModelError(self._refused_key(error.status_code)) from error
        except errors.NotFoundError as error:
            raise LanguageModelError(
                f"{self._endpoint.base_url} has no model {self._endpoint.model!r}"
                f" (it says: {self._said(error)}). Check the name and --llm-base-url."
            ) from error
        except errors.APIStatusError as error:
            self._fail(request, found, self._why(error), undelivered=error.status_code >= 500)
        except (errors.OpenAIError, ValueError, TypeError, KeyError, AttributeError) as error:
            # What answers is not what the client understands: a page of HTML, an object without choices.
            self._fail(request, found, f"the answer cannot be read ({type(error).__name__})")
        else:
            text = _text_of(completion)
            if text is None:
                self._fail(request, found, "the answer is empty")
                return
            usage = getattr(completion, "usage", None)
            with self._lock:
                self._undelivered = 0
                found.texts[request.id] = text
                found.tokens_in += int(getattr(usage, "prompt_tokens", 0) or 0)
                found.tokens_out += int(getattr(usage, "completion_tokens", 0) or 0)
            if keep is not None:
                keep(request, text)

    def _fail(self, request: Request, found: _Found, reason: str, *, undelivered: bool = False) -> None:
        with self._lock:
            found.failed[request.id] = reason
            self._undelivered = self._undelivered + 1 if undelivered else 0

    def _completion(self, request: Request) -> Any:
        """Ask, without the parameters that the endpoint turns out not to know."""
        while True:
            with self._lock:
                unknown = frozenset(self._unknown)
            try:
                return self._client.chat.completions.create(
                    model=self._endpoint.model, messages=cast("Any", request.messages), **_parameters(request, unknown)
                )
            except (self._errors.BadRequestError, self._errors.UnprocessableEntityError) as error:
                refused = _refused(str(error), _parameters(request, unknown))
                if refused is None:
                    raise
                with self._lock:
                    self._unknown.add(refused)

    def _refused_key(self, status: int) -> str:
        if not self._endpoint.key:
            return (
                f"{self._endpoint.base_url} wants a key ({status}). Set STUDYATLAS_LLM_KEY in the environment"
                " (for api.openai.com OPENAI_API_KEY does as well)."
            )
        return f"{self._endpoint.base_url} refuses the key ({status}). Check STUDYATLAS_LLM_KEY in the environment."

    def _why(self, error: openai.APIStatusError) -> str:
        """Why one request failed, in words."""
        said = self._said(error)
        if error.status_code == 429:
            return f"the server's limit of requests is reached ({said})"
        if "context" in said.lower() and ("length" in said.lower() or "window" in said.lower()):
            return f"the model's context is too small for it; pass a smaller --llm-context ({said})"
        return f"the server answered {error.status_code} ({said})"

    def _said(self, error: openai.APIStatusError) -> str:
        """The server's own words, short, without the key."""
        body = error.body
        message = body.get("message") if isinstance(body, dict) else None
        said = " ".join(str(message or error.message).split())
        if self._endpoint.key:
            said = said.replace(self._endpoint.key, "***")
        return said if len(said) <= _SHOWN else said[: _SHOWN - 1] + "…"


@dataclass(slots=True)
class _Found:
    """What came of the requests so far; written by several threads."""

    texts: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    tokens_in: int = 0
    tokens_out: int = 0


_JSON_OBJECT: Final = "json_schema"
_LIMIT: Final = "max_tokens"


def _parameters(request: Request, unknown: frozenset[str]) -> dict[str, Any]:
    """The parameters of a completion, in a form that an endpoint takes that refused those in ``unknown``."""
    found: dict[str, Any] = {}
    if "response_format" not in unknown:
        plain = _JSON_OBJECT in unknown
        found["response_format"] = {"type": "json_object"} if plain else request.response_format
    if "temperature" not in unknown:
        found["temperature"] = 0
    if _LIMIT not in unknown:
        found[_LIMIT] = request.answer_tokens
    elif "max_completion_tokens" not in unknown:  # the name that newer models want
        found["max_completion_tokens"] = request.answer_tokens
    return found


def _refused(message: str, sent: dict[str, Any]) -> str | None:
    """Which parameter the endpoint refuses, by what it says; None where it refuses something else."""
    said = message.lower()
    if "max_completion_tokens" in sent and "max_completion_tokens" in said:
        return "max_completion_tokens"
    if _LIMIT in sent and _LIMIT in said and "context" not in said:
        return _LIMIT
    if "temperature" in sent and "temperature" in said:
        return "temperature"
    if "response_format" in sent and any(w in said for w in ("response_format", "json_schema", "schema", "grammar")):
        return _JSON_OBJECT if sent["response_format"]["type"] == "json_schema" else "response_format"
    return None


def _text_of(completion: Any) -> str | None:
    """What the model wrote; None where it wrote nothing."""
    choices = getattr(completion, "choices", None)
    message = getattr(choices[0], "message", None) if choices else None
    text = getattr(message, "content", None)
    return text if isinstance(text, str) and text.strip() else None


def _cause(error: BaseException) -> str:
    """The deepest cause's own words: what the operating system says."""
    while error.__cause__ is not None:
        error = error.__cause__
    return " ".join(str(error).split())[:_SHOWN] or type(error).__name__
