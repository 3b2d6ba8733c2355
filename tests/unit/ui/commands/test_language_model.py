"""`build --llm` and `ask --llm` against a server on loopback, and batches in files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from graph.errors import SettingsError
from tests.chat_server import Refusal, chat_server
from tests.unit.ui.fixture import parsed
from ui.cli import app
from ui.settings import LanguageModelSettings

runner = CliRunner()
KEY = "sk-never-shown"
NOTE = "# LoRA\n\nLoRA is a method of fine-tuning. QLoRA builds on LoRA and quantizes weights to NF4.\n"


def run(*words: str, code: int = 0, **environment: str) -> Any:
    result = runner.invoke(app, list(words), env=environment)
    assert result.exit_code == code, (result.stdout, result.stderr)
    assert "Traceback" not in result.stderr
    assert KEY not in result.stdout + result.stderr
    return result


def concept(name: str) -> dict[str, object]:
    return {"name": name, "aliases": [], "kind": "method", "weight": "core", "line": 3, "definition": ""}


READ = {
    "concepts": [concept("LoRA"), concept("QLoRA"), concept("NF4"), concept("fine-tuning")],
    "relations": [{"head": "QLoRA", "type": "based_on", "tail": "LoRA", "line": 3, "quote": "QLoRA builds on LoRA"}],
    "prerequisites": [],
}


def reply(body: dict[str, Any], _: int) -> str:
    match body.get("response_format", {}).get("json_schema", {}).get("name"):
        case "read":
            return json.dumps(READ)
        case "answer":
            return json.dumps(
                {
                    "sentences": [
                        {"text": "QLoRA builds on LoRA.", "lines": [1]},
                        {"text": "It is from 2023.", "lines": [1]},
                    ]
                }
            )
        case _:
            return json.dumps({"same": [], "title": "", "sentences": []})


def exported(notes: Path) -> Any:
    path = notes.parent / "export.json"
    run("export", "--graph", str(notes), "--format", "json", "--output", str(path))
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "lora.md").write_text(NOTE)
    return folder


def test_a_model_reads_and_its_answers_are_kept(notes: Path) -> None:
    with chat_server(reply) as server:
        words = ("build", str(notes), "--llm", "m", "--llm-base-url", server.url, "--json")
        first = parsed(run(*words, STUDYATLAS_LLM_KEY=KEY).stdout)
        asked = len(server.asked)
        again = parsed(run(*words).stdout)
    assert server.keys[0] == f"Bearer {KEY}"
    assert asked == len(server.asked)
    assert first["language_model"]["model"] == "m"
    assert first["language_model"]["tokens"]["questions"] == 100 * asked
    assert again["language_model"]["asked"] == 0
    assert first["counts"] == again["counts"]
    kept = [p.read_text() for p in (notes / ".studyatlas" / "cache").rglob("*.json")]
    assert kept
    assert KEY not in "".join(kept)
    info = parsed(run("info", "--graph", str(notes), "--json").stdout)
    assert info["settings"]["language_model"] == "m"


def test_the_report_says_what_was_read_and_dropped(notes: Path) -> None:
    read = READ | {"concepts": [*READ["concepts"], concept("DoRA")]}
    with chat_server(lambda b, n: json.dumps(read) if "concepts" in str(b) else reply(b, n)) as server:
        result = run("build", str(notes), "--llm", "m", "--llm-base-url", server.url, "--lang", "en")
    assert "m read 4 concepts, 1 relations" in result.stdout
    assert "Dropped 1 statement of the model: name not in the notes 1" in result.stdout
    assert "about" in result.stderr


def test_the_cost_is_told_and_above_the_limit_nothing_is_asked(notes: Path) -> None:
    with chat_server(reply) as server:
        words = ("build", str(notes), "--llm", "m", "--llm-base-url", server.url, "--llm-price", "2,8")
        result = run(*words, "--llm-limit", "100", code=2)
        assert server.asked == []
        assert "About 0.02 in money." in result.stderr
        assert "more than --llm-limit 100" in result.stderr
        assert not (notes / ".studyatlas" / "graph.db").exists()
        run(*words, "--llm-limit", "100", "--yes")
        assert server.asked


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--llm", "m", "--llm-base-url", "http://127.0.0.1:9/v1"), "There is no server at http://127.0.0.1:9/v1"),
        (("--llm", "m", "--llm-base-url", "nonsense"), "has to be a URL"),
        (("--llm", "m", "--llm-context", "100"), "too small to read notes"),
        (("--llm", "m", "--llm-price", "cheap", "--llm-base-url", "http://127.0.0.1:9/v1"), "two numbers"),
        (("--llm-base-url", "http://127.0.0.1:9/v1"), "without --llm MODEL"),
        (("--llm", "default"), "no settings file names one"),
        (("--llm-responses", "none.jsonl"), "none.jsonl cannot be read"),
        (("--llm-requests", "no/such/folder.jsonl"), "cannot be written"),
    ],
)
def test_what_cannot_work_is_one_clear_sentence(notes: Path, words: tuple[str, ...], said: str) -> None:
    result = runner.invoke(app, ["build", str(notes), *words])
    assert result.exit_code in (2, 8)
    assert said in result.stderr
    assert not (notes / ".studyatlas" / "graph.db").exists()


def test_a_refused_key_ends_the_build_and_the_old_graph_stays(notes: Path) -> None:
    run("build", str(notes))
    before = (notes / ".studyatlas" / "graph.db").read_bytes()
    with chat_server(lambda *_: Refusal(401, f"bad key {KEY}")) as server:
        result = run("build", str(notes), "--llm", "m", "--llm-base-url", server.url, code=8, STUDYATLAS_LLM_KEY=KEY)
    assert "refuses the key" in result.stderr
    assert (notes / ".studyatlas" / "graph.db").read_bytes() == before


def test_a_failing_answer_is_told_with_its_place(notes: Path) -> None:
    with chat_server(lambda *_: "sorry") as server:
        result = run("build", str(notes), "--llm", "m", "--llm-base-url", server.url, "--lang", "en")
    assert "1 request has no usable answer" in result.stdout
    assert "were not read by the language model" in result.stdout


def test_a_batch_is_written_and_its_answers_are_built_with(notes: Path, tmp_path: Path) -> None:
    requests, responses, rest = (tmp_path / name for name in ("q.jsonl", "a.jsonl", "rest.jsonl"))
    result = run("build", str(notes), "--llm-requests", str(requests))
    assert "Wrote 1 request" in result.stderr
    assert not (notes / ".studyatlas" / "graph.db").exists()
    (line,) = requests.read_text().splitlines()
    responses.write_text(json.dumps({"custom_id": json.loads(line)["custom_id"], "content": READ}) + "\n")
    run("build", str(notes), "--llm-responses", str(responses), "--llm-requests", str(rest))
    for further in rest.read_text().splitlines():
        with responses.open("a") as file:
            answer = {"same": [], "title": "", "sentences": []}
            file.write(json.dumps({"custom_id": json.loads(further)["custom_id"], "content": answer}) + "\n")
    report = parsed(run("build", str(notes), "--llm-responses", str(responses), "--json").stdout)
    assert report["language_model"]["failed"] == 0
    export = exported(notes)
    assert {r["type"] for r in export["relations"]} >= {"based_on"}


def test_an_export_says_which_model_said_it(notes: Path, tmp_path: Path) -> None:
    read = READ | {
        "relations": [
            {"head": "QLoRA", "type": "evaluated_by", "tail": "NF4", "line": 3, "quote": "QLoRA builds on LoRA and quantizes weights to NF4"}
        ],
        "prerequisites": [
            {"before": "LoRA", "after": "QLoRA", "strength": "strong", "line": 3, "quote": "QLoRA builds on LoRA"}
        ],
    }  # fmt: skip
    with chat_server(lambda b, n: json.dumps(read) if "concepts" in str(b) else reply(b, n)) as server:
        run("build", str(notes), "--llm", "m", "--llm-base-url", server.url)
    export = exported(notes)
    assert "model:m" in {r["basis"] for r in export["relations"]}
    assert [p["basis"] for p in export["prerequisites"] if p["after"] == "qlora"][:1] == ["model:m"]
    shown = run("concept", "QLoRA", "--graph", str(notes), "--lang", "en").stdout
    assert "a language model read" in shown


def test_an_answer_in_the_models_words_keeps_what_its_lines_support(notes: Path) -> None:
    run("build", str(notes))
    with chat_server(reply) as server:
        result = run(
            "ask", "What does QLoRA build on?", "--graph", str(notes), "--llm", "m", "--llm-base-url", server.url, "--json"
        )  # fmt: skip
    found = parsed(result.stdout)
    assert found["answer"] == "QLoRA builds on LoRA. [1]"
    assert "Dropped 1 sentence" in result.stderr


def test_a_refusal_asks_no_model(notes: Path) -> None:
    run("build", str(notes))
    with chat_server(reply) as server:
        words = ("ask", "Who won the 1998 football world cup?", "--graph", str(notes))
        found = parsed(run(*words, "--llm", "m", "--llm-base-url", server.url, "--json").stdout)
    assert found["answered"] is False
    assert server.asked == []


class TestSettings:
    def settings(self, folder: Path, text: str, **environment: str) -> LanguageModelSettings:
        path = folder / "settings.toml"
        path.write_text(text)
        return LanguageModelSettings.from_environment({"STUDYATLAS_SETTINGS": str(path), **environment})

    def test_the_part_about_the_model_is_read(self, tmp_path: Path) -> None:
        found = self.settings(
            tmp_path,
            '[llm]\nmodel = "qwen"\nbase_url = "http://127.0.0.1:11434/v1"\ncontext = 8192\nprices = [1, 2.5]\n',
            STUDYATLAS_LLM_KEY=KEY,
        )
        assert (found.model, found.base_url, found.context, found.prices) == (
            "qwen",
            "http://127.0.0.1:11434/v1",
            8192,
            (1.0, 2.5),
        )
        assert KEY not in repr(found)

    def test_without_a_file_there_are_no_settings(self, tmp_path: Path) -> None:
        assert LanguageModelSettings.from_environment({"HOME": str(tmp_path)}) == LanguageModelSettings()

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("[llm", "is not a TOML file"),
            ("llm = 3", "has to be a part"),
            ('[llm]\nkey = "sk"', "keys do not belong into a file"),
            ('[llm]\napi_key = "sk"', "keys do not belong into a file"),
            ("[llm]\nmodel = 3", "model in .llm. has to be text"),
            ("[llm]\ncontext = true", "context in .llm. has to be a number"),
            ("[llm]\nprices = [1]", "prices in .llm. has to be two numbers"),
            ("[llm]\nprices = [1, -2]", "prices in .llm. has to be two numbers"),
            ('[llm]\nmodle = "x"', "has no setting 'modle'"),
        ],
    )
    def test_a_file_that_says_something_else_is_refused(self, tmp_path: Path, text: str, words: str) -> None:
        with pytest.raises(SettingsError, match=words):
            self.settings(tmp_path, text)

    def test_a_named_file_has_to_be_there(self, tmp_path: Path) -> None:
        with pytest.raises(SettingsError, match="cannot be read"):
            LanguageModelSettings.from_environment({"STUDYATLAS_SETTINGS": str(tmp_path / "none.toml")})

    def test_the_key_of_openai_goes_to_openai_only(self) -> None:
        found = LanguageModelSettings(openai_key=KEY)
        assert found.key_for("api.openai.com") == KEY
        assert found.key_for("evil.example") == found.key_for(None) == ""


def test_a_pack_is_drafted_checked_and_used(notes: Path, tmp_path: Path) -> None:
    entries = [
        {"name": "QLoRA", "aliases": ["量化低秩适配"], "kind": "method", "based_on": ["LoRA"], "needs": ["LoRA"]},
        {"name": "LoRA", "aliases": [], "kind": "method"},
    ]
    path = tmp_path / "adapters.jsonl"
    words = ("packs", "draft", "--field", "adapters", "--from", str(notes), "-o", str(path))
    with chat_server(lambda *_: json.dumps({"entries": entries})) as server:
        result = run(*words, "--llm", "m", "--llm-base-url", server.url, "--lang", "en")
        assert "Wrote 2 entries" in result.stdout
        assert "is there already" in run(*words, "--llm", "m", "--llm-base-url", server.url, code=2).stderr
    run("packs", "check", str(path))
    run("build", str(notes), "--packs", str(path))


def test_a_draft_needs_a_writer_and_a_sensible_file(notes: Path, tmp_path: Path) -> None:
    words = ("packs", "draft", "--field", "adapters", "--from", str(notes))
    assert "--llm MODEL" in run(*words, "-o", str(tmp_path / "a.jsonl"), code=2).stderr
    assert "ends in .jsonl" in run(*words, "-o", str(tmp_path / "a.txt"), "--llm", "m", code=2).stderr


def test_the_requests_of_a_draft_can_be_answered_elsewhere(notes: Path, tmp_path: Path) -> None:
    requests, responses, path = tmp_path / "q.jsonl", tmp_path / "a.jsonl", tmp_path / "p.jsonl"
    words = ("packs", "draft", "--field", "adapters", "--from", str(notes), "-o", str(path))
    run(*words, "--llm-requests", str(requests))
    record = json.loads(requests.read_text().splitlines()[0])
    answer = {"custom_id": record["custom_id"], "content": {"entries": [{"name": "LoRA", "kind": "method"}]}}
    responses.write_text(json.dumps(answer) + "\n")
    run(*words, "--llm-responses", str(responses))
    assert json.loads(path.read_text()) == {"name": "LoRA", "kind": "method"}
