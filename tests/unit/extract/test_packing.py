"""What was extracted of a note comes back from its packed form as it was, and damaged bytes are refused."""

from __future__ import annotations

import ast
import re
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgpack
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from extract.document import Extracted, extract_document
from extract.knowledge.lexicon import LexiconChoice
from extract.models import Models
from extract.notes.files import SourceFile, read_note, source_of
from extract.packing import CLASSES, NotPacked, _numbers, pack, unpack
from extract.per_note import BatchExtraction, light
from graph.model import Skipped
from tests.places import ROOT

NOTES = ROOT / "examples" / "notes"
MANY_THINGS = """---
title: Turgor
aliases: [turgor pressure, 膨压]
requires: [Osmosis]
tags: [plants/water]
---
# Turgor

Turgor (膨压) is the pressure of the cell's contents against its wall. 「膨压」 keeps a leaf **stiff**.

1. [[Osmosis|how water moves]] comes *first*
   - `aquaporin`
2. Осмос назван так.

| part | does |
|------|------|
| wall | holds |

```python
x = 1  # the wall holds
```
"""


_SET = re.compile(r"frozenset\((\{(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|[,\s])*\})\)")
"""A set of strings in what ``repr`` gives."""


@pytest.fixture(scope="module")
def sources() -> list[SourceFile]:
    read = [read_note(path, NOTES) for path in sorted(NOTES.glob("*.md"))]
    found = [note for note in read if not isinstance(note, Skipped)]
    assert len(found) == len(read) > 10
    return [*found, source_of(MANY_THINGS, "more/turgor.md")]


def shown(extracted: Extracted) -> str:
    """All of it, types of numbers included: numpy's floats are rounded in another way than Python's."""
    forms = extracted.candidates.forms
    table = [
        (form.key, list(form.surfaces.items()), form.count, form.whole, form.flags)
        for form in (forms[key] for key in forms)
    ]
    kinds = [(column.dtype, column.shape) for column in (forms.count, forms.times, forms.offsets, forms.strong)]
    rest = replace(extracted.candidates, forms=None)  # type: ignore[type-var]
    sets = sorted(extracted.set_apart)
    text = repr((table, kinds, rest, replace(extracted, candidates=rest, set_apart=frozenset()), sets))
    return _SET.sub(lambda match: repr(sorted(ast.literal_eval(match[1]))), text)  # equal sets may list otherwise


def test_a_note_comes_back_as_it_was(sources: list[SourceFile]) -> None:
    for source in sources:
        extracted = extract_document(source)
        assert shown(unpack(pack(extracted, source.text), source.text)) == shown(extracted), source.id


@settings(max_examples=60)
@given(st.text(max_size=300))
@example("")
@example("# \ud800\n")
@example("a\r\nb\rc\x0c\n\n# d\x85e\u2028f\n")
@example("# LoRA（低秩适应）\n\n**秩**：x > 3 且 [[注意力|注意]] 🙂\n" * 90)
def test_any_text_comes_back_as_it_was(text: str) -> None:
    source = source_of(text, "note.md")
    extracted = extract_document(source)
    assert shown(unpack(pack(extracted, source.text), source.text)) == shown(extracted)


def test_an_array_of_anything_but_numbers_is_refused() -> None:
    for kind in ("O", "<U200000000", "(1,f8", "f8,f8", "<M8"):
        with pytest.raises(NotPacked):
            _numbers(f"{kind} <i1", [1], b"\x01")
    assert _numbers("<f8", [1], bytes(8)).tolist() == [0.0]
    assert _numbers("<i8 |i1", [2], b"\x01\x02").tolist() == [1, 2]


def test_it_takes_at_most_two_bytes_for_each_byte_of_notes(sources: list[SourceFile]) -> None:
    packed = sum(len(pack(extract_document(source), source.text)) for source in sources)
    assert packed <= 2 * sum(len(source.text.encode()) for source in sources)


@pytest.fixture(scope="module")
def packed(sources: list[SourceFile]) -> tuple[bytes, str]:
    source = sources[-1]
    return pack(extract_document(source), source.text), source.text


def test_bytes_that_are_cut_off_are_refused(packed: tuple[bytes, str]) -> None:
    data, text = packed
    for size in range(0, len(data), 7):
        with pytest.raises(NotPacked):
            unpack(data[:size], text)
    with pytest.raises(NotPacked):
        unpack(data + b"\0", text)


@given(st.data())
def test_damaged_bytes_are_refused(packed: tuple[bytes, str], data: st.DataObject) -> None:
    whole, text = packed
    at = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(NotPacked):
        unpack(whole[:at] + bytes([whole[at] ^ data.draw(st.integers(1, 255))]) + whole[at + 1 :], text)


def test_the_bytes_of_another_text_are_refused(packed: tuple[bytes, str]) -> None:
    with pytest.raises(NotPacked):
        unpack(packed[0], packed[1] + "more")


@pytest.mark.parametrize(
    "value",
    [
        None, [], ["c", "Extracted", []], [["c", "Path", []], ["?", []]], [["n", "|O", [1], b"12345678"], ["?", []]],
        [["t", ["tuple", ["<i8 <i1", [1], b"\5"], ["str", []]]], ["?", []]], [["e", "BlockKind", "no"], ["?", []]],
    ],
)  # fmt: skip
def test_what_this_version_does_not_write_is_refused(value: Any) -> None:
    deflate = zlib.compressobj(zdict=b"")
    with pytest.raises(NotPacked):
        unpack(deflate.compress(msgpack.packb(value)) + deflate.flush(), "")


def test_a_class_that_is_not_known_is_not_packed(sources: list[SourceFile]) -> None:
    extracted = extract_document(sources[-1])
    with pytest.raises(TypeError, match=r"PosixPath|WindowsPath"):
        pack(replace(extracted, unread=(Path("x"),)), sources[-1].text)  # type: ignore[arg-type]
    assert "Path" not in CLASSES


def test_a_batch_is_extracted_and_packed_note_by_note(sources: list[SourceFile]) -> None:
    batch = BatchExtraction.of(LexiconChoice(), Models(), shares_files=True)
    found = batch([light(source) for source in sources[-2:]])
    for source, data in zip(sources[-2:], found, strict=True):
        assert shown(unpack(data, source.text)) == shown(extract_document(source))


def test_a_machine_without_the_lexicon_files_has_their_contents(tmp_path: Path, sources: list[SourceFile]) -> None:
    file, pack_file = tmp_path / "turgor.yaml", tmp_path / "walls.jsonl"
    file.write_text("- {name: Turgor, aliases: [膨压], kind: process}\n", encoding="utf-8")
    pack_file.write_text('{"name": "Cell wall", "aliases": ["wall"], "kind": "component"}\n', encoding="utf-8")
    choice = LexiconChoice.of([file], packs=["biology", str(pack_file)])
    work = BatchExtraction.of(choice, Models(), shares_files=False)
    expected = shown(extract_document(sources[-1], lexicon=choice))
    file.unlink()
    pack_file.unlink()
    (data,) = work([light(sources[-1])])
    assert shown(unpack(data, sources[-1].text)) == expected
