"""Memory that the C library has free, given back to the system."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache


def give_back() -> None:
    """Return what is free between values that are in use; nothing where the C library is not glibc.

    Arrays of some megabytes come and go in every stage. glibc keeps their room for the next ones, in which those of
    another size do not fit: after the relations of 3 MB of notes 190 MB were kept so.
    """
    _trim()(0)


@cache
def _trim() -> Callable[[int], object]:
    try:
        trim: Callable[[int], object] = ctypes.CDLL(None).malloc_trim
    except (OSError, TypeError, AttributeError):  # Windows, macOS, musl
        return lambda _: None
    return trim
