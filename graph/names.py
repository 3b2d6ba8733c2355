"""How names are compared: one folded key for every writing of the same name.

Names keep the writing of the notes wherever people see them. Only keys are compared, so that ``Self-Attention``,
``self attention`` and ``ＳＥＬＦ－ＡＴＴＥＮＴＩＯＮ`` are one name, while ``C``, ``C++`` and ``C#`` stay three.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_DROPPED = re.compile(r"[^\w+#]+|_+", re.UNICODE)


@lru_cache(maxsize=200_000)
def fold(name: str) -> str:
    """Return the key by which ``name`` is compared.

    NFKC, casefold, and no spaces, hyphens or punctuation; ``+`` and ``#`` stay because they tell C, C++ and C# apart.
    Folding is idempotent. A name made of punctuation alone is its own key (NFKC, casefolded, stripped), so no two
    different such names collide on the empty string.

    >>> fold("Low-Rank Adaptation") == fold("low rank adaptation")
    True
    """
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return _DROPPED.sub("", text) or text.strip()
