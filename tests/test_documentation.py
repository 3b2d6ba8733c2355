"""The pages of the documentation: they are all on the site, and the commands of the tutorial run as they say."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from scripts.docs_site import command_line_page
from tests.places import ROOT
from ui.cli import app

TUTORIALS = ("docs/tutorial.md", "docs/tutorial.zh.md")
FENCES = re.compile(r"^```(bash|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NOT_RUN = ("pip install studyatlas", "studyatlas demo")
"""Installing is tested in tests/test_packaging.py, as is a demo; this one would serve the pages until it is stopped."""


def blocks(page: str) -> list[tuple[str, str]]:
    """(language, text) of the commands of a page."""
    return [(found[1], found[2]) for found in FENCES.finditer((ROOT / page).read_text(encoding="utf-8"))]


def commands(page: str) -> list[tuple[str, list[str]]]:
    """(command, lines that it prints, as far as the page shows them) in order."""
    found: list[tuple[str, list[str]]] = []
    for kind, text in blocks(page):
        for line in text.splitlines():
            if kind == "bash":
                found.append((line.split("  #")[0].strip(), []))
            elif line.startswith("$ "):
                found.append((line[2:], []))
            elif line != "…":
                found[-1][1].append(line)
    return found


@pytest.mark.parametrize("page", TUTORIALS)
def test_the_commands_of_the_tutorial_run_and_print_what_it_shows(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shown = 0
    for command, lines in commands(page):
        if command in NOT_RUN:
            continue
        words = shlex.split(command)
        if words[0] == "cd":
            monkeypatch.chdir(words[1])
        elif words[0] == "export":
            monkeypatch.setenv(*words[1].split("=", 1))
        else:
            assert words[0] == "studyatlas", command
            done = CliRunner().invoke(app, words[1:])
            assert done.exit_code == 0, f"{command}: {done.output}"
            assert [line for line in lines if line not in done.output] == [], command
            shown += len(lines)
    assert shown >= 4
    assert (tmp_path / "llm-notes" / "qlora.apkg").is_file()
    assert (tmp_path / "llm-vault" / "map.canvas").is_file()


def test_what_the_readme_shows_is_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples", ignore=shutil.ignore_patterns(".studyatlas"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STUDYATLAS_LANG", "en")
    monkeypatch.setenv("COLUMNS", "200")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    transcript = readme.partition("<!-- transcript: begin")[2].split("```")[1]
    parts = re.split(r"^\$ studyatlas ", transcript, flags=re.MULTILINE)[1:]
    assert len(parts) >= 4
    for part in parts:
        words, _, shown = part.partition("\n")
        printed = {line.strip() for line in CliRunner().invoke(app, shlex.split(words)).output.splitlines()}
        lines = {line.strip() for line in shown.splitlines()} - {"", "…"}
        assert lines <= printed, words


def test_both_tutorials_have_the_same_commands() -> None:
    english, chinese = ([words for words, _ in commands(page)] for page in TUTORIALS)
    assert [re.sub("=(en|zh)$", "", words) for words in english if "telephone" not in words] == [
        re.sub("=(en|zh)$", "", words) for words in chinese if "电话" not in words
    ]


def files_of(nav: object) -> list[str]:
    if isinstance(nav, str):
        return [nav]
    parts = nav.values() if isinstance(nav, dict) else nav
    assert isinstance(parts, list | type({}.values()))
    return [file for part in parts for file in files_of(part)]


def test_every_page_is_in_the_navigation_and_every_entry_a_page() -> None:
    config = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    listed = files_of(config["nav"])
    pages = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    assert len(set(listed)) == len(listed)
    assert set(listed) == pages | {"command-line.md"}
    assert config["theme"]["font"] is False


def test_the_reference_of_the_command_line_has_every_verb_and_option() -> None:
    page = command_line_page()
    for words in (["export"], ["corrections", "import"], ["build"]):
        shown = CliRunner().invoke(app, [*words, "--help"]).output
        section = page.split(f"studyatlas {' '.join(words)}\n", 1)[1].split("\n## ")[0]
        options = set(re.findall(r"^ +(?:-\w, )?(--[a-z-]+)", shown, re.MULTILINE)) - {"--help"}
        assert options
        assert {option for option in options if option not in section} == set()


def test_the_site_is_built_without_a_warning_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    pytest.importorskip("material", reason="the extra docs is not installed")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stderr
    pages = sorted((tmp_path / "site").rglob("*.html"))
    assert {"tutorial.zh.html", "command-line.html", "CONTRIBUTING.html"} <= {path.name for path in pages}
    for path in pages:
        text = path.read_text(encoding="utf-8")
        loaded = re.findall(r"<(?:script|img|iframe|link)\b[^>]*?(?:src|href)=\"?(?:https?:)?//[^\s>]*", text)
        assert loaded == [], path.name
    for path in (tmp_path / "site").rglob("*.css"):
        assert not re.search(r"url\(['\"]?(https?:)?//", path.read_text(encoding="utf-8")), path.name
