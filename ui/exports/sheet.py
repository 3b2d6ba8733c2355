"""A study path with all that its exports show, and the texts they share."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from graph.model import Concept, Evidence, LineKind
from graph.stores.contract import GraphStore
from queries.explore import names_of
from queries.study.model import Reading, StudyPath, StudyStep

LONGEST: Final = 300
"""Characters of a quote that stands for a definition, at most."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A study path with all that its exports say about it."""

    path: StudyPath
    names: Mapping[str, str]
    """Id → name of every concept that the path mentions."""
    themes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Id → titles of the themes that contain a step's concept, coarsest first."""
    said: Mapping[str, Evidence] = field(default_factory=dict)
    """Id → the line that says most of a concept without a definition."""
    folder: str = ""
    """Name of the folder of notes."""
    done: frozenset[str] = frozenset()
    """Ids of the steps that are known by now."""
    lang: str = "en"

    @classmethod
    def of(cls, path: StudyPath, store: GraphStore, *, lang: str, done: Collection[str] = ()) -> Sheet:
        """The sheet of ``path`` in ``store``."""
        with store.reading():
            ids = {path.goal, *path.known, *(s.concept for s in path.steps), *({path.start} if path.start else ())}
            ids |= {end for s in path.steps for e in s.why for end in e.key}
            steps = {s.concept for s in path.steps}
            held = [(c.title, member) for c in store.communities() for member in c.members if member in steps]
            undefined = store.concepts([s.concept for s in path.steps if s.definition is None])
            return cls(
                path=path,
                names=names_of(store, ids),
                themes={
                    i: tuple(dict.fromkeys(t for t, member in held if member == i and t.strip())) for i in sorted(steps)
                },
                said=said(undefined, {s.concept: s for s in path.steps}),
                folder=Path(store.info().source).name,
                done=frozenset(done),
                lang=lang,
            )

    def status(self, step: StudyStep) -> str:
        """Where a step appears: ``done``, ``later``, ``background`` or ``todo``."""
        if step.concept in self.done:
            return "done"
        return "background" if step.background else "later" if step.later else "todo"


def said(concepts: Sequence[Concept], steps: Mapping[str, StudyStep]) -> dict[str, Evidence]:
    """For each concept the longest line of what is to be read that names it, headings aside.

    None where there is no such line.
    """
    found = {}
    for concept in concepts:
        lines = {(m.doc, m.line) for m in concept.mentions}
        readings = (*steps[concept.id].reading, *steps[concept.id].left_out)
        said = [
            Evidence(r.passage.doc, number, shortened(line.text))
            for r in readings
            for number, line in r.passage.numbered_lines()
            if (r.passage.doc, number) in lines and line.text and line.kind is not LineKind.HEADING
        ]
        if said:
            found[concept.id] = max(said, key=lambda e: (len(e.quote), -e.line))
    return found


def shortened(text: str) -> str:
    """``text`` cut to :data:`LONGEST` characters."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"


def where(reading: Reading) -> str:
    """The lines to read, as people look them up."""
    return f"{reading.passage.doc}:{reading.passage.first_line}-{reading.passage.last_line}"
