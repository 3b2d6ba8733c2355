"""The HTTP API: the same values as the command line, closed to others, bounded."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from typer.testing import CliRunner

from graph.stores.address import FileAddress
from tests.unit.ui.fixture import LORA, write_notes
from ui.api.http_api import http_api
from ui.api.served import ServedGraph, served
from ui.cli import app as cli
from ui.commands.app import free_port
from ui.commands.build import build_graph

TOKEN = "a-token-of-sixteen-letters"
HOST = {"Host": "127.0.0.1"}


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_notes(tmp_path_factory.mktemp("api") / "notes")
    path = folder.parent / "graph.db"
    build_graph(
        folder, output=path, store=None, graph=None, workers=1, embedder="static", lexicon=True, lexicons=(),
        as_json=False, lang="en",
    )  # fmt: skip
    return path


@pytest.fixture(scope="module")
def here(graph: Path) -> Iterator[ServedGraph]:
    with served(FileAddress(graph)) as found:
        yield found


@pytest.fixture(scope="module")
def client(here: ServedGraph) -> Iterator[TestClient]:
    with TestClient(http_api(here), headers=HOST) as found:
        yield found


PAGES = [
    ("concept", "LoRA", "/v1/concept?name=LoRA"),
    ("search", "LoRA", "/v1/search?text=LoRA"),
    ("path", "LoRA LoRA", "/v1/path?start=LoRA&end=LoRA"),
    ("prereqs", "LoRA", "/v1/prereqs?name=LoRA"),
    ("study", "LoRA", "/v1/study?goal=LoRA"),
    ("next", "", "/v1/next"),
    ("themes", "", "/v1/themes"),
    ("gaps", "", "/v1/gaps"),
]


@pytest.mark.parametrize(("verb", "words", "address"), PAGES)
def test_the_api_gives_the_bytes_that_the_command_line_prints(
    graph: Path, client: TestClient, verb: str, words: str, address: str
) -> None:
    printed = CliRunner().invoke(cli, [verb, *words.split(), "--json", "--graph", str(graph)])
    assert printed.exit_code == 0, printed.stderr
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.text == printed.stdout


def test_a_question_is_answered_with_citations(graph: Path, client: TestClient) -> None:
    printed = CliRunner().invoke(cli, ["ask", "What is LoRA?", "--json", "--graph", str(graph)])
    assert client.get("/v1/ask", params={"question": "What is LoRA?"}).text == printed.stdout


def test_lines_of_a_note_are_read_and_no_other_file(client: TestClient) -> None:
    assert client.get(f"/v1/lines/{LORA}?first=1&last=2").json()["lines"][0]["line"] == 1
    for doc in ("../../etc/passwd", "%2e%2e/%2e%2e/etc/passwd", "/etc/passwd"):
        assert client.get(f"/v1/lines/{doc}").status_code in (400, 404)


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("/v1/concept?name=LoRAA", 404, "Nearest"),
        ("/v1/concept", 422, "name"),
        ("/v1/neighbours?name=LoRA&depth=9", 422, "less than or equal to 4"),
        ("/v1/neighbours?name=LoRA&types=usess", 422, "types.0: Input should be"),
        ("/v1/path?start=LoRA&end=nothing", 404, "No concept"),
        ("/nowhere", 404, "Not Found"),
        ("/v1/search?text=" + "x" * 9000, 414, "longer than"),
    ],
)
def test_an_error_is_one_sentence(client: TestClient, address: str, status: int, said: str) -> None:
    answer = client.get(address)
    assert answer.status_code == status
    assert said in answer.json()["error"]


def test_the_nearest_names_are_given(client: TestClient) -> None:
    assert "LoRA" in client.get("/v1/concept?name=LoRAA").json()["nearest"]


def test_answers_can_be_kept_until_the_graph_changes(client: TestClient) -> None:
    first = client.get("/v1/themes")
    assert client.get("/v1/themes", headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    assert client.get("/v1/gaps").headers["etag"] != first.headers["etag"]


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", ""])
def test_a_page_of_another_name_is_refused(here: ServedGraph, host: str) -> None:
    with TestClient(http_api(here)) as client:
        assert client.get("/v1/info", headers={"Host": host}).status_code == 400


def test_no_page_of_another_site_may_read_it(client: TestClient) -> None:
    answer = client.get("/v1/info", headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in answer.headers


def test_with_a_token_nothing_is_given_without_it(here: ServedGraph) -> None:
    with TestClient(http_api(here, token=TOKEN), headers=HOST) as client:
        assert client.get("/v1/info").status_code == 401
        assert client.get("/v1/info", headers={"Authorization": "Bearer wrong"}).status_code == 401
        assert client.get("/v1/info", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200


def test_requests_with_a_body_and_slow_ones_are_refused(here: ServedGraph) -> None:
    with TestClient(http_api(here), headers=HOST) as client:
        assert client.request("GET", "/v1/info", content=b"x" * 100).status_code == 413
    with TestClient(http_api(here, time=0.0), headers=HOST) as client:
        assert client.get("/v1/gaps").status_code == 503


def test_the_description_needs_no_other_server(client: TestClient) -> None:
    page = client.get("/docs").text
    assert "swagger" in page.lower()
    addresses = re.findall(r"""(?:src|href)=["']([^"']+)""", page)
    assert addresses
    assert not [a for a in addresses if a.startswith(("http", "//"))]
    assert client.get("/openapi.json").json()["info"]["title"] == "studyatlas"


@pytest.mark.parametrize(
    "path",
    [
        "info",
        "search",
        "concept",
        "neighbours",
        "path",
        "prereqs",
        "study",
        "next",
        "ask",
        "themes",
        "gaps",
        "lines/{doc}",
    ],
)
def test_it_behaves_as_its_description_says(here: ServedGraph, path: str) -> None:
    schema = schemathesis.openapi.from_asgi("/openapi.json", http_api(here, hosts=("*",)))

    # Called as a function and not through the plugin for pytest, which does not know pytest 9.
    @settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(case=schema[f"/v1/{path}"]["GET"].as_strategy())
    def check(case: schemathesis.Case) -> None:
        case.call_and_validate()

    check()


def test_the_verb_serves_until_it_is_stopped(graph: Path) -> None:
    port = free_port()
    words = ["serve", "--port", str(port), "--graph", str(graph), "--lang", "en"]
    process = subprocess.Popen([sys.executable, "-m", "ui.cli", *words], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert f"http://127.0.0.1:{port}/docs" in process.stdout.readline()
        for _ in range(100):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/info", timeout=5) as answer:
                    found = json.load(answer)
                break
            except urllib.error.URLError:
                time.sleep(0.1)
        assert found["counts"]["documents"] == 2
    finally:
        process.terminate()
        process.wait(10)
        assert process.stdout is not None
        process.stdout.close()


@pytest.mark.parametrize(
    ("words", "environment", "said"),
    [
        (["--host", "0.0.0.0"], {}, "STUDYATLAS_API_TOKEN"),
        ([], {"STUDYATLAS_API_TOKEN": "short"}, "too short"),
    ],
)
def test_what_would_be_open_to_others_is_refused(
    graph: Path, words: list[str], environment: dict[str, str], said: str
) -> None:
    result = CliRunner().invoke(cli, ["serve", *words, "--graph", str(graph)], env=environment)
    assert result.exit_code == 2
    assert said in result.stderr
