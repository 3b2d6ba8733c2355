"""The public interface: what the four packages offer, what docs/python.md says of it, and what importing it costs."""

from __future__ import annotations

import ast
import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from tests.documented import Entry, failures, parameters, public
from tests.places import ROOT

PACKAGES = ("extract", "graph", "queries", "ui")
DOCUMENTED = dict(public())


def test_the_examples_of_the_page_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    number, trouble = failures(ROOT / "docs" / "python.md")
    assert number > 20
    assert trouble == ""


@pytest.mark.parametrize("package", PACKAGES)
def test_the_page_documents_each_public_name_once(package: str) -> None:
    names = [entry.name for entry in DOCUMENTED[package]]
    assert sorted(names) == sorted(importlib.import_module(package).__all__)
    assert len(names) > 2


@pytest.mark.parametrize("package", PACKAGES)
def test_each_public_name_is_there_and_says_what_it_is(package: str) -> None:
    module = importlib.import_module(package)
    for name in module.__all__:
        value = getattr(module, name)
        assert inspect.getdoc(value), name
        assert value.__name__ == name  # known under one name
        assert name in dir(module)
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = module.nonsense


@pytest.mark.parametrize(
    ("package", "entry"),
    [(package, entry) for package, entries in DOCUMENTED.items() for entry in entries],
    ids=lambda value: value.name if isinstance(value, Entry) else value,
)
def test_the_page_gives_parameters_as_they_are(package: str, entry: Entry) -> None:
    value = getattr(importlib.import_module(package), entry.name)
    assert entry.parameters is not None or not inspect.isfunction(value)
    assert entry.parameters is None or entry.parameters == parameters(value)


@pytest.mark.parametrize("package", PACKAGES)
def test_what_checkers_see_is_what_is_loaded(package: str) -> None:
    """A package lists its names three times: for checkers, in ``__all__``, and where they are loaded from."""
    tree = ast.parse((ROOT / package / "__init__.py").read_text(encoding="utf-8"))
    imported = {
        (node.module, alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module not in ("__future__", "typing", "graph.lazy")
        for alias in node.names
    }
    loaded = {
        (key.value, name)
        for node in ast.walk(tree)
        if isinstance(node, ast.Dict)
        for key, names in zip(node.keys, node.values, strict=True)
        for name in ast.literal_eval(names)
        if isinstance(key, ast.Constant)
    }
    assert imported == loaded
    assert sorted(name for _, name in loaded) == sorted(importlib.import_module(package).__all__)


def test_importing_the_packages_loads_nothing_heavy(tmp_path: Path) -> None:
    heavy = ("numpy", "scipy", "networkx", "yaml", "streamlit", "typer", "rich", "neo4j", "spacy", "ahocorasick_rs")
    code = (
        "import sys, graph, extract, queries, ui\n"
        "ours = [m for m in sys.modules if m.split('.')[0] in ('graph', 'extract', 'queries', 'ui')]\n"
        f"print(sorted(set({heavy!r}) & set(sys.modules)), sorted(ours))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[] ['extract', 'graph', 'graph.lazy', 'queries', 'ui']"


def test_a_star_import_brings_the_public_names(tmp_path: Path) -> None:
    code = "from queries import *\nprint(ask.__module__, 'explore' in globals())"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "queries.answer.answerer False"


def test_a_checker_sees_the_types(tmp_path: Path) -> None:
    """And refuses names that are not public, which a ``__getattr__`` that it saw would let pass."""
    (tmp_path / "user.py").write_text(
        "from graph import open_store, quatsch\nfrom queries import ask\nreveal_type(ask(open_store('.'), 'q'))\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path), "user.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert 'Module "graph" has no attribute "quatsch"' in done.stdout
    assert 'Revealed type is "queries.question.model.Answer"' in done.stdout
