from __future__ import annotations

import threading
import time

import pytest

from graph.errors import LanguageModelError, SettingsError
from graph.llm.endpoint import Endpoint, EndpointModel
from graph.llm.requests import TEXT, Request, object_schema
from tests.chat_server import Refusal, chat_server

SCHEMA = object_schema(word=TEXT)
KEY = "sk-very-secret"


def request(text: str) -> Request:
    return Request("read", "Read.", text, SCHEMA, 500, f"{text}.md")


def model(url: str, **options: object) -> EndpointModel:
    return EndpointModel(Endpoint("m", url, retries=2, **options))  # type: ignore[arg-type]


def test_answers_belong_to_their_requests_and_tokens_are_counted() -> None:
    with chat_server(lambda body, _: body["messages"][1]["content"] + "!") as server:
        answers = model(server.url).answer([request(str(n)) for n in range(8)])
    assert {k: answers.texts[request(str(k)).id] for k in range(8)} == {k: f"{k}!" for k in range(8)}
    assert (answers.asked, answers.tokens_in, answers.tokens_out, answers.failed) == (8, 800, 160, {})


def test_each_request_carries_the_schema_and_the_key_and_is_asked_once() -> None:
    with chat_server(lambda *_: "{}") as server:
        model(server.url, key=KEY).answer([request("a"), request("a")])
    assert len(server.asked) == 1
    assert server.asked[0]["response_format"]["json_schema"]["schema"] == SCHEMA
    assert server.keys == [f"Bearer {KEY}"]


def test_no_more_requests_are_under_way_than_allowed() -> None:
    def late(*_: object) -> str:
        time.sleep(0.05)
        return "{}"

    with chat_server(late) as server:
        model(server.url, concurrency=2).answer([request(str(n)) for n in range(7)])
    assert server.most_at_once <= 2


def test_a_rate_limit_is_waited_for() -> None:
    with chat_server(lambda _, n: Refusal(429, "slow down", {"retry-after": "0"}) if n < 2 else "yes") as server:
        answers = model(server.url).answer([request("a")])
    assert list(answers.texts.values()) == ["yes"]


def test_a_limit_that_stays_is_told_and_fails_only_its_request() -> None:
    def reply(body: dict, _: int) -> str | Refusal:
        bad = body["messages"][1]["content"] == "b"
        return Refusal(429, f"quota of {KEY} exceeded", {"retry-after": "0"}) if bad else "yes"

    with chat_server(reply) as server:
        answers = model(server.url, key=KEY).answer([request(n) for n in "abc"])
    assert set(answers.texts) == {request("a").id, request("c").id}
    assert answers.failed == {request("b").id: "the server's limit of requests is reached (quota of *** exceeded)"}


def test_a_slow_answer_is_given_up() -> None:
    ended = threading.Event()

    def reply(body: dict, _: int) -> str:
        if body["messages"][1]["content"] == "b":
            ended.wait(30)
        return "yes"

    with chat_server(reply) as server:
        answers = EndpointModel(Endpoint("m", server.url, timeout=2, retries=0)).answer([request("a"), request("b")])
        ended.set()
    assert answers.failed == {request("b").id: "no answer within 2 s"}


@pytest.mark.parametrize("refused", ["response_format", "temperature", "max_tokens"])
def test_a_parameter_that_the_endpoint_does_not_know_is_left_out(refused: str) -> None:
    def reply(body: dict, _: int) -> str | Refusal:
        return Refusal(400, f"Unsupported parameter: '{refused}'", param=refused) if refused in body else "yes"

    with chat_server(reply) as server:
        answers = model(server.url).answer([request(str(n)) for n in range(3)])
    assert len(answers.texts) == 3
    assert refused not in server.asked[-1]


def test_an_endpoint_without_schemas_is_asked_for_an_object() -> None:
    def reply(body: dict, _: int) -> str | Refusal:
        kind = body.get("response_format", {}).get("type")
        return Refusal(400, "json_schema is not supported") if kind == "json_schema" else f"{kind}"

    with chat_server(reply) as server:
        answers = model(server.url).answer([request("a")])
    assert list(answers.texts.values()) == ["json_object"]


@pytest.mark.parametrize(
    ("status", "words"),
    [(401, "refuses the key"), (403, "refuses the key"), (404, "has no model 'm'")],
)
def test_what_fails_for_all_is_an_error_that_never_shows_the_key(status: int, words: str) -> None:
    with (
        chat_server(lambda *_: Refusal(status, f"Incorrect key {KEY}")) as server,
        pytest.raises(LanguageModelError, match=words) as error,
    ):
        model(server.url, key=KEY).answer([request("a"), request("b")])
    assert KEY not in str(error.value)


def test_a_key_that_is_missing_is_named() -> None:
    with chat_server(lambda *_: Refusal(401)) as server, pytest.raises(LanguageModelError, match="STUDYATLAS_LLM_KEY"):
        model(server.url).answer([request("a")])


def test_no_server_is_an_error_that_names_the_address() -> None:
    with chat_server(lambda *_: "{}") as server:
        url = server.url
    with pytest.raises(LanguageModelError, match=f"There is no server at {url}"):
        EndpointModel(Endpoint("m", url, retries=0)).answer([request("a")])


def test_a_context_that_is_too_small_is_told() -> None:
    message = "This model's maximum context length is 4096 tokens"
    with chat_server(lambda *_: Refusal(400, message)) as server:
        answers = model(server.url).answer([request("a")])
    assert "context is too small" in answers.failed[request("a").id]


@pytest.mark.parametrize("raw", [b"<html>sorry</html>", b"{}", b'{"choices": []}', b'{"choices": [{"message": {}}]}'])
def test_a_reply_that_is_no_completion_fails_its_request(raw: bytes) -> None:
    with chat_server(lambda *_: raw) as server:
        answers = model(server.url).answer([request("a")])
    assert set(answers.failed) == {request("a").id}


def test_after_a_server_died_no_more_is_sent() -> None:
    with chat_server(lambda _, n: "yes" if n == 0 else Refusal(500, "broken", {"retry-after": "0"})) as server:
        answers = EndpointModel(Endpoint("m", server.url, retries=0, concurrency=1)).answer(
            [request(str(n)) for n in range(20)]
        )
    assert len(answers.texts) == 1
    assert len(answers.failed) == 19
    assert len(server.asked) == 4


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"base_url": "ftp://host"}, "has to be a URL"),
        ({"base_url": "127.0.0.1:11434"}, "has to be a URL"),
        ({"base_url": "https://me:sk-key@host/v1"}, "must not contain a key"),
        ({"context": 1000}, "too small"),
    ],
)
def test_an_endpoint_that_cannot_work_is_refused_at_once(options: dict, words: str) -> None:
    with pytest.raises(SettingsError, match=words) as error:
        Endpoint("m", **options)
    assert "sk-key" not in str(error.value)


def test_the_key_is_not_in_the_text_of_an_endpoint() -> None:
    assert KEY not in repr(Endpoint("m", key=KEY))
