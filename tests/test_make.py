"""The recipes of the Makefile, run in a folder of their own, where studyatlas is a program that records its calls."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.places import ROOT

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="needs make")

NAMES = ["notes", "my notes", "two  spaces", 'it\'s "quoted"', "笔记 (2)", "a;b&c"]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with the Makefile and an environment that is newer than what it is made from."""
    folder = tmp_path / "check out"
    bin_folder = folder / ".venv" / "bin"
    bin_folder.mkdir(parents=True)
    (folder / "scripts").mkdir()
    for name in ("Makefile", "pyproject.toml", "constraints.txt", "scripts/set_up.sh"):
        shutil.copyfile(ROOT / name, folder / name)
        os.utime(folder / name, (1, 1))
    for name in ("app", "dev"):
        (folder / ".venv" / f".installed-{name}").touch()
    for name in ("studyatlas", "python"):
        program = bin_folder / name
        program.write_text(
            f"#!{sys.executable}\nimport json, sys\nprint(json.dumps(sys.argv[1:]), file=open('calls', 'a'))\n",
            encoding="utf-8",
        )
        program.chmod(0o755)
    return folder


def make(folder: Path, *words: str, home: Path | None = None, code: int = 0) -> str:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "NOTES", "MFLAGS"))
    }
    if home is not None:
        environment["HOME"] = str(home)
    done = subprocess.run(
        ["make", *words], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == code, done.stderr
    return done.stdout + done.stderr


def calls(folder: Path) -> list[list[str]]:
    return [json.loads(line) for line in (folder / "calls").read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("name", NAMES)
def test_demo_builds_and_opens_a_folder_of_any_name(checkout: Path, name: str) -> None:
    make(checkout, "demo", f"NOTES={name}")
    assert calls(checkout) == [["build", name, "--output", name], ["app", "--graph", name]]


def test_demo_without_notes_is_that_of_the_examples(checkout: Path) -> None:
    make(checkout, "demo")
    assert calls(checkout)[0] == ["build", "examples/notes", "--output", "examples/notes"]


@pytest.mark.parametrize(
    ("given", "meant"), [("~/my notes", "{home}/my notes"), ("~/a ~/b", "{home}/a ~/b"), ("a ~/b", "a ~/b")]
)
def test_a_tilde_at_the_beginning_is_the_home(checkout: Path, tmp_path: Path, given: str, meant: str) -> None:
    make(checkout, "demo", f"NOTES={given}", home=tmp_path)
    assert calls(checkout)[0][1] == meant.format(home=tmp_path)


@pytest.mark.parametrize("name", NAMES)
def test_clean_removes_the_graph_but_not_what_was_learned(checkout: Path, name: str) -> None:
    for folder, files in ((name, ["graph.db", "graph.db.tmp-1-0a", "progress.json"]), ("other", ["graph.db"])):
        (checkout / folder / ".studyatlas").mkdir(parents=True)
        (checkout / folder / "a.md").touch()
        for file in files:
            (checkout / folder / ".studyatlas" / file).touch()
    first = name.split()[0]
    if first != name:
        (checkout / first / ".studyatlas").mkdir(parents=True)
        (checkout / first / ".studyatlas" / "graph.db").touch()
    make(checkout, "clean", f"NOTES={name}")
    left = sorted(p.relative_to(checkout / name).as_posix() for p in (checkout / name).rglob("*") if p.is_file())
    assert left == [".studyatlas/progress.json", "a.md"]
    assert (checkout / "other" / ".studyatlas" / "graph.db").exists()
    assert first == name or (checkout / first / ".studyatlas" / "graph.db").exists()
    (checkout / name / ".studyatlas" / "progress.json").unlink()
    make(checkout, "clean", f"NOTES={name}")
    assert not (checkout / name / ".studyatlas").exists()
    make(checkout, "clean", f"NOTES={name}")


def test_clean_without_a_folder_touches_nothing_else(checkout: Path) -> None:
    assert "NOTES_FOLDER" in make(checkout, "clean", "NOTES=", code=2)


TRAININGS = ("kinds", "aliases", "salience", "definitions", "relations", "prerequisites")


def test_train_runs_all_trainings_in_order(checkout: Path) -> None:
    make(checkout, "train")
    assert calls(checkout) == [["-m", f"training.train_{name}"] for name in TRAININGS]


@pytest.mark.parametrize("name", NAMES)
def test_train_takes_folders_of_any_name(checkout: Path, name: str) -> None:
    make(checkout, "train", f"GOLD={name}", f"NOTES=my {name}", f"OUTPUT=out {name}", "QUICK=1")
    expected = ["--gold", name, "--notes", f"my {name}", "--output", f"out {name}", "--quick"]
    assert calls(checkout) == [["-m", f"training.train_{model}", *expected] for model in TRAININGS]
