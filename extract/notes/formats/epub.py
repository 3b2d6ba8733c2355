"""EPUB books: the pages of the spine in their order, read as HTML."""

from __future__ import annotations

import html
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote

from extract.notes.formats import html_pages
from extract.notes.formats.archives import open_archive
from extract.notes.formats.model import Converted, Unreadable

_TAG: Final = re.compile(r"<(?:\w+:)?(rootfile|item|itemref)\b([^<>]{0,4000})>")
_ATTRIBUTE: Final = re.compile(r"([\w:-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_DECLARED: Final = re.compile(rb"<\?xml[^>]{0,200}encoding=[\"']([\w-]+)[\"']")


def convert(data: bytes) -> Converted | Unreadable:
    """Convert a book; places are counted in sections: the files that the spine lists."""
    archive = open_archive(data)
    if isinstance(archive, Unreadable):
        return archive
    with archive:
        try:
            return _book(archive)
        except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
            return Unreadable("damaged: a part of the EPUB is missing or cannot be unpacked")


def _book(archive: zipfile.ZipFile) -> Converted | Unreadable:
    roots = [a for kind, a in _tags(archive, "META-INF/container.xml") if kind == "rootfile"]
    if not roots:
        return Unreadable("damaged: the EPUB does not name its contents")
    package = roots[0].get("full-path", "")
    hrefs: dict[str, tuple[str, str]] = {}
    spine: list[str] = []
    for kind, attributes in _tags(archive, package):
        if kind == "item":
            hrefs[attributes.get("id", "")] = attributes.get("href", ""), attributes.get("properties", "")
        elif kind == "itemref":
            spine.append(attributes.get("idref", ""))
    locked = "META-INF/encryption.xml" in archive.namelist() and b"xhtml" in archive.read("META-INF/encryption.xml")
    if locked or "META-INF/rights.xml" in archive.namelist():
        return Unreadable("encrypted: the EPUB is protected against copying")
    out: list[str] = []
    starts: list[int] = []
    for name in spine:
        starts.append(len(out) + 1)
        href, properties = hrefs.get(name, ("", ""))
        if not href or "nav" in properties.split():
            continue
        page = archive.read(posixpath.normpath(posixpath.join(posixpath.dirname(package), unquote(href))))
        converted = html_pages.convert(_text(page))
        if isinstance(converted, Unreadable):
            return converted
        out += [*_tidy(converted.lines), ""]
    return Converted(tuple(out), "section", tuple(starts))


def _tags(archive: zipfile.ZipFile, name: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Elements of an XML file that say what the book consists of; entities other than HTML's are not expanded."""
    for match in _TAG.finditer(_text(archive.read(name))):
        yield match[1], {k: html.unescape(a or b) for k, a, b in _ATTRIBUTE.findall(match[2])}


def _text(data: bytes) -> str:
    declared = _DECLARED.search(data[:300])
    encoding = declared[1].decode("ascii") if declared else "utf-8"
    try:
        return data.decode(encoding, "replace").replace("\r\n", "\n").removeprefix("\ufeff")
    except LookupError:
        return data.decode("utf-8", "replace")


def _tidy(lines: tuple[str, ...]) -> list[str]:
    """Without runs of blank lines: the lines of a page inside of a book are counted nowhere."""
    kept = [line for k, line in enumerate(lines) if line or (k and lines[k - 1])]
    return kept[:-1] if kept and not kept[-1] else kept
