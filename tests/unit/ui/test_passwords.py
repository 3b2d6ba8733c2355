"""A password, wherever it is given, is in nothing that a verb says: neither in its output nor in its error messages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from tests.unit.ui.fixture import write_notes
from ui.cli import app

HOST = "127.0.0.1:1"
"""Where nobody listens."""
URL, FILE, NOTES = "<url>", "<file>", "<notes>"
"""In a command line: the address with the password, the graph in a file, the folder of notes."""

COMMANDS = [
    ("info", "--graph", URL),
    ("info", f"--graph={URL}"),
    ("info", f"-g{URL}"),
    ("info", "--store", URL),
    ("info", "--store", URL, "--graph", "x"),
    ("info", "--store", URL, "--graph", URL),
    ("info", URL),
    ("info", URL, URL),
    (URL,),
    ("concept", URL, "--graph", FILE),
    ("concept", "LoRA", "--graph", URL),
    ("path", "LoRA", "QLoRA", "--graph", URL),
    ("ask", "What is LoRA?", "--graph", URL),
    ("ask", "--batch", URL, "--graph", FILE),
    ("study", "LoRA", "--graph", URL),
    ("study", "LoRA", "--graph", FILE, "--output", URL),
    ("study", "LoRA", "--graph", FILE, "--minutes", URL),
    ("progress", "--graph", FILE, "--progress", URL, "--know", "none such"),
    ("explain", "LoRA", "--graph", FILE, "--notes", URL),
    ("themes", "--level", URL),
    ("export", URL),
    ("export", FILE, "--format", URL),
    ("verify", URL),
    ("verify", FILE, "--notes", URL),
    ("evaluate", URL, NOTES),
    ("evaluate", FILE, URL),
    ("build", URL),
    ("build", NOTES, "--store", URL),
    ("build", NOTES, "--store", URL, "--graph", URL),
    ("build", NOTES, "--output", URL),
    ("build", NOTES, "--lexicon", URL),
    ("graphs", "--store", URL),
    ("drop", "--graph", "x", "--store", URL, "--yes"),
    ("drop", "--graph", URL, "--store", f"neo4j://{HOST}", "--yes"),
    ("copy", URL, FILE),
    ("copy", FILE, URL),
    ("copy", FILE, URL, "--replace"),
    ("copy", URL, URL),
    ("cypher", "RETURN 1", "--graph", URL),
    ("app", "--graph", URL, "--no-browser"),
    ("app", "--graph", FILE, "--port", URL, "--no-browser"),
]

PASSWORDS = st.text("aZ0:/?#@[]%&='\"\\ !\té密🔑", max_size=6).map("Zq7{}Kx9".format)
SHAPES = st.sampled_from(
    [
        "neo4j://ann:{}@{}?graph=x",
        "bolt+s://:{}@{}",
        "neo4j://ann:{}@{}/db?grap=x",
        "neo4j://ann:{}@{}#x",
        "neo4j://ann:{}@{}99999",
        "neo4j://ann:{}@",
        "http://ann:{}@{}",
        " neo4j://ann:{}@{}",
        "neo4j:/ann:{}@{}",
        "neo4j:ann:{}@{}",
        "neo4j//ann:{}@{}",  # nothing that is an absolute path: a verb may write there
        "ann:{}@{}",
    ]
)


@pytest.fixture
def words(tmp_path: Path, notes: Path) -> Callable[[tuple[str, ...], str], list[str]]:
    """A command line of :data:`COMMANDS` with an address."""
    loose = write_notes(tmp_path / "loose")

    def filled(command: tuple[str, ...], url: str) -> list[str]:
        values = {URL: url, FILE: str(notes / ".studyatlas" / "graph.db"), NOTES: str(loose)}
        for name, value in values.items():
            command = tuple(word.replace(name, value) for word in command)
        return list(command)

    return filled


def said(words: list[str]) -> str:
    """What a verb that fails has said; it fails with a sentence, not with a traceback."""
    result = CliRunner().invoke(app, words)
    assert result.exit_code, result.stdout
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.stderr
    return result.stdout + result.stderr


def assert_nothing_of(password: str, text: str) -> None:
    for written in (password, quote(password, safe=""), "Zq7", "Kx9"):
        assert written not in text


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_password_on_the_command_line_is_not_said(
    words: Callable[[tuple[str, ...], str], list[str]], command: tuple[str, ...]
) -> None:
    text = said(words(command, f"neo4j://ann:Zq7-s3cret-Kx9@{HOST}?graph=x"))
    assert_nothing_of("Zq7-s3cret-Kx9", text)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
@given(command=st.sampled_from(COMMANDS), shape=SHAPES, password=PASSWORDS, encoded=st.booleans())
def test_nor_is_any_other_however_it_is_mistyped(
    words: Callable[[tuple[str, ...], str], list[str]],
    command: tuple[str, ...],
    shape: str,
    password: str,
    encoded: bool,
) -> None:
    url = shape.format(quote(password, safe="") if encoded else password, HOST)
    assert_nothing_of(password, said(words(command, url)))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(
    command=st.sampled_from([("info",), ("graphs",), ("build", NOTES), ("copy", "x", "y"), ("app", "--no-browser")]),
    shape=SHAPES,
    password=PASSWORDS,
    variable=st.sampled_from(["STUDYATLAS_GRAPH", "STUDYATLAS_STORE", "STUDYATLAS_NEO4J_PASSWORD"]),
)
def test_nor_one_from_the_environment(
    words: Callable[[tuple[str, ...], str], list[str]],
    command: tuple[str, ...],
    shape: str,
    password: str,
    variable: str,
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        if variable == "STUDYATLAS_NEO4J_PASSWORD":
            patch.setenv(variable, password)
            patch.setenv("STUDYATLAS_STORE", f"neo4j://ann@{HOST}")
        else:
            patch.setenv(variable, shape.format(password, HOST))
            if variable == "STUDYATLAS_GRAPH" and command == ("build", NOTES):
                patch.setenv(
                    "STUDYATLAS_STORE", f"neo4j://{HOST}"
                )  # where it goes does not depend on the graph that is read
        assert_nothing_of(password, said(words(command, "")))
