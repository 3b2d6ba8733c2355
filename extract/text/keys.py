"""The key of a name: what two writings of one name have in common."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from graph.text.names import folded

_PLURAL: Final = re.compile(r"[a-z]{3,}s$")


_POSSESSIVE: Final = re.compile(r"(?<=\w)['’]s\b(?=\s)|(?<=s)['’](?=\s)")


@lru_cache(maxsize=200_000)
def key_of(form: str) -> str:
    """The key under which forms of one candidate are counted: folded, without possessive endings and Latin plural."""
    key = folded(_POSSESSIVE.sub("", form) if "'" in form or "’" in form else form)
    if (
        key.endswith("s") and _PLURAL.search(key) and not key.endswith("ss") and not form.rstrip().endswith("S")
    ):  # HTTPS is not several HTTP
        if key.endswith("ies") and len(key) > 5:
            return key[:-3] + "y"
        return key[:-1]
    return key
