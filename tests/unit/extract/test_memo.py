"""What is remembered of texts from build to build."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgpack
import pytest

import extract.memo
from extract.memo import FORGETFUL, KeptMemo, kept_memos


class Kept:
    """Results in memory."""

    def __init__(self) -> None:
        self.found: dict[str, bytes] = {}
        self.writes = 0

    def find(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        return {key: self.found[key] for key in keys if key in self.found}

    def keep(self, results: Iterable[tuple[str, bytes]]) -> None:
        self.writes += 1
        self.found.update(results)


def asked(kept: Kept, *texts: str, name: str = "words") -> list[str]:
    """Asks for the letters of ``texts`` in one build; returns the texts that had to be worked on."""
    made: list[str] = []

    def letters(text: str) -> list[str]:
        made.append(text)
        return sorted(set(text))

    memo = KeptMemo(kept, name)
    for text in texts:
        assert memo(text, lambda text=text: letters(text)) == sorted(set(text))
    memo.close()
    return made


def test_what_was_asked_is_known_in_the_next_build() -> None:
    kept = Kept()
    assert asked(kept, "abc", "注意力", "abc", "\udc80") == ["abc", "注意力", "\udc80"]
    assert asked(kept, "abc", "注意力", "\udc80") == []
    assert kept.writes == 1, "what adds nothing is not written"
    assert asked(kept, "abc", "abd") == ["abd"]
    assert asked(kept, "注意力") == ["注意力"], "what the last build did not ask for is forgotten"


def test_functions_and_versions_are_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Kept()
    asked(kept, "abc")
    assert asked(kept, "abc", name="titles") == ["abc"]
    monkeypatch.setattr(extract.memo, "extractor_versions", lambda: {"studyatlas": "another"})
    assert asked(kept, "abc") == ["abc"]


@pytest.mark.parametrize(
    "data",
    [b"", b"\xc1", b"\x93abc", msgpack.packb(["a"]), msgpack.packb({b"0" * 16: 3}), msgpack.packb({"a": ["b"]})],
)
def test_what_cannot_be_understood_is_made_anew(data: bytes) -> None:
    kept = Kept()
    asked(kept, "abc")
    kept.found = dict.fromkeys(kept.found, data)
    assert asked(kept, "abc") == ["abc"]
    assert asked(kept, "abc") == []


def test_an_answer_of_another_form_is_not_used() -> None:
    kept = Kept()
    asked(kept, "abc")
    ((key, data),) = kept.found.items()
    ((text, _),) = msgpack.unpackb(data, strict_map_key=False).items()
    kept.found[key] = msgpack.packb({text: {"a": 1}})
    assert asked(kept, "abc") == ["abc"]


def test_a_build_that_fails_keeps_nothing() -> None:
    kept = Kept()

    def build() -> None:
        with kept_memos(kept) as memos:
            assert memos.titles("text", lambda: "title") == "title"
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build()
    assert kept.found == {}


def test_without_a_cache_nothing_is_remembered() -> None:
    calls: list[int] = []
    for _ in range(2):
        assert FORGETFUL.titles("text", lambda: calls.append(1) or "title") == "title"
    assert calls == [1, 1]
