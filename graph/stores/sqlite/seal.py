"""The seal of a graph's file: checksums of its content behind its last page, so that a byte that changed is noticed.

SQLite notices damage to its own structure, not to what the rows hold: a flipped bit in a quote or a number is another
answer. Its own remedy (https://www.sqlite.org/cksumvfs.html) needs an extension that Python does not have. A graph's
file is never changed once it is written, so two checksums of the whole are enough: CRC-32, which takes a few
milliseconds for a graph of 4 MB and is compared whenever a file is opened, and BLAKE2b, which is compared on request.
SQLite ignores what is behind the last page.
"""

from __future__ import annotations

import hashlib
import zlib
from pathlib import Path
from typing import Final

_MARK: Final = b"SATLSEAL"
_DIGEST: Final = 20
_LENGTH: Final = len(_MARK) + 4 + _DIGEST
"""Bytes of a seal: the mark, CRC-32, BLAKE2b of 20 bytes."""
_SMALLEST_PAGE: Final = 512
"""The pages of SQLite are a multiple of so many bytes long, and a seal is not: a file's length tells if it has one."""
_STEP: Final = 1 << 20


def seal(path: Path) -> None:
    """Write the seal behind the pages of ``path``, which nobody has sealed yet.

    Raises:
        OSError: it cannot be read or written.
    """
    crc, digest = _sums(path, path.stat().st_size, full=True)
    with path.open("ab") as file:
        file.write(_MARK + crc + digest)


def is_whole(path: Path, *, full: bool = False) -> bool:
    """Whether ``path`` contains what was written, as far as its seal can tell.

    A file of studyatlas 0.1 has none and is taken as it is.

    Args:
        path: the file of a graph.
        full: whether to compare the BLAKE2b digest as well, which takes about three times as long.

    Raises:
        OSError: it cannot be read.
    """
    size = path.stat().st_size
    if size % _SMALLEST_PAGE == 0:
        return True
    if size < _LENGTH:
        return False
    with path.open("rb") as file:
        file.seek(size - _LENGTH)
        written = file.read(_LENGTH)
    crc, digest = _sums(path, size - _LENGTH, full=full)
    return written.startswith(_MARK + crc + digest)


def _sums(path: Path, size: int, *, full: bool) -> tuple[bytes, bytes]:
    """CRC-32 of the first ``size`` bytes and, with ``full``, their digest (else it is empty)."""
    crc, digest, left = 0, hashlib.blake2b(digest_size=_DIGEST), size
    with path.open("rb") as file:
        while left > 0 and (piece := file.read(min(_STEP, left))):
            crc = zlib.crc32(piece, crc)
            if full:
                digest.update(piece)
            left -= len(piece)
    return crc.to_bytes(4, "big"), digest.digest() if full else b""
