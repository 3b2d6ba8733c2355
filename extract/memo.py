"""What short pieces of text were found to say, asked for again and again: within a build, and from build to build.

A function that depends on one text and on the code alone takes a :class:`Memo` and asks it before it works. Without a
cache nothing is remembered (:func:`forgetful`). With one, all results of a function are one entry of the cache, so that
a thousand notes are asked for at the price of one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from hashlib import blake2b, sha256
from typing import Any, Final, Protocol, TypeVar

import msgpack

from extract.execution.versions import extractor_versions

Texts = TypeVar("Texts", str, list[str], list[list[str]])
"""What can be remembered."""
_DIGEST: Final = 16
"""Bytes of a checksum of a text; a shorter text is its own checksum."""


class Memo(Protocol):
    """Remembers what a function made of a text."""

    def __call__(self, text: str, make: Callable[[], Texts], /) -> Texts:
        """What ``make()`` returned when it was called for ``text``; it is called now where that is not known."""


class Results(Protocol):
    """Results of earlier builds by key; damaged ones are not given out."""

    def find(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        """Those of ``keys`` that are there."""

    def keep(self, results: Iterable[tuple[str, bytes]]) -> None:
        """Keep results for later builds."""


def forgetful(_text: str, make: Callable[[], Texts], /) -> Texts:
    """The memo of those who have no cache."""
    return make()


@dataclass(frozen=True, slots=True)
class Memos:
    """The memos of a build, one for each function that asks."""

    titles: Memo = forgetful
    """Of :func:`extract.notes.files.read_note`."""
    fields: Memo = forgetful
    """Of :func:`extract.knowledge.fields.choose_fields`."""
    meanings: Memo = forgetful
    """Of :func:`extract.concepts.translation.translations`."""
    stems: Memo = forgetful
    """Of the same, which asks for stems."""
    words: Memo = forgetful
    """Of :class:`extract.concepts.neighbours.Neighbours`."""


FORGETFUL: Final = Memos()


@contextmanager
def kept_memos(results: Results) -> Iterator[Memos]:
    """The memos of a build with a cache; when the block succeeds they are kept for the next one."""
    memos = {memo.name: KeptMemo(results, memo.name) for memo in fields(Memos)}
    yield Memos(**memos)
    for memo in memos.values():
        memo.close()


class KeptMemo:
    """What one function made of texts in earlier builds, and what this one adds.

    Only what a build asks for is kept for the next one, so that it does not grow.
    """

    def __init__(self, results: Results, name: str) -> None:
        """Read the entry ``name`` of the function; an entry that cannot be read is replaced."""
        versions = sorted(extractor_versions().items())
        self._key = sha256(f"memo {name} {versions}".encode()).hexdigest()
        self._results = results
        self._earlier = _unpacked(results.find([self._key]).get(self._key))
        self._asked: dict[bytes, Any] = {}

    def __call__(self, text: str, make: Callable[[], Texts], /) -> Texts:
        """See :class:`Memo`."""
        key = text.encode("utf-8", "surrogatepass")
        if len(key) >= _DIGEST:
            key = blake2b(key, digest_size=_DIGEST).digest()
        known = self._asked.get(key)
        if known is None:
            known = self._earlier.get(key)
            known = self._asked[key] = make() if known is None else known
        found: Texts = known
        return found

    def close(self) -> None:
        """Keep what was asked for, if any of it is new."""
        if self._asked.keys() - self._earlier.keys():
            self._results.keep([(self._key, msgpack.packb(self._asked, unicode_errors="surrogatepass"))])


def _unpacked(data: bytes | None) -> dict[bytes, Any]:
    """What :meth:`KeptMemo.close` kept; nothing where it is something else."""
    if data is None:
        return {}
    try:
        found = msgpack.unpackb(data, strict_map_key=False, unicode_errors="surrogatepass")
        if not isinstance(found, dict):
            return {}
        return {key: value for key, value in found.items() if isinstance(key, bytes) and _is_texts(value)}
    except (ValueError, TypeError, RecursionError, msgpack.UnpackException):
        return {}


def _is_texts(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(map(_is_texts, value)))
