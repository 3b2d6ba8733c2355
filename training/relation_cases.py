"""Gold notes as the relation and prerequisite stages meet them: with the gold's concepts, or with those that the product finds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from extract.concepts.drafts import ConceptDraft
from extract.concepts.kinds import KindModel, kind_odds, likeliest
from extract.knowledge.lexicon import default_lexicon
from extract.notes.parse import parse
from extract.text.occurrences import Occurrence, ParsedDoc, locate
from extract.text.parsed_doc import parsed_doc
from graph.text.names import fold
from training.gold import GoldPart, normal

Found = tuple[str, Sequence[str], float]
"""Name, aliases and salience of a concept that the product found."""


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


def gold_case(part: GoldPart, doc: ParsedDoc, kinds: KindModel | None = None) -> Case:
    """The part with its own concepts, of the kinds that ``kinds`` says (None: the shipped model)."""
    drafts, owners = [], []
    for number, concept in enumerate(part.concepts):
        drafts.append(
            _draft(
                concept["name"],
                tuple(concept.get("aliases", [])),
                {"core": 0.9, "normal": 0.6}.get(concept["weight"], 0.3),
                kinds,
            )
        )
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


def _draft(name: str, aliases: tuple[str, ...], salience: float, kinds: KindModel | None) -> ConceptDraft:
    odds = kind_odds((name, *aliases), default_lexicon(), kinds)
    return ConceptDraft(fold(name), name, aliases, likeliest(odds), round(salience, 4), odds)


def found_case(part: GoldPart, doc: ParsedDoc, found: Sequence[Found], kinds: KindModel) -> Case:
    """The part with the concepts that the product finds in it alone (:mod:`training.found`)."""
    drafts = [_draft(name, tuple(aliases), salience, kinds) for name, aliases, salience in found]
    owners = [next((part.forms[key] for n in d.names if (key := normal(n)) in part.forms), -1) for d in drafts]
    return with_drafts(part, doc, drafts, owners)
