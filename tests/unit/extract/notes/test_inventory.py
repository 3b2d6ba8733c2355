from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from extract.knowledge.corrections import load_corrections
from extract.notes import inventory
from extract.notes.collection_files import purpose_of
from extract.notes.files import read_note
from extract.notes.inventory import counted, take_inventory
from extract.pipeline import build
from graph.errors import NoNotesError, SettingsError
from graph.model import Skipped


def write(folder: Path, *names: str, text: str = "# Tides\n\nEbb is the fall of the sea.\n") -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def reasons(folder: Path, *, everything: bool = False) -> dict[str, str]:
    return {s.doc: s.reason for s in take_inventory(folder, everything=everything).left_out}


def test_files_that_are_not_notes_are_counted_by_ending(tmp_path: Path) -> None:
    write(
        tmp_path, "a.md", "b.png", "sub/c.PNG", "d.zip", "Makefile", "mkdocs.yml", "studyatlas.yaml", ".studyatlas/x.db"
    )
    found = take_inventory(tmp_path)
    assert found.unread == {".png": 2, ".zip": 1, "no ending": 1}
    assert counted(found.unread) == ".png 2, .zip 1, no ending 1"
    assert found.left_out == ()


def test_files_that_need_the_extra_are_counted_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "a.md", "b.pdf", "c.PDF", "d.png")
    monkeypatch.setattr(inventory, "is_installed", lambda suffix: False if suffix == ".pdf" else None)
    found = take_inventory(tmp_path)
    assert (found.needs_extra, found.unread) == ({".pdf": 2}, {".png": 1})
    settings = build(tmp_path).snapshot.settings
    assert settings["not_read"] == ".png 1"
    assert settings["not_read_without_extra"] == ".pdf 2: pip install 'studyatlas[files]'"


def test_folders_of_programs_are_said_once_and_read_when_asked(tmp_path: Path) -> None:
    write(
        tmp_path, "a.md", "node_modules/x/y.md", "node_modules/z.md", ".obsidian/p.md", "sub/.trash/q.md", ".hidden.md"
    )
    assert reasons(tmp_path) == {
        "node_modules": "a folder that a program fills; build with --everything to read it",
        ".obsidian": "a hidden folder; build with --everything to read it",
        "sub/.trash": "a hidden folder; build with --everything to read it",
        ".hidden.md": "a hidden file",
    }
    found = take_inventory(tmp_path, everything=True)
    assert {p.relative_to(tmp_path).as_posix() for p in found.notes} == {
        "a.md", "node_modules/x/y.md", "node_modules/z.md", ".obsidian/p.md", "sub/.trash/q.md",
    }  # fmt: skip


def test_links_out_of_the_folder(tmp_path: Path) -> None:
    inside, outside = write(tmp_path / "in", "a.md"), write(tmp_path / "out", "b.md", "c/d.md")
    (inside / "one.md").symlink_to(outside / "b.md")
    (inside / "all").symlink_to(outside)
    (inside / "same.md").symlink_to(inside / "a.md")
    said = "a link out of the folder; build with --everything to follow it"
    assert reasons(inside) == {"one.md": said, "all": said}
    assert {p.name for p in take_inventory(inside).notes} == {"a.md", "same.md"}
    assert {p.name for p in take_inventory(inside, everything=True).notes} == {
        "a.md",
        "b.md",
        "d.md",
        "one.md",
        "same.md",
    }


def test_a_folder_that_is_a_link_itself(tmp_path: Path) -> None:
    write(tmp_path / "real", "a.md", "sub/b.md")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert len(take_inventory(tmp_path / "link").notes) == 2


def test_links_in_a_circle_do_not_end_the_build(tmp_path: Path) -> None:
    write(tmp_path, "c.md")
    (tmp_path / "a.md").symlink_to("b.md")
    (tmp_path / "b.md").symlink_to("a.md")
    (tmp_path / "x.png").symlink_to("x.png")
    skipped = {s.doc: s.reason for s in build(tmp_path).snapshot.skipped}
    assert skipped == {
        "a.md": "a link that leads back to itself",
        "b.md": "a link that leads back to itself",
        "x.png": "a link that leads to no file",
    }


def test_special_files_are_listed_and_never_opened(tmp_path: Path) -> None:
    write(tmp_path, "a.md")
    os.mkfifo(tmp_path / "pipe.md")
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as plug:
        plug.bind(os.path.relpath(tmp_path / "s.md"))
        assert reasons(tmp_path) == {
            "pipe": "a named pipe, never opened",
            "pipe.md": "a named pipe, never opened",
            "s.md": "a socket, never opened",
        }


@pytest.mark.timeout(20)
def test_corrections_that_are_a_named_pipe_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "studyatlas.yaml")
    with pytest.raises(SettingsError, match="is not a regular file"):
        load_corrections(tmp_path)


def test_a_folder_without_notes_says_what_it_has(tmp_path: Path) -> None:
    write(tmp_path, "a.png", "b.zip")
    with pytest.raises(NoNotesError, match=r"It has other files: \.png 1, \.zip 1\."):
        take_inventory(tmp_path)


@pytest.mark.parametrize(
    ("name", "purpose"),
    [
        ("LICENSE", "a licence"),
        ("LICENSE.txt", "a licence"),
        ("LICENSE-MIT.md", "a licence"),
        ("sub/CHANGELOG.zh-CN.md", "a change log"),
        ("changelog.rst", "a change log"),
        ("Code_of_Conduct.md", "a code of conduct"),
        ("CODE-OF-CONDUCT.md", "a code of conduct"),
        ("contributing.org", "rules for contributors"),
        ("SECURITY.md", "a security policy"),
        ("security.md", None),
        ("history.md", None),
        ("License.md", None),
        ("contributing factors.md", None),
        ("Copying DNA.md", None),
        (".gitignore", None),
    ],
)
def test_files_about_the_collection_by_name(name: str, purpose: str | None) -> None:
    assert purpose_of(name, None) == purpose


def test_ambiguous_names_are_told_by_their_text(tmp_path: Path) -> None:
    assert purpose_of("security.md", "# Security\n\nPlease report a vulnerability by mail.") == "a security policy"
    assert purpose_of("security.md", "# Security\n\nA system is secure if its secrets are.") is None
    assert purpose_of("history.md", "# History\n\n## 1.2.0\n\n- fixed") == "a change log"
    write(tmp_path, "a.md")
    write(tmp_path, "license.md", text="MIT\n\nPermission is hereby granted, free of charge\n")
    note = read_note(tmp_path / "license.md", tmp_path)
    assert note == Skipped("license.md", 0, "a licence, not a study note")


def test_bad_bytes_in_utf_8_are_replaced_and_their_lines_named(tmp_path: Path) -> None:
    write(tmp_path, "zh.md", "en.md")
    (tmp_path / "zh.md").write_bytes(
        "# 潮汐\n\n潮汐是海水的涨落。\n".encode() + b"\xff\n" + "月球引起潮汐。\n".encode()
    )
    (tmp_path / "en.md").write_bytes("# Tides\n\nPoincaré studied tides; naïve models".encode() + b" fail\xe9.\n")
    (tmp_path / "latin.md").write_bytes("# Marées\n\nPoincaré a étudié les marées.\n".encode("cp1252"))
    graph = build(tmp_path).snapshot
    assert {(s.doc, s.line) for s in graph.skipped} == {("zh.md", 4), ("en.md", 3)}
    assert {s.reason for s in graph.skipped} == {"bytes that are not UTF-8, replaced by U+FFFD"}
    assert any("naïve" in p.text and "fail\ufffd" in p.text for p in graph.passages)
    assert any("étudié" in p.text for p in graph.passages)
