"""A concept: what it is, where the notes say so, and how it connects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from graph.model import Basis, Concept, Prerequisite, Relation, RelationType
from queries.explore import ConceptCard, RelationGroup
from ui.choice import Choice, PlaceChoice, to_value
from ui.i18n import STRINGS, basis_words, importance, say, shown_lines, why
from ui.reader import reader
from ui.reader.blocks import (
    Element,
    Run,
    card,
    chips,
    concept,
    details,
    dim,
    heading,
    para,
    quote,
    row,
    split,
    strong,
    title,
)

LINES_SHOWN: Final = 14
"""Lines of one note that are listed as mentions."""
RELATIONS_SHOWN: Final = 6
"""Relations of one sort that are shown before the rest is folded away."""


def concept_panel(found: ConceptCard, *, lang: str, key: str) -> Choice | None:
    """The whole page of a concept."""
    about = card(*_identity(found, lang, small=False), *_definition(found.concept, lang, big=True))
    related = card(
        heading(say("relations", lang)), *(_relations(found, lang) or [para(dim(say("no_relations", lang)))])
    )
    beside = [
        card(*_order(found, lang)),
        card(heading(say("mentions", lang)), *_mentions(found.concept, lang), *_merges(found, lang)),
    ]
    return reader([split([about, related], beside)], key=key)


def concept_card_panel(found: ConceptCard, *, lang: str, key: str, height: int, colour: str | None) -> Choice | None:
    """The concept in short, next to the map."""
    blocks = [
        *_identity(found, lang, small=True, colour=colour),
        *_definition(found.concept, lang, big=False),
        *_order(found, lang, quotes=False),
        *([heading(say("relations", lang)), *_relations(found, lang)] if found.relations else []),
        heading(say("mentions", lang)),
        *_mentions(found.concept, lang),
    ]
    return reader(blocks, key=key, height=height)


def _identity(found: ConceptCard, lang: str, *, small: bool, colour: str | None = None) -> list[Element]:
    subject = found.concept
    blocks = [title(subject.name, tags=[subject.kind.label(lang)], colour=colour, small=small)]
    blocks.append(para(dim(importance(subject, lang))))
    if subject.aliases:
        blocks.append(para(dim(f"{say('aliases', lang)}  "), " · ".join(subject.aliases)))
    if found.themes:
        blocks.append(para(dim(f"{say('themes', lang)}  "), " › ".join(theme.title for theme in found.themes)))
    return blocks


def _definition(subject: Concept, lang: str, *, big: bool) -> list[Element]:
    if subject.definition is None:
        return [para(dim(say("no_definition", lang)))]
    return [quote(subject.definition, big=big)]


def _order(found: ConceptCard, lang: str, *, quotes: bool = True) -> list[Element]:
    """What comes before and after; with ``quotes`` also why."""
    blocks: list[Element] = []
    for key, edges in (("needs", found.prerequisites), ("unlocks", found.unlocks)):
        if not edges and (key == "unlocks" or not quotes):
            continue
        blocks.append(heading(say(key, lang)))
        if not edges:
            blocks.append(para(dim(say("nothing_needed", lang))))
        elif quotes:
            blocks += [_edge(edge, edge.before if key == "needs" else edge.after, found.names, lang) for edge in edges]
        else:
            blocks += _ends(edges, key, found.names, lang)
    return blocks


def _ends(edges: Sequence[Prerequisite], key: str, names: Mapping[str, str], lang: str) -> list[Element]:
    """Names alone: of what the notes give, then of what only general knowledge gives."""
    blocks: list[Element] = []
    for known in (False, True):
        ends = [e.before if key == "needs" else e.after for e in edges if (e.basis is Basis.BACKGROUND) is known]
        if ends and known:
            blocks.append(para(dim(say("general_knowledge", lang))))
        if ends:
            blocks.append(chips([(names[end], end) for end in ends]))
    return blocks


def _edge(edge: Prerequisite, end: str, names: Mapping[str, str], lang: str) -> Element:
    return row([concept(end, names[end]), dim("  " + why(edge, names, lang))], *_quotes(edge))


def _relations(found: ConceptCard, lang: str) -> list[Element]:
    return [block for group in found.relations for block in _group(group, found, lang)]


def _group(group: RelationGroup, found: ConceptCard, lang: str) -> list[Element]:
    rows = [_relation(relation, found, lang) for relation in group.relations]
    if group.type is RelationType.RELATED_TO:
        return [details(say("n_untyped", lang, n=len(rows)), *rows)]
    if len(rows) <= RELATIONS_SHOWN + 1:
        return rows
    folded = say("n_relations", lang, n=len(rows) - RELATIONS_SHOWN)
    return [*rows[:RELATIONS_SHOWN], details(f"{group.type.label(lang)} … {folded}", *rows[RELATIONS_SHOWN:])]


def _relation(relation: Relation, found: ConceptCard, lang: str) -> Element:
    def end(concept_id: str) -> Run:
        name = found.names[concept_id]
        return strong(name) if concept_id == found.concept.id else concept(concept_id, name)

    words = basis_words(relation.basis, lang)
    sure = f"  {relation.confidence:.0%}" + (f" · {words}" if words else "")
    return row(
        [end(relation.head), f" {relation.type.label(lang)} ", end(relation.tail), dim(sure)],
        *_quotes(relation),
    )


def _quotes(statement: Relation | Prerequisite) -> list[Element]:
    return [quote(e) for e in shown_lines(statement)]


def _mentions(subject: Concept, lang: str) -> list[Element]:
    """Each note with the lines that name the concept; every line number leads to its line."""
    lines: dict[str, dict[int, str]] = {}
    for mention in subject.mentions:
        lines.setdefault(mention.doc, {}).setdefault(mention.line, mention.form)
    blocks = []
    for doc, forms in lines.items():
        runs: list[Run] = [dim(f"{doc}  ")]
        for line, form in list(forms.items())[:LINES_SHOWN]:
            runs += [{"text": str(line), "value": to_value(PlaceChoice(doc, line, form))}, "  "]
        if len(forms) > LINES_SHOWN:
            runs.append(dim(say("and_more", lang, n=len(forms) - LINES_SHOWN)))
        blocks.append(para(*runs))
    return blocks


def _merges(found: ConceptCard, lang: str) -> list[Element]:
    if not found.merges:
        return []
    rows = []
    for merge in found.merges:
        key = f"merge.{merge.reason}"
        reason = say(key, lang) if key in STRINGS else merge.reason
        rows.append(
            row(
                [strong(merge.merged), " = ", strong(merge.kept), dim(f"  {reason}")],
                *([quote(merge.evidence)] if merge.evidence else []),
            )
        )
    return [details(say("same_name", lang), *rows)]
