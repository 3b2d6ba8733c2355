"""The MCP server by the official client: in memory, over standard input and output, and over HTTP."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters

from graph.stores.address import FileAddress
from tests.unit.ui.fixture import LORA, write_notes
from ui.api.mcp_server import concept_uri, mcp_server
from ui.api.served import served
from ui.commands.app import free_port
from ui.commands.build import build_graph


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_notes(tmp_path_factory.mktemp("mcp") / "notes")
    path = folder.parent / "graph.db"
    build_graph(
        folder, output=path, store=None, graph=None, workers=1, embedder="static", lexicon=True, lexicons=(),
        as_json=False, lang="en",
    )  # fmt: skip
    return path


def talk(target: Any, about: Callable[[Client], Awaitable[Any]]) -> Any:
    async def go() -> Any:
        async with Client(target) as client:
            return await about(client)

    return asyncio.run(asyncio.wait_for(go(), 60))


def in_memory(graph: Path, about: Callable[[Client], Awaitable[Any]]) -> Any:
    with served(FileAddress(graph)) as here:
        return talk(mcp_server(here), about)


def call(graph: Path, tool: str, **arguments: Any) -> Any:
    return in_memory(graph, lambda client: client.call_tool(tool, arguments))


TOOLS = {
    "search_concepts": {"text": "LoRA"},
    "get_concept": {"name": "LoRA"},
    "neighbours": {"name": "LoRA", "depth": 2},
    "find_path": {"start": "LoRA", "end": "LoRA"},
    "prerequisites": {"name": "LoRA"},
    "study_path": {"goal": "LoRA", "known": []},
    "next_to_learn": {"limit": 3},
    "ask": {"question": "What is LoRA?"},
    "themes": {},
    "gaps": {},
    "read_lines": {"doc": LORA, "first": 1, "last": 3},
}


def test_every_tool_has_schemas_says_that_it_only_reads_and_answers(graph: Path) -> None:
    async def about(client: Client) -> dict[str, Any]:
        tools = (await client.list_tools()).tools
        assert {tool.name for tool in tools} == set(TOOLS)
        for tool in tools:
            assert tool.description
            assert tool.output_schema
            assert tool.annotations is not None
            assert tool.annotations.read_only_hint
        return {name: await client.call_tool(name, arguments) for name, arguments in TOOLS.items()}

    for name, result in in_memory(graph, about).items():
        assert not result.is_error, (name, result.content)
        assert result.structured_content, name
        assert json.loads(result.content[0].text) == result.structured_content, name


def test_an_answer_has_its_citations(graph: Path) -> None:
    answer = call(graph, "ask", question="What is LoRA?").structured_content
    assert answer["answered"]
    assert {c["doc"] for c in answer["citations"]} <= {LORA, "attention.md"} | {c["doc"] for c in answer["citations"]}
    first = answer["citations"][0]
    lines = call(graph, "read_lines", doc=first["doc"], first=first["line"], last=first["line"]).structured_content
    assert [line["line"] for line in lines["lines"]] == [first["line"]]


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("get_concept", {"name": "LoRAA"}, "Nearest: 'LoRA'"),
        ("get_concept", {}, "name"),
        ("get_concept", {"name": ""}, "at least 1 character"),
        ("neighbours", {"name": "LoRA", "depth": 99}, "less than or equal to 4"),
        ("neighbours", {"name": "LoRA", "types": ["usess"]}, "Did you mean"),
        ("read_lines", {"doc": "../../etc/passwd"}, "There is no note"),
        ("read_lines", {"doc": LORA, "first": 9999}, "has lines 1 to"),
        ("ask", {"question": "x" * 6000}, "at most 5000"),
    ],
)
def test_an_error_says_what_to_change(graph: Path, tool: str, arguments: dict[str, Any], said: str) -> None:
    result = call(graph, tool, **arguments)
    assert result.is_error
    assert said in result.content[0].text


def test_a_refusal_is_an_answer_and_no_error(graph: Path) -> None:
    result = call(graph, "ask", question="Who won the 1998 football world cup?")
    assert not result.is_error
    assert result.structured_content["answered"] is False


def test_resources_and_prompts(graph: Path) -> None:
    async def about(client: Client) -> None:
        card = json.loads((await client.read_resource(concept_uri("LoRA"))).contents[0].text)  # type: ignore[union-attr]
        assert card["name"] == "LoRA"
        notes = json.loads((await client.read_resource("studyatlas://notes")).contents[0].text)  # type: ignore[union-attr]
        assert LORA in {d["id"] for d in notes["documents"]}
        assert {p.name for p in (await client.list_prompts()).prompts} == {"explain", "plan"}
        told = await client.get_prompt("plan", {"goal": "LoRA", "known": "matrices"})
        assert "'LoRA'" in str(told.messages[0].content)
        assert "I know: matrices." in str(told.messages[0].content)
        with pytest.raises(Exception, match="No concept named"):
            await client.read_resource(concept_uri("nothing at all"))

    in_memory(graph, about)


def test_over_standard_input_and_output(graph: Path) -> None:
    command = [sys.executable, "-m", "ui.cli", "mcp", "--graph", str(graph)]
    target = StdioServerParameters(command=command[0], args=command[1:], env=dict(os.environ))
    result = talk(target, lambda client: client.call_tool("get_concept", {"name": "LoRA"}))
    assert result.structured_content["name"] == "LoRA"


@pytest.fixture
def over_http(graph: Path) -> Iterator[str]:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "ui.cli", "mcp", "--http", "--port", str(port), "--graph", str(graph)],
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stderr is not None
        yield process.stderr.readline().strip()
    finally:
        process.terminate()
        process.wait(10)
        process.stderr.close()


def test_over_http_on_this_machine_only(over_http: str) -> None:
    import urllib.error
    import urllib.request

    def ready() -> Any:
        for _ in range(100):
            try:
                return talk(over_http, lambda client: client.call_tool("themes", {}))
            except Exception as error:
                last = error
        raise AssertionError(last)

    assert not ready().is_error
    foreign = urllib.request.Request(over_http, b"{}", {"Host": "evil.example", "Content-Type": "application/json"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(foreign, timeout=10)
    assert refused.value.code in (403, 421)
    refused.value.close()


def test_a_rebuilt_graph_is_followed(graph: Path, tmp_path: Path) -> None:
    import shutil

    copy = tmp_path / "graph.db"
    shutil.copy(graph, copy)
    notes = write_notes(tmp_path / "notes")
    (notes / "new.md").write_text("# Gradient checkpointing\n\nGradient checkpointing is a method that saves memory.\n")
    with served(FileAddress(copy)) as here:
        server = mcp_server(here)
        asked = {"question": "What is gradient checkpointing?"}
        before = talk(server, lambda client: client.call_tool("ask", asked)).structured_content
        build_graph(
            notes, output=copy, store=None, graph=None, workers=1, embedder="static", lexicon=True, lexicons=(),
            as_json=False, lang="en",
        )  # fmt: skip
        after = talk(server, lambda client: client.call_tool("ask", asked)).structured_content
    assert (before["answered"], after["answered"]) == (False, True)
