"""Readers of the formats that need the extra ``files``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from extract.notes.formats.model import Converted, Unreadable

READERS: Final[Mapping[str, Callable[[bytes], Converted | Unreadable]]] = {}
