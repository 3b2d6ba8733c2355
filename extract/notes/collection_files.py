"""Files about a collection of notes rather than about its subject: licences, change logs, rules for contributors."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Final

_CERTAIN: Final = {
    "changelog": "a change log",
    "changelogs": "a change log",
    "releasenotes": "a change log",
    "unlicense": "a licence",
    "copying": "a licence",
    "contributing": "rules for contributors",
    "contributors": "a list of contributors",
    "maintainers": "a list of maintainers",
    "codeowners": "a list of maintainers",
    "codeofconduct": "a code of conduct",
    "pullrequesttemplate": "a form for contributors",
    "issuetemplate": "a form for contributors",
}
"""Names that no study note has, without separators and in lower case, and what such a file is."""
_CAPITALS: Final = {
    "license": "a licence",
    "licence": "a licence",
    "security": "a security policy",
    "support": "where to ask for help",
    "governance": "rules for contributors",
    "authors": "a list of authors",
    "notice": "a legal notice",
    "changes": "a change log",
    "history": "a change log",
    "releases": "a change log",
}
"""Names that a study note may have (security, history): in capitals they are not notes, else their text decides."""
_EVIDENCE: Final = {
    "a licence": re.compile(
        r"permission is hereby granted|licen[cs]ed? under|all rights reserved|\bcopyright \(c\)|\bcopyright ©"
        r"|creative commons|GNU (?:Affero |Lesser )?General Public|Apache License",
        re.IGNORECASE,
    ),
    "a security policy": re.compile(
        r"report(?:ing)? (?:a |any |security )*(?:vulnerabilit|security issue)|supported versions|security policy"
        r"|报告(?:安全)?漏洞|安全策略",
        re.IGNORECASE,
    ),
    "a change log": re.compile(
        r"^#{1,3}\s*(?:\[?unreleased\b|\[?v?\d+\.\d+(?:\.\d+)?\b)", re.IGNORECASE | re.MULTILINE
    ),
    "a list of authors": re.compile(r"<[^<>\s]+@[^<>\s]+>"),
    "a legal notice": re.compile(r"\bcopyright\b", re.IGNORECASE),
    "where to ask for help": re.compile(
        r"\b(?:open|file|create) an issue\b|discussions?\b.{0,40}\bissues?\b", re.IGNORECASE
    ),
    "rules for contributors": re.compile(r"\bmaintainers?\b", re.IGNORECASE),
}
_HEAD: Final = 4000
"""Characters of a file that are looked at."""
_SEPARATOR: Final = re.compile(r"[-_ .]+")
_VARIANT: Final = re.compile(
    r"[-_ .](?:[a-z]{2}(?:[-_][a-z]{2,4})?|mit|apache|bsd|gpl|cc0|cc|code|docs?|data|\d[\w.]*)$"
)
"""What follows such a name: a language (``CHANGELOG.zh-CN``) or a licence (``LICENSE-MIT``)."""


def purpose_of(doc: str, head: str | None) -> str | None:
    """What the file is for, if it is about the collection: ``a licence``; None for every other file.

    Args:
        doc: its path relative to the folder of notes.
        head: the beginning of its text; None if it has not been read, and only the name is judged.
    """
    name = PurePosixPath(doc).name
    stem = name.split(".")[0] if name[0].isascii() and name[0].isalpha() else ""
    plain = _VARIANT.sub("", _VARIANT.sub("", stem.casefold()))
    key = _SEPARATOR.sub("", plain)
    if key in _CERTAIN:
        return _CERTAIN[key]
    purpose = _CAPITALS.get(key)
    if purpose is None:
        return None
    if stem[: len(plain)].isupper():
        return purpose
    return purpose if head is not None and _EVIDENCE[purpose].search(head[:_HEAD]) else None


def about_collection(purpose: str) -> str:
    """The reason why a file about the collection is not read."""
    return f"{purpose}, not a study note"
