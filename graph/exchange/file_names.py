"""Names of files that every system takes: Windows, macOS, Linux, and Obsidian's links."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

LONGEST: Final = 180
"""Bytes of a name in UTF-8, without its ending: file systems take 255, and some add to it."""

_FORBIDDEN: Final = re.compile(r'[<>:"/\\|?*#^\[\]%\x00-\x1f\x7f-\x9f\ud800-\udfff]+')
"""What Windows does not take in names, and what Obsidian does not take in links."""
_RESERVED: Final = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)
"""Devices of Windows, with any ending."""


def safe_name(text: str) -> str:
    """``text`` as a file name without an ending; never empty, hidden or reserved.

    >>> safe_name("TCP/IP: what?"), safe_name("aux"), safe_name("..."), safe_name(" C# ")
    ('TCP-IP- what-', '_aux', '_', 'C-')
    """
    name = unicodedata.normalize("NFC", " ".join(_FORBIDDEN.sub("-", " ".join(text.split())).split()))
    name = "".join(c for c in name if unicodedata.category(c) not in ("Cf", "Cn", "Co"))
    name = _cut(name).strip(" .")
    return f"_{name}" if not name or _RESERVED.fullmatch(name) else name


def unique_names(texts: Iterable[str]) -> list[str]:
    """Safe names in the order of ``texts``; no two are alike on a system that does not tell capitals from small ones.

    >>> unique_names(["LoRA", "LoRa", "LoRA"])
    ['LoRA', 'LoRa (2)', 'LoRA (3)']
    """
    taken: set[str] = set()
    following: dict[str, int] = {}
    names = []
    for text in texts:
        name = safe_name(text)
        number = following.get(_folded(name), 1)
        while _folded(free := name if number == 1 else f"{name} ({number})") in taken:
            number += 1
        taken.add(_folded(free))
        following[_folded(name)] = number + 1
        names.append(free)
    return names


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKD", name.casefold()).casefold())


def _cut(name: str) -> str:
    """At most :data:`LONGEST` bytes of ``name``, whole characters."""
    return name.encode()[:LONGEST].decode("utf-8", "ignore")
