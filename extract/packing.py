"""What was extracted of a note as a short run of bytes: for another process, another machine, a file, or for later.

Values of one class are written as columns: all kinds of the blocks, then all their lines, and so on. Numbers take the
smallest width that the column allows, and text that the note has on the same lines is left out. The bytes are
MessagePack (https://msgpack.org), in a few parts that are compressed with zlib, to which the text of the note is known
already. Reading them runs nothing and makes nothing but the classes of :data:`CLASSES`, so damaged bytes can do no
harm: they are refused.
"""

from __future__ import annotations

import re
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import Enum, IntEnum
from types import MemberDescriptorType
from typing import Any, Final

import msgpack
import numpy as np
from numpy.typing import NDArray

from extract.concepts.candidates import Candidates
from extract.concepts.clusters import AliasLink
from extract.concepts.forms import SlimForms
from extract.concepts.stated import NoteFacts
from extract.concepts.subjects import Said
from extract.document import Extracted
from extract.notes.blocks import Block, BlockKind, Span, SpanKind
from extract.notes.note_links import NoteLink
from extract.notes.properties import NoteMetadata, Stated
from extract.text.occurrences import ParsedDoc
from graph.model import Evidence, LineKind, NoteLine, Passage, Skipped

CLASSES: Final[Mapping[str, type]] = {
    kind.__name__: kind
    for kind in (
        AliasLink, Block, Candidates, Evidence, Extracted, NoteFacts, NoteLine, NoteLink, NoteMetadata, ParsedDoc,
        Passage, Skipped, Span, Stated,
    )
}  # fmt: skip
"""The dataclasses that packed bytes may contain."""
ENUMS: Final[Mapping[str, type[Enum]]] = {kind.__name__: kind for kind in (BlockKind, LineKind, Said, SpanKind)}
LEVEL: Final = 3
"""Of zlib: level 6 takes twice as long for a twentieth less."""
WINDOW: Final = 32_768
"""Bytes of the note's text that zlib has as its dictionary: as far as it looks back. The other side has it too."""
AS_WRITTEN: Final = "\0"
"""In place of a passage's text that is the note's text on the same lines; no note contains NUL."""
_FORGOTTEN: Final = {"Candidates": frozenset(["memo"])}
"""Fields that are not packed: what can be found out again."""
_BREAK: Final = re.compile(r"\r\n|\n|\r")
_DTYPE: Final = re.compile(r"[<|]?[bfiu][1248]?")
"""Numbers, and no dtype that asks numpy for more memory than there are bytes."""
_DAMAGE: Final = (
    zlib.error, ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError, MemoryError,
    msgpack.UnpackException,
)  # fmt: skip
"""What reading damaged bytes may raise."""
_INTEGERS: Final = (np.int8, np.int16, np.int32, np.int64)


_NO_FORMS: Final = SlimForms("", "", *(np.zeros(0, dtype=np.int64) for _ in range(5)))


class NotPacked(ValueError):
    """The bytes are not what :func:`pack` writes, or belong to another text."""


class Part(IntEnum):
    """What is packed by itself, so that a stage unpacks only what it reads."""

    HEAD = 0
    """All the rest, of which there is little; of the passages where they are."""
    FORMS = 1
    """The candidates and their probabilities."""
    BLOCKS = 2
    PASSAGES = 3
    """What the passages say: as written, and line by line."""


@dataclass(frozen=True, slots=True)
class PackedNote:
    """What was extracted of a note; everything but its head is packed."""

    head: Extracted
    """Without blocks and forms; the passages are without text and lines."""
    blocks: int
    """Number of its blocks."""
    letters: int
    """Characters of their text."""
    parts: tuple[bytes, ...]
    """By :class:`Part`; the head, which is there, is empty."""


def pack(extracted: Extracted, text: str) -> bytes:
    """``extracted`` as bytes; ``text`` is the text of its note, which :func:`unpack` needs as well.

    Raises:
        TypeError: it contains something that has no packed form, such as a class that is not in :data:`CLASSES`.
    """
    lines = _BREAK.split(text)
    found, doc = extracted.candidates, extracted.candidates.doc
    if list(extracted.scores) != found.forms.keys_list():
        raise TypeError("The probabilities are not those of the candidates, in their order.")
    passages = extracted.passages
    head = replace(
        extracted,
        candidates=replace(found, doc=replace(doc, blocks=()), forms=_NO_FORMS),
        passages=tuple(replace(p, text="", lines=()) for p in passages),
        scores={},
    )
    texts = [AS_WRITTEN if p.text == _written(lines, p) else p.text for p in passages]
    parts = (
        [_flat(head), len(doc.blocks), sum(len(block.text) for block in doc.blocks)],
        [_flat(found.forms), _column(list(extracted.scores.values()))],
        _flat(tuple(doc.blocks)),
        [_column(texts), _column([p.lines for p in passages])],
    )
    known = _dictionary(text)
    packed: bytes = msgpack.packb([_deflated(msgpack.packb(part), known) for part in parts])
    return packed


def unpack(data: bytes, text: str) -> Extracted:
    """What :func:`pack` made ``data`` of, with the same ``text``.

    Raises:
        NotPacked: the bytes are damaged, or not packed by this version.
    """
    note = opened(data, text)
    head, (forms, scores) = note.head, forms_of(note, text)
    doc = replace(head.candidates.doc, blocks=blocks_of(note, text))
    candidates = replace(head.candidates, doc=doc, forms=forms)
    return replace(head, candidates=candidates, passages=passages_of(note, text), scores=scores)


def opened(data: bytes, text: str) -> PackedNote:
    """What :func:`pack` made ``data`` of, with all but its head still packed.

    Raises:
        NotPacked: the bytes are damaged, or not packed by this version.
    """
    with _refused():
        parts = msgpack.unpackb(data)
        if not isinstance(parts, list) or [type(part) for part in parts] != [bytes] * len(Part):
            raise NotPacked("not the parts of a note")
        flat, blocks, letters = msgpack.unpackb(_inflated(parts[Part.HEAD], _dictionary(text)))
        head = _value(flat)
        if not isinstance(head, Extracted):
            raise NotPacked(f"packed bytes of {type(head).__name__}, not of a note")
        return PackedNote(head, int(blocks), int(letters), (b"", *parts[1:]))


def forms_of(note: PackedNote, text: str) -> tuple[SlimForms, dict[str, float]]:
    """The candidates of ``note``, and their probabilities.

    Raises:
        NotPacked: the bytes are damaged, or not packed by this version.
    """
    with _refused():
        flat, odds = _part(note, Part.FORMS, text)
        forms = _value(flat)
        if not isinstance(forms, SlimForms):
            raise NotPacked("no candidates")
        return forms, dict(zip(forms.keys_list(), _values(odds), strict=True))


def blocks_of(note: PackedNote, text: str) -> tuple[Block, ...]:
    """The blocks of ``note``.

    Raises:
        NotPacked: the bytes are damaged, or not packed by this version.
    """
    with _refused():
        blocks: tuple[Block, ...] = _value(_part(note, Part.BLOCKS, text))
        if len(blocks) != note.blocks:
            raise NotPacked("more or fewer blocks than there should be")
        return blocks


def passages_of(note: PackedNote, text: str) -> tuple[Passage, ...]:
    """The passages of ``note``, with text and lines.

    Raises:
        NotPacked: the bytes are damaged, or not packed by this version.
    """
    with _refused():
        texts, read = _part(note, Part.PASSAGES, text)
        lines = _BREAK.split(text)
        return tuple(
            replace(p, text=_written(lines, p) if said == AS_WRITTEN else said, lines=own)
            for p, said, own in zip(note.head.passages, _values(texts), _values(read), strict=True)
        )


@contextmanager
def _refused() -> Iterator[None]:
    """Turn whatever damaged bytes lead to into :class:`NotPacked`."""
    try:
        yield
    except NotPacked:
        raise
    except _DAMAGE as error:
        raise NotPacked(f"damaged or packed by another version ({type(error).__name__}: {error})") from error


def _part(note: PackedNote, part: Part, text: str) -> Any:
    return msgpack.unpackb(_inflated(note.parts[part], _dictionary(text)))


def _deflated(data: bytes, known: bytes) -> bytes:
    deflate = zlib.compressobj(LEVEL, zdict=known)
    return deflate.compress(data) + deflate.flush()


def _inflated(data: bytes, known: bytes) -> bytes:
    inflate = zlib.decompressobj(zdict=known)
    found = inflate.decompress(data) + inflate.flush()
    if not inflate.eof or inflate.unused_data:
        raise NotPacked("cut off, or followed by other bytes")
    return found


def _dictionary(text: str) -> bytes:
    return text[:WINDOW].encode("utf-8", "surrogatepass")[:WINDOW]


def _written(lines: Sequence[str], passage: Passage) -> str:
    """The lines of ``passage`` as the note has them."""
    return "\n".join(lines[passage.first_line - 1 : passage.last_line])


# Values: what MessagePack knows by itself, or a list that begins with a letter.


def _flat(value: Any) -> Any:
    """``value`` in terms of MessagePack."""
    kind = type(value)
    if value is None or kind in (bool, int, float, str):
        return value
    if kind is tuple or kind is list:
        return ["t" if kind is tuple else "l", _column(value)]
    if kind in (set, frozenset):
        return ["s", _column(sorted(value))]
    if isinstance(value, Mapping) and not isinstance(value, SlimForms):
        return ["d", _column(list(value)), _column(list(value.values()))]
    if isinstance(value, np.ndarray):
        return ["n", *_array(value)]
    if isinstance(value, Enum):
        return ["e", _known(kind, ENUMS), value.value]
    if isinstance(value, SlimForms):
        return ["f", [_flat(part) for part in value.__reduce__()[1]]]
    if is_dataclass(value):
        return ["c", _known(kind, CLASSES), [_flat(getattr(value, name)) for name in _names(kind)]]
    raise TypeError(f"A value of {kind.__name__} cannot be packed.")


def _value(flat: Any) -> Any:
    """The opposite of :func:`_flat`."""
    if not isinstance(flat, list):
        return flat
    return _VALUES[flat[0]](*flat[1:])


def _form_table(parts: list[Any]) -> SlimForms:
    keys, surfaces, *columns = map(_value, parts)
    return SlimForms(keys, surfaces, *columns)


_VALUES: Final[Mapping[str, Callable[..., Any]]] = {
    "t": lambda column: tuple(_values(column)),
    "l": lambda column: list(_values(column)),
    "s": lambda column: frozenset(_values(column)),
    "d": lambda keys, values: dict(zip(_values(keys), _values(values), strict=True)),
    "n": lambda code, shape, data: _numbers(code, shape, data),
    "e": lambda name, value: ENUMS[name](value),
    "f": _form_table,
    "c": lambda name, parts: CLASSES[name](**dict(zip(_names(CLASSES[name]), map(_value, parts), strict=True))),
}


# Columns: many values, all of one type where they can be.


def _column(values: Sequence[Any]) -> list[Any]:
    """``values`` as one column; the letters are those of :data:`_COLUMNS`."""
    kinds = {type(value) for value in values}
    if len(kinds) != 1:
        return ["?", [_flat(value) for value in values]]
    (kind,) = kinds
    if kind is str:
        return ["str", list(values)]
    if kind is int:
        return ["int", _integers(values)]
    if kind is bool:
        return ["bool", np.asarray(values, dtype=np.int8).tobytes()]
    if kind is float:
        return ["float", np.asarray(values, dtype="<f8").tobytes()]
    if kind is tuple:
        return ["tuple", _integers([len(value) for value in values]), _column([x for value in values for x in value])]
    if issubclass(kind, Enum):
        number = {member: n for n, member in enumerate(kind)}
        return ["enum", _known(kind, ENUMS), _integers([number[value] for value in values])]
    if kind.__name__ in CLASSES and len(values) > 1:
        name = _known(kind, CLASSES)
        return ["class", name, [_column([getattr(value, part) for value in values]) for part in _names(kind)]]
    return ["?", [_flat(value) for value in values]]


def _values(column: list[Any]) -> Iterable[Any]:
    """The opposite of :func:`_column`."""
    return _COLUMNS[column[0]](*column[1:])


def _tuples(sizes: list[Any], column: list[Any]) -> list[tuple[Any, ...]]:
    every = list(_values(column))
    ends = np.cumsum(_whole_numbers(*sizes)).tolist()
    if (ends[-1] if ends else 0) != len(every):
        raise NotPacked("a column has more or fewer values than it says")
    return [tuple(every[a:b]) for a, b in zip([0, *ends[:-1]], ends, strict=True)]


def _members(name: str, numbers: list[Any]) -> list[Any]:
    members = list(ENUMS[name])
    return [members[n] for n in _whole_numbers(*numbers)]


def _instances(name: str, columns: list[Any]) -> list[Any]:
    kind = CLASSES[name]
    names = _names(kind)
    values = [_values(column) for column in columns]
    setters = _SETTERS[name]
    if not setters:
        return [kind(**dict(zip(names, row, strict=True))) for row in zip(*values, strict=True)]
    listed = [value if isinstance(value, list) else list(value) for value in values]
    size = len(listed[0])
    if len(listed) != len(setters) or any(len(column) != size for column in listed):
        raise NotPacked("columns of different lengths")
    # Field by field: the constructor of a frozen class sets one field at a time too, but ten times as slowly.
    made: list[Any] = [object.__new__(kind) for _ in range(size)]
    for setter, column in zip(setters, listed, strict=True):
        deque(map(setter, made, column), maxlen=0)
    return made


def _setters(kind: type) -> tuple[Callable[[Any, Any], None], ...]:
    """What sets each field of a value of ``kind``; none where its constructor does more than that."""
    own = [kind.__dict__.get(name) for name in _names(kind)]
    whole = _names(kind) == tuple(f.name for f in fields(kind)) and not hasattr(kind, "__post_init__")
    return tuple(m.__set__ for m in own if isinstance(m, MemberDescriptorType)) if whole else ()


_COLUMNS: Final[Mapping[str, Callable[..., Iterable[Any]]]] = {
    "?": lambda values: [_value(value) for value in values],
    "str": lambda values: values,
    "int": lambda numbers: _whole_numbers(*numbers),
    "bool": lambda data: np.frombuffer(data, dtype=np.int8).astype(bool).tolist(),
    "float": lambda data: np.frombuffer(data, dtype="<f8").tolist(),
    "tuple": _tuples,
    "enum": _members,
    "class": _instances,
}


def _known(kind: type, known: Mapping[str, type]) -> str:
    if known.get(kind.__name__) is not kind:
        raise TypeError(f"A value of {kind.__name__} cannot be packed: the class is not among those that may be.")
    return kind.__name__


def _names(kind: type) -> tuple[str, ...]:
    """The fields of a dataclass that are packed."""
    left_out = _FORGOTTEN.get(kind.__name__, frozenset())
    return tuple(f.name for f in fields(kind) if f.name not in left_out)


def _array(values: NDArray[Any]) -> list[Any]:
    """Its type, shape and numbers; whole numbers in the smallest width that they fit into."""
    if values.dtype.kind != "i":
        return [values.dtype.str, list(values.shape), values.tobytes()]
    return [f"{values.dtype.str} {_width(values)}", list(values.shape), values.astype(_width(values)).tobytes()]


def _width(values: NDArray[Any]) -> str:
    low, high = (int(values.min()), int(values.max())) if values.size else (0, 0)
    fits = next(kind for kind in _INTEGERS if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max)
    return np.dtype(fits).newbyteorder("<").str


def _numbers(code: str, shape: list[int], data: bytes) -> NDArray[Any]:
    kind, _, width = code.partition(" ")
    if not _DTYPE.fullmatch(kind) or (width and not _DTYPE.fullmatch(width)):
        raise NotPacked("an array of something else than numbers")
    return np.frombuffer(data, dtype=width or kind).astype(kind).reshape(shape)


def _integers(values: Sequence[int]) -> list[Any]:
    return _array(np.asarray(values, dtype=np.int64))


def _whole_numbers(code: str, shape: list[int], data: bytes) -> list[int]:
    return list(_numbers(code, shape, data).tolist())


_SETTERS: Final[Mapping[str, tuple[Callable[[Any, Any], None], ...]]] = {
    name: _setters(kind) for name, kind in CLASSES.items()
}
"""By class: what sets its fields, in their order."""
