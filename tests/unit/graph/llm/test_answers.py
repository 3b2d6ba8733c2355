from __future__ import annotations

import json
from pathlib import Path

import pytest

from graph.errors import InputError
from graph.llm.batch import RecordedAnswers, read_answers, write_requests
from graph.llm.cache import CachedModel
from graph.llm.objects import parsed_object
from graph.llm.requests import TEXT, Answers, Keep, Request, Tell, object_schema, tokens_of
from tests.chat_server import completion

SCHEMA = object_schema(word=TEXT)


def request(text: str, about: str = "") -> Request:
    return Request("read", "Read.", text, SCHEMA, 500, about)


class Counting:
    """A model that repeats the question and counts."""

    name = "m"
    context = 8192

    def __init__(self, failing: str = "", stopping: str = "") -> None:
        self.asked: list[str] = []
        self.failing = failing
        self.stopping = stopping

    def answer(self, requests: list[Request], tell: Tell | None = None, keep: Keep | None = None) -> Answers:
        self.asked += [r.user for r in requests]
        fine = [r for r in requests if r.user != self.failing]
        for r in fine:
            if keep is not None:
                keep(r, r.user)
            if r.user == self.stopping:
                raise KeyboardInterrupt
        return Answers({r.id: r.user for r in fine}, {r.id: "no" for r in requests if r not in fine}, len(fine), 10, 2)


def test_equal_questions_have_one_id_whatever_they_are_about() -> None:
    assert request("a", "one.md").id == request("a", "other.md").id != request("b").id
    assert request("a") == request("a", "other.md")


def test_tokens_are_estimated_by_script() -> None:
    assert tokens_of("") == 0
    assert tokens_of("机器学习" * 100) > tokens_of("learning" * 100) / 2


class TestObjects:
    @pytest.mark.parametrize(
        "text",
        [
            '{"concepts": [{"name": "a"}]}',
            '```json\n{"concepts": [{"name": "a"}]}\n```',
            'Sure! {"concepts": [{"name": "a"}]} I hope {this} helps.',
            '<think>{"concepts": []} no</think>{"concepts": [{"name": "a"}]}',
            '{"note": {"x": 1}} {"concepts": [{"name": "a"}]}',
        ],
    )
    def test_an_object_is_found_in_what_is_around_it(self, text: str) -> None:
        assert parsed_object(text, ["concepts"]) == ({"concepts": [{"name": "a"}]}, True)

    def test_of_an_answer_that_was_cut_off_the_complete_items_are_taken(self) -> None:
        cut = '{"concepts": [{"name": "a"}, {"name": "b"}], "relations": [{"head": "a", "ta'
        assert parsed_object(cut, ["concepts", "relations"]) == (
            {"concepts": [{"name": "a"}, {"name": "b"}], "relations": []},
            False,
        )

    @pytest.mark.parametrize("text", ["", "I cannot do that.", "[1, 2]", "{", "{{{{", '{"concepts": "none"}'])
    def test_nothing_is_made_of_what_has_no_object(self, text: str) -> None:
        assert parsed_object(text, ["concepts"]) == (None, False)

    def test_a_line_break_in_a_string_is_accepted(self) -> None:
        assert parsed_object('{"word": "a\nb"}') == ({"word": "a\nb"}, True)

    def test_deep_nesting_is_no_crash(self) -> None:
        assert parsed_object('{"concepts": ' + "[" * 100_000, ["concepts"])[1] is False


class TestBatch:
    def test_requests_are_lines_of_the_batch_api(self, tmp_path: Path) -> None:
        path = tmp_path / "r.jsonl"
        assert write_requests([request("学"), request("学"), request("b")], path, "m") == 2
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        assert [line["custom_id"] for line in lines] == [request("学").id, request("b").id]
        assert lines[0]["body"]["messages"][1] == {"role": "user", "content": "学"}
        assert {(line["method"], line["url"]) for line in lines} == {("POST", "/v1/chat/completions")}

    def test_answers_of_the_batch_api_and_of_people_are_read(self, tmp_path: Path) -> None:
        records = [
            {"custom_id": "a", "response": {"status_code": 200, "body": completion("x")}, "error": None},
            {"custom_id": "b", "content": {"word": "字"}},
            {"custom_id": "c", "content": "text"},
            {"custom_id": "d", "response": {"status_code": 500, "body": {"error": {"message": "overloaded"}}}},
            {"custom_id": "e", "response": None, "error": {"message": "expired"}},
            {"custom_id": "a", "content": "later"},
        ]
        path = tmp_path / "a.jsonl"
        path.write_text("\n".join(json.dumps(r) for r in records) + "\n\n", encoding="utf-8")
        answers = read_answers(path)
        assert answers.texts == {"a": "later", "b": '{"word": "字"}', "c": "text"}
        assert answers.failed == {"d": "overloaded", "e": "expired"}

    @pytest.mark.parametrize(
        ("content", "words"),
        [("{", r"a\.jsonl:1: this line is not JSON"), ("\n[]", r":2: there is no custom_id"), ("[" * 9999, "not JSON")],
    )
    def test_a_line_that_is_no_answer_is_named(self, tmp_path: Path, content: str, words: str) -> None:
        path = tmp_path / "a.jsonl"
        path.write_text(content)
        with pytest.raises(InputError, match=words):
            read_answers(path)

    def test_a_missing_or_binary_file_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="cannot be read"):
            read_answers(tmp_path / "none")
        (tmp_path / "b").write_bytes(b"\xff\xfe\x00")
        with pytest.raises(InputError, match="not UTF-8"):
            read_answers(tmp_path / "b")

    def test_what_a_file_does_not_answer_is_remembered(self) -> None:
        model = RecordedAnswers(Answers({request("a").id: "x"}, {request("b").id: "expired"}), "m")
        answers = model.answer([request("a"), request("b"), request("c")])
        assert answers.texts == {request("a").id: "x"}
        assert list(answers.failed.values()) == ["expired", "the file of answers has none"]
        assert list(model.missing.values()) == [request("b"), request("c")]


class TestCache:
    def test_an_answer_is_asked_for_once(self, tmp_path: Path) -> None:
        model = Counting()
        cached = CachedModel(model, tmp_path)
        cached.answer([request("a"), request("b")])
        again = cached.answer([request("b"), request("c")])
        assert model.asked == ["a", "b", "c"]
        assert again.texts == {request("b").id: "b", request("c").id: "c"}
        assert cached.missing([request("a"), request("d"), request("d")]) == [request("d")]

    def test_a_failure_is_not_kept(self, tmp_path: Path) -> None:
        model = Counting(failing="a")
        cached = CachedModel(model, tmp_path)
        cached.answer([request("a")])
        cached.answer([request("a")])
        assert model.asked == ["a", "a"]

    def test_what_was_answered_before_a_run_is_stopped_is_kept(self, tmp_path: Path) -> None:
        with pytest.raises(KeyboardInterrupt):
            CachedModel(Counting(stopping="b"), tmp_path).answer([request("a"), request("b"), request("c")])
        assert CachedModel(Counting(), tmp_path).missing([request(n) for n in "abc"]) == [request("c")]

    def test_models_do_not_share_answers(self, tmp_path: Path) -> None:
        one, other = Counting(), Counting()
        other.name = "n"
        CachedModel(one, tmp_path).answer([request("a")])
        CachedModel(other, tmp_path).answer([request("a")])
        assert other.asked == ["a"]

    @pytest.mark.parametrize("damage", ["", "{", '{"id": "other", "content": "evil"}', "[]", '{"content": 3}'])
    def test_a_damaged_file_counts_as_missing(self, tmp_path: Path, damage: str) -> None:
        model = Counting()
        cached = CachedModel(model, tmp_path)
        cached.answer([request("a")])
        (kept,) = tmp_path.rglob("*.json")
        kept.write_text(damage)
        assert cached.answer([request("a")]).texts == {request("a").id: "a"}
        assert model.asked == ["a", "a"]
        assert not list(tmp_path.rglob("*.part"))

    def test_a_folder_that_cannot_be_written_costs_only_the_cache(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        cached = CachedModel(Counting(), tmp_path / "file")
        assert cached.answer([request("a")]).texts == {request("a").id: "a"}
