"""One statement of a note as text: its number, whether it acts as a heading, whether it announces what follows."""

from __future__ import annotations

import re
from collections.abc import Sequence

from extract.notes.blocks import Span, SpanKind
from extract.notes.numbering import cut_number
from extract.notes.spans import Plain
from graph.text.scripts import columns

HEADING_WIDTH = 80
"""Columns up to which a line may act as a heading."""
END_MARKS = "。；;，,.!！：:、"
"""How no title ends."""
LONG_PIECE = 20_000
"""Characters of a piece of a line that no person wrote."""
_WORD = re.compile(r"[^\W_]")
_SENTENCE = re.compile(r"[。！？!?；;]|[.,，\s](?=\s)|\s")
_NO_LEAD = frozenset(["answer", "答", "回答", "答案", "解答", "参考答案", "解析"])


def is_title(lines: list[tuple[int, str]], markup: str) -> bool:
    """Whether the text above a line of ``---`` or ``===`` is a title.

    In notes it is more often a paragraph above a rule.
    """
    if len(lines) != 1:
        return False
    text = lines[0][1].strip()
    limit = HEADING_WIDTH if markup == "=" else HEADING_WIDTH // 2
    return (
        columns(text) <= limit and text[-1:] not in END_MARKS and not (markup == "-" and ("：" in text or ": " in text))
    )


def reads_as_title(text: str) -> bool:
    """Whether ``text`` is short, no sentence, and ends like a title."""
    return bool(text) and columns(text) <= HEADING_WIDTH and text[-1] not in END_MARKS and "。" not in text


def acts_as_heading(number: str, plain: Plain, *, raw: str) -> bool:
    """Whether a line by itself acts as a heading: it is short, ends like a title, and is numbered or bold as a whole.

    A line that is both numbered and bold may be one whole sentence: the questions of an exam are written so.
    """
    text = plain.text
    if not text or len(text) > 3 * HEADING_WIDTH or "。" in text[:-1] or text[-1] in "；;，,：:、":
        return False
    is_bold = ("**" in raw or "__" in raw) and any(  # <strong> alone is a caption more often than not
        s.kind is SpanKind.STRONG and s.start <= 1 and s.end >= len(text) - 1 for s in plain.spans
    )
    if number[:1] in ("A", "a") and number[-1:] in (":", "："):  # the answer to a question
        return False
    if number and is_bold:
        return columns(text) <= 3 * HEADING_WIDTH
    if not reads_as_title(text):
        return False
    return is_bold or (bool(number) and "：" not in text)


def ends_with_colon(text: str) -> bool:
    """Whether the statement ends with a colon."""
    return text.rstrip().endswith(("：", ":"))


def announces(text: str) -> bool:
    """Whether the statement announces what follows: it ends with a colon and is not a mere ``答：``."""
    return ends_with_colon(text) and text[:-1].strip().casefold() not in _NO_LEAD


def without_number(plain: Plain, *, heading: bool = False) -> tuple[str, Plain]:
    """Cut the numbering from the start of a statement and move its spans along; ``("", plain)`` where there is none.

    A number that is all that its line says stays, because a statement begins on its first line.
    """
    number, cut = cut_number(plain.text, heading=heading)
    end = plain.text.find("\n")
    if not cut or not _WORD.search(plain.text, cut, end if end >= 0 else len(plain.text)):
        return "", plain
    spans = tuple(Span(s.kind, max(s.start - cut, 0), s.end - cut) for s in plain.spans if s.end > cut)
    return number, Plain(plain.text[cut:], spans)


def joined(pieces: Sequence[Plain], between: str) -> Plain:
    """Several lines as one text, their spans moved along."""
    if len(pieces) == 1:
        return pieces[0]
    spans: list[Span] = []
    offset = 0
    for piece in pieces:
        spans.extend(Span(s.kind, s.start + offset, s.end + offset) for s in piece.spans)
        offset += len(piece.text) + len(between)
    return Plain(between.join(p.text for p in pieces), tuple(spans))


def long_pieces(line: str) -> list[str]:
    """Cut a line that no person wrote at ends of sentences or words.

    So that no block is longer than later stages can read.
    """
    pieces: list[str] = []
    start = 0
    while start < len(line):
        end = min(start + LONG_PIECE, len(line))
        if end < len(line) and (match := _SENTENCE.search(line, end - 500, end)):
            end = match.end()
        pieces.append(" ".join(line[start:end].split()))
        start = end
    return [piece for piece in pieces if piece]
