"""Passwords are replaced before anything is shown. This is the only module that does it.

:func:`masked` is for one address, which may be mistyped; :func:`masked_in` for a message that may quote one, and
:func:`without_passwords` for what another program says, who knows the password.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final
from urllib.parse import quote, quote_plus, unquote

MASK: Final = "***"

_SCHEME: Final = re.compile(r"\s*[A-Za-z][A-Za-z0-9+.-]*://")
_LOGIN: Final = re.compile(r"(?P<before>://[^:@]*):.*@(?=[^@]*\Z)", re.DOTALL)
"""After ``://``, everything from the first colon to the last ``@``: a password that was not percent-encoded may contain
``/``, ``?``, ``#``, ``@`` or a space."""
_NO_PORT: Final = re.compile(
    r"(?P<before>://(?:\[[^\]]*\]|[^\[:/?#]*)):(?!\d{1,5}(?:[/?#]|\Z)).*\Z",
    re.DOTALL,
)
"""A colon without a port behind it, in a text without ``@``: perhaps the host was left out, and a password follows."""
_NO_SCHEME: Final = re.compile(
    r"\A(?!\w:[\\/])(?P<before>\s*(?://)?(?:[A-Za-z][A-Za-z0-9+.-]*(?::/+|//))?[^\s/\\:@]*):.*@(?=[^@]*\Z)", re.DOTALL
)
"""``USER:PASSWORD@HOST`` without a scheme: a mistyped address, or one that became a path and so has a single slash.
A drive letter (``C:\\…``) is not a user."""


def masked(address: str) -> str:
    """``address`` with ``***`` in place of its password; any other text, such as a path, as it is.

    >>> masked("neo4j://ann:s3cret@db.local:7687?graph=notes"), masked("notes/graph.db")
    ('neo4j://ann:***@db.local:7687?graph=notes', 'notes/graph.db')
    """
    if not _SCHEME.match(address):
        address = _NO_SCHEME.sub(rf"\g<before>:{MASK}@", address)
    if "@" not in address:
        return _NO_PORT.sub(rf"\g<before>:{MASK}", address)
    return _LOGIN.sub(rf"\g<before>:{MASK}@", address)


def masked_in(message: str, words: Iterable[str]) -> str:
    """``message`` with each of ``words`` that is an address with a password masked, wherever it is quoted.

    The password is found by what surrounds it, however the message escapes it, also where the word became a path
    (``neo4j:/ann:…``).

    >>> masked_in("There is no folder neo4j:/ann:s3cret@h.", ["build", "neo4j://ann:s3cret@h"])
    'There is no folder neo4j:/ann:***@h.'
    """
    shown = {masked(word) for word in words if masked(word) != word}
    for form in sorted(shown | {str(Path(address)) for address in shown}, key=lambda f: (-len(f), f)):
        before, _, after = form.partition(MASK)
        pattern = re.compile(f"({re.escape(before)}).*({re.escape(after)})", re.DOTALL)
        message = pattern.sub(rf"\g<1>{MASK}\g<2>", message)
    return message


def without_passwords(message: str, passwords: Iterable[str | None]) -> str:
    """``message`` with ``***`` in place of each of ``passwords`` (None and empty ones are passed over).

    A password is also found percent-encoded, decoded or escaped as in a Python literal, but only as a word of its own:
    the password ``a`` must not replace every letter a.

    >>> without_passwords("user ann with p@ss, written p%40ss", ["p@ss", None])
    'user ann with ***, written ***'
    """
    forms = {form for password in passwords if password for form in _forms(password)}
    for form in sorted(forms, key=lambda f: (-len(f), f)):
        message = re.sub(_as_word(form), MASK, message)
    return message


def _forms(password: str) -> set[str]:
    """How a message may write a password."""
    plain = {password, unquote(password)}
    return plain | {form for p in plain for form in (quote(p, safe=""), quote(p), quote_plus(p), repr(p)[1:-1])}


def _as_word(form: str) -> str:
    before = r"(?<!\w)" if re.match(r"\w", form) else ""
    after = r"(?!\w)" if re.search(r"\w\Z", form) else ""
    return before + re.escape(form) + after
