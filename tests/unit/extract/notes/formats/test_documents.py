from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx
import pptx
import pytest

from extract.notes.files import SourceFile, read_note
from extract.notes.formats import registry
from extract.notes.formats.model import Converted, Unreadable
from graph.model import Skipped

PAGE = "BT /F1 {size} Tf 60 {y} Td ({text}) Tj ET\n"


def pdf(*pages: list[tuple[int, str]], encrypt: bool = False) -> bytes:
    """A PDF of lines of text, each (size of type, words), with the smallest set of objects that the format asks for."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for lines in pages:
        stream = "".join(PAGE.format(size=s, y=750 - 30 * k, text=t) for k, (s, t) in enumerate(lines))
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents {len(objects)} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>"
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    if encrypt:
        secret = "00" * 32
        objects.append(f"<< /Filter /Standard /V 1 /R 2 /O <{secret}> /U <{secret}> /P -4 >>")
    out, places = "%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n" + "".join(f"{p:010} 00000 n \n" for p in places)
    locked = f" /Encrypt {len(objects)} 0 R /ID [<{'0' * 32}> <{'0' * 32}>]" if encrypt else ""
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R{locked} >>\nstartxref\n{start}\n%%EOF"
    return out.encode("latin-1")


def saved(document: Any) -> bytes:
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def word() -> bytes:
    document = docx.Document()
    document.add_heading("Tides", 1)
    paragraph = document.add_paragraph()
    paragraph.add_run("Ebb").bold = True
    paragraph.add_run(" is the fall of the sea.")
    document.add_paragraph("neap tide", style="List Bullet")
    document.add_paragraph("spring tide", style="List Bullet")
    table = document.add_table(2, 2)
    for cell, text in zip((c for row in table.rows for c in row.cells), ["Moon", "Tide", "full", "big"], strict=True):
        cell.text = text
    return saved(document)


def slides() -> bytes:
    deck = pptx.Presentation()
    for title, body in (("Ebb", "Ebb is the fall."), ("Flow", "Flow is the rise.")):
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = body
    deck.slides[1].notes_slide.notes_text_frame.text = "ask about the moon"
    return saved(deck)


def book(*, locked: bool = False, spine: str = "a") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("META-INF/container.xml", '<container><rootfile full-path="O/p.opf"/></container>')
        archive.writestr(
            "O/p.opf",
            f'<package><item id="n" href="nav.xhtml" properties="nav"/><item id="a" href="a%20b.xhtml"/>'
            f'<itemref idref="n"/><itemref idref="{spine}"/></package>',
        )
        archive.writestr("O/nav.xhtml", "<p>contents</p>")
        archive.writestr("O/a b.xhtml", "<html><body><h1>Tides</h1>\n<p>Ebb is the fall.</p></body></html>")
        if locked:
            archive.writestr("META-INF/rights.xml", "<rights/>")
    return stream.getvalue()


def archive_of(**members: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return stream.getvalue()


def read(tmp_path: Path, name: str, data: bytes) -> SourceFile:
    (tmp_path / name).write_bytes(data)
    note = read_note(tmp_path / name, tmp_path)
    assert isinstance(note, SourceFile), note
    return note


def test_pages_of_a_pdf(tmp_path: Path) -> None:
    head = [(24, "Tides"), (11, "Ebb is the fall of the sea."), (11, "It comes twice a day.")]
    note = read(tmp_path, "a.pdf", pdf(head, [(11, "Flow is the rise.")], []))
    assert note.text.split("\n")[:5] == ["", "# Tides", "", "Ebb is the fall of the sea.", "It comes twice a day."]
    assert note.text.split("\n")[note.starts[1] - 1] == "Flow is the rise."
    assert (note.unit, len(note.starts), note.title) == ("page", 3, "Tides")
    assert [s.reason for s in note.left_out] == ["no text on 1 of its 3 pages: scans or pictures"]


def test_running_heads_and_page_numbers_are_left_out(tmp_path: Path) -> None:
    pages = [[(11, "Marine notes"), (11, f"Tide {'abcd'[k]} is strong."), (11, str(k + 1))] for k in range(4)]
    text = read(tmp_path, "a.pdf", pdf(*pages)).text
    assert [line for line in text.split("\n") if line] == [f"Tide {c} is strong." for c in "abcd"]


def test_word(tmp_path: Path) -> None:
    note = read(tmp_path, "a.docx", word())
    assert note.text.split("\n")[:9] == [
        "# Tides", "", "**Ebb** is the fall of the sea.", "", "- neap tide", "- spring tide", "", "| Moon | Tide |",
        "|---|---|",
    ]  # fmt: skip
    assert note.unit == "paragraph"
    assert [note.starts[k] for k in (0, 1, 2, 3)] == [1, 3, 5, 6]


def test_powerpoint(tmp_path: Path) -> None:
    note = read(tmp_path, "a.pptx", slides())
    lines = note.text.split("\n")
    assert (note.unit, len(note.starts)) == ("slide", 2)
    assert lines[note.starts[1] - 1] == "## Flow"
    assert "ask about the moon" in lines


def test_epub(tmp_path: Path) -> None:
    note = read(tmp_path, "a.epub", book())
    assert (note.unit, note.starts, note.title) == ("section", (1, 1), "Tides")
    assert "contents" not in note.text


BROKEN: list[tuple[str, bytes, str]] = [
    ("a.pdf", b"%PDF-1.7 nothing", "damaged: not a PDF"),
    ("a.pdf", pdf([(11, "x")], encrypt=True), "encrypted; save it without a password"),
    ("a.pdf", pdf([], []), "no text on its pages"),
    ("a.docx", b"plain words", "damaged: not a ZIP file"),
    (
        "a.docx",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
        "encrypted, or in the format of an old Office program",
    ),
    ("a.docx", archive_of(x="y"), "damaged: not a Word file"),
    ("a.docx", slides(), "damaged: not a Word file"),
    ("a.docx", word()[:-300], "damaged: not a ZIP file"),
    ("a.pptx", archive_of(**{"[Content_Types].xml": "<broken"}), "damaged: not a PowerPoint file"),
    ("a.pptx", word(), "damaged: not a PowerPoint file"),
    ("a.epub", b"words", "damaged: not a ZIP file"),
    ("a.epub", archive_of(mimetype="application/epub+zip"), "damaged: a part of the EPUB is missing"),
    ("a.epub", book(locked=True), "encrypted"),
    ("a.epub", book(spine="gone"), "contains no text"),
    ("a.pdf", b"", "empty file"),
    ("a.ipynb", b'{"cells": [', "broken JSON on line 1"),
    ("a.ipynb", b"\n \n", "contains no text"),
    ("a.csv", bytes(range(1, 32)) * 40, "binary file, not text"),
    ("a.canvas", b"{}", "contains no text"),
]


@pytest.mark.parametrize(("name", "data", "reason"), BROKEN)
def test_what_cannot_be_read_has_one_reason(name: str, data: bytes, reason: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    note = read_note(tmp_path / name, tmp_path)
    assert isinstance(note, Skipped), note
    assert reason in note.reason
    assert "\n" not in note.reason


@pytest.mark.parametrize("make", [word, slides, book])
def test_a_damaged_byte_never_gives_a_traceback(make: Callable[[], bytes], tmp_path: Path) -> None:
    data = make()
    reader = registry.byte_reader({"word": ".docx", "slides": ".pptx", "book": ".epub"}[make.__name__])
    assert reader is not None
    for place in range(0, len(data), max(1, len(data) // 60)):
        result = reader(data[:place] + bytes([data[place] ^ 0x55]) + data[place + 1 :])
        assert isinstance(result, Converted | Unreadable)


def test_without_the_extra_the_reason_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "find_spec", lambda name: None)
    (tmp_path / "a.pdf").write_bytes(pdf([(11, "x")]))
    note = read_note(tmp_path / "a.pdf", tmp_path)
    assert isinstance(note, Skipped)
    assert note.reason == "needs a converter: pip install 'studyatlas[files]'"
