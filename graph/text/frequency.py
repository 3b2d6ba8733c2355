"""How often words are used in general language, from the data files of the package wordfreq."""

from __future__ import annotations

import gzip
import math
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path

import msgpack


@cache
def general_frequency(lang: str, *, size: str = "large") -> Mapping[str, float]:
    """Word → relative frequency in general language, for ``zh`` or ``en``.

    `wordfreq.get_frequency_dict`, about 0.2 s on first use.

    The data file is read without importing wordfreq, whose import (ftfy, langcodes, regex) takes longer than reading.
    It is a list whose n-th part contains the words of frequency 10^(-n/100) (wordfreq's cBpack format).

    Args:
        lang: ``zh`` or ``en``.
        size: ``large``, or ``small``: the words of a frequency of at least 1e-6, read in a tenth of the time.

    Raises:
        ImportError: wordfreq is not installed.
        ValueError: its data has another format than the one known here.
    """
    with (
        (data_folder("wordfreq") / "data" / f"{size}_{lang}.msgpack.gz").open("rb") as packed,
        gzip.open(packed) as unpacked,
    ):
        parts = msgpack.load(unpacked, raw=False)
    if parts[0] != {"format": "cB", "version": 1}:
        msg = f"wordfreq's data for {lang!r} is in a format that is not known here: {parts[0]}"
        raise ValueError(msg)
    return {word: 10 ** (-n / 100) for n, words in enumerate(parts[1:]) for word in words}


@lru_cache(maxsize=200_000)
def zipf(word: str, lang: str) -> float:
    """General-language frequency of ``word`` on the Zipf scale (log10 per billion words), 0 where unknown.

    ``lang`` as above.
    """
    frequency = general_frequency(lang).get(word, 0.0)
    return math.log10(frequency) + 9.0 if frequency > 0 else 0.0


def data_folder(package: str) -> Path:
    """Where an installed package lies, without importing it.

    Raises:
        ImportError: it is not installed.
    """
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        msg = f"the package {package}, whose data is used, is not installed"
        raise ImportError(msg)
    return Path(next(iter(spec.submodule_search_locations)))
