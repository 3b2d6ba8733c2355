"""Whether two names are used in the same surroundings: in one section, or next to the same rare words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
        self._number = {key: number for number, key in enumerate(keys)}
        self._canonical = {max(a, b): min(a, b) for a, b in same}
        self._memo = memo
        self._sections: list[set[tuple[str, int]]] = [set() for _ in keys]
        """Of each name the sections that have it, each as (document, block)."""
        self._lines: list[list[str]] = [[] for _ in keys]
        """Of each name the texts of the first :data:`_MOST` blocks that have it."""
        self._words: dict[str, frozenset[str]] = {}
        finder = NameFinder((names[key], number) for number, key in enumerate(keys))
        texts = ((doc.id, block) for doc in docs for block in doc.blocks) if keys else iter(())
        for doc_id, block in texts:
            for number in finder.named_in(block.text):
                self._sections[number].add((doc_id, block.section))
                if len(self._lines[number]) < _MOST:
                    self._lines[number].append(block.text)

    def _around(self, key: str) -> frozenset[str]:
        """The rare words next to a name; found out for those names alone whose sections do not tell."""
        if key not in self._words:
            found: set[str] = set()
            for text in self._lines[self._number[key]]:
                found.update(self._memo(text, partial(_rare_words, text)))
            self._words[key] = frozenset(self._canonical.get(word, word) for word in found)
        return self._words[key]

    def agree(self, a: str, b: str) -> bool:
        """Whether the names with keys ``a`` and ``b`` share a section, or a rare word next to them."""
        if not self._sections[self._number[a]].isdisjoint(self._sections[self._number[b]]):
            return True
        return bool((self._around(a) - {a, b}) & (self._around(b) - {a, b}))


def _rare_words(text: str) -> list[str]:
    """Keys of the words of ``text`` that are rare enough to say something about a name next to them, sorted."""
    out = set()
    for token in tokenize(text):
        word = text[token.start : token.end]
        told = token.script != "P" and len(word) > 1 and not word.isdigit()
        if told and zipf(word.lower(), "zh" if has_han(word) else "en") < _COMMON:
            out.add(key_of(word))
    return sorted(out)
