"""ZIP files that documents are stored in: opened with care, since anybody may have made them."""

from __future__ import annotations

import io
import zipfile
from typing import Final

from extract.notes.formats.model import Unreadable

LARGEST: Final = 200_000_000
"""Bytes that the unpacked files of one document may have together."""
_COMPOUND: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""Beginning of the files of old Office programs, and of encrypted ones."""


def open_archive(data: bytes) -> zipfile.ZipFile | Unreadable:
    """The archive, or why it is none that can be read."""
    if data.startswith(_COMPOUND):
        return Unreadable("encrypted, or in the format of an old Office program; save it without a password")
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return Unreadable("damaged: not a ZIP file, which documents of this kind are")
    members = archive.infolist()
    if any(member.flag_bits & 1 for member in members):
        return Unreadable("encrypted; save it without a password")
    if sum(member.file_size for member in members) > LARGEST:
        return Unreadable(f"larger than {LARGEST // 1_000_000} MB when unpacked")
    return archive
