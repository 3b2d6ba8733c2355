"""Dropped files: only notes, only in the chosen folder, all of them or none."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import InputError
from ui import uploads
from ui.uploads import Upload, chosen_folder, safe_path, store_uploads


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("a.md", "a.md"),
        ("../../../etc/passwd.md", "etc/passwd.md"),
        ("/etc/x.txt", "etc/x.txt"),
        ("..\\..\\x.md", "x.md"),
        ("C:\\notes\\x.md", "C_/notes/x.md"),
        ("my folder/第一章.md", "my folder/第一章.md"),
        (".studyatlas/graph.md", "studyatlas/graph.md"),
        (".hidden.md", "hidden.md"),
        ("con.md", "_con.md"),
        ("a\x00b\u202e.md", "ab.md"),
        ("x" * 300 + ".md", "x" * 117 + ".md"),
    ],
)
def test_a_name_leads_nowhere_but_down(name: str, path: str) -> None:
    assert safe_path(name).as_posix() == path


@pytest.mark.parametrize("name", ["", "..", "/", "x.exe", "studyatlas.yaml", ".md", "graph.db", "x.md\u0000.sh"])
def test_what_is_no_note_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="is not a note"):
        safe_path(name)


@given(st.text(max_size=60))
def test_any_name_stays_inside(name: str) -> None:
    try:
        path = safe_path(f"{name}.md")
    except InputError:
        return
    assert not path.is_absolute()
    assert all(
        part not in ("", ".", "..") and not part.startswith(".") for part in PurePosixPath(path.as_posix()).parts
    )


def test_files_are_stored(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "notes"
    found = store_uploads([Upload("a.md", b"A"), Upload("sub/b.md", b"B")], folder)
    assert [path.relative_to(folder).as_posix() for path in found] == ["a.md", "sub/b.md"]
    assert (folder / "sub" / "b.md").read_bytes() == b"B"
    assert sorted(path.name for path in folder.rglob("*")) == ["a.md", "b.md", "sub"]
    assert store_uploads([Upload("a.md", b"A")], folder)  # the same once more


def test_nothing_is_replaced_unless_asked(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"mine")
    files = [Upload("b.md", b"B"), Upload("a.md", b"A")]
    with pytest.raises(InputError, match=r"already has a\.md, with other contents. Nothing was stored"):
        store_uploads(files, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.md"]
    store_uploads(files, tmp_path, replace=True)
    assert (tmp_path / "a.md").read_bytes() == b"A"


def test_a_link_does_not_lead_out(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "sub").symlink_to(outside)
    with pytest.raises(InputError, match="through a link"):
        store_uploads([Upload("sub/a.md", b"A")], folder)
    assert list(outside.iterdir()) == []


def test_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MOST_BYTES", 10)
    with pytest.raises(InputError, match="at most"):
        store_uploads([Upload("a.md", b"12345"), Upload("b.md", b"678901")], tmp_path / "notes")
    assert not (tmp_path / "notes").exists()


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Two of the files"):
        store_uploads([Upload("a.md", b"1"), Upload("../a.md", b"2")], tmp_path)


def test_the_folder_is_a_whole_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert chosen_folder(" ~/notes ") == tmp_path / "notes"
    (tmp_path / "file").write_text("x")
    for text in ("", "notes", "../notes", str(tmp_path / "file")):
        with pytest.raises(InputError):
            chosen_folder(text)
