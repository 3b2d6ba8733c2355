"""Text of notes on its way to a terminal: made harmless first, then laid out.

Notes are written by anybody. What they contain must not move the cursor, change colours, write over other lines or be
taken for markup of the library that draws the screen; so everything goes through :func:`clean` and is drawn as
:class:`rich.text.Text`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from typing import IO, TYPE_CHECKING, Final

from ui.places import place_text

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from graph.model import Evidence

_ESCAPES: Final = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor (ECMA-48, 5.4)
    # OSC and other strings: titles, links
    r"|(?:\x1b[PX\]^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]"  # two-character escapes
)
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
"""Control characters, and the marks that reverse the reading direction of what follows."""
PIPE_WIDTH: Final = 10_000
"""Columns where the output is not a terminal: lines are then never broken, so that other programs can read them."""


def clean(text: str) -> str:
    r"""``text`` without terminal escapes, control characters and direction marks; line breaks and tabs become spaces.

    >>> clean("a\x1b[31mb\x07\nc")
    'ab c'
    """
    return _CONTROLS.sub("", _ESCAPES.sub("", text).replace("\n", " ").replace("\t", " "))


def console(stream: IO[str] | None = None) -> Console:
    """A console on ``stream`` (None: standard output) that takes text as it is.

    NO_COLOR and pipes are respected by rich.
    """
    from rich.console import Console

    target = stream or sys.stdout
    return Console(
        file=target,
        width=None if target.isatty() else PIPE_WIDTH,
        markup=False,
        highlight=False,
        emoji=False,
        soft_wrap=not target.isatty(),
    )


def styled(*parts: str | tuple[str, str]) -> Text:
    """A line of text of which some parts carry a style: ``styled(("LoRA", "bold"), " — 12 lines")``.

    All parts are cleaned.
    """
    from rich.text import Text

    line = Text()
    for part in parts:
        words, style = (part, "") if isinstance(part, str) else part
        line.append(clean(words), style=style)
    return line


def place(evidence: Evidence) -> str:
    """Where a piece of evidence is, as editors and terminals follow it: ``notes/lora.md:12``.

    Pages and cells in words.
    """
    return place_text(evidence.doc, evidence.line)


def quoted(evidence: Evidence, *, indent: str = "    ") -> Text:
    """A line that shows what appears where."""
    return styled(indent, ("“" + evidence.quote.strip() + "”", "italic"), "  ", (place(evidence), "cyan"))


def heading(words: str) -> Text:
    """A line that begins a part of the output."""
    return styled((words, "bold green"))


def show(lines: Iterable[Text], *, to: Console | None = None) -> None:
    """Print lines, each on its own."""
    target = to or console()
    for line in lines:
        target.print(line)


def rows(header: Sequence[str], body: Iterable[Sequence[str]], *, right: Sequence[int] = ()) -> object:
    """A table without frames, wide characters counted as two columns.

    ``right`` are the indexes of right-aligned columns.
    """
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for index, title in enumerate(header):
        table.add_column(styled(title), justify="right" if index in right else "left", overflow="fold")
    for row in body:
        table.add_row(*(styled(cell) for cell in row))
    return table
