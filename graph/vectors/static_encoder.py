"""Vectors without a download: what words and concepts mean, learned from the notes themselves.

Words that appear together with the same other words, and in the same passages, get similar vectors: positive pointwise
mutual information, factored by a truncated singular value decomposition (Levy, Goldberg & Dagan 2015,
https://doi.org/10.1162/tacl_a_00134). A text is the weighted mean of its words without what all texts have in common
(Arora, Liang & Ma 2017, https://openreview.net/forum?id=SyK00v5xx). Unlike there, a concept weighs more than a plain
word, and function words go. All names of a concept are one word, so 低秩适应 and LoRA have one vector.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import ahocorasick_rs
import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from graph.errors import EncoderError
from graph.text.joined import BETWEEN, Joined, batches, decoded, encoded
from graph.text.name_finder import FoundIn, NameFinder
from graph.text.names import comparable
from graph.text.scripts import CJK

if TYPE_CHECKING:
    from scipy.sparse import (
        csr_array,
    )  # imported where vectors are fitted: a question should not wait a third of a second for it

STATIC: Final = "static"
"""Name of this encoder."""
WINDOW: Final = 16
"""Chinese characters to either side that count as company, the nearer the more; a word of an alphabet is as long as
two."""
SMOOTHING: Final = 0.75
"""Exponent of the context counts: without it, rare company counts too much."""
PASSAGE_SHARE: Final = 2.0
"""Weight of the passages that a word appears in relative to the words that it appears with. On a hundred questions
about real notes it took the recall of the best passage from .37 to .48 (with 1: .43, with 4: .46); BM25 over the same
words has .36."""
MIN_COUNT: Final = 2
"""Plain words that appear in the notes less often say nothing; names of concepts count from the first."""
MAX_WORDS: Final = 40_000
SIF: Final = 3e-3
"""Weight of a word with relative frequency p in a text: SIF / (SIF + p)."""
CONCEPT_WEIGHT: Final = 3.0
"""Weight of a concept's name in a text relative to a plain word: it is what the text is about, and it stands for
several bigrams."""
CHARACTER_WEIGHT: Final = 0.2
"""Weight of a single Chinese character relative to its bigrams, which are nearly words."""
MIN_TEXTS: Final = 50
"""Of fewer texts what all have in common cannot be told from what they are about."""
UNSEEN_LIKENESS: Final = 0.35
"""Least likeness (Jaccard of character trigrams) by which an unseen word is taken for a seen one: a typo, an
inflection."""

Ints = NDArray[np.int64]

_VERSION: Final = 1
_CONCEPT: Final = "\x00"
"""First character of the word that stands for a concept: no text has it."""
_WORD: Final = re.compile(r"[^\W_]+[+#]*")
_CJK: Final = re.compile(f"[{CJK}]+")
_SENTENCE_END: Final = re.compile(r"[。！？；!?;\n]|\.\s")


# What questions and sentences are made of, whatever they are about. Chinese ones are cut out before bigrams are formed,
# for they would leave bigrams across words (码有, 有什) that look rare and therefore weighty.
_FUNCTION_WORDS_ZH: Final = re.compile(
    "为什么|是什么|什么样|什么|怎么样|怎么|怎样|如何|为何|哪一|哪些|哪个|哪里|哪种|多少|是否|能否|可否|有没有|是不是"
    "|请问|请|介绍一下|介绍|解释一下|解释|"
    "说明|描述一下|描述|讨论|简述|谈谈|列举|区别|分别|主要|一般|通常|可以|能够|需要|应该|必须|可能|已经|以及|或者"
    "|还是|并且|而且|但是|但|"
    "因为|所以|因此|由于|如果|虽然|不过|然后|同时|其中|其他|例如|比如|通过|使用|进行|用于|用来|对于|关于|根据|基于"
    "|以下|以上|之间|之后|之前|"
    "这个|这些|这种|这样|那个|那些|它们|他们|我们|你们|自己|一个|一种|一些|一下|每个|各种|不同|相关|常见|有用|作用|"
    "[的了是在和与或及等也都就还又被把让使给到而且则之其这那它他她我你您们吗呢吧啊么着过很更最不没有]"
)
_ENGLISH: Final = """
a an the this that these those it its they them their he she we us our you your i me my who whom whose which what when
where why how is are was were be been being am do does did done have has had having can could will would shall should
may might must not no nor and or but if then else than so because while as of in on at by for from to into onto with
without within between over under about after before during through up down out off again further once here there all
any both each few more most other some such only own same too very just also etc via per vs explain describe discuss
difference different compare give tell use used using
"""
_FUNCTION_WORDS_EN: Final = frozenset(_ENGLISH.split())


class _Token(NamedTuple):
    word: str
    weight: float
    step: int
    """How far the next word is, in Chinese characters; 0 for a character that only adds to the bigrams it is part
    of."""


_TEXT, _NAME, _SENTENCE, _BODY = "\0", "\2", "\3", "\4"
_MARKS: Final = (_TEXT, _NAME, _SENTENCE, _BODY)
"""What is read between two texts, for a name, between two sentences, and between a title and what is below it. They
have the first numbers among the runs of :class:`_Words`."""
_PIECE: Final = re.compile(rf"[{''.join(_MARKS)}]|{_WORD.pattern}")


class _Words:
    """Different tokens by number, each made once: texts are rows of numbers."""

    def __init__(self) -> None:
        self.tokens: list[_Token] = []
        self._number: dict[_Token, int] = {}
        self._concepts: dict[str, int] = {}
        self._runs = _Runs()
        for mark in _MARKS:
            self._runs[mark]
        self._runs.take([[], [-1], [], []])  # a name has a place for its concept

    def number(self, token: _Token) -> int:
        """The number of ``token``."""
        found = self._number.get(token)
        if found is None:
            found = self._number[token] = len(self.tokens)
            self.tokens.append(token)
        return found

    def concept(self, name: str) -> int:
        """The number of the token that stands for a concept."""
        found = self._concepts.get(name)
        if found is None:
            found = self._concepts[name] = self.number(_Token(_CONCEPT + name, CONCEPT_WEIGHT, 2))
        return found

    def of(self, runs: Sequence[str]) -> tuple[Ints, Ints, Ints]:
        """The number of each run, how many words it has, and the numbers of the words of all.

        A run of letters is taken apart where it is met first.
        """
        known = self._runs
        numbers = np.fromiter(map(known.__getitem__, runs), dtype=np.int64, count=len(runs))
        known.take([[self.number(token) for token in _run_tokens(run)] for run in known.new()])
        times = known.size[numbers]
        at = np.repeat(known.first[numbers] - (np.cumsum(times) - times), times) + np.arange(int(times.sum()))
        return numbers, times, known.words[at]

    def column(self, field: str) -> NDArray[np.float64]:
        """The weights or steps of all tokens."""
        return np.asarray([getattr(t, field) for t in self.tokens], dtype=np.float64)


class _Runs(dict[str, int]):
    """Different runs of letters by number, and the numbers of their words."""

    def __init__(self) -> None:
        self.words = np.zeros(0, dtype=np.int64)
        """Those of all runs behind each other."""
        self.first = np.zeros(0, dtype=np.int64)
        """Where those of each run begin."""
        self.size = np.zeros(0, dtype=np.int64)
        """How many each run has."""

    def __missing__(self, run: str) -> int:
        number = self[run] = len(self)
        return number

    def new(self) -> Iterable[str]:
        """The runs whose words are not known yet, by number."""
        return islice(self, len(self.size), None)

    def take(self, words: Sequence[Sequence[int]]) -> None:
        """Take the numbers of the words of the new runs."""
        if not words:
            return
        sizes = np.asarray([len(own) for own in words], dtype=np.int64)
        self.first = np.concatenate([self.first, len(self.words) + np.cumsum(sizes) - sizes])
        self.size = np.concatenate([self.size, sizes])
        self.words = np.concatenate([self.words, np.asarray([n for own in words for n in own], dtype=np.int64)])


class _Texts(NamedTuple):
    """Sentences of texts as numbers of :class:`_Words`, behind each other."""

    ids: Ints
    sentence: Ints
    """Where each sentence begins, and the end of the last."""
    text: Ints
    """The same for texts, counted in sentences."""

    def text_of(self) -> Ints:
        """The text of each token."""
        starts = self.sentence[self.text]
        return np.repeat(np.arange(len(starts) - 1), np.diff(starts))


class _Read(NamedTuple):
    """Texts as numbers of :class:`_Words`, and where what is below their titles has its sentences."""

    ids: Ints
    ends: Ints
    """Where the words of each text end."""
    bodies: Ints
    """Where the words below each title begin."""
    breaks: Ints
    """Where the words of a sentence end, rising."""
    crossed: Ints
    """Texts in which a name goes on over the end of a sentence."""

    @classmethod
    def joined(cls, parts: Sequence[tuple[_Read, int]]) -> _Read:
        """``parts`` behind each other, each with the number of its first text."""
        before = np.cumsum([0, *(len(part.ids) for part, _ in parts)]).tolist()
        empty = np.zeros(0, dtype=np.int64)
        return cls(
            np.concatenate([empty, *(part.ids for part, _ in parts)]),
            np.concatenate([empty, *(part.ends + n for (part, _), n in zip(parts, before, strict=False))]),
            np.concatenate([empty, *(part.bodies + n for (part, _), n in zip(parts, before, strict=False))]),
            np.concatenate([empty, *(part.breaks + n for (part, _), n in zip(parts, before, strict=False))]),
            np.concatenate([empty, *(part.crossed + first for part, first in parts)]),
        )


class _Tokenizer:
    """Texts to words: concepts by any of their names, words of alphabets, Chinese bigrams and characters."""

    def __init__(self, names: Sequence[tuple[str, str]]) -> None:
        self._finder = NameFinder(sorted(names, key=lambda pair: pair[1]))
        self._concept_of = np.zeros(0, dtype=np.int64)
        """Number of a spelling → number of the token that stands for its concept, -1 where it was not met."""
        self.words = _Words()

    def whole(self, texts: Sequence[str]) -> _Texts:
        """The words of each text, which counts as one sentence."""
        read = self._read(texts, None)
        return _Texts(read.ids, np.concatenate([[0], read.ends]), np.arange(len(texts) + 1))

    def titled(self, titles: Sequence[str], texts: Sequence[str]) -> tuple[_Texts, _Texts]:
        """The words of each sentence or line of the texts; and of each title with its text, as one sentence.

        All is read once. In one sentence a name may go on over what would be the end of a shorter one: where one does,
        the text is read again.
        """
        wholes = [f"{title}\n{text}" if title else text for title, text in zip(titles, texts, strict=True)]
        read = self._read(wholes, [len(title) + 1 if title else 0 for title in titles])
        whole = _Texts(read.ids, np.concatenate([[0], read.ends]), np.arange(len(texts) + 1))
        starts = np.concatenate([[0], read.ends])[:-1]
        below = np.zeros(len(read.ids) + 1, dtype=np.int64)  # +1 where words of texts begin, -1 where they end
        kept = np.ones(len(texts), dtype=bool)
        kept[read.crossed] = False
        np.add.at(below, read.bodies[kept], 1)
        np.add.at(below, read.ends[kept], -1)
        inside = np.cumsum(below[:-1]) > 0
        place = np.concatenate([[0], np.cumsum(inside)])  # among the words that are kept
        borders = np.unique(place[np.concatenate([starts, read.bodies, read.ends, read.breaks])])
        begins = place[starts]
        ids, sizes = read.ids[inside], np.diff(np.concatenate([[0], borders[borders > 0]]))
        text_of = np.searchsorted(begins, np.cumsum(sizes) - sizes, side="right") - 1
        if len(read.crossed):
            parts = [_SENTENCE_END.split(texts[number]) for number in read.crossed.tolist()]
            again = self._read([part for own in parts for part in own], None)
            number = np.repeat(read.crossed, [len(own) for own in parts])
            lengths = np.diff(np.concatenate([[0], again.ends]))
            ids = np.insert(ids, np.repeat(begins[number], lengths), again.ids)
            sizes, text_of = np.concatenate([sizes, lengths]), np.concatenate([text_of, number])
            order = np.argsort(text_of, kind="stable")
            order = order[sizes[order] > 0]
            sizes, text_of = sizes[order], text_of[order]
        sentences = np.concatenate([[0], np.cumsum(sizes)])
        return _Texts(ids, sentences, np.searchsorted(text_of, np.arange(len(texts) + 1))), whole

    def _read(self, texts: Sequence[str], bodies: Sequence[int] | None) -> _Read:
        """The words of all texts; ``bodies``: where what is below the title begins, None if sentences do not count."""
        parts = []
        for run in batches(texts):
            some = [texts[i].replace(BETWEEN, " ") for i in run]
            parts.append((self._read_some(some, None if bodies is None else bodies[run.start : run.stop]), run.start))
        return _Read.joined(parts)

    def _read_some(self, texts: Sequence[str], bodies: Sequence[int] | None) -> _Read:
        joined = Joined.of(texts)
        found = self._finder.find_in(joined)
        codes = encoded(joined.plain).copy()
        codes[(codes > ord(_TEXT)) & (codes <= ord(_BODY))] = ord("\1")  # no text has a mark
        begins, crossed = joined.first[:-1], np.zeros(0, dtype=np.int64)
        has_body = np.zeros(len(texts), dtype=bool)
        if bodies is not None:
            body = begins + np.asarray(bodies, dtype=np.int64)
            ends = _sentence_ends(joined.text)
            ends &= np.arange(len(ends)) >= np.repeat(body - 1, np.diff(joined.first))[: len(ends)]
            before = np.concatenate([[0], np.cumsum(ends)])
            crossed = np.unique(joined.text_of(found.start[before[found.end] > before[found.start]]))
            codes[ends] = ord(_SENTENCE)
            has_body = body > begins
            codes[body[has_body] - 1] = ord(_BODY)
        _blank(codes, found.start, found.end)
        codes[found.start] = ord(_NAME)
        if bodies is not None:
            has_body[has_body] = codes[body[has_body] - 1] == ord(_BODY)  # not where a name goes on over it
        text = decoded(codes)
        if not text.isascii():
            matches = _function_words().find_matches_as_indexes(text)
            _, start, end = np.asarray(matches, dtype=np.int64).reshape(-1, 3).T
            _blank(codes, start, end)
            text = decoded(codes)
        runs, times, ids = self.words.of(_PIECE.findall(text))
        at = np.cumsum(times) - times
        ids[at[runs == _MARKS.index(_NAME)]] = self._concepts(found)
        stops = np.append(at[runs == _MARKS.index(_TEXT)], len(ids))
        starts = np.concatenate([[0], stops[:-1]])
        starts[has_body] = at[runs == _MARKS.index(_BODY)]
        return _Read(ids, stops, starts, at[runs == _MARKS.index(_SENTENCE)], crossed)

    def _concepts(self, found: FoundIn[str]) -> Ints:
        """The numbers of the tokens that stand for the concepts that are named."""
        if not len(self._concept_of):
            self._concept_of = np.full(len(found.owner_of), -1, dtype=np.int64)
        new = np.unique(found.pattern[self._concept_of[found.pattern] < 0])
        self._concept_of[new] = [self.words.concept(found.owner_of[pattern]) for pattern in new.tolist()]
        return self._concept_of[found.pattern]


def _blank(codes: NDArray[np.uint32], start: Ints, end: Ints) -> None:
    """Put spaces at the places from each ``start`` to its ``end``, none of which overlap."""
    inside = np.zeros(len(codes) + 1, dtype=np.int8)
    np.add.at(inside, start, 1)
    np.add.at(inside, end, -1)
    codes[np.cumsum(inside[:-1], dtype=np.int8) > 0] = ord(" ")


def _sentence_ends(text: str) -> NDArray[np.bool_]:
    """For each character whether it is what :data:`_SENTENCE_END` divides the text at."""
    codes = np.minimum(encoded(text), len(_ENDINGS) - 1)
    ends = _ENDINGS[codes]
    dots = np.flatnonzero((codes[:-1] == ord(".")) & _SPACES[codes[1:]])
    ends[dots] = ends[dots + 1] = True
    return np.asarray(ends)


_ENDINGS: Final = np.asarray([chr(code) in "。！？；!?;\n" for code in range(0x10000)], dtype=bool)
_SPACES: Final = np.asarray([chr(code).isspace() for code in range(0x10000)], dtype=bool)
"""Code point → whether it is; the last one answers for all behind it."""


@cache
def _function_words() -> ahocorasick_rs.AhoCorasick:
    """Finds what :data:`_FUNCTION_WORDS_ZH` does, in a fraction of the time."""
    words, letters = _FUNCTION_WORDS_ZH.pattern.rstrip("]").split("|[")
    return ahocorasick_rs.AhoCorasick([*words.split("|"), *letters], matchkind=ahocorasick_rs.MatchKind.LeftmostFirst)


def _words(text: str) -> list[_Token]:
    """Words of alphabets, folded to the singular; of Chinese runs the bigrams and, at little weight, the characters."""
    return [token for run in _WORD.findall(_FUNCTION_WORDS_ZH.sub(" ", text)) for token in _run_tokens(run)]


def _run_tokens(run: str) -> list[_Token]:
    """The words of one run of letters."""
    tokens: list[_Token] = []
    reached = 0
    for cjk in _CJK.finditer(run):
        if cjk.start() > reached:
            _append_word(tokens, run[reached : cjk.start()])
        chars = cjk.group()
        tokens += [_Token(chars[i : i + 2], 1.0, 1) for i in range(len(chars) - 1)]
        tokens += [_Token(char, CHARACTER_WEIGHT, 0) if len(chars) > 1 else _Token(char, 1.0, 1) for char in chars]
        reached = cjk.end()
    if reached < len(run):
        _append_word(tokens, run[reached:])
    return tokens


def _append_word(tokens: list[_Token], word: str) -> None:
    """Add a word of an alphabet unless it is a function word."""
    if word not in _FUNCTION_WORDS_EN:
        tokens.append(_Token(_singular(word), 1.0, 2))


def _singular(word: str) -> str:
    """``models`` → ``model``. Crude on purpose: it need only be the same for the notes and the question."""
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


class StaticEncoder:
    """Static word vectors that were fitted on notes. Build it with :meth:`fit` or :meth:`from_bytes`."""

    name: Final = STATIC

    def __init__(
        self,
        *,
        names: Sequence[tuple[str, str]],
        words: Sequence[str],
        vectors: NDArray[np.float16],
        weights: NDArray[np.float32],
        common: NDArray[np.float32],
    ) -> None:
        self._names = tuple(names)
        self._words = tuple(words)
        self._stored = vectors
        self._vectors: NDArray[np.float32] = vectors.astype(np.float32)
        self._weights = weights
        self._common = common
        self._guesses: dict[str, list[tuple[int, float]]] = {}

    @classmethod
    def fit(
        cls, texts: Sequence[str], names: Sequence[tuple[str, str]], *, dim: int = 128, seed: int = 0
    ) -> StaticEncoder:
        """Learn vectors from the notes. About a second for 260 kB, and in proportion for more.

        Args:
            texts: passages of the notes.
            names: (name or alias, concept id); all names of a concept become one word.
            dim: length of the vectors. Where the notes have fewer words, the rest of each vector is 0.
            seed: for the random projection; the same input and seed give the same vectors.
        """
        return cls.fit_titled([""] * len(texts), texts, names, dim=dim, seed=seed)[0]

    @classmethod
    def fit_titled(
        cls,
        titles: Sequence[str],
        texts: Sequence[str],
        names: Sequence[tuple[str, str]],
        *,
        dim: int = 128,
        seed: int = 0,
    ) -> tuple[StaticEncoder, NDArray[np.float32]]:
        """As :meth:`fit`, and what :meth:`encode` makes of each title and its text on the lines below.

        Each text is read once for both. The words of titles teach nothing.
        """
        names = sorted(set(names))
        tokenizer = _Tokenizer(names)
        sentences, whole = tokenizer.titled(titles, texts)
        parts = _name_parts(names)
        words = _vocabulary(sentences, tokenizer.words, parts)
        index = {word: i for i, word in enumerate(words)}
        counts, company = _company(sentences, tokenizer.words, index, parts)
        from scipy.sparse import hstack

        vectors = _factored(
            hstack([_ppmi(company), PASSAGE_SHARE * _ppmi(_places(sentences, tokenizer.words, index))], format="csr"),
            dim=dim,
            seed=seed,
        ).astype(np.float16)
        total = max(float(counts.sum()), 1.0)
        weights = (SIF / (SIF + counts / total)).astype(np.float32)
        plain_encoder = cls(
            names=names, words=words, vectors=vectors, weights=weights, common=np.zeros(dim, dtype=np.float32)
        )
        means = plain_encoder._means(sentences, tokenizer.words, guess=False)
        fitted = cls(names=names, words=words, vectors=vectors, weights=weights, common=_common_direction(means))
        fitted._tokenizer = tokenizer
        return fitted, fitted._rows(whole)

    @property
    def dim(self) -> int:
        """Length of one vector."""
        return int(self._common.shape[0])

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Shape (len(texts), dim); rows have length 1, or 0 where no word of the text is known or like a known one."""
        return self._rows(self._tokenizer.whole(texts))

    def _rows(self, texts: _Texts) -> NDArray[np.float32]:
        means = self._means(texts, self._tokenizer.words, guess=True)
        return unit_rows(means - np.outer(means @ self._common, self._common).astype(np.float32))

    def to_bytes(self) -> bytes:
        """All that :meth:`from_bytes` needs; the same encoder gives the same bytes.

        Vectors are kept in half precision.
        """
        head = json.dumps(
            {"version": _VERSION, "names": self._names, "words": self._words}, ensure_ascii=False
        ).encode()
        arrays: dict[str, NDArray[Any]] = {
            "head": np.frombuffer(head, dtype=np.uint8),
            "vectors": self._stored,
            "weights": self._weights,
            "common": self._common,
        }
        buffer = io.BytesIO()
        # Not np.savez: it stamps nothing today, but does not promise so. A fixed date makes equal graphs equal bytes.
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
            for key, array in arrays.items():
                entry = io.BytesIO()
                np.lib.format.write_array(entry, array, allow_pickle=False)
                archive.writestr(zipfile.ZipInfo(f"{key}.npy", date_time=(1980, 1, 1, 0, 0, 0)), entry.getvalue())
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, state: bytes) -> StaticEncoder:
        """The encoder that :meth:`to_bytes` was called on.

        Raises:
            EncoderError: the bytes are damaged, empty or of a newer version.
        """
        try:
            with np.load(io.BytesIO(state), allow_pickle=False) as arrays:
                head = json.loads(arrays["head"].tobytes())
                vectors, weights, common = arrays["vectors"], arrays["weights"], arrays["common"]
        except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile) as e:
            raise EncoderError(
                f"The stored word vectors cannot be read ({len(state)} bytes): {e}. Build the graph again."
            ) from e
        if head["version"] != _VERSION:
            raise EncoderError(
                f"The stored word vectors have version {head['version']}, this studyatlas reads {_VERSION}."
            )
        return cls(
            names=[(n, c) for n, c in head["names"]],
            words=head["words"],
            vectors=vectors,
            weights=weights,
            common=common,
        )

    # ---- private ---------------------------------------------------------------------------------------------------

    @cached_property
    def _tokenizer(self) -> _Tokenizer:
        return _Tokenizer(self._names)

    @cached_property
    def _index(self) -> dict[str, int]:
        return {word: i for i, word in enumerate(self._words)}

    @cached_property
    def _spellings(self) -> _Spellings:
        """The words of alphabets, by their letters. Made at the first unseen word."""
        rows = {word: i for i, word in enumerate(self._words) if not word.startswith(_CONCEPT) and not _CJK.match(word)}
        for name, concept in self._names:
            row = self._index.get(_CONCEPT + concept)
            if row is not None and _WORD.fullmatch(name := comparable(name)):
                rows[_singular(name)] = row
        return _Spellings(rows)

    def _means(self, texts: _Texts, words: _Words, *, guess: bool) -> NDArray[np.float32]:
        """The weighted mean of each text's words; with ``guess`` unseen words count as those they are spelled like."""
        index, weights = self._index, self._weights.tolist()
        number = len(texts.text) - 1
        entries: list[int] = []
        shares_of: list[float] = []
        first = np.zeros(len(words.tokens) + 1, dtype=np.int64)
        used = set(np.unique(texts.ids).tolist())
        for i, token in enumerate(words.tokens):
            if i in used:
                column = index.get(token.word)
                found = [(column, 1.0)] if column is not None else self._guessed(token.word) if guess else []
                for column, share in found:
                    entries.append(column)
                    shares_of.append(token.weight * share * weights[column])
            first[i + 1] = len(entries)
        times = np.diff(first)[texts.ids]
        total_entries = int(times.sum())
        at = np.repeat(first[texts.ids] - np.cumsum(times) + times, times) + np.arange(total_entries)
        columns = np.asarray(entries, dtype=np.int64)[at]
        shares = np.asarray(shares_of, dtype=np.float64)[at]
        rows = np.repeat(texts.text_of(), times)
        if number == 1:
            mixed = (
                shares.astype(np.float32) @ self._vectors[columns]
                if len(rows)
                else np.zeros(self.dim, dtype=np.float32)
            )
            return np.asarray(mixed / max(sum(shares.tolist()), 1e-12), dtype=np.float32)[None, :]
        from scipy.sparse import coo_array, csr_array

        shape = (number, len(self._words))
        mixed = csr_array(coo_array((shares.astype(np.float32), (rows, columns)), shape=shape)) @ self._vectors
        total = np.bincount(rows, weights=shares, minlength=number) if len(rows) else np.zeros(number)
        means: NDArray[np.float32] = (mixed / np.maximum(total, 1e-12)[:, None]).astype(np.float32)
        return means

    def _guessed(self, word: str) -> list[tuple[int, float]]:
        """For an unseen word of an alphabet the rows of the like-spelled ones and their shares."""
        if word not in self._guesses:
            unlike = word.startswith(_CONCEPT) or len(word) < 4 or _CJK.match(word)
            likely = [] if unlike else self._spellings.nearest(word)
            self._guesses[word] = [
                (i, j * j * (CONCEPT_WEIGHT if self._words[i].startswith(_CONCEPT) else 1.0)) for i, j in likely
            ]
        return self._guesses[word]


class _Spellings:
    """Finds words that are spelled alike."""

    def __init__(self, rows: Mapping[str, int]) -> None:
        words = sorted(rows)
        self._rows = [rows[word] for word in words]
        trigrams = [_trigrams(word) for word in words]
        self._sizes = np.array([len(t) for t in trigrams], dtype=np.int64)
        holders: dict[str, list[int]] = {}
        for i, own in enumerate(trigrams):
            for trigram in own:
                holders.setdefault(trigram, []).append(i)
        self._holders = {trigram: np.array(found, dtype=np.int64) for trigram, found in holders.items()}

    def nearest(self, word: str, *, limit: int = 5) -> list[tuple[int, float]]:
        """(row, likeness) of the words at least ``UNSEEN_LIKENESS`` alike, the most alike first, ties by row."""
        own = _trigrams(word)
        found = [self._holders[t] for t in own if t in self._holders]
        if not found:
            return []
        shared = np.bincount(np.concatenate(found), minlength=len(self._sizes))
        likeness = shared / (len(own) + self._sizes - shared)
        near = [(float(likeness[i]), self._rows[i]) for i in np.flatnonzero(likeness >= UNSEEN_LIKENESS)]
        return [(row, j) for j, row in sorted(near, key=lambda pair: (-pair[0], pair[1]))[:limit]]


def unit_rows(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each row at length 1; a row of (nearly) 0 becomes 0."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: NDArray[np.float32] = np.where(lengths > 1e-6, rows / np.maximum(lengths, 1e-6), 0.0).astype(np.float32)
    return unit


def _trigrams(word: str) -> frozenset[str]:
    framed = f"<{word}>"
    return frozenset(framed[i : i + 3] for i in range(len(framed) - 2))


def _name_parts(names: Iterable[tuple[str, str]]) -> dict[str, dict[str, float]]:
    """For each concept's word the plain words of all its names, with weights.

    What 注意力 in 多头注意力机制 ties the concept to.
    """
    parts: dict[str, dict[str, float]] = {}
    for name, concept in sorted(names):
        for token in _words(comparable(name)):
            parts.setdefault(_CONCEPT + concept, {}).setdefault(token.word, token.weight)
    return parts


def _vocabulary(sentences: _Texts, words: _Words, parts: Mapping[str, Mapping[str, float]]) -> list[str]:
    """Words that have a vector, sorted.

    All concepts that occur, and other words and parts of names that do so often enough.
    """
    counts: Counter[str] = Counter()
    for token, times in zip(
        words.tokens, np.bincount(sentences.ids, minlength=len(words.tokens)).tolist(), strict=True
    ):
        if times:
            counts[token.word] += times
    for word in [w for w in counts if w.startswith(_CONCEPT)]:
        counts.update(dict.fromkeys(parts.get(word, ()), counts[word]))
    kept = [(-n, w) for w, n in counts.items() if n >= MIN_COUNT or w.startswith(_CONCEPT)]
    return sorted(w for _, w in sorted(kept)[:MAX_WORDS])


def _company(
    sentences: _Texts, words: _Words, index: Mapping[str, int], parts: Mapping[str, Mapping[str, float]]
) -> tuple[NDArray[np.float64], csr_array]:
    """How often each word occurs, and how much each pair of words appears together (symmetric, shape (words, words)).

    Within a text the window runs on over sentences, which appear half a window apart. A concept also keeps company with
    the words of its own names, and a Chinese character with the bigrams that contain it.
    """
    from scipy.sparse import coo_array, csr_array

    word, where, counts = _line_up(sentences, words, index)
    rows, columns, values = [], [], []
    for step in range(1, min(WINDOW, len(word) - 1) + 1):
        distance = where[step:] - where[:-step]
        near = distance <= WINDOW
        rows.append(word[:-step][near])
        columns.append(word[step:][near])
        values.append(1.0 / distance[near])
    bound = [(w, part, weight) for w, own in sorted(parts.items()) for part, weight in own.items()]
    bound += [(w, char, 1.0) for w in index if len(w) == 2 and _CJK.fullmatch(w) for char in w]
    bound = [(w, part, weight) for w, part, weight in bound if w in index and part in index]
    rows.append(np.array([index[w] for w, _, _ in bound], dtype=np.int64))
    columns.append(np.array([index[part] for _, part, _ in bound], dtype=np.int64))
    values.append(np.array([weight * counts[index[w]] for w, _, weight in bound]))
    shape = (len(index), len(index))
    half = csr_array(coo_array((np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape=shape))
    return counts, csr_array(half + half.T)


def _rows_of(words: _Words, index: Mapping[str, int]) -> Ints:
    """The place of each token's word in ``index``, -1 where it has none."""
    return np.fromiter((index.get(t.word, -1) for t in words.tokens), dtype=np.int64, count=len(words.tokens))


def _line_up(sentences: _Texts, words: _Words, index: Mapping[str, int]) -> tuple[Ints, Ints, NDArray[np.float64]]:
    """The known words of all texts in order, the place of each (texts are more than a window apart).

    And how often each occurs.
    """
    row = _rows_of(words, index)[sentences.ids]
    step = words.column("step").astype(np.int64)[sentences.ids]
    known = row >= 0
    counts = np.bincount(row[known], weights=words.column("weight")[sentences.ids][known], minlength=len(index))
    sizes = np.diff(sentences.sentence)
    number = np.repeat(np.arange(len(sizes)), sizes)  # sentences before, and texts before
    place = np.cumsum(step) - step + number * (WINDOW // 2) + sentences.text_of() * WINDOW
    counted = known & (step > 0)
    return row[counted], place[counted].astype(np.int64), counts.astype(np.float64)


def _places(sentences: _Texts, words: _Words, index: Mapping[str, int]) -> csr_array:
    """How often each word appears in each text, shape (words, texts)."""
    from scipy.sparse import coo_array, csr_array

    row, text = _rows_of(words, index)[sentences.ids], sentences.text_of()
    known = row >= 0
    size = max(len(index), 1)
    cells, times = np.unique(text[known] * size + row[known], return_counts=True)
    shape = (len(index), len(sentences.text) - 1)
    return csr_array(coo_array((times.astype(np.float64), (cells % size, cells // size)), shape=shape))


def _ppmi(counts: csr_array) -> csr_array:
    """Positive pointwise mutual information of rows and columns, with smoothed column frequencies."""
    from scipy.sparse import coo_array, csr_array

    cells = counts.tocoo()
    of_row, of_column = (np.asarray(counts.sum(axis=axis)).ravel() for axis in (1, 0))
    smoothed = of_column**SMOOTHING
    joint = cells.data * float(smoothed.sum()) / (of_row[cells.row] * smoothed[cells.col])
    values = np.log(np.maximum(joint, 1.0))
    kept = values > 0
    return csr_array(coo_array((values[kept], (cells.row[kept], cells.col[kept])), shape=counts.shape))


def _factored(matrix: csr_array, *, dim: int, seed: int) -> NDArray[np.float32]:
    """Left singular vectors times the root of the singular values, at length 1, shape (rows of matrix, dim).

    Randomised range finder with two power iterations (Halko, Martinsson & Tropp 2011,
    https://doi.org/10.1137/090771806). The sign of each component is fixed: its largest entry is positive.
    """
    size = matrix.shape[0]
    rank = min(dim, size)
    vectors = np.zeros((size, dim), dtype=np.float32)
    if not rank or not matrix.nnz:
        return vectors
    rng = np.random.default_rng(seed)
    # One thread: small matrices gain nothing from more, wait for each other where other programs use the cores, and the
    # sums of several threads are not the same to the last bit on every machine.
    with threadpool_limits(1, "blas"):
        basis = _orthonormal(_times(matrix, rng.standard_normal((matrix.shape[1], min(rank + 16, size)))))
        for _ in range(2):
            basis = _orthonormal(_times(matrix, _times(matrix.T, basis)))
        back = _times(matrix.T, basis)
        squares, small = np.linalg.eigh(back.T @ back)
        left = basis @ small[:, ::-1][:, :rank]
    signs = np.sign(left[np.argmax(np.abs(left), axis=0), np.arange(left.shape[1])])
    vectors[:, : left.shape[1]] = left * (signs * np.maximum(squares[::-1][:rank], 0.0) ** 0.25)
    return unit_rows(vectors)


def _times(matrix: csr_array, columns: NDArray[np.float64]) -> NDArray[np.float64]:
    """``matrix @ columns``, some columns at a time: those are found in the processor's cache, in half of the time."""
    parts = range(0, columns.shape[1], _COLUMNS)
    product: NDArray[np.float64] = np.concatenate(
        [matrix @ np.ascontiguousarray(columns[:, i : i + _COLUMNS]) for i in parts], axis=1
    )
    return product


_COLUMNS: Final = 24


def _orthonormal(columns: NDArray[np.float64]) -> NDArray[np.float64]:
    """An orthonormal basis of what ``columns`` span (tall: many rows, few columns).

    By the eigenvectors of the small Gram matrix, in double precision: several times quicker than LAPACK's QR of a tall
    matrix.
    """
    squares, vectors = np.linalg.eigh(columns.T @ columns)
    kept = squares > squares[-1] * 1e-13
    basis: NDArray[np.float64] = columns @ (vectors[:, kept] / np.sqrt(squares[kept]))
    return basis


def _common_direction(means: NDArray[np.float32]) -> NDArray[np.float32]:
    """The direction that all texts share (first right singular vector), length 1.

    Zeros where there are too few texts to tell.
    """
    if means.shape[0] < MIN_TEXTS or not means.any():
        return np.zeros(means.shape[1], dtype=np.float32)
    with threadpool_limits(1, "blas"):
        _, vectors = np.linalg.eigh((means.T @ means).astype(np.float64))
    first = vectors[:, -1]
    direction: NDArray[np.float32] = (first * np.sign(first[np.argmax(np.abs(first))])).astype(np.float32)
    return direction
