"""Questions that must be asked outside of pytest, where the repository is not on ``sys.path``: what an installed studyatlas is."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import entry_points, version
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("extract", "graph", "queries", "ui")
HEAVY = ("torch", "streamlit", "neo4j", "spacy")


def ask(code: str, folder: Path) -> object:
    """What ``code`` prints as JSON in a fresh interpreter that was started in ``folder``."""
    done = subprocess.run([sys.executable, "-B", "-c", code], cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_four_names_are_ours(tmp_path: Path) -> None:
    """PyPI has a `queries` of its own, and site-packages wins over an editable install."""
    code = f"import importlib, json; print(json.dumps([importlib.import_module(n).__path__[0] for n in {PACKAGES!r}]))"
    places = ask(code, tmp_path)
    assert isinstance(places, list)
    assert [Path(p).resolve() for p in places] == [ROOT / name for name in PACKAGES]


def test_importing_the_packages_is_light(tmp_path: Path) -> None:
    code = f"import json, sys, extract, graph, queries; print(json.dumps(sorted(set({HEAVY!r}) & set(sys.modules))))"
    assert ask(code, tmp_path) == []


def test_no_module_below_the_pages_loads_torch_or_streamlit(tmp_path: Path) -> None:
    """Every module of extract, graph and queries, one after the other: what is loaded in the end, and which were."""
    code = """
import importlib, json, pkgutil, sys
loaded = []
for top in ("extract", "graph", "queries"):
    for module in pkgutil.walk_packages(importlib.import_module(top).__path__, top + "."):
        importlib.import_module(module.name)
        loaded.append(module.name)
print(json.dumps([loaded, sorted({"torch", "streamlit", "sentence_transformers"} & set(sys.modules))]))
"""
    answer = ask(code, tmp_path)
    assert isinstance(answer, list)
    loaded, heavy = answer
    assert {"extract.lexicon", "graph.model", "queries.model"} <= set(loaded)
    assert heavy == []


def test_importing_writes_nothing_and_calls_nobody(tmp_path: Path) -> None:
    code = """
import importlib, json, pkgutil, sys
done = []
def watch(event, args):
    if event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+"):
        done.append(["open", str(args[0]), args[1]])
    elif event in ("socket.connect", "subprocess.Popen", "os.mkdir"):
        done.append([event, str(args[0]), ""])
sys.addaudithook(watch)
for top in ("extract", "graph", "queries"):
    for module in pkgutil.walk_packages(importlib.import_module(top).__path__, top + "."):
        importlib.import_module(module.name)
print(json.dumps(done))
"""
    assert ask(code, tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_version_is_said_once() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert version("studyatlas") == project["version"]
    assert f"## {project['version']}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_command_is_installed() -> None:
    (command,) = entry_points(group="console_scripts", name="studyatlas")
    assert command.value == "ui.cli:main"


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "docs/lexicon.md", "docs/design.md", "examples/README.md"])
def test_links_between_documents_lead_somewhere(page: str) -> None:
    path = ROOT / page
    links = re.findall(r"\]\((?!https?://|#|mailto:)([^)#\s]+)", path.read_text(encoding="utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_make_targets_that_the_documents_name_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set()
    for page in ("README.md", "CONTRIBUTING.md"):
        named |= set(
            re.findall(
                r"\bmake ([a-z]+)", "\n".join(re.findall(r"`[^`]+`|```.*?```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL))
            )
        )
    assert {"demo", "test"} <= named
    assert named <= targets
