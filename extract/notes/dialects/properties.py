"""Properties in the text of notes: ``key:: value`` (Logseq, Dataview), ``[key:: value]`` and ``(key:: value)``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from extract.notes.dialects.line_parts import CONTAINER

_LINE: Final = re.compile(rf"(?P<container>{CONTAINER})(?P<key>\w[\w./-]*+)::(?:[ \t]+(?P<value>.*))?$")
FIELD: Final = (
    r"\[(?P<square>[^\W\d_][\w./ -]{0,60})::[ \t]+(?P<in_square>(?:[^\[\]]|\[\[[^\[\]]*\]\]){0,400})\](?![(\[])"
    r"|\((?P<round>[^\W\d_][\w./ -]{0,60})::[ \t]+(?P<in_round>[^()]{0,400})\)"
)
"""Regular expression of an inline field."""


@dataclass(frozen=True, slots=True)
class Property:
    """A property of a page or of a piece of it."""

    line: int
    """0-based."""
    key: str
    """Casefolded."""
    value: str
    """As written, stripped; may be empty."""
    page: bool = True
    """Of the whole page: above everything else, or on a line by itself outside of lists and quotes."""


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
