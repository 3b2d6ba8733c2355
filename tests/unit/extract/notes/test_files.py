from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extract.notes.files import SourceFile, Undecodable, decode, natural_key, read_note, reading_order, title_of
from extract.notes.inventory import find_notes, take_inventory
from extract.notes.parse import parse
from graph.errors import InputError, NoNotesError
from graph.model import Skipped

CHINESE = "# 注意力机制\n\n注意力机制让模型关注输入的不同部分，它是大语言模型的核心组件。\n"


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def read(path: Path, root: Path | None = None) -> SourceFile:
    note = read_note(path, root or path.parent)
    assert isinstance(note, SourceFile), note
    return note


def skipped(path: Path) -> Skipped:
    note = read_note(path, path.parent)
    assert isinstance(note, Skipped), note
    assert (note.doc, note.line) == (path.name, 0)
    return note


def order(folder: Path) -> list[str]:
    places = reading_order([read(path, folder) for path in find_notes(folder)])
    assert sorted(places.values()) == list(range(len(places)))
    return sorted(places, key=places.__getitem__)


# Finding


def test_notes_are_found_in_natural_order(tmp_path: Path) -> None:
    names = ["10.md", "2.markdown", "a/1.TXT", "a/b/x.mdx", "第十章.md", "第二章.md", "README.MD"]
    write(
        tmp_path, dict.fromkeys([*names, "code.py", ".hidden.md", ".git/x.md", ".studyatlas/y.md", "a/._1.md"], "text")
    )
    found = [path.relative_to(tmp_path).as_posix() for path in find_notes(tmp_path)]
    assert found == ["2.markdown", "10.md", "a/1.TXT", "a/b/x.mdx", "README.MD", "第二章.md", "第十章.md"]


def test_a_single_note_is_taken_as_it_is(tmp_path: Path) -> None:
    path = write(tmp_path, {"a.md": "text"}) / "a.md"
    assert find_notes(path) == [path]


def test_links_are_followed_but_never_in_a_circle(tmp_path: Path) -> None:
    write(tmp_path, {"z/note.md": "text"})
    (tmp_path / "a").symlink_to(tmp_path / "z")
    (tmp_path / "z" / "up").symlink_to(tmp_path)
    outside = tmp_path.parent / f"{tmp_path.name}-outside"
    write(outside, {"far.md": "text"})
    (tmp_path / "linked").symlink_to(outside)
    assert [path.relative_to(tmp_path).as_posix() for path in find_notes(tmp_path)] == ["z/note.md"]
    found = take_inventory(tmp_path, everything=True)
    assert [path.relative_to(tmp_path).as_posix() for path in found.notes] == ["linked/far.md", "z/note.md"]


def test_a_link_to_nothing_is_reported(tmp_path: Path) -> None:
    (tmp_path / "gone.md").symlink_to(tmp_path / "nowhere.md")
    assert find_notes(tmp_path) == [tmp_path / "gone.md"]
    assert skipped(tmp_path / "gone.md").reason == "a link to a file that is not there"


def test_what_cannot_be_built_is_said_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"There is no folder .*nowhere\. Give a folder of notes"):
        find_notes(tmp_path / "nowhere")
    with pytest.raises(NoNotesError, match=r"No notes in .* no file ends in \.md, \.markdown, \.mdx, \.txt, "):
        find_notes(tmp_path)
    (tmp_path / "x.py").write_text("x = 1")
    with pytest.raises(InputError, match=r"x\.py is not a note file"):
        find_notes(tmp_path / "x.py")


def test_natural_order_of_names() -> None:
    names = ["第十章", "第二十章", "第一章", "第十一章", "第二章"]
    assert sorted(names, key=natural_key) == ["第一章", "第二章", "第十章", "第十一章", "第二十章"]
    assert sorted(["第一百章", "第九十九章", "第一〇二章", "第两百章"], key=natural_key) == [
        "第九十九章",
        "第一百章",
        "第一〇二章",
        "第两百章",
    ]
    assert sorted(["第百十章", "第3章"], key=natural_key) == ["第3章", "第百十章"], "a malformed numeral is text"
    assert sorted(["一、a", "二、b", "十、c"], key=natural_key) == ["一、a", "二、b", "十、c"]
    assert sorted(["a10", "A9", "a/2", "a/10", "b"], key=natural_key) == ["a/2", "a/10", "A9", "a10", "b"]
    assert sorted(["note2.md", "note.md", "note10.md"], key=natural_key) == ["note.md", "note2.md", "note10.md"]


@given(st.lists(st.text(st.characters(exclude_characters="/")), max_size=8, unique=True))
def test_natural_order_is_total(names: list[str]) -> None:
    assert len({natural_key(name) for name in names}) == len(names)


# Reading


def test_a_note_and_what_is_known_of_it(tmp_path: Path) -> None:
    data = CHINESE.encode()
    write(tmp_path, {"sub/a.md": CHINESE})
    assert read(tmp_path / "sub/a.md", tmp_path) == SourceFile(
        id="sub/a.md",
        path=tmp_path / "sub/a.md",
        title="注意力机制",
        text=CHINESE,
        sha256=hashlib.sha256(data).hexdigest(),
        lines=3,
        lang="zh",
        encoding="utf-8",
    )


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (CHINESE.encode("utf-8-sig"), "utf-8"),
        (CHINESE.encode("gb18030"), "gb18030"),
        (CHINESE.encode("utf-16"), "utf-16-le"),
        (b"\xfe\xff" + CHINESE.encode("utf-16-be"), "utf-16-be"),
        (CHINESE.encode("utf-32"), "utf-32-le"),
        (CHINESE.encode("utf-16-le"), "utf-16-le"),
        (CHINESE.encode("utf-16-be"), "utf-16-be"),
        (CHINESE.encode("utf-32-be"), "utf-32-be"),
        ((CHINESE * 40).encode()[:3000] + b"\xff" + (CHINESE * 40).encode()[3000:], "utf-8 (damaged)"),
    ],
)
def test_encodings(data: bytes, encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_bytes(data)
    note = read(path)
    assert note.encoding == encoding
    assert note.title == "注意力机制"
    if "damaged" not in encoding:
        assert note.text == CHINESE


def test_other_encodings_are_read_if_they_are_sure() -> None:
    text = (
        "注意力機制讓模型關注輸入的不同部分，它是大語言模型的核心組件。這裡說明訓練與推論的差別，以及記憶體的使用。\n"
        * 5
    )
    assert decode(text.encode("big5")) == (text, "big5")
    french = (
        "Le modèle a été entraîné à prédire le mot suivant, où chaque tête d'attention pèse différemment l'entrée.\n"
        * 5
    )
    assert decode(french.encode("cp1252")) == (french, "cp1252")
    russian = (
        "Механизм внимания позволяет модели учитывать все слова входной последовательности при обработке каждого "
        "слова.\n" * 5
    )
    assert decode(russian.encode("cp1251")) == (russian, "cp1251")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty file"),
        (b" \n\t\r\n", "contains no text"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)) * 8, "binary file, not text"),
        (b"PK\x03\x04" + bytes(range(1, 32)) * 9, "binary file, not text"),
    ],
)
def test_files_that_are_no_notes(data: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_bytes(data)
    assert skipped(path).reason == reason


def test_files_that_disappear_or_may_not_be_read(tmp_path: Path) -> None:
    assert skipped(tmp_path / "gone.md").reason == "disappeared while building"
    (tmp_path / "folder.md").mkdir()
    assert skipped(tmp_path / "folder.md").reason == "not a regular file"
    os.mkfifo(tmp_path / "pipe.md")
    assert skipped(tmp_path / "pipe.md").reason == "not a regular file"


def test_permission_denied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, {"a.md": "text"}) / "a.md"

    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)  # chmod does not stop root, whom containers run as
    assert skipped(path).reason == "permission denied"


def test_a_name_that_is_no_unicode_is_skipped(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/\xff.md"
    try:
        Path(os.fsdecode(name)).write_text("text")
    except OSError:
        pytest.skip("this file system takes Unicode names only")
    note = read_note(Path(os.fsdecode(name)), tmp_path)
    assert isinstance(note, Skipped)
    assert note.doc.isascii()
    assert "not valid Unicode" in note.reason


def test_lines_are_counted_as_editors_do(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_bytes("a\r\nb\rc\nd\x0be\x0cf\u2028g\x85h\0i".encode())
    note = read(path)
    assert note.lines == 4
    assert note.text == "a\nb\nc\nd\x0be\x0cf\u2028g\x85h i\n"


@settings(max_examples=200)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_skipped_with_a_reason(data: bytes) -> None:
    decoded = decode(data)
    if isinstance(decoded, Undecodable):
        assert decoded.reason
    else:
        decoded[0].encode()


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_utf_8_is_read_as_it_is(text: str) -> None:
    assert decode(text.encode()) == (text.removeprefix("\ufeff"), "utf-8")


# Titles and languages


def test_titles() -> None:
    assert title_of(parse("---\ntitle: 甲\n---\n# 乙\n"), "丙") == "乙"
    assert title_of(parse("---\ntitle: 甲\n---\n## 乙\n"), "丙") == "甲"
    assert title_of(parse("## 乙\n文字"), "丙") == "丙"


@pytest.mark.parametrize(
    "text",
    [
        "# LoRA\n\ntext",
        "# **LoRA** #\ntext",
        "# [LoRA][1]\n\n[1]: https://example.org\n",
        "# See `code\n# no` title\n",
        "# LoRA <!-- a\nremark -->\n# Other\n",
        "# $x\n# y$\n",
        "# &amp; {#label}\n",
        "#  \n# Second\n",
        "# \n## Third\n",
        "Text\n===\n# Other\n",
    ],
)
def test_the_title_is_that_of_the_whole_note(tmp_path: Path, text: str) -> None:
    path = write(tmp_path, {"a.md": text}) / "a.md"
    assert read(path).title == title_of(parse(text), "a")


def test_a_title_far_down_is_found_and_code_is_none(tmp_path: Path) -> None:
    path = write(tmp_path, {"note.md": "```bash\n# install\n```\n" + "text\n\n" * 60 + "# Title\n"}) / "note.md"
    assert read(path).title == "Title"
    assert read(write(tmp_path, {"b.md": "```bash\n# install\n```\n"}) / "b.md").title == "b"


# Reading order


def test_numbers_give_the_order_and_an_introduction_comes_first(tmp_path: Path) -> None:
    write(tmp_path, dict.fromkeys(["10 end.md", "2 middle.md", "README.md", "b/index.md", "b/a.md"], "text"))
    assert order(tmp_path) == ["README.md", "2 middle.md", "10 end.md", "b/index.md", "b/a.md"]


def test_a_table_of_contents_overrules_names(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "SUMMARY.md": "# Summary\n- [One](b.md)\n  - [Two](sub/z.md)\n  - [Three](sub/a.md#x)\n- [Four](./a%20b.md)\n",
            "a b.md": "x",
            "b.md": "x",
            "sub/a.md": "x",
            "sub/z.md": "x",
            "unlisted.md": "x",
        },
    )
    assert order(tmp_path) == ["SUMMARY.md", "b.md", "sub/z.md", "sub/a.md", "a b.md", "unlisted.md"]


def test_a_readme_that_links_to_its_notes_gives_their_order(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"README.md": "[c](c.md) [a](a.md) [b](b.md) [web](https://x.y/a.md)", "a.md": "x", "b.md": "x", "c.md": "x"},
    )
    assert order(tmp_path) == ["README.md", "c.md", "a.md", "b.md"]
    (tmp_path / "README.md").write_text("see [c](c.md)")
    assert order(tmp_path) == ["README.md", "a.md", "b.md", "c.md"]


def test_positions_in_front_matter_and_folder_files(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "docs/a.md": "---\nsidebar_position: 2\n---\ntext",
            "docs/b.md": "---\nsidebar_position: 1\n---\ntext",
            "docs/c.md": "text",
            "next/_meta.json": '{"zebra": "Z", "ape": "A"}',
            "next/ape.mdx": "text",
            "next/zebra.mdx": "text",
            "docs/x/_category_.json": '{"label": "X", "position": 1.5}',
            "docs/x/n.md": "text",
            "_toctree.yml": "- sections:\n  - local: next/zebra\n",
        },
    )
    assert order(tmp_path) == ["docs/b.md", "docs/x/n.md", "docs/a.md", "docs/c.md", "next/zebra.mdx", "next/ape.mdx"]


def test_a_broken_order_file_changes_nothing(tmp_path: Path) -> None:
    write(tmp_path, {"_meta.json": "{broken", "a.md": "x", "b.md": "x"})
    assert order(tmp_path) == ["a.md", "b.md"]
