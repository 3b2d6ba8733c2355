"""A language model reads a collection: the requests, the answers, and what is to be told about both."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from extract.llm.prompts import reading_request
from extract.llm.reading import Reading, reading_of
from extract.llm.same import homonyms, joined_names
from extract.llm.sections import Section, halves, sections_of, tokens_for_notes
from graph.llm.requests import Answers, LanguageModel, Request, Tell
from graph.model import Evidence, Passage, Skipped

Approve = Callable[[Sequence[Request]], None]
"""Called with the requests before they are asked; raises where they cost too much."""
LIKELY: Final = 0.4
"""Probability from which a request shows a name that was found without a model."""


def _agree(_requests: Sequence[Request]) -> None:
    """Any cost is fine."""


@dataclass(frozen=True, slots=True)
class LanguageReader:
    """Who reads, and on what terms."""

    model: LanguageModel
    approve: Approve = _agree
    only_doubts: bool = False
    """Whether it is asked only about what the trained models doubt (:mod:`extract.llm.check`), and reads nothing."""
    again: str = ""
    """How the same reading is asked for again, for the settings of the graph: words of the command line, no key."""


@dataclass(slots=True)
class ReadingReport:
    """What reading took and what came of it, for people."""

    model: str
    requests: int = 0
    asked: int = 0
    """Requests that were answered now; the others came from the cache, from a file, or failed."""
    tokens_in: int = 0
    tokens_out: int = 0
    failed: int = 0
    """Requests without a usable answer: what they ask about is as it is without a model."""
    dropped: Counter[str] = field(default_factory=Counter)
    """Why statements were dropped → how many (:attr:`extract.llm.reading.Reading.dropped`)."""
    concepts: int = 0
    relations: int = 0
    prerequisites: int = 0
    """What was read and appears in the notes, over all sections."""

    def count(self, requests: Sequence[Request], answers: Answers) -> None:
        """Add what some requests took."""
        self.requests += len({r.id for r in requests})
        self.asked += answers.asked
        self.tokens_in += answers.tokens_in
        self.tokens_out += answers.tokens_out
        self.failed += len(answers.failed)


@dataclass(frozen=True, slots=True)
class Readings:
    """What was read in a collection."""

    by_doc: Mapping[str, tuple[Reading, ...]]
    whole: frozenset[str]
    """Ids of the documents of which every section was read."""
    skipped: tuple[Skipped, ...]
    """The sections that were not read, and why."""
    report: ReadingReport
    same: tuple[tuple[str, str, Evidence], ...] = ()
    """Names of one thing in different sections, and a line of the second."""
    apart: Mapping[str, tuple[frozenset[str], ...]] = field(default_factory=dict)
    """Key of a name that means several things → ids of the notes of each."""


@dataclass(frozen=True, slots=True)
class NoteToRead:
    """A note and what was found in it without a language model."""

    doc: str
    lang: str
    """``zh`` or ``en``."""
    passages: Sequence[Passage]
    names: Mapping[str, float]
    """Name as the note writes it → probability."""


def reading_requests(notes: Sequence[NoteToRead], context: int) -> list[tuple[NoteToRead, Section, Request]]:
    """What has to be asked to read ``notes`` with a model that has ``context`` tokens, in their order."""
    most = tokens_for_notes(context)
    return [
        (note, section, _request(note, section, context))
        for note in notes
        for section in sections_of(note.passages, most)
    ]


def read_notes(notes: Sequence[NoteToRead], reader: LanguageReader, tell: Tell | None = None) -> Readings:
    """Let a language model read ``notes``.

    A section whose answer was cut off is asked for again in two halves. What has no usable answer is told, and stays as
    it is without a model.

    Raises:
        LanguageModelError: the model cannot be asked at all.
        InputError: the reader does not approve of the cost.
    """
    report = ReadingReport(reader.model.name)
    asked = reading_requests(notes, reader.model.context)
    requests = [request for _, _, request in asked]
    reader.approve(requests)
    answers = reader.model.answer(requests, tell)
    report.count(requests, answers)
    found: dict[str, list[Reading]] = defaultdict(list)
    skipped: list[Skipped] = []
    failed: set[str] = set()
    again: list[tuple[Section, Request]] = []
    for note, section, request in asked:
        text = answers.texts.get(request.id)
        reading = reading_of(section, text) if text is not None else None
        if reading is not None and reading.whole:
            found[section.doc].append(reading)
        elif reading is not None and len(parts := halves(section)) > 1:
            again += ((part, _request(note, part, reader.model.context)) for part in parts)
            found[section.doc].append(reading)
        elif reading is not None:
            found[section.doc].append(reading)
            failed.add(section.doc)
        else:
            report.failed += text is not None
            failed.add(section.doc)
            skipped.append(_not_read(section, answers.failed.get(request.id, "its answer has another form")))
    if again:
        second = [request for _, request in again]
        more = reader.model.answer(second)
        report.count(second, more)
        for section, request in again:
            text = more.texts.get(request.id)
            reading = reading_of(section, text) if text is not None else None
            if reading is not None:
                found[section.doc].append(reading)
            if reading is None or not reading.whole:
                failed.add(section.doc)
                skipped.append(_not_read(section, more.failed.get(request.id, "its answer was cut off twice")))
    for readings in found.values():
        readings.sort(key=lambda r: (r.section.first_line, r.section.last_line))
        for reading in readings:
            report.dropped.update(reading.dropped)
            report.concepts += len(reading.concepts)
            report.relations += len(reading.relations)
            report.prerequisites += len(reading.needs)
    by_doc = {doc: tuple(found[doc]) for doc in sorted(found)}
    same, pairs, more = joined_names(by_doc, reader.model)
    report.count(pairs, more)
    apart, names, told = homonyms(by_doc, reader.model)
    report.count(names, told)
    return Readings(by_doc, frozenset(found.keys() - failed), tuple(skipped), report, tuple(same), apart)


def _request(note: NoteToRead, section: Section, context: int) -> Request:
    text = "\n".join(plain for _, plain in section.rows)
    likely = sorted((-p, name) for name, p in note.names.items() if p >= LIKELY and name in text)
    return reading_request(section, [name for _, name in likely], note.lang, context)


def _not_read(section: Section, reason: str) -> Skipped:
    """What is told of a section that a model did not read."""
    return Skipped(
        section.doc,
        section.first_line,
        f"lines {section.first_line}-{section.last_line} were not read by the language model: {reason};"
        " what is found without one is used",
    )
