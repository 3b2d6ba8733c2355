"""Annotated parts as the later stages meet them: with the annotated concepts, or with those that the product finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from extract.concepts.drafts import ConceptDraft
from extract.concepts.kinds import KindModel, kind_odds, likeliest
from extract.knowledge.fields import choose_fields
from extract.knowledge.lexicon import Lexicon, LexiconChoice, chosen_lexicon
from extract.notes.parse import parse
from extract.text.occurrences import Occurrence, ParsedDoc, locate
from extract.text.parsed_doc import parsed_doc
from graph.text.names import fold
from training.gold import GoldPart

Found = tuple[str, Sequence[str], float]
"""Name, aliases and confidence of a concept that the product found."""
_CONFIDENCE: Final = {"core": 0.9, "normal": 0.6, "minor": 0.3}


@dataclass(frozen=True)
class Case:
    """One annotated part with one set of concepts."""

    part: GoldPart
    doc: ParsedDoc
    drafts: tuple[ConceptDraft, ...]
    gold_of: tuple[int, ...]
    """For each draft the number of its annotated concept, -1 where it is not one."""
    occurrences: tuple[Occurrence, ...]


def lexicon_of(part: GoldPart) -> Lexicon:
    """The knowledge packs that a build of the part alone would choose."""
    return chosen_lexicon(LexiconChoice.of([], packs=choose_fields([part.text])))


def parsed(part: GoldPart) -> ParsedDoc:
    """The part's document, lines outside of it blank."""
    return parsed_doc(part.path.name, parse(part.text, suffix=part.path.suffix))


def gold_case(part: GoldPart, doc: ParsedDoc, kinds: KindModel | None = None) -> Case:
    """The part with its annotated concepts, of the kinds that ``kinds`` says (None: the model of the package)."""
    lexicon = lexicon_of(part)
    drafts = [_draft(c.name, c.aliases, _CONFIDENCE[c.weight], kinds, lexicon) for c in part.concepts]
    return _case(part, doc, drafts, range(len(drafts)))


def found_case(part: GoldPart, doc: ParsedDoc, found: Sequence[Found], kinds: KindModel) -> Case:
    """The part with the concepts that the product finds in it alone (:mod:`training.found`)."""
    lexicon = lexicon_of(part)
    drafts = [_draft(name, tuple(aliases), confidence, kinds, lexicon) for name, aliases, confidence in found]
    numbers = [part.number_of(draft.names) for draft in drafts]
    return _case(part, doc, drafts, [-1 if number is None else number for number in numbers])


def _case(part: GoldPart, doc: ParsedDoc, drafts: Sequence[ConceptDraft], owners: Sequence[int]) -> Case:
    occurrences = locate([doc], ((n, i) for i, d in enumerate(drafts) for n in d.names))
    return Case(part, doc, tuple(drafts), tuple(owners), tuple(occurrences))


def _draft(
    name: str, aliases: tuple[str, ...], confidence: float, kinds: KindModel | None, lexicon: Lexicon
) -> ConceptDraft:
    odds = kind_odds((name, *aliases), lexicon, kinds)
    return ConceptDraft(fold(name), name, aliases, likeliest(odds), round(confidence, 4), odds)
