"""From the tokens of a Markdown parser to blocks.

What is under which heading, in which item, announced by which line.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token

from extract.notes.blocks import Block, BlockKind, Span, SpanKind
from extract.notes.fences import is_prose
from extract.notes.inline import clean
from extract.notes.lines import LineTexts
from extract.notes.mend import LONG_LINE, LONG_LINE_MARK, Mended, TableCell
from extract.notes.numbering import cut_number, number_style
from extract.notes.spans import Plain
from extract.notes.titles import (
    acts_as_heading,
    announces,
    ends_with_colon,
    is_title,
    joined,
    long_pieces,
    reads_as_title,
    without_number,
)
from extract.notes.wrapping import statements
from graph.text.questions import is_question

ACTING_HEADING = 7
"""Level of lines that act as headings without being marked as such."""
_WORD = re.compile(r"[^\W_]")
_COUNT = re.compile(r"[（(]?(\d{1,3})[.、．)）:：]*$")
_CHECK_BOX = re.compile(r"\[[ xX✓✔√/\-<>!?*\"]\]\s+")
_ANCHOR = re.compile(r"(?<!\s)\s*(?:\[\[[\w-]+\]\]|\{[#.][^{}]{1,80}\})\s*$")
_CONTAINER = re.compile(r"[ \t]*(?:>[ \t]?)*(?:[-*+][ \t]+|\d{1,9}[.)][ \t]+)?")
_DELIMITER_ROW = re.compile(r"[|\s:\-—]+$")
_PIPE = re.compile(r"(?<!\\)\|")


def _parser() -> MarkdownIt:
    # Fences, HTML and references are taken out of the lines before. Lists may be about 20 deep; the limit bounds the
    # time.
    return MarkdownIt("commonmark", {"maxNesting": 40}).enable("table").disable(["fence", "html_block", "reference"])


_PARSER = _parser()


class _Piece(NamedTuple):
    """A line of a paragraph without markup, or what ``<br>`` leaves of one."""

    line: int  # 0-based
    plain: Plain
    broken: bool  # a hard line break follows
    is_long: bool = False


@dataclass(slots=True)
class _Item:
    """An open list item."""

    index: int = -1  # of its block, -1 before it has one
    number: str = ""
    list_: _List | None = None


@dataclass(slots=True)
class _List:
    """An open list."""

    ordered: bool
    first: int = -1  # index of its first item
    lead_in: int = -1
    is_heading: bool = False  # one numbered line over a paragraph
    next_number: int = -1


@dataclass(slots=True)
class _Lead:
    """The paragraph right above, which may announce what follows."""

    index: int
    end: int  # 0-based line after it
    colon: bool
    section: int


@dataclass(slots=True)
class _Run:
    """Numbered lines of paragraphs that make a list: ``（1）…``, ``（2）…``."""

    style: str
    first: int
    last: int
    lead_in: int


@dataclass(frozen=True, slots=True)
class _Frame:
    """An open container with a title."""

    end: int  # 0-based line after it
    around: int  # how many sections there are around it, to which the note returns


@dataclass(slots=True)
class BlockBuilder:
    """Goes through the tokens of a note and collects its blocks, and next to them what each line says."""

    note: Mended
    blocks: list[Block] = field(default_factory=list)
    said: LineTexts = field(default_factory=LineTexts)
    sections: list[tuple[int, int]] = field(default_factory=list)  # (level, index) of the headings above
    frames: list[_Frame] = field(default_factory=list)
    items: list[_Item] = field(default_factory=list)
    lists: list[_List] = field(default_factory=list)
    quotes: int = 0
    titles: list[int] = field(default_factory=list)
    """Of the open quotes: index of the title, -1 without one."""
    lead: _Lead | None = None
    heading_leads: dict[tuple[int, int], int] = field(
        default_factory=dict
    )  # (section, level) -> lead-in of the headings there
    last_ordered: tuple[int, _List] | None = None  # section and the last outermost ordered list
    run: _Run | None = None
    comments: deque[tuple[int, str]] = field(init=False)
    tables: deque[tuple[int, list[TableCell]]] = field(init=False)

    def __post_init__(self) -> None:
        self.comments = deque(self.note.code.comments)
        self.tables = deque(self.note.tables)

    # Adding blocks

    @property
    def section(self) -> int:
        """Index of the heading that we are under, -1 at the top."""
        return self.sections[-1][1] if self.sections else -1

    @property
    def item(self) -> int:
        """Index of the innermost open item that has a block."""
        return next((item.index for item in reversed(self.items) if item.index >= 0), -1)

    def add(
        self,
        kind: BlockKind,
        lines: Sequence[int],
        text: str,
        spans: tuple[Span, ...] = (),
        *,
        level: int = 0,
        section: int | None = None,
        parent: int = -1,
        lead_in: int = -1,
        group: int = -1,
        row: int = -1,
        column: int = -1,
        number: str = "",
        front: bool = False,
    ) -> int:
        """Append a block (``lines`` 0-based) and return its index."""
        index = len(self.blocks)
        self.blocks.append(
            Block(
                index=index,
                kind=kind,
                line=lines[0] + 1,
                text=text,
                lines=tuple(line + 1 for line in lines),
                spans=spans,
                level=level,
                section=self.section if section is None else section,
                parent=parent,
                lead_in=lead_in,
                group=index if group == -2 else group,
                row=row,
                column=column,
                number=number,
                question=is_question(text, heading=kind is BlockKind.HEADING),
                front=front,
            )
        )
        return index

    def front(self, line: int, title: str) -> None:
        """Add the title of the front matter, under which all appears that is under no heading of level 1."""
        plain = clean(title)[0]
        if plain.text:
            self.said.say(line, plain.text)
            index = self.add(BlockKind.HEADING, (line,), plain.text, plain.spans, level=1, front=True)
            self.sections.append((1, index))

    def flush(self, line: int) -> None:
        """Add the comments in code and the HTML tables that appear above ``line``."""
        while (self.comments and self.comments[0][0] < line) or (self.tables and self.tables[0][0] < line):
            if self.tables and (not self.comments or self.tables[0][0] < self.comments[0][0]):
                self.html_table(self.tables.popleft()[1])
            else:
                at, text = self.comments.popleft()
                self.add(BlockKind.CODE, (at,), text, parent=self.item)

    # Tokens

    def markdown(self, lines: Sequence[str], offset: int, *, depth: int = 0) -> None:
        """Read ``lines``, the first of which is line ``offset`` of the file."""
        tokens: list[Token] = []
        _PARSER.block.parse("\n".join(lines), _PARSER, {}, tokens)
        at = 0
        while at < len(tokens):
            token = tokens[at]
            if self.frames and token.map is not None:
                self.leave(offset + token.map[0])
            match token.type:
                case "heading_open":
                    self.heading(token, self.lines_of(tokens[at + 1], offset))
                    at += 2
                case "paragraph_open":
                    self.paragraph(self.lines_of(tokens[at + 1], offset))
                    at += 2
                case "bullet_list_open" | "ordered_list_open":
                    self.open_list(tokens, at, offset)
                case "bullet_list_close" | "ordered_list_close":
                    self.lists.pop()
                    self.lead = None
                case "list_item_open":
                    number = token.info + token.markup if token.info else ""
                    self.items.append(_Item(number=number, list_=self.lists[-1]))
                case "list_item_close":
                    self.items.pop()
                case "blockquote_open":
                    self.quotes += 1
                    self.titles.append(-1)
                case "blockquote_close":
                    self.quotes -= 1
                    self.titles.pop()
                case "table_open":
                    at = self.table(tokens, at, offset)
                case "code_block":
                    self.indented(token, offset, depth=depth)
                case "hr":
                    self.lead = self.run = None
                case _:
                    pass
            at += 1

    def lines_of(self, token: Token, offset: int) -> list[tuple[int, str]]:
        """The lines of an inline token: 0-based line of the file and text."""
        first, last = token.map or (0, 0)
        texts = token.content.split("\n")
        if len(texts) != last - first and len(texts) != 1:  # exotic white space that one side takes for a blank line
            texts = [_CONTAINER.sub("", line, count=1) for line in self.note.lines[offset + first : offset + last]]
        return [(offset + first + k, text) for k, text in enumerate(texts)]

    def heading(self, token: Token, lines: list[tuple[int, str]]) -> None:
        """Add what the parser takes for a heading; in lists and quotes, and above a rule, it is a paragraph."""
        self.flush(lines[0][0])
        if lines[0][0] in self.note.containers:
            self.container(*lines[0])
            return
        if self.items or self.quotes or (token.markup in ("-", "=") and not is_title(lines, token.markup)):
            self.paragraph(lines)
            return
        line, raw = lines[0]
        pieces = self.parts(line, _ANCHOR.sub("", raw))
        if raw.strip() == LONG_LINE_MARK or not pieces:
            self.paragraph(lines)
            return
        number, plain = without_number(joined(pieces, " "), heading=True)
        self.add_heading(line, number, plain, level=int(token.tag[1]))

    def add_heading(self, line: int, number: str, plain: Plain, *, level: int) -> None:
        """Add a heading and go under it."""
        text = plain.text.rstrip("：: ")
        if not text:
            return
        floor = self.frames[-1].around + 1 if self.frames else 0
        while len(self.sections) > floor and self.sections[-1][0] >= level:
            self.sections.pop()
        key = (self.section, level)
        if self.lead is not None and self.lead.colon and self.lead.section == self.section:
            self.heading_leads[key] = self.lead.index
        spans = tuple(s for s in plain.spans if s.end <= len(text))
        index = self.add(
            BlockKind.HEADING, (line,), text, spans, level=level, lead_in=self.heading_leads.get(key, -1), number=number
        )
        self.sections.append((level, index))
        self.lead = self.run = self.last_ordered = None

    def container(self, line: int, raw: str) -> None:
        """Add the title of a container and go into it; text behind ``<br>`` belongs to its body."""
        self.leave(line)
        parts = self.parts(line, _ANCHOR.sub("", raw))
        if not parts:
            return
        around, end = len(self.sections), self.note.containers[line]
        if self.frames:
            end = min(end, self.frames[-1].end)
        number, plain = without_number(parts[0], heading=True)
        text = plain.text.rstrip("：: ")
        spans = tuple(s for s in plain.spans if s.end <= len(text))
        index = self.add(BlockKind.HEADING, (line,), text, spans, level=ACTING_HEADING, number=number)
        self.sections.append((ACTING_HEADING, index))
        self.frames.append(_Frame(end, around))
        self.lead = self.run = self.last_ordered = None
        for part in parts[1:]:
            self.add(BlockKind.PARAGRAPH, (line,), part.text, part.spans, parent=self.item)

    def leave(self, line: int) -> None:
        """Leave the containers that have ended before ``line``: what follows belongs to the section around them."""
        while self.frames and self.frames[-1].end <= line:
            self.flush(self.frames[-1].end)
            del self.sections[self.frames.pop().around :]
            self.lead = self.run = self.last_ordered = None

    def level_after(self, number: str) -> int:
        """The level of a line that acts as a heading.

        That of the heading above whose number it follows, ``15.`` after ``14.``.
        """
        count = _COUNT.match(number)
        for level, index in reversed(self.sections if count else []):
            above = self.blocks[index].number
            before = _COUNT.match(above)
            if count and before and int(before[1]) + 1 == int(count[1]) and number_style(above) == number_style(number):
                return level
        return ACTING_HEADING

    def indented(self, token: Token, offset: int, *, depth: int) -> None:
        """What CommonMark calls code because of its indentation: prose more often than not."""
        first, _ = token.map or (0, 0)
        lines = token.content.rstrip("\n").split("\n")
        told = [is_prose(line) for line in lines if line.strip()]
        if not told or sum(told) < 0.5 * len(told):
            self.said.code.update((offset + first + k, line) for k, line in enumerate(lines) if line.strip())
            return
        margin = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
        lines = [line[margin:] for line in lines]
        if depth < 3:
            self.markdown(lines, offset + first, depth=depth + 1)
        else:
            self.paragraph([(offset + first + k, line) for k, line in enumerate(lines) if line.strip()])

    # Lists

    def open_list(self, tokens: Sequence[Token], at: int, offset: int) -> None:
        """Open the list at ``at``.

        Find what announces it, and whether it goes on with the numbers of the one before.
        """
        token = tokens[at]
        first_line = offset + (token.map or (0, 0))[0]
        self.flush(first_line)
        new = _List(ordered=token.type == "ordered_list_open")
        if not self.lists:
            new.lead_in = self.lead_for(first_line)
            if new.ordered:
                start = int(token.attrGet("start") or 1) if token.attrGet("start") != 0 else 0
                before = self.last_ordered
                goes_on = (
                    before is not None
                    and before[0] == self.section
                    and before[1].next_number == start
                    and not self.quotes
                )
                if goes_on and before is not None:
                    new.first, new.lead_in = before[1].first, before[1].lead_in
                new.is_heading = not goes_on and not self.quotes and self.announces_paragraph(tokens, at)
                new.next_number = start
                self.last_ordered = None if new.is_heading else (self.section, new)
        self.lists.append(new)
        self.run = None

    def announces_paragraph(self, tokens: Sequence[Token], at: int) -> bool:
        """Whether the list at ``at`` is one short numbered line with plain paragraphs below: a heading, not a list."""
        level, items, end = tokens[at].level, 0, at + 1
        while end < len(tokens) and not (tokens[end].level == level and tokens[end].nesting == -1):
            items += tokens[end].type == "list_item_open"
            if items > 1 or (
                tokens[end].type.endswith("_open") and tokens[end].type not in ("list_item_open", "paragraph_open")
            ):
                return False
            end += 1
        content = tokens[at + 3].content if at + 3 < len(tokens) and tokens[at + 2].type == "paragraph_open" else ""
        first, _, rest = content.partition("\n")
        follows = bool(rest) or (end + 1 < len(tokens) and tokens[end + 1].type == "paragraph_open")
        text = clean(first)[0].text if len(first) < 400 else ""
        return follows and reads_as_title(text)

    def lead_for(self, line: int) -> int:
        """Index of the paragraph that announces what begins on ``line``.

        It ends with a colon or appears right above.
        """
        lead = self.lead
        if lead is None or lead.section != self.section or not (lead.colon or line - lead.end <= 2):
            return -1
        return lead.index

    def add_item(self, chunk: Sequence[_Piece]) -> None:
        """Add the own text of the innermost open item."""
        item = self.items[-1]
        own_list = item.list_ or _List(ordered=False)
        plain = joined([p.plain for p in chunk], "\n")
        lines = [p.line for p in chunk]
        if item.number:
            number = self.written_number(item.number, lines[0])
            own_list.next_number = int(item.number[:-1]) + 1
        else:
            number, plain = without_number(plain)
        parent = next((above.index for above in reversed(self.items[:-1]) if above.index >= 0), -1)
        item.index = self.add(
            BlockKind.ITEM,
            lines,
            plain.text,
            plain.spans,
            level=len(self.items) - 1,
            parent=parent,
            lead_in=own_list.lead_in if parent < 0 else -1,
            group=own_list.first if own_list.first >= 0 else -2,
            number=number,
        )
        if own_list.first < 0:
            own_list.first = item.index

    def written_number(self, number: str, line: int) -> str:
        """The number of an item as the file has it: mending made ``1、`` to ``1.``."""
        raw = self.note.raw[line][:200]
        match = re.search(rf"(?<!\d){number[:-1]}\s*[.、．)）]", raw)
        return match.group() if match else number

    # Paragraphs

    def paragraph(self, lines: list[tuple[int, str]]) -> None:
        """Add the statements of a paragraph, wherever it appears."""
        end = self.frames[-1].end if self.frames else lines[-1][0] + 1
        if lines[0][0] < end <= lines[-1][0]:  # a container of MkDocs ends without a blank line
            self.paragraph([pair for pair in lines if pair[0] < end])
            self.leave(end)
            lines = [pair for pair in lines if pair[0] >= end]
        self.flush(lines[0][0])
        if self.quotes and lines[0][0] in self.note.callouts:
            self.callout(*lines[0])
            if not (lines := lines[1:]):
                return
        if self.items and self.items[-1].index < 0:
            box = _CHECK_BOX.match(lines[0][1])
            lines[0] = (lines[0][0], lines[0][1][box.end() if box else 0 :])
        elif len(lines) > 1 and all(text.lstrip().startswith("|") for _, text in lines):
            self.pipes(lines)
            return
        pieces = self.pieces(lines)
        if not pieces:
            return
        bounds = statements([p.plain.text for p in pieces], broken=[p.broken for p in pieces])
        chunks = [pieces[a:b] for a, b in bounds]
        if self.items:
            self.item_text(chunks)
        else:
            self.statements(chunks, BlockKind.QUOTE if self.quotes else BlockKind.PARAGRAPH)

    def callout(self, line: int, text: str) -> None:
        """Add the title of a callout, which announces all of the quote that it is in."""
        pieces = self.parts(line, text)
        if not pieces:
            return
        number, plain = without_number(joined(pieces, " "))
        index = self.add(BlockKind.QUOTE, (line,), plain.text, plain.spans, parent=self.item, number=number)
        self.titles[-1] = index
        self.lead = _Lead(index, line + 1, colon=True, section=self.section)

    def pieces(self, lines: list[tuple[int, str]]) -> list[_Piece]:
        """The lines of a paragraph without markup; those that say nothing are left out."""
        pieces: list[_Piece] = []
        for line, text in lines:
            if LONG_LINE_MARK in text and len(self.note.raw[line]) >= LONG_LINE:
                raw = self.note.raw[line]
                self.said.say(line, raw)
                pieces.extend(_Piece(line, Plain(part), broken=True, is_long=True) for part in long_pieces(raw))
                continue
            parts = self.parts(line, text)
            if not parts and pieces and line in self.said.texts and _WORD.search(self.said.texts[line]):
                pieces[-1] = pieces[-1]._replace(broken=True)  # a statement does not run on over a formula
            hard = text.endswith(("  ", "\\"))
            pieces.extend(_Piece(line, part, broken=hard or k < len(parts) - 1) for k, part in enumerate(parts))
        for k in range(1, len(pieces)):
            if pieces[k].is_long:
                pieces[k - 1] = pieces[k - 1]._replace(broken=True)
        return pieces

    def parts(self, line: int, text: str) -> list[Plain]:
        """What ``line`` says: one text, several where ``<br>`` breaks it, none where there are no letters."""
        parts = clean(text, references=self.note.references)
        self.said.say(line, " ".join(part.text for part in parts))
        return list(filter(_is_statement, parts))

    def item_text(self, chunks: list[list[_Piece]]) -> None:
        """The text of an item: its first statement is the item, what follows are paragraphs of it."""
        item = self.items[-1]
        is_line = chunks[0][0].line == chunks[0][-1].line
        if item.list_ is not None and item.list_.is_heading and item.index < 0 and len(self.items) == 1 and is_line:
            self.acting_heading(chunks)
            return
        if item.index < 0:
            self.add_item(chunks[0])
            chunks = chunks[1:]
        label = -1
        for chunk in chunks:
            plain = joined([p.plain for p in chunk], "\n")
            number, plain = without_number(plain)
            kind = BlockKind.QUOTE if self.quotes else BlockKind.PARAGRAPH
            colon = ends_with_colon(plain.text)
            index = self.add(
                kind,
                [p.line for p in chunk],
                plain.text,
                plain.spans,
                parent=self.item,
                lead_in=-1 if colon else label,
                number=number,
            )
            label = index if colon else label

    def acting_heading(self, chunks: list[list[_Piece]]) -> None:
        """A list of one numbered line, whose text is below it outside of any list."""
        item, items = self.items[-1], self.items
        number = self.written_number(item.number, chunks[0][0].line)
        self.add_heading(
            chunks[0][0].line, number, joined([p.plain for p in chunks[0]], " "), level=self.level_after(number)
        )
        self.items = []
        if len(chunks) > 1:
            self.statements(chunks[1:], BlockKind.PARAGRAPH)
        self.items = items
        item.index = -1

    def statements(self, chunks: list[list[_Piece]], kind: BlockKind) -> None:
        """Statements outside of lists.

        Headings in disguise, numbered lines, labels with what they announce, plain statements.
        """
        lead = self.lead
        label = -1
        if lead is not None and lead.colon and lead.section == self.section:
            # Code, a formula or a picture between is what the colon announced.
            between = self.note.raw[lead.end : chunks[0][0].line]
            label = -1 if any(line.strip() for line in between) else lead.index
        if label < 0 and self.titles:
            label = self.titles[-1]
        styles = [number_style(cut_number(chunk[0].plain.text)[0]) if not chunk[0].is_long else "" for chunk in chunks]
        for k, chunk in enumerate(chunks):
            plain = joined([p.plain for p in chunk], "\n")
            lines = [p.line for p in chunk]
            number, rest = ("", plain) if chunk[0].is_long else without_number(plain)
            following = styles[k + 1] if k + 1 < len(chunks) else self.style_below(lines[-1]) if styles[k] else ""
            run = (
                self.run
                if self.run is not None and self.run.style == styles[k] and self.run.last == len(self.blocks) - 1
                else None
            )
            if styles[k] and kind is BlockKind.PARAGRAPH and (run is not None or following == styles[k]):
                self.add_to_run(run, styles[k], lines, rest, number, label if label >= 0 else self.lead_for(lines[0]))
                continue
            if (
                kind is BlockKind.PARAGRAPH
                and len(chunk) == 1
                and acts_as_heading(number, rest, raw=self.note.raw[lines[0]])
            ):
                self.add_heading(lines[0], number, rest, level=self.level_after(number))
                label = -1
                continue
            colon = ends_with_colon(rest.text)
            index = self.add(kind, lines, rest.text, rest.spans, lead_in=-1 if colon else label, number=number)
            if announces(rest.text):
                label = index
            elif colon:
                self.lead = None
                continue
            self.lead = _Lead(index, lines[-1] + 1, colon, self.section)

    def add_to_run(
        self, run: _Run | None, style: str, lines: list[int], plain: Plain, number: str, lead_in: int
    ) -> None:
        """Add a numbered line as an item of the list that it makes with its neighbours."""
        if run is None:
            run = _Run(style, first=-2, last=-1, lead_in=lead_in)
        index = self.add(
            BlockKind.ITEM, lines, plain.text, plain.spans, lead_in=run.lead_in, group=run.first, number=number
        )
        run.first = index if run.first < 0 else run.first
        run.last = index
        self.run, self.lead = run, None

    def style_below(self, line: int) -> str:
        """Style of the numbering of the next line if nothing but blank lines, no code or picture either, is between."""
        lines = self.note.lines
        below = line + 1
        while below < len(lines) and not lines[below] and not self.note.raw[below].strip():
            below += 1
        return number_style(cut_number(clean(lines[below][:200])[0].text)[0]) if below < len(lines) else ""

    # Tables

    def table(self, tokens: Sequence[Token], at: int, offset: int) -> int:
        """Add the cells of the table at ``at``; returns the index of its last token."""
        first_line = offset + (tokens[at].map or (0, 0))[0]
        self.flush(first_line)
        lead_in = -1 if self.items else self.lead_for(first_line)
        group, row, column, line, header = -2, -1, -1, first_line, True
        while tokens[at].type != "table_close":
            token = tokens[at]
            if token.type == "tr_open":
                line, column = offset + (token.map or (0, 0))[0], -1
                header = tokens[at - 1].type == "thead_open"
                row += not header
                # a paragraph right below the table is not a row of it
                if not header and "|" not in self.note.lines[line]:
                    self.lead = None
                    while tokens[at].type != "tr_close":
                        if tokens[at].type == "inline" and tokens[at].content:
                            self.paragraph([(line, tokens[at].content)])
                        at += 1
                    row -= 1
            elif token.type == "inline":
                column += 1
                group = self.cell([(line, token.content)], group, -1 if header else row, column, lead_in)
            at += 1
        self.lead = self.run = None
        return at

    def cell(self, lines: Sequence[tuple[int, str]], group: int, row: int, column: int, lead_in: int) -> int:
        """Add a cell (header for row -1) if it has text; returns the group, which begins with the first cell."""
        pieces: list[tuple[int, Plain]] = []
        for line, text in lines:
            parts = clean(text, references=self.note.references)
            self.said.add_cell(line, " ".join(part.text for part in parts), header=row < 0)
            pieces += [(line, part) for part in parts if _is_statement(part)]
        if not pieces:
            return group
        number, plain = without_number(joined([p for _, p in pieces], "\n"))
        index = self.add(
            BlockKind.HEADER if row < 0 else BlockKind.CELL,
            [line for line, _ in pieces],
            plain.text,
            plain.spans,
            parent=self.item,
            lead_in=lead_in,
            group=group,
            row=row,
            column=column,
            number=number,
        )
        return index if group < 0 else group

    def pipes(self, lines: list[tuple[int, str]]) -> None:
        """A table that CommonMark does not take for one: no delimiter row, or one of another length."""
        is_header = any(_DELIMITER_ROW.match(text) and "-" in text for _, text in lines[1:2])
        lead_in = -1 if self.items else self.lead_for(lines[0][0])
        group, row = -2, -1 if is_header else 0
        for line, text in lines:
            if _DELIMITER_ROW.match(text):
                if "-" not in text:
                    self.said.add_cell(line, "", header=False)  # a row of empty cells
                continue
            for column, content in enumerate(_PIPE.split(text.strip().strip("|"))):
                group = self.cell([(line, content.replace("\\|", "|"))], group, row, column, lead_in)
            row += 1
        self.lead = self.run = None

    def html_table(self, cells: Sequence[TableCell]) -> None:
        """Add the cells of an HTML table."""
        group = -2
        rows: dict[tuple[bool, int], set[int]] = {}
        for cell in cells:
            group = self.cell(cell.pieces, group, -1 if cell.header else cell.row, cell.column, -1)
            rows.setdefault((cell.header, cell.row), set()).update(line for line, _ in cell.pieces)
        for lines in rows.values():
            if len(lines) > 1:
                self.said.spread(sorted(lines))
        self.lead = self.run = None


def _is_statement(part: Plain) -> bool:
    """Whether a text has a letter or digit and is more than one formula."""
    return _WORD.search(part.text) is not None and part.spans != (Span(SpanKind.MATH, 0, len(part.text)),)
