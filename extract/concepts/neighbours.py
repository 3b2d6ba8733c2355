"""Whether two names are used in the same surroundings: in one section, or next to the same rare words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from extract.memo import Memo, forgetful
from extract.text.keys import key_of
from extract.text.occurrences import ParsedDoc
from extract.text.segment import tokenize
from graph.text.frequency import zipf
from graph.text.name_finder import NameFinder
from graph.text.scripts import has_han

_MOST: Final = 60
"""Lines of one name that are looked at: the first ones."""
_COMMON: Final = 4.8
"""Zipf frequency from which a word next to a name says nothing about it."""


@dataclass(slots=True)
class _Surroundings:
    sections: set[tuple[str, int]] = field(default_factory=set)
    words: set[str] = field(default_factory=set)
    lines: int = 0


class Neighbours:
    """Where some names are used, in all documents."""

    def __init__(
        self,
        docs: Sequence[ParsedDoc],
        names: Mapping[str, str],
        same: Iterable[tuple[str, str]] = (),
        memo: Memo = forgetful,
    ) -> None:
        """Look for ``names`` in ``docs``.

        Args:
            docs: all documents.
            names: key → writing of those that are asked for.
            same: pairs of keys that are one thing already.
            memo: remembers the rare words of texts.
        """
        keys = sorted(names)
        finder = NameFinder((names[key], number) for number, key in enumerate(keys))
        self._canonical = {max(a, b): min(a, b) for a, b in same}
        self._around: dict[str, _Surroundings] = defaultdict(_Surroundings)
        for doc in docs if keys else ():
            for block in doc.blocks:
                found = {number for _, _, number in finder.find_all(block.text)}
                if not found:
                    continue
                words: set[str] | None = None
                for number in sorted(found):
                    around = self._around[keys[number]]
                    around.sections.add((doc.id, block.section))
                    if around.lines < _MOST:
                        words = self._words(block.text, memo) if words is None else words
                        around.lines += 1
                        around.words |= words

    def _words(self, text: str, memo: Memo) -> set[str]:
        return {self._canonical.get(key, key) for key in memo(text, partial(_rare_words, text))}

    def agree(self, a: str, b: str) -> bool:
        """Whether the names with keys ``a`` and ``b`` share a section, or a rare word next to them."""
        one, other = self._around[a], self._around[b]
        return bool(one.sections & other.sections) or bool((one.words - {a, b}) & (other.words - {a, b}))


def _rare_words(text: str) -> list[str]:
    """Keys of the words of ``text`` that are rare enough to say something about a name next to them, sorted."""
    out = set()
    for token in tokenize(text):
        word = text[token.start : token.end]
        told = token.script != "P" and len(word) > 1 and not word.isdigit()
        if told and zipf(word.lower(), "zh" if has_han(word) else "en") < _COMMON:
            out.add(key_of(word))
    return sorted(out)
