"""Gold notes as the relation and prerequisite stages meet them: with the gold's concepts, or with those that the product finds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from extract.blocks import parse
from extract.concepts import parsed_doc
from extract.drafts import ConceptDraft
from extract.kinds import kind_of
from extract.lexicon import default_lexicon
from extract.occurrences import Occurrence, ParsedDoc, locate
from extract.pipeline import build
from graph.names import fold
from training.gold import GoldPart, normal


@dataclass(frozen=True)
class Case:
    """One gold part with one set of concepts."""

    part: GoldPart
    doc: ParsedDoc
    drafts: tuple[ConceptDraft, ...]
    gold_of: tuple[int, ...]
    """For each draft the number of its gold concept, -1 for a wrong one."""
    occurrences: tuple[Occurrence, ...]
    relations: Mapping[tuple[int, int], frozenset[tuple[str, int]]]
    """Gold (head, tail) → {(type, line)}."""
    prerequisites: frozenset[tuple[int, int]]


def parsed(part: GoldPart) -> ParsedDoc:
    """The part's document, lines outside of it blank."""
    return parsed_doc(part.path.name, parse(part.text, suffix=part.path.suffix))


def gold_case(part: GoldPart, doc: ParsedDoc) -> Case:
    """The part with its own concepts."""
    drafts, owners = [], []
    for number, concept in enumerate(part.concepts):
        drafts.append(_draft(concept["name"], tuple(concept.get("aliases", [])), {"core": 0.9, "normal": 0.6}.get(concept["weight"], 0.3)))
        owners.append(number)
    return with_drafts(part, doc, drafts, owners)


def with_drafts(part: GoldPart, doc: ParsedDoc, drafts: Sequence[ConceptDraft], owners: Sequence[int]) -> Case:
    """The part with any concepts; ``owners`` as in :attr:`Case.gold_of`."""
    occurrences = locate([doc], ((n, i) for i, d in enumerate(drafts) for n in d.names))
    relations: dict[tuple[int, int], set[tuple[str, int]]] = {}
    for record in part.relations:
        head, tail = part.forms.get(normal(record["head"])), part.forms.get(normal(record["tail"]))
        if head is not None and tail is not None and head != tail:
            relations.setdefault((head, tail), set()).add((record["relation"], int(record["line"])))
    before = set()
    for record in part.prerequisites:
        first, second = part.forms.get(normal(record["before"])), part.forms.get(normal(record["after"]))
        if first is not None and second is not None and first != second:
            before.add((first, second))
    return Case(
        part,
        doc,
        tuple(drafts),
        tuple(owners),
        tuple(occurrences),
        {pair: frozenset(found) for pair, found in relations.items()},
        frozenset(before),
    )


def _draft(name: str, aliases: tuple[str, ...], salience: float) -> ConceptDraft:
    return ConceptDraft(fold(name), name, aliases, kind_of((name, *aliases), None, default_lexicon()), round(salience, 4))


def predicted_case(part: GoldPart, doc: ParsedDoc, folder: Path) -> Case:
    """The part with the concepts that the product finds in it alone; its text goes to ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / part.path.name).write_text(part.text, encoding="utf-8")
    concepts = build(folder, order=False).snapshot.concepts
    drafts = [ConceptDraft(c.id, c.name, c.aliases, c.kind, c.salience) for c in concepts]
    owners = [next((part.forms[key] for n in c.names if (key := normal(n)) in part.forms), -1) for c in concepts]
    return with_drafts(part, doc, drafts, owners)
