from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.model import LineKind, NoteLine
from graph.stores.packed_lines import pack, unpack
from tests.strategies import note_lines

_LINES = st.lists(st.text(st.characters(exclude_characters="\n"), max_size=20), min_size=1, max_size=5)


@pytest.mark.parametrize(
    ("raw", "line", "code"),
    [
        ("", NoteLine(), ""),
        ("LoRA 是一种方法。", NoteLine(LineKind.TEXT, "LoRA 是一种方法。"), "t"),
        ("  - low rank", NoteLine(LineKind.ITEM, "low rank", 1), "i1 4"),
        ("## LoRA ##", NoteLine(LineKind.HEADING, "LoRA", 2), "h2 3,4"),
        ("- **LoRA**：low rank", NoteLine(LineKind.ITEM, "LoRA：low rank"), "i 4,4,2"),
        ("| a | b |", NoteLine(LineKind.ROW, "a | b"), "r 2,5"),
        ("a &lt; b", NoteLine(LineKind.TEXT, "a < b"), "t=a < b"),
        ("x", NoteLine(LineKind.TEXT, "a\\n\nb\r"), "t=a\\\\n\\nb\\r"),
        ("words", NoteLine(LineKind.CODE), "c="),
    ],
)
def test_codes(raw: str, line: NoteLine, code: str) -> None:
    assert pack(raw, [line]) == f"{code}\n"
    assert unpack(raw, f"{code}\n") == (line,)


@given(st.data())
def test_what_is_packed_comes_back(data: st.DataObject) -> None:
    raw = data.draw(_LINES)
    lines = tuple(data.draw(note_lines(one)) for one in raw)
    text = "\n".join(raw)
    assert unpack(text, pack(text, lines)) == lines


def test_a_passage_without_lines() -> None:
    assert pack("a\nb", ()) == ""
    assert unpack("a\nb", "") == ()


@pytest.mark.parametrize("codes", ["t\n", "t\nt\nt\n"])
def test_as_many_codes_as_lines(codes: str) -> None:
    with pytest.raises(ValueError, match="zip"):
        unpack("a\nb", codes)
