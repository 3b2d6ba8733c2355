"""A concept: what it is, where the notes say so, and how it connects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from graph.model import Basis, Concept, Evidence, Merge, Prerequisite, Relation, RelationType
from queries.explore import ConceptCard, RelationGroup, Treatment
from ui.choice import Choice, PlaceChoice, to_value
from ui.i18n import STRINGS, basis_words, importance, say, shown_lines, why
from ui.reader import reader
from ui.reader.blocks import (
    Element,
    Run,
    bullets,
    card,
    chips,
    concept,
    details,
    dim,
    heading,
    layers,
    para,
    quote,
    row,
    split,
    strong,
    title,
)

LINES_SHOWN: Final = 14
"""Lines of one note that are listed as mentions."""
ALIASES_SHOWN: Final = 8
DOCUMENTS_SHOWN: Final = 8
SECTIONS_SHOWN: Final = 5
"""Sections of one note that are listed."""
RELATIONS_SHOWN: Final = 6
"""Relations of one sort that are shown before the rest is folded away."""


@dataclass(frozen=True, slots=True)
class ConceptPage:
    """What the page of a concept shows besides its card."""

    said: Sequence[Evidence] = ()
    """What the notes say about it, best first, where they do not define it."""
    places: Sequence[Treatment] = ()
    """Where it is treated, the most lines first."""
    needs: tuple[Sequence[Sequence[str]], Sequence[Prerequisite]] = ((), ())
    """Layers and edges of :func:`queries.explore.near_layers`."""
    unlocks: tuple[Sequence[Sequence[str]], Sequence[Prerequisite]] = ((), ())
    names: Mapping[str, str] = field(default_factory=dict)
    """Id → name of the concepts in the layers."""


def concept_panel(found: ConceptCard, page: ConceptPage, *, lang: str, key: str) -> Choice | None:
    """The whole page of a concept."""
    subject = found.concept
    definition = (
        _definition(subject, lang, big=True) if subject.definition is not None or not page.said else _said(page, lang)
    )
    about = card(*_identity(found, lang, small=False, aliases=False), *definition, *_aliases(found, lang))
    related = card(
        heading(say("relations", lang)),
        *(_by_type(found, lang) or [para(dim(say("no_relations", lang)))]),
    )
    beside = [card(*_ways(found, page, lang)), card(heading(say("concept_places", lang)), *_places(found, page, lang))]
    return reader([split([about, related], beside)], key=key)


def _said(page: ConceptPage, lang: str) -> list[Element]:
    return [heading(say("concept_said", lang)), *(quote(line, big=n == 0) for n, line in enumerate(page.said))]


def _aliases(found: ConceptCard, lang: str) -> list[Element]:
    """Each other name with the reason why it is one of this concept, and the line that says so."""
    subject = found.concept
    if not subject.aliases:
        return []
    why_joined: dict[str, Merge] = {}
    for merge in found.merges:
        for name in (merge.merged, merge.kept):
            if name != subject.name:
                why_joined.setdefault(name, merge)
    rows = []
    for alias in subject.aliases:
        merge_ = why_joined.get(alias)
        rows.append(
            row(
                [strong(alias), dim(f"  {_reason(merge_, alias, lang)}" if merge_ is not None else "")],
                *([quote(merge_.evidence)] if merge_ is not None and merge_.evidence is not None else []),
            )
        )
    first = [heading(say("aliases", lang)), *rows[:ALIASES_SHOWN]]
    more = rows[ALIASES_SHOWN:]
    return [*first, details(say("concept_more_aliases", lang, n=len(more)), *more)] if more else first


def _reason(merge: Merge, alias: str, lang: str) -> str:
    """With which other name it was joined, and why."""
    key = f"merge.{merge.reason}"
    reason = say(key, lang) if key in STRINGS else merge.reason
    return f"= {merge.kept if alias == merge.merged else merge.merged} · {reason}"


def _by_type(found: ConceptCard, lang: str) -> list[Element]:
    """Relations under the words of their type, in both directions, those that the notes state first."""
    blocks: list[Element] = []
    for group in found.relations:
        if group.type is not RelationType.RELATED_TO:
            words = group.type.label(lang)
            name = found.concept.name
            blocks.append(heading(f"{name} {words} …" if group.outgoing else f"… {words} {name}"))
        blocks += _group(group, found, lang)
    return blocks


def _ways(found: ConceptCard, page: ConceptPage, lang: str) -> list[Element]:
    """What the concept needs and unlocks, each as a small graph with the reasons below."""
    blocks: list[Element] = []
    for key, (columns, edges), direct in (
        ("needs", page.needs, found.prerequisites),
        ("unlocks", page.unlocks, found.unlocks),
    ):
        blocks.append(heading(say(key, lang)))
        if not columns:
            blocks.append(para(dim(say("nothing_needed" if key == "needs" else "nothing_unlocked", lang))))
            continue
        names = {**page.names, found.concept.id: found.concept.name}
        sides = [[found.concept.id], *columns]
        ordered = sides[::-1] if key == "needs" else sides
        drawn = [(e.before, e.after, why(e, names, lang), e.basis is Basis.BACKGROUND) for e in edges]
        blocks.append(layers([[(i, names.get(i, i)) for i in side] for side in ordered], drawn, here=found.concept.id))
        rows = [_edge(edge, edge.before if key == "needs" else edge.after, found.names, lang) for edge in direct]
        blocks.append(details(say("concept_reasons", lang, n=len(rows)), *rows))
    return blocks


def _places(found: ConceptCard, page: ConceptPage, lang: str) -> list[Element]:
    """The notes and sections that treat the concept, with the number of lines; then every line."""
    documents: dict[str, list[Treatment]] = {}
    for place in page.places:
        documents.setdefault(place.doc, []).append(place)
    blocks: list[Element] = []
    totals = {doc: sum(place.count for place in places) for doc, places in documents.items()}
    for doc in sorted(totals, key=lambda d: (-totals[d], d))[:DOCUMENTS_SHOWN]:
        places, total = documents[doc], totals[doc]
        blocks.append(para(strong(doc), dim(f"  {say('lines', lang, n=total)}")))
        blocks.append(
            bullets(
                [
                    [
                        {
                            "text": place.section or say("concept_above", lang),
                            "value": to_value(PlaceChoice(doc, place.line)),
                        },
                        dim(f"  {place.count}"),
                    ]
                    for place in places[:SECTIONS_SHOWN]
                ]
            )
        )
    lines = _mentions(found.concept, lang)
    return [*blocks, details(say("concept_every_line", lang), *lines)] if blocks else lines


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


def _identity(
    found: ConceptCard, lang: str, *, small: bool, colour: str | None = None, aliases: bool = True
) -> list[Element]:
    subject = found.concept
    blocks = [title(subject.name, tags=[subject.kind.label(lang)], colour=colour, small=small)]
    blocks.append(para(dim(importance(subject, lang))))
    if subject.aliases and aliases:
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

    words = say("set_by_you", lang) if relation.origin == "user" else basis_words(relation.basis, lang)
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
