"""Questions that must be asked outside of pytest, where the repository is not on ``sys.path``.

What an installed studyatlas is.
"""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import venv
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import entry_points, packages_distributions, version
from pathlib import Path

import pytest

from tests.places import ROOT

PACKAGES = ("extract", "graph", "queries", "ui")


def ask(code: str, folder: Path) -> object:
    """What ``code`` prints as JSON in a fresh interpreter that was started in ``folder``."""
    done = subprocess.run(
        [sys.executable, "-B", "-c", code], cwd=folder, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_four_names_are_ours(tmp_path: Path) -> None:
    """PyPI has a `queries` of its own, and site-packages wins over an editable install."""
    code = f"import importlib, json; print(json.dumps([importlib.import_module(n).__path__[0] for n in {PACKAGES!r}]))"
    places = ask(code, tmp_path)
    assert isinstance(places, list)
    assert [Path(p).resolve() for p in places] == [ROOT / name for name in PACKAGES]


@dataclass(frozen=True)
class Imported:
    """What happened while every module of extract, graph and queries was imported, one after the other."""

    modules: list[str]
    heavy: list[str]
    acts: list[list[str]]
    """Files opened for writing, folders made, connections, processes."""


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Imported:
    code = """
import importlib, json, pkgutil, sys
modules, acts = [], []
def watch(event, args):
    if event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+"):
        acts.append(["open", str(args[0])])
    elif event in ("socket.connect", "subprocess.Popen", "os.mkdir"):
        acts.append([event, str(args[0])])
sys.addaudithook(watch)
for top in ("extract", "graph", "queries"):
    for module in pkgutil.walk_packages(importlib.import_module(top).__path__, top + "."):
        if module.name != "extract.spacy_support":  # which spaCy imports, and nothing of ours
            importlib.import_module(module.name)
            modules.append(module.name)
heavy = {"torch", "streamlit", "sentence_transformers", "spacy"}
print(json.dumps([modules, sorted(heavy & set(sys.modules)), acts]))
"""
    folder = tmp_path_factory.mktemp("elsewhere")
    answer = ask(code, folder)
    assert isinstance(answer, list)
    assert list(folder.iterdir()) == []
    return Imported(*answer)


def test_no_module_below_the_pages_loads_torch_streamlit_or_spacy(imported: Imported) -> None:
    assert {"extract.knowledge.lexicon", "graph.model", "queries.question.model"} <= set(imported.modules)
    assert imported.heavy == []


def test_importing_writes_nothing_and_calls_nobody(imported: Imported) -> None:
    assert imported.acts == []


def test_version_is_said_once() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert version("studyatlas") == project["version"]
    assert f"## {project['version']}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def imported_packages(folders: Iterable[str]) -> set[str]:
    """Top-level packages that our code imports, or whose data files it reads without importing them."""
    found: set[str] = set()
    for path in (path for folder in folders for path in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.partition(".")[0])
            elif (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in ("data_folder", "find_spec", "files")
                and isinstance(node.args[0], ast.Constant)
            ):
                found.add(str(node.args[0].value))
    return found


def test_every_dependency_is_used() -> None:
    """simplemma was installed for everybody and imported by nobody; extras promised features that did not exist."""

    def normal(name: str) -> str:
        return re.sub(r"[-_.]+", "-", re.split(r"[<>=!~\[; ]", name)[0]).lower()

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    providers = packages_distributions()
    used = {normal(name) for package in imported_packages(PACKAGES) for name in providers.get(package, ())}
    assert {"numpy", "pyyaml", "wordfreq"} <= used
    assert {normal(requirement) for requirement in project["dependencies"]} - used == set()
    assert set(project["optional-dependencies"]) == {
        "dask",
        "docs",
        "skos",
        "embeddings",
        "files",
        "llm",
        "mcp",
        "neo4j",
        "serve",
        "spacy",
        "dev",
    }


def test_the_command_is_installed() -> None:
    (command,) = entry_points(group="console_scripts", name="studyatlas")
    assert command.value == "ui.cli:main"


def test_spacy_finds_the_component_and_the_tokenizer_by_their_names(tmp_path: Path) -> None:
    code = """
import json, sys, warnings
warnings.simplefilter("ignore")
import spacy
before = sorted({"extract", "graph"} & set(sys.modules))
nlp = spacy.blank("xx", config={"nlp": {"tokenizer": {"@tokenizers": "studyatlas.MixedTokenizer.v1"}}})
nlp.add_pipe("studyatlas")
print(json.dumps([before, [e.text for e in nlp("QLoRA 基于 LoRA。").ents]]))
"""
    assert ask(code, tmp_path) == [[], ["QLoRA", "LoRA"]]


@dataclass(frozen=True)
class Wheel:
    """The wheel that users install, and where it is unpacked."""

    files: frozenset[str]
    folder: Path

    def metadata(self, name: str) -> str:
        """The text of a file of ``studyatlas-….dist-info``."""
        (path,) = self.folder.glob(f"studyatlas-*.dist-info/{name}")
        return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Wheel:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    (path,) = folder.glob("*.whl")
    with zipfile.ZipFile(path) as file:
        file.extractall(folder / "unpacked")
        return Wheel(frozenset(file.namelist()), folder / "unpacked")


def test_the_wheel_has_every_file_of_the_packages_and_no_other(wheel: Wheel) -> None:
    files = (p for name in PACKAGES for p in (ROOT / name).rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    ours = {path.relative_to(ROOT).as_posix() for path in files}
    notes = {f"ui/example_notes/{path.name}" for path in (ROOT / "examples" / "notes").glob("*.md")}
    assert {f for f in wheel.files if ".dist-info/" not in f} == ours | notes
    assert {f"{name}/py.typed" for name in PACKAGES} <= ours
    assert {".yaml", ".json", ".css", ".js", ".svg", ".woff2"} <= {Path(f).suffix for f in ours}


def test_the_wheel_says_what_is_installed_with_it(wheel: Wheel) -> None:
    points = wheel.metadata("entry_points.txt")
    for line in (
        "studyatlas = ui.cli:main",
        "studyatlas = extract.spacy_support:make_component",
        "studyatlas.MixedTokenizer.v1 = extract.spacy_support:make_tokenizer",
    ):
        assert line in points.splitlines()
    required = re.findall(r"^Requires-Dist: ([\w.-]+)(.*)$", wheel.metadata("METADATA"), re.MULTILINE)
    assert "numpy" in {name for name, rest in required if "extra" not in rest}
    assert [rest.split("extra == ")[1] for name, rest in required if name == "spacy"] == ["'dev'", "'spacy'"]


def test_the_wheel_works_without_the_repository(wheel: Wheel, tmp_path: Path) -> None:
    """All weights, word lists and dictionaries are in it: a build and an answer read nearly all of them."""
    (tmp_path / "lora.md").write_text(
        "# LoRA\n\n低秩适应（LoRA）是一种参数高效微调方法。QLoRA 基于 LoRA。\n", encoding="utf-8"
    )
    code = f"""
import json, sys
sys.path[:] = [{str(wheel.folder)!r}] + [p for p in sys.path if p != {str(ROOT)!r}]
import extract, graph, queries, ui
from ui.concept_map import script, style
assert len(script()) > 9999 and len(style()) > 999
assert (ui.concept_map.HERE / "vendor" / "sigma-graphology.min.js").stat().st_size > 99999
store = graph.MemoryStore(extract.build(".").snapshot)
answer = queries.ask(store, "LoRA 是什么？")
ui.write_study_path(queries.study_path(store, "QLoRA"), "path.apkg", store)
places = [m.__file__ for m in list(sys.modules.values()) if m.__name__.split(".")[0] in {PACKAGES!r}]
print(json.dumps([answer.answered, sorted(p for p in places if not p.startswith({str(wheel.folder)!r}))]))
"""
    assert ask(code, tmp_path) == [True, []]
    assert (tmp_path / "path.apkg").stat().st_size > 0


def test_the_wheel_installed_alone_runs_its_demo(wheel: Wheel, tmp_path: Path) -> None:
    """In an environment that has the wheel and not the checkout: its entry point, its notes, a build, an export.

    What the wheel requires is taken from this environment, so that nothing is downloaded; of studyatlas itself only the
    wheel is on the path.
    """
    uv = shutil.which("uv", path=str(Path(sys.executable).parent))
    env = tmp_path / "env"
    venv.create(env, with_pip=uv is None)
    binaries = env / ("Scripts" if os.name == "nt" else "bin")
    installer = [uv, "pip"] if uv else [str(binaries / "python"), "-m", "pip"]
    where = ["--python", str(binaries / "python")] if uv else []
    (path,) = wheel.folder.parent.glob("*.whl")
    subprocess.run(
        [*installer, "install", *where, "--no-deps", str(path)], check=True, capture_output=True, timeout=120
    )
    ours = next(Path(p) for p in sys.path if p.endswith("site-packages"))
    code = "import json, sys; print(json.dumps([p for p in sys.path if p.endswith('site-packages')]))"
    (theirs,) = json.loads(subprocess.run([binaries / "python", "-c", code], check=True, capture_output=True).stdout)
    dependencies = tmp_path / "dependencies"
    dependencies.mkdir()
    for part in ours.iterdir():
        if "studyatlas" not in part.name and part.suffix != ".pth":
            (dependencies / part.name).symlink_to(part)
    (Path(theirs) / "dependencies.pth").write_text(f"{dependencies}\n", encoding="utf-8")
    environment = {"PATH": os.environ["PATH"], "XDG_STATE_HOME": str(tmp_path / "state"), "HOME": str(tmp_path)}

    def studyatlas(*words: str) -> str:
        command = [str(binaries / "studyatlas"), *words]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=False, timeout=240)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    place = subprocess.run(
        [binaries / "python", "-c", "import ui; print(ui.__path__[0])"], cwd=tmp_path, env=environment, check=True,
        capture_output=True, text=True,
    ).stdout  # fmt: skip
    assert Path(place.strip()).is_relative_to(env)
    studyatlas("demo", "--no-app")
    notes = tmp_path / "state" / "studyatlas" / "example"
    assert len(list(notes.glob("*.md"))) == len(list((ROOT / "examples" / "notes").glob("*.md")))
    assert studyatlas("export", str(notes), "--format", "mermaid", "--concept", "QLoRA").startswith("flowchart")
    assert "06-kv-cache.md" in studyatlas("ask", "PagedAttention 解决了什么问题？", "--graph", str(notes))


@pytest.mark.parametrize(
    "page",
    [
        "README.md",
        "CONTRIBUTING.md",
        "README.zh.md",
        "docs/index.md",
        "docs/tutorial.md",
        "docs/tutorial.zh.md",
        "docs/your-vault.md",
        "docs/large-collections.md",
        "docs/exports.md",
        "docs/lexicon.md",
        "docs/packs.md",
        "docs/language-models.md",
        "docs/serving.md",
        "docs/design.md",
        "docs/corrections.md",
        "docs/glossary.md",
        "docs/gold.md",
        "docs/python.md",
        "docs/spacy.md",
        "docs/neo4j.md",
        "docs/benchmarks.md",
        "examples/README.md",
    ],
)
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
                r"\bmake ([a-z]+)",
                "\n".join(re.findall(r"`[^`]+`|```.*?```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)),
            )
        )
    assert {"demo", "test"} <= named
    assert named <= targets


def test_the_app_asks_nothing_at_its_first_start() -> None:
    """Streamlit wanted an e-mail address in a home that it did not know, and `make demo` waited for it unseen."""
    from ui.commands.app import command

    assert "--server.showEmailPrompt=false" in command(8501)
