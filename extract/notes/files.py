"""Files of notes: what their bytes say, what they are called and in which order they are meant to be read."""

from __future__ import annotations

import codecs
import errno
import hashlib
import json
import os
import re
import stat
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any, Final
from urllib.parse import unquote

from charset_normalizer import from_bytes

from extract.memo import Memo, forgetful
from extract.notes.blocks import Block, BlockKind
from extract.notes.collection_files import about_collection, purpose_of
from extract.notes.dialects.note_templates import is_template
from extract.notes.formats.model import Converted, Unreadable
from extract.notes.formats.registry import CORE_SUFFIXES, EXTRA, TEXT_READERS, byte_reader, is_installed, suffix_of
from extract.notes.mend import DIALECT_SUFFIXES, split_lines
from extract.notes.parse import parse
from graph.model import Skipped
from graph.places import LINE
from graph.text.japanese import is_japanese
from graph.text.names import valid_unicode
from graph.text.scripts import CJK, language_of

_DRAWING: Final = ".excalidraw"
"""What the names of drawings have before their suffix."""
_INDEX_STEMS: Final = ("readme", "index", "_index", "overview", "introduction", "intro", "summary")
_TITLE_LINES: Final = 300
"""Lines in which the title is looked for: a first heading further down is not a title."""
_TITLE_LINE: Final = 5000
"""Characters of each of these lines that are looked at."""
_TITLE_ALONE: Final = re.compile(r"# [^\[\]<>{}%$`]+$")
"""A first line that is a title whatever follows: it refers to nothing below and opens nothing that ends there."""
_DAMAGED: Final = 0.01
"""Share of characters that may be wrong in a file that is otherwise UTF-8."""
_FEW: Final = 3
"""Wrong bytes that any file may have, if at least as many characters are well-formed UTF-8 of more than one byte."""
_REPLACED: Final = "\ufffd"
_SURE: Final = 0.1
"""Share of odd characters up to which charset-normalizer is believed."""
_SAMPLE: Final = 200_000


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A note as it was read."""

    id: str
    """Path relative to the folder that was built, with ``/``."""
    path: Path
    """Where the file is."""
    title: str
    """First heading of level 1, else the title of the front matter, else the file's name without its suffix."""
    text: str
    r"""What the file says, lines ended by ``\n`` whatever the file has; NUL is a space."""
    sha256: str
    """Of the file's bytes."""
    lines: int
    """Number of lines as an editor counts them."""
    lang: str
    """``zh`` or ``en``; Japanese notes, which have no words of their own in the interface, are ``en``."""
    encoding: str = "utf-8"
    """How the bytes were read: ``utf-8``, ``utf-16-le``, ``gb18030``, …; ``utf-8 (damaged)`` where single bytes were
    wrong."""
    unit: str = LINE
    """What ``starts`` counts: one of :data:`graph.places.UNITS`."""
    starts: tuple[int, ...] = ()
    """Line of ``text`` on which each page, cell or line of the file begins; empty where line *k* is line *k* of the
    file."""
    original: tuple[str, ...] = ()
    """The lines of the file, where ``text`` has the same lines in another markup; empty elsewhere."""
    left_out: tuple[Skipped, ...] = ()
    """Parts that ``text`` does not have, or not as they were."""


# Order of names


_NUMERAL: Final = re.compile(
    r"(?<=第)[零〇一二两三四五六七八九十百千]{1,7}"
    r"|(?<=[（(])[一二三四五六七八九十百千]{1,7}(?=[）)])"
    r"|(?:^|(?<=/))[一二三四五六七八九十百千]{1,7}(?=[、.])"
)
"""Chinese numerals that count chapters: 第二章, （二）, 二、."""


def natural_key(name: str) -> tuple[Any, ...]:
    """A sort key for paths in which numbers count: ``2`` before ``10``, ``第二章`` before ``第十章``.

    Case does not matter.

    Parts of the path are compared one by one. Names that differ only in case or zeros are told apart by the last
    element.
    """
    return (_path_key()(_NUMERAL.sub(lambda match: _digits(match.group()), name)), name)


@cache
def _path_key() -> Callable[[str], tuple[Any, ...]]:
    from natsort import natsort_keygen, ns  # 20 ms: not before there are names to sort

    return natsort_keygen(alg=ns.PATH | ns.IGNORECASE)


@cache
def _digits(numeral: str) -> str:
    """A Chinese numeral in Arabic digits; as it is where it is malformed (百十)."""
    from cn2an import cn2an  # 80 ms: not before there is a Chinese numeral

    try:
        return str(cn2an(numeral, "normal"))
    except ValueError:
        return numeral


# Reading files


def read_note(path: Path, root: Path, titles: Memo = forgetful) -> SourceFile | Skipped:
    """Read one note; ``root`` is the folder that its id is relative to.

    ``titles`` remembers the titles of texts.

    What cannot be read comes back as a :class:`Skipped` for the whole file that says why; nothing is raised.
    """
    doc = _doc_id(path, root)
    if not doc.isprintable() and any("\ud800" <= c <= "\udfff" for c in doc):
        return Skipped(
            doc.encode("utf-8", "backslashreplace").decode(), 0, "its name is not valid Unicode; rename the file"
        )
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            if path.is_dir():
                os.scandir(path).close()  # says whether it may be listed
            return Skipped(doc, 0, "not a regular file")
        data = path.read_bytes()
    except FileNotFoundError:
        return Skipped(
            doc, 0, "a link to a file that is not there" if path.is_symlink() else "disappeared while building"
        )
    except PermissionError:
        return Skipped(doc, 0, "permission denied")
    except OSError as e:
        if e.errno == errno.ELOOP:
            return Skipped(doc, 0, "a link that leads back to itself")
        return Skipped(doc, 0, f"cannot be read: {e.strerror or type(e).__name__}")
    if not data:
        return Skipped(doc, 0, "empty file")
    read = _read(data, suffix_of(path.name))
    if isinstance(read, Unreadable):
        return Skipped(doc, 0, read.reason)
    note, encoding, original = read
    lines = [valid_unicode(line.replace("\0", " ")) for line in note.lines]
    text = "\n".join(lines)
    if not any(line and not line.isspace() for line in lines):
        return Skipped(doc, 0, "contains no text")
    purpose = purpose_of(doc, "\n".join(lines[:_TITLE_LINES]))
    if purpose is not None:
        return Skipped(doc, 0, about_collection(purpose))
    if path.suffix.casefold() in DIALECT_SUFFIXES and is_template(doc, path, lines):
        return Skipped(doc, 0, about_collection("a template for other notes"))
    damaged = [Skipped(doc, n, _DAMAGED_LINE) for n in _damaged_lines(lines, data)] if "damaged" in encoding else []
    return SourceFile(
        id=doc,
        path=path,
        title=titles(
            "\n".join([path.name, *(line[:_TITLE_LINE] for line in lines[:_TITLE_LINES])]), lambda: _title(lines, path)
        ),
        text=text + "\n",
        sha256=hashlib.sha256(data).hexdigest(),
        lines=len(lines),
        lang="en" if is_japanese(text[:_SAMPLE]) else language_of(text),
        encoding=encoding,
        unit=note.unit,
        starts=note.starts,
        original=original,
        left_out=(*damaged, *(Skipped(doc, line, reason) for line, reason in note.left_out)),
    )


def source_of(text: str, name: str) -> SourceFile:
    """A text that is in memory as if it had been read from a file called ``name``; it may be blank."""
    lines = split_lines(valid_unicode(text.replace("\0", " ")))
    return SourceFile(
        id=name,
        path=Path(name),
        title=_title(lines, Path(name)),
        text="\n".join(lines) + "\n",
        sha256=hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
        lines=len(lines),
        lang=language_of(text),
    )


_DAMAGED_LINE: Final = "bytes that are not UTF-8, replaced by U+FFFD"


def _read(data: bytes, suffix: str) -> tuple[Converted, str, tuple[str, ...]] | Unreadable:
    """The lines of a file, its encoding, and its own lines where they say the same in another markup."""
    if is_installed(suffix) is False:
        return Unreadable(f"needs a converter: pip install '{EXTRA}'")
    convert_bytes = byte_reader(suffix)
    if convert_bytes is not None:
        converted = convert_bytes(data)
        return converted if isinstance(converted, Unreadable) else (converted, "", ())
    decoded = decode(data)
    if isinstance(decoded, Undecodable):
        return Unreadable(decoded.reason)
    text, encoding = decoded
    own = split_lines(text)
    if suffix not in TEXT_READERS:
        return Converted(tuple(own)), encoding, ()
    if not any(line and not line.isspace() for line in own):
        return Unreadable("contains no text")
    converted = TEXT_READERS[suffix]("\n".join(own))
    if isinstance(converted, Unreadable):
        return converted
    return converted, encoding, () if converted.starts else tuple(own)


def _damaged_lines(lines: Sequence[str], data: bytes) -> list[int]:
    """1-based numbers of the lines on which a byte was replaced; a U+FFFD that the file itself has is text."""
    own = [
        n for n, line in enumerate(split_lines(data.decode("utf-8", "surrogateescape")), 1) if _LONE_BYTE.search(line)
    ]
    return [n for n in own if n <= len(lines)]


def _title(lines: Sequence[str], path: Path) -> str:
    # Most titles are on top, many on the first line, and the whole note is parsed later anyway.
    for count in (1, 40, _TITLE_LINES) if lines and _TITLE_ALONE.match(lines[0]) else (40, _TITLE_LINES):
        head = "\n".join(line[:_TITLE_LINE] for line in lines[:count])
        title = title_of(parse(head, suffix=path.suffix), "")
        if title:
            break
    return title or path.stem.removesuffix(_DRAWING)


def _doc_id(path: Path, root: Path) -> str:
    try:
        return path.relative_to(root).as_posix()
    except ValueError:
        return path.name


@dataclass(frozen=True, slots=True)
class Undecodable:
    """Bytes that are not text, and why."""

    reason: str


_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark begins with that of UTF-16
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LONE_BYTE: Final = re.compile("[\udc80-\udcff]")
_BINARY: Final = bytes(c for c in range(32) if c not in b"\t\n\x0b\x0c\r\x1b") + b"\x7f"


def decode(data: bytes) -> tuple[str, str] | Undecodable:
    """Return the text of ``data`` and the name of its encoding.

    Tried in this order: byte order mark; UTF-16 and UTF-32 without one (their NUL bytes give them away); UTF-8; UTF-8
    with single wrong bytes; GB18030, if what comes out is common Chinese; Windows-1252, if letters beyond ASCII stand
    alone or in pairs, as they do in Western text; what charset-normalizer is sure of. GB18030 accepts most bytes, so
    that it needs the check: Latin-1 or Big5 read as GB18030 gives rare characters.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            text = data[len(mark) :].decode(encoding, "replace")
            return (
                (text, encoding)
                if text.count("\ufffd") <= _DAMAGED * len(text)
                else Undecodable(f"damaged {encoding.upper()} file")
            )
    sample = data[:_SAMPLE]
    if b"\0" in sample:
        for encoding in ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be"):
            wide = _strict(data, encoding)
            if wide and _is_plausible(wide[:_SAMPLE]):
                return wide, encoding
    if len(sample) - len(sample.translate(None, _BINARY)) > 2 + 0.005 * len(sample):
        return Undecodable("binary file, not text")
    text = data.decode("utf-8", "replace")
    wrong = text.count("\ufffd") - data.count("\ufffd".encode())
    if wrong <= 0:
        return text, "utf-8"
    well_formed = sum(not c.isascii() for c in text) - text.count(_REPLACED)
    if well_formed >= 5 * wrong or (wrong <= _FEW and well_formed >= wrong):  # other encodings give no such sequences
        return text, "utf-8 (damaged)"
    if wrong <= _DAMAGED * sum(byte >= 0x80 for byte in sample) + 1 and wrong <= _DAMAGED * len(text):
        return text, "utf-8 (damaged)"
    chinese = _strict(data, "gb18030")
    if chinese is not None and _is_common_chinese(chinese[:_SAMPLE]):
        return chinese, "gb18030"
    western = _strict(data, "cp1252")
    if western is not None and _NOT_WESTERN.search(western) is None and _is_plausible(western[:_SAMPLE]):
        return western, "cp1252"
    best = from_bytes(sample).best()
    if best is not None and best.chaos <= _SURE and not best.encoding.startswith("utf_"):
        other = _strict(data, best.encoding)
        if other and not any("\x80" <= c <= "\x9f" for c in other[:_SAMPLE]):
            return other, best.encoding.replace("_", "-")
    return Undecodable("encoding not recognised; save the file as UTF-8")


def _strict(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None


_NOT_WESTERN = re.compile(r"[^\x00-\x7f]{3}")
"""Three letters beyond ASCII in a row: no Western language."""
_PLAUSIBLE = re.compile(
    r"[\t\n\r\x20-\x7e\u00a0-\u024f\u0370-\u04ff\u2010-\u2027\u2030-\u205e\u2190-\u22ff\u3000-\u303f\u3099-\u309c\u30a0\u30fb"
    rf"{CJK}\uff00-\uffef]+"
)


def _is_plausible(text: str) -> bool:
    return sum(len(run) for run in _PLAUSIBLE.findall(text)) >= 0.97 * len(text)


def _is_common_chinese(text: str) -> bool:
    """Whether most characters beyond ASCII are of GB 2312's symbols or first level: the 3755 most common ones."""
    beyond = [c for c in text if not c.isascii()]
    common = 0
    for char in beyond:
        encoded = char.encode("gb2312", "ignore")
        common += len(encoded) == 2 and (0xB0 <= encoded[0] <= 0xD7 or 0xA1 <= encoded[0] <= 0xA3)
    return len(beyond) > 0 and common >= 0.8 * len(beyond)


def title_of(blocks: Iterable[Block], stem: str) -> str:
    """The title of a note: its first heading of level 1, else that of the front matter, else ``stem``."""
    front = ""
    for block in blocks:
        if block.kind is BlockKind.HEADING and block.level == 1:
            if not block.front:
                return block.text
            front = block.text
    return front or stem


# Reading order


_LINKED = re.compile(r"\]\(\s*<?([^()<>\s#?]+)")
_LISTED = re.compile(r"[\w./%\-]+")
_POSITION = re.compile(
    r"^(?:sidebar_position|nav_order|weight|order|position)\s*[:=]\s*\"?(-?\d+(?:\.\d+)?)", re.MULTILINE
)
_META_KEY = re.compile(r"^\s*[\"']?([\w\-./]+)[\"']?\s*:", re.MULTILINE)
_TABLES_OF_CONTENTS: Final = ("SUMMARY.md", "_toctree.yml", "_toc.yml", "mkdocs.yml")


def reading_order(files: Sequence[SourceFile]) -> dict[str, int]:
    """Place of each file in the order that the notes are meant to be read in, by id, 0 first.

    Names are taken in natural order, an introduction (README, index) before the rest of its folder. Orders that
    somebody wrote down overrule names: ``sidebar_position`` and its like in front matter, ``_meta.json`` and
    ``_category_.json`` of a folder, a table of contents (SUMMARY.md, mkdocs.yml, ``_toctree.yml``), or a README that
    links to at least half of the files around it.
    """
    roots = {Path(*f.path.parts[: len(f.path.parts) - len(PurePosixPath(f.id).parts)]) for f in files}
    metas: dict[Path, dict[str, float]] = {}
    keyed = sorted((_tree_key(f, metas), f.id) for f in files)
    order = [doc for _, doc in keyed]
    by_id = {f.id: f for f in files}
    folders = sorted(
        {parent for doc in order for parent in PurePosixPath(doc).parents}, key=lambda p: (-len(p.parts), p.as_posix())
    )
    for folder in folders:
        order = _reordered(order, _contents(folder, order, by_id, roots))
    return {doc: place for place, doc in enumerate(order)}


_Key = tuple[tuple[float, int, tuple[Any, ...]], ...]


def _tree_key(file: SourceFile, metas: dict[Path, dict[str, float]]) -> _Key:
    parts = PurePosixPath(file.id).parts
    key: list[tuple[float, int, tuple[Any, ...]]] = []
    for depth, part in enumerate(parts):
        is_file = depth == len(parts) - 1
        here = file.path.parents[len(parts) - 1 - depth]
        if here not in metas:
            metas[here] = _folder_order(here)
        stem = PurePosixPath(part).stem if is_file else part
        place = metas[here].get(stem, float("inf"))
        if place == float("inf"):
            place = _position(file.text[:4000]) if is_file else _category(here / part)
        is_index = is_file and stem.casefold() in _INDEX_STEMS
        key.append((place, 0 if is_index else 1, natural_key(part)))
    return tuple(key)


def _position(text: str) -> float:
    """The place that the front matter of a note gives it; infinite without one."""
    if not text.startswith(("---", "+++")):
        return float("inf")
    match = _POSITION.search(text, 0, max(text.find("\n---", 3), text.find("\n+++", 3), 0))
    return float(match[1]) if match else float("inf")


def _text_beside(path: Path) -> str:
    """A small file that is not a note; "" where it is missing or cannot be read."""
    try:
        return path.read_text("utf-8", "replace")[:_SAMPLE] if path.is_file() else ""
    except OSError:
        return ""


def _folder_order(folder: Path) -> dict[str, float]:
    """Places of the entries of a folder by ``_meta.json`` (or ``_meta.js``, ``_meta.ts``) in it; empty without one."""
    text = _text_beside(folder / "_meta.json")
    if text:
        try:
            content = json.loads(text)
        except ValueError:
            content = None
        return {str(name): float(n) for n, name in enumerate(content)} if isinstance(content, dict | list) else {}
    text = _text_beside(folder / "_meta.js") or _text_beside(folder / "_meta.ts")
    return {name: float(n) for n, name in enumerate(dict.fromkeys(_META_KEY.findall(text)))}


def _category(folder: Path) -> float:
    text = _text_beside(folder / "_category_.json") or _text_beside(folder / "_category_.yml")
    match = re.search(r"[\"']?position[\"']?\s*:\s*(-?\d+(?:\.\d+)?)", text)
    return float(match[1]) if match else float("inf")


def _contents(folder: PurePosixPath, order: Sequence[str], by_id: dict[str, SourceFile], roots: set[Path]) -> list[str]:
    """The files that a table of contents in ``folder`` lists, in its order; empty without one."""
    prefix = "" if folder == PurePosixPath(".") else f"{folder.as_posix()}/"
    around = [doc for doc in order if doc.startswith(prefix)]
    known = {_bare(doc): doc for doc in reversed(around)}
    for name in _TABLES_OF_CONTENTS:
        texts = [_text_beside(root / prefix / name) for root in sorted(roots)]
        text = next((t for t in texts if t), "")
        pattern = _LINKED if name.endswith(".md") else _LISTED
        listed = _resolved(pattern.findall(text), prefix, known)
        if not listed and name == "mkdocs.yml":
            listed = _resolved(pattern.findall(text), f"{prefix}docs/", known)
        if len(listed) > 1:
            return listed
    for doc in around:
        if doc.count("/") == prefix.count("/") and PurePosixPath(doc).stem.casefold() in ("readme", "index", "_index"):
            listed = _resolved(_LINKED.findall(by_id[doc].text), prefix, known)
            if len(listed) > 1 and len(listed) >= 0.5 * (len(around) - 1):
                return [doc, *(d for d in listed if d != doc)]
    return []


def _bare(doc: str) -> str:
    return str(PurePosixPath(doc).with_suffix("")).casefold()


def _resolved(targets: Iterable[str], prefix: str, known: dict[str, str]) -> list[str]:
    """The notes that relative links lead to, each once, in the order of the links."""
    found: dict[str, None] = {}
    for target in targets:
        if "://" in target or len(target) > 500:
            continue
        path = os.path.normpath(prefix + unquote(target).lstrip("/")).replace(os.sep, "/").casefold()
        for candidate in (
            str(PurePosixPath(path).with_suffix("")) if path.endswith(CORE_SUFFIXES) else path,
            f"{path}/readme",
            f"{path}/index",
        ):
            if candidate in known:
                found[known[candidate]] = None
                break
    return list(found)


def _reordered(order: list[str], listed: Sequence[str]) -> list[str]:
    """``order`` with the listed ones in the order of the list, in the places that they had together.

    The others stay.
    """
    chosen = set(listed)
    following = iter(listed)
    return [next(following) if doc in chosen else doc for doc in order]
