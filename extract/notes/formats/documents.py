"""PDF, Word and PowerPoint files, read with the libraries of the extra ``files`` (docs/design.md says why these)."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from extract.notes.formats.archives import open_archive
from extract.notes.formats.model import Converted, Unreadable

_BULLET: Final = re.compile(r"^[•·●○▪■◦‣–]\s*")
_DIGITS: Final = re.compile(r"\d+")
_HYPHEN: Final = re.compile("[\x02\ufffe]")
"""How PDFium marks the hyphen of a word divided at the end of a line; it puts the rest of the word behind it."""
_BREAKS: Final = re.compile(r"[\v\r\n\t ]+")
_TITLE_SIZE: Final = 1.15
"""Times the size of most letters, from which on a short line of a PDF is a heading."""
_TITLE_LENGTH: Final = 100
_RUNNING_PAGES: Final = 4
"""A line that is first or last on half of the pages of a PDF with so many pages is a running head."""
_SECRET: Final = 4
"""``FPDF_ERR_PASSWORD``."""


# PDF


def convert_pdf(data: bytes) -> Converted | Unreadable:
    """Convert a PDF; places are counted in pages.

    Larger type gives headings; running heads and page numbers are left out.
    """
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as e:
        secret = getattr(e, "err_code", None) == _SECRET or "password" in str(e).casefold()
        return Unreadable(
            "encrypted; save it without a password" if secret else "damaged: not a PDF that can be opened"
        )
    pages: list[list[tuple[str, float]]] = []
    try:
        for number in range(len(document)):
            try:
                pages.append(_page_lines(document[number]))
            except pypdfium2.PdfiumError:
                pages.append([])
    finally:
        document.close()
    return _pdf_text(pages)


def _page_lines(page: Any) -> list[tuple[str, float]]:
    """The lines of a page with the size of their first letter, in the order of the page's text."""
    import pypdfium2.raw as pdfium

    text_page = page.get_textpage()
    lines: list[tuple[str, float]] = []
    letters: list[str] = []
    size = 0.0
    for index in range(text_page.count_chars()):
        char = chr(pdfium.FPDFText_GetUnicode(text_page, index))
        if char in "\r\n":
            if char == "\n":
                lines.append(("".join(letters), size))
                letters, size = [], 0.0
            continue
        if not size and not char.isspace():
            size = float(pdfium.FPDFText_GetFontSize(text_page, index))
        letters.append(char)
    lines.append(("".join(letters), size))
    return [(text, size) for text, size in lines if text.strip()]


def _pdf_text(pages: Sequence[Sequence[tuple[str, float]]]) -> Converted | Unreadable:
    letters: Counter[float] = Counter()
    for page in pages:
        for text, size in page:
            letters[round(size, 1)] += len(text)
    if not letters:
        return Unreadable("no text on its pages: scans or pictures")
    usual = max(letters, key=lambda size: (letters[size], -size))
    larger = sorted({size for size in letters if size >= usual * _TITLE_SIZE}, reverse=True)
    running = _running(pages)
    out: list[str] = []
    starts: list[int] = []
    for page in pages:
        starts.append(len(out) + 1)
        kept = [(t, s) for k, (t, s) in enumerate(page) if not (k in (0, len(page) - 1) and _pattern(t) in running)]
        heading = False
        for text, size in kept:
            words = " ".join(_HYPHEN.sub("", text).split()).replace("<", "&lt;")
            level = larger.index(round(size, 1)) + 1 if round(size, 1) in larger else 0
            if level and len(words) <= _TITLE_LENGTH and any(c.isalpha() for c in words):
                out += [""] * (not heading) + [f"{'#' * min(level, 4)} {words}", ""]
                heading = True
                continue
            heading = False
            out.append(_BULLET.sub("- ", words))
        out.append("")
    empty = sum(not page for page in pages)
    first = next((start for start, page in zip(starts, pages, strict=True) if not page), 0)
    left_out = ((first, f"no text on {empty} of its {len(pages)} pages: scans or pictures"),) if empty else ()
    return Converted(tuple(out), "page", tuple(starts), left_out)


def _pattern(text: str) -> str:
    return _DIGITS.sub("0", " ".join(text.split()).casefold())


def _running(pages: Sequence[Sequence[tuple[str, float]]]) -> set[str]:
    """Running heads and page numbers: first and last lines of pages, digits aside."""
    ends: Counter[str] = Counter()
    for page in pages:
        ends.update({_pattern(text) for text, _ in (*page[:1], *page[-1:])})
    often = {p for p, n in ends.items() if len(pages) >= _RUNNING_PAGES and n * 2 >= len(pages)}
    return often | {p for p in ends if p.strip(" -–—|/") in ("0", "page 0", "00", "0 / 0", "0/0", "0 of 0", "第 0 页")}


# Word and PowerPoint

_BROKEN: Final = (KeyError, ValueError, AttributeError, IndexError, OSError, zipfile.BadZipFile, zlib.error, EOFError)
"""What the libraries raise on files that are ZIP archives with other contents than they should have."""


def convert_docx(data: bytes) -> Converted | Unreadable:
    """Convert a Word file; places are counted in paragraphs and tables, as the file has no pages."""
    archive = open_archive(data)
    if isinstance(archive, Unreadable):
        return archive
    import docx
    from docx.opc.exceptions import OpcError
    from lxml.etree import LxmlError

    try:
        out, starts = _docx_lines(docx.Document(io.BytesIO(data)))
    except (OpcError, LxmlError, *_BROKEN):
        return Unreadable("damaged: not a Word file that can be opened")
    return Converted(tuple(out), "paragraph", tuple(starts))


def _docx_lines(document: Any) -> tuple[list[str], list[int]]:
    from docx.table import Table

    out: list[str] = []
    starts: list[int] = []
    in_list = False
    for part in document.iter_inner_content():
        starts.append(len(out) + 1)
        if isinstance(part, Table):
            out += ["", *_table([[cell.text for cell in row.cells] for row in part.rows]), ""]
            continue
        words = _runs(part)
        if not words:
            continue
        style = (part.style.name or "").casefold() if part.style is not None else ""
        prefix = _docx_prefix(part, style)
        is_item = prefix.lstrip().startswith(("- ", "1. "))
        if out and out[-1] and not (is_item and in_list):
            out.append("")
        if starts[-1] <= len(out):
            starts[-1] = len(out) + 1
        out.append(prefix + words)
        in_list = is_item
    return out, starts


def _docx_prefix(paragraph: Any, style: str) -> str:
    if style == "title":
        return "# "
    if match := re.fullmatch(r"heading (\d)", style):
        return "#" * min(6, int(match[1])) + " "
    properties = paragraph._p.pPr
    numbering = properties.numPr if properties is not None else None
    if numbering is not None or style.startswith("list"):
        level = numbering.ilvl.val if numbering is not None and numbering.ilvl is not None else 0
        return "    " * level + ("1. " if "number" in style else "- ")
    return "> " if "quote" in style else ""


def _runs(paragraph: Any) -> str:
    """The text of a paragraph with bold and links as Markdown."""
    from docx.text.hyperlink import Hyperlink

    pieces: list[tuple[str, bool]] = []
    for part in paragraph.iter_inner_content():
        if isinstance(part, Hyperlink):
            label = _clean(part.text)
            address = (part.url or "").replace(" ", "%20")
            pieces.append((f"[{label}]({address})" if address and label.strip() else label, False))
        else:
            text, bold = _clean(part.text), bool(part.bold)
            if pieces and pieces[-1][1] is bold:
                pieces[-1] = (pieces[-1][0] + text, bold)
            else:
                pieces.append((text, bold))
    return "".join(_bold(text) if bold else text for text, bold in pieces).strip()


def _clean(text: str) -> str:
    return _BREAKS.sub(" ", text).replace("<", "&lt;").replace("*", "\\*")


def _bold(text: str) -> str:
    core = text.strip()
    return text if not core else text.replace(core, f"**{core}**", 1)


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    lines = ["| " + " | ".join(_clean(cell).strip().replace("|", "\\|") for cell in row) + " |" for row in rows]
    if lines:
        lines.insert(1, "|" + "---|" * len(rows[0]))
    return lines


def convert_pptx(data: bytes) -> Converted | Unreadable:
    """Convert a PowerPoint file; places are counted in slides. The speaker's notes follow the text of their slide."""
    archive = open_archive(data)
    if isinstance(archive, Unreadable):
        return archive
    import pptx
    from lxml.etree import LxmlError
    from pptx.exc import PythonPptxError

    out: list[str] = []
    starts: list[int] = []
    try:
        for slide in pptx.Presentation(io.BytesIO(data)).slides:
            starts.append(len(out) + 1)
            out += _slide(slide)
    except (PythonPptxError, LxmlError, *_BROKEN):
        return Unreadable("damaged: not a PowerPoint file that can be opened")
    return Converted(tuple(out), "slide", tuple(starts))


def _slide(slide: Any) -> list[str]:
    out: list[str] = []
    title = slide.shapes.title
    if title is not None and title.has_text_frame and title.text_frame.text.strip():
        out += [f"## {_clean(title.text_frame.text).strip()}", ""]
    for shape in _shapes(slide.shapes):
        if title is not None and shape.shape_id == title.shape_id:
            continue
        if shape.has_text_frame:
            paragraphs = [p for p in shape.text_frame.paragraphs if p.text.strip()]
            marks = len(paragraphs) > 1
            out += ["    " * p.level + ("- " if marks else "") + _pptx_runs(p) for p in paragraphs]
            out.append("")
        elif getattr(shape, "has_table", False):
            out += [*_table([[cell.text_frame.text for cell in row.cells] for row in shape.table.rows]), ""]
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        notes = [_clean(line).strip() for line in slide.notes_slide.notes_text_frame.text.splitlines()]
        out += [*(line for line in notes if line), ""]
    return out


def _shapes(shapes: Any) -> Iterator[Any]:
    for shape in shapes:
        if hasattr(shape, "shapes"):
            yield from _shapes(shape.shapes)
        else:
            yield shape


def _pptx_runs(paragraph: Any) -> str:
    whole = bool(paragraph.runs) and all(run.font.bold for run in paragraph.runs)
    if whole or not paragraph.runs:
        words = _clean(paragraph.text)
        return (_bold(words) if whole else words).strip()
    return "".join(_bold(_clean(run.text)) if run.font.bold else _clean(run.text) for run in paragraph.runs).strip()


READERS: Final[Mapping[str, Callable[[bytes], Converted | Unreadable]]] = {
    ".pdf": convert_pdf,
    ".docx": convert_docx,
    ".pptx": convert_pptx,
}
"""Lower-case ending → reader."""
