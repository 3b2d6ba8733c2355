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
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from graph.errors import EncoderError
from graph.text.joined import BETWEEN, Joined, batches
from graph.text.name_finder import NameFinder
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

_VERSION: Final = 1
_CONCEPT: Final = "\x00"
"""First character of the word that stands for a concept: no text has it (:func:`_plain` removes it)."""
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


class _Words:
    """Different tokens by number, each made once: texts are rows of numbers."""

    def __init__(self) -> None:
        self.tokens: list[_Token] = []
        self._number: dict[_Token, int] = {}
        self._runs: dict[str, tuple[int, ...]] = {}
        self._concepts: dict[str, int] = {}

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

    def add(self, text: str, ids: list[int]) -> None:
        """Append the numbers of the words of ``text``; a run of letters is taken apart where it is met first."""
        known = self._runs
        for run in _WORD.findall(text if text.isascii() else _FUNCTION_WORDS_ZH.sub(" ", text)):
            found = known.get(run)
            if found is None:
                found = known[run] = tuple(map(self.number, _run_tokens(run)))
            ids.extend(found)

    def column(self, field: str) -> NDArray[np.float64]:
        """The weights or steps of all tokens."""
        return np.asarray([getattr(t, field) for t in self.tokens], dtype=np.float64)


class _Texts(NamedTuple):
    """Sentences of texts as numbers of :class:`_Words`, behind each other."""

    ids: NDArray[np.int64]
    sentence: NDArray[np.int64]
    """Where each sentence begins, and the end of the last."""
    text: NDArray[np.int64]
    """The same for texts, counted in sentences."""

    def text_of(self) -> NDArray[np.int64]:
        """The text of each token."""
        starts = self.sentence[self.text]
        return np.repeat(np.arange(len(starts) - 1), np.diff(starts))


class _Tokenizer:
    """Texts to words: concepts by any of their names, words of alphabets, Chinese bigrams and characters."""

    def __init__(self, names: Sequence[tuple[str, str]]) -> None:
        self._finder = NameFinder(sorted(names, key=lambda pair: pair[1]))
        self.words = _Words()

    def sentences(self, texts: Sequence[str]) -> _Texts:
        """The words of each sentence or line of all texts."""
        parts = [_SENTENCE_END.split(text) for text in texts]
        numbers, counts = self._numbers([part for own in parts for part in own])
        filled = np.flatnonzero(counts)
        number_of = np.repeat(np.arange(len(texts)), [len(own) for own in parts])
        starts = np.searchsorted(number_of[filled], np.arange(len(texts) + 1))
        return _Texts(numbers, np.concatenate([[0], np.cumsum(counts[filled])]), starts)

    def whole(self, texts: Sequence[str]) -> _Texts:
        """The words of each text, which counts as one sentence."""
        numbers, counts = self._numbers(texts)
        return _Texts(numbers, np.concatenate([[0], np.cumsum(counts)]), np.arange(len(texts) + 1))

    def _numbers(self, texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The numbers of the words of all texts behind each other, and how many each text has."""
        ids: list[int] = []
        sizes: list[int] = []
        for run in batches(texts):
            joined = Joined.of([_plain(texts[i]) for i in run])
            found = self._finder.find_in(joined)
            first = np.searchsorted(found.start, joined.first).tolist()
            places = list(zip(found.start.tolist(), found.end.tolist(), found.owners, strict=True))
            plain = joined.plain
            for text, (reached, end) in enumerate(pairwise(joined.first.tolist())):
                before = len(ids)
                for start, stop, concept in places[first[text] : first[text + 1]]:
                    if start > reached:
                        self.words.add(plain[reached:start], ids)
                    ids.append(self.words.concept(concept))
                    reached = stop
                if reached < end - len(BETWEEN):
                    self.words.add(plain[reached : end - len(BETWEEN)], ids)
                sizes.append(len(ids) - before)
        return np.asarray(ids, dtype=np.int64), np.asarray(sizes, dtype=np.int64)


def _plain(text: str) -> str:
    """``text`` without the character that stands for a concept."""
    return text.replace("\0", " ")


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
        names = sorted(set(names))
        tokenizer = _Tokenizer(names)
        sentences = tokenizer.sentences(texts)
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
        return fitted

    @property
    def dim(self) -> int:
        """Length of one vector."""
        return int(self._common.shape[0])

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Shape (len(texts), dim); rows have length 1, or 0 where no word of the text is known or like a known one."""
        means = self._means(self._tokenizer.whole(texts), self._tokenizer.words, guess=True)
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


def _rows_of(words: _Words, index: Mapping[str, int]) -> NDArray[np.int64]:
    """The place of each token's word in ``index``, -1 where it has none."""
    return np.fromiter((index.get(t.word, -1) for t in words.tokens), dtype=np.int64, count=len(words.tokens))


def _line_up(
    sentences: _Texts, words: _Words, index: Mapping[str, int]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
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
        basis = _orthonormal(matrix @ rng.standard_normal((matrix.shape[1], min(rank + 16, size))))
        for _ in range(2):
            basis = _orthonormal(matrix @ (matrix.T @ basis))
        back = matrix.T @ basis
        squares, small = np.linalg.eigh(back.T @ back)
        left = basis @ small[:, ::-1][:, :rank]
    signs = np.sign(left[np.argmax(np.abs(left), axis=0), np.arange(left.shape[1])])
    vectors[:, : left.shape[1]] = left * (signs * np.maximum(squares[::-1][:rank], 0.0) ** 0.25)
    return unit_rows(vectors)


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
