"""Properties in the text of notes: ``key:: value`` (Logseq, Dataview), ``[key:: value]`` and ``(key:: value)``."""

from __future__ import annotations

import re
from typing import Final

from extract.notes.dialects.line_parts import CONTAINER
from extract.notes.properties import Property

_LINE: Final = re.compile(rf"(?P<container>{CONTAINER})(?P<key>\w[\w./-]*+)::(?:[ \t]+(?P<value>.*))?$")
FIELD: Final = (
    r"\[(?P<square>[^\W\d_][\w./ -]{0,60})::[ \t]+(?P<in_square>(?:[^\[\]]|\[\[[^\[\]]*\]\]){0,400})\](?![(\[])"
    r"|\((?P<round>[^\W\d_][\w./ -]{0,60})::[ \t]+(?P<in_round>[^()]{0,400})\)"
)
"""Regular expression of an inline field."""


def read_property(line: str, at: int, *, top: bool) -> Property | None:
    """The property that line ``at`` is; None for a line that is another thing.

    The key is one word, directly followed by ``::`` and a space or the end of the line: ``std::vector`` and
    ``f :: Int`` are text. ``top``: nothing but properties is above.
    """
    if "::" not in line or (match := _LINE.match(line)) is None:
        return None
    if match["key"].isdigit():
        return None
    page = top or not match["container"]
    return Property(at, match["key"].casefold(), (match["value"] or "").strip(), page)


def read_field(match: re.Match[str], at: int) -> Property:
    """The property of a match of :data:`FIELD`."""
    key, value = match["square"] or match["round"], match["in_square"] or match["in_round"] or ""
    return Property(at, key.strip().casefold(), value.strip(), page=False)
