"""The verb `explain`: why a name is a concept or is not, why two concepts are related, and why the one comes first."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from extract.explain.concept import Judgement, NameReport, Part, explain_name, read_sources
from extract.explain.relation import OrderReport, PairReport, explain_order, explain_relation
from extract.knowledge.corrections import FILE, Corrections, load_corrections
from extract.knowledge.lexicon import Lexicon, LexiconChoice, chosen_lexicon
from extract.notes.files import SourceFile, reading_order
from graph.errors import InputError, NoSuchConcept
from graph.model import Concept, Prerequisite, Relation
from graph.stores.address import GraphAddress
from ui.commands.common import Opened, opened
from ui.commands.concept import edge_lines, relation_lines
from ui.commands.corrected import concerning
from ui.i18n import importance, relation_words, say
from ui.records import concept_record, merge_record, prerequisite_record, print_json, relation_record
from ui.strings.features import FEATURE_GROUPS
from ui.terminal import heading, quoted, show, styled

if TYPE_CHECKING:
    from rich.text import Text

GROUPS_SHOWN: Final = 6
"""Groups of features that the terminal shows of one judgement; ``--json`` has every feature."""
FEATURES_SHOWN: Final = 3
LEAST_SHOWN: Final = 0.05
"""Log odds below which a group is not worth a line."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What an explanation is computed from."""

    sources: Sequence[SourceFile]
    lexicon: Lexicon
    folder: Path
    corrections: Corrections
    changed: tuple[str, ...]
    """Documents that are not as they were when the graph was built, then the user's lexicons where they are not."""


def explain(
    name: str,
    other: str | None,
    graph: GraphAddress,
    *,
    notes: Path | None,
    lexicons: Sequence[Path],
    as_json: bool,
    lang: str | None,
    background: bool = True,
) -> None:
    """Explain a name, or two concepts.

    Raises:
        InputError: the notes are not where they were, or are gone.
        NoSuchConcept: one of two names is not a concept; a single name need not be one.
    """
    with opened(graph, lang=lang, background=background) as here:
        asked = _asked(here, notes, lexicons)
        record, lines = _of_pair(here, asked, name, other) if other is not None else _of_name(here, asked, name)
        if as_json:
            print_json({**record, "notes": str(asked.folder), "changed": list(asked.changed)})
        else:
            show([*lines, *_footer(asked, here.lang)])


def _asked(here: Opened, notes: Path | None, lexicons: Sequence[Path]) -> _Asked:
    info = here.store.info()
    folder = notes or (Path(info.source) if info.source else None)
    if folder is None or not folder.is_dir():
        raise InputError(f"The notes are not in {folder or 'a known folder'}. Say where they are with --notes FOLDER.")
    sources = read_sources(folder)
    built = {d.id: d.sha256 for d in here.store.documents()}
    changed = tuple(s.id for s in sources if s.id in built and s.sha256 != built[s.id])
    recorded = LexiconChoice.from_settings(info.settings)
    choice = LexiconChoice.of(lexicons, packs=recorded.packs) if lexicons else recorded.as_now()
    if recorded.files and choice.sha256 != recorded.sha256:
        changed += tuple(Path(file).name for file in choice.files)
    known = [s for s in sources if s.id in built]
    return _Asked(known, chosen_lexicon(choice), folder, load_corrections(folder), changed)


def _footer(asked: _Asked, lang: str) -> Iterator[Text]:
    yield styled((say("explain_notes", lang, folder=asked.folder), "dim"))
    if asked.changed:
        yield styled((say("explain_changed", lang, docs=", ".join(asked.changed[:5])), "yellow"))


# ---- a name
# -------------------------------------------------------------------------------------------------------------


def _of_name(here: Opened, asked: _Asked, name: str) -> tuple[dict[str, object], list[Text]]:
    concept: Concept | None
    try:
        concept = here.store.concept(name)
    except NoSuchConcept:
        concept = None
    report = explain_name(
        asked.sources,
        [name] if concept is None else concept.names,
        lexicon=asked.lexicon,
        concepts=here.store.concepts() if concept is None else None,
    )
    said = concerning(asked.corrections, [name] if concept is None else concept.names)
    record: dict[str, object] = {
        "name": name,
        "concept": None if concept is None else concept_record(concept),
        "reason": report.reason,
        "others": list(report.others),
        "documents": list(report.documents),
        "candidates": [{**asdict(r), "joined": sorted(r.joined)} for r in report.reports],
        "corrections": [{"line": s.line, "what": s.what, "names": list(s.names)} for s in said],
    }
    head, *rest = _verdict(report, concept, here.lang)
    corrected = [
        styled("  ", (say("correction_line", here.lang, file=FILE, line=s.line, what=s.text), "yellow")) for s in said
    ]
    lines = [head, *corrected, *rest]
    lines += [line for r in report.reports[:1] for line in _candidate_lines(r.alone, r.among, here.lang)]
    return record, lines


def _verdict(report: NameReport, concept: Concept | None, lang: str) -> Iterator[Text]:
    if concept is None:
        yield styled((report.name, "bold"), f"  {say('explain_is_none', lang)}")
    else:
        yield styled((concept.name, "bold"), f"  {concept.kind.label(lang)} · {importance(concept, lang)}")
    if report.reason:
        yield styled("  ", say(f"explain_{report.reason}", lang, **_values(report, lang)))
    for r in report.reports:
        key = "explain_place_in" if r.place <= r.room else "explain_place_out"
        figures = say(key, lang, place=r.place, of=r.of, room=r.room)
        sure = say("explain_probability", lang, p=f"{r.among.probability:.2f}")
        yield styled("  ", (r.doc, "cyan"), f"  {' / '.join(r.writings[:3])} · {sure} · {figures}")


def _values(report: NameReport, lang: str) -> dict[str, str]:
    """What the sentence of :attr:`NameReport.reason` is filled with."""
    values = {"others": ("、" if lang == "zh" else ", ").join(report.others)}
    if report.reports:
        best = report.reports[0]
        values |= {"p": f"{best.among.probability:.2f}", "place": str(best.place), "room": str(best.room)}
    return values


def _candidate_lines(alone: Judgement, among: Judgement, lang: str) -> Iterator[Text]:
    for key, judgement in (("explain_alone", alone), ("explain_among", among)):
        yield heading(f"{say(key, lang)}  {judgement.probability:.2f}")
        yield from part_lines(judgement, "salience", lang)


def grouped(parts: Sequence[Part], what: str, lang: str) -> list[tuple[float, str, list[Part]]]:
    """(weight, words, features) of each group of :data:`FEATURE_GROUPS`, the largest absolute weight first."""
    rules = [(re.compile(pattern), zh if lang == "zh" else en) for pattern, zh, en in FEATURE_GROUPS[what]]
    sums: dict[str, list[Part]] = {}
    for part in parts:
        words = next((words for rule, words in rules if rule.fullmatch(part.feature)), part.feature)
        sums.setdefault(words, []).append(part)
    rows = [(sum(p.weight for p in some), words, some) for words, some in sums.items()]
    return sorted(rows, key=lambda row: (-abs(row[0]), row[1]))


def part_lines(judgement: Judgement, what: str, lang: str) -> Iterator[Text]:
    """What speaks for and against, by groups of features, with the strongest features of each."""
    for weight, words, parts in grouped(judgement.parts, what, lang)[:GROUPS_SHOWN]:
        if abs(weight) >= LEAST_SHOWN:
            detail = " · ".join(f"{p.feature} = {p.value:.3g} ({p.weight:+.2f})" for p in parts[:FEATURES_SHOWN])
            yield styled("  ", (f"{weight:+.2f}", "green" if weight > 0 else "red"), f"  {words}  ", (detail, "dim"))


# ---- two concepts
# -------------------------------------------------------------------------------------------------------


def _of_pair(here: Opened, asked: _Asked, one: str, other: str) -> tuple[dict[str, object], list[Text]]:
    first, second = here.store.concept(one), here.store.concept(other)
    if first.id == second.id:
        record: dict[str, object] = {
            "concepts": [first.id],
            "same": True,
            "merges": [merge_record(m) for m in here.store.merges(first.id)],
        }
        return record, [styled(say("same_concept", here.lang)), styled(say("explain_same", here.lang, name=first.name))]
    snapshot = here.store.snapshot()
    names = {c.id: c.name for c in snapshot.concepts}
    ids = (first.id, second.id)
    stated = [r for r in snapshot.relations if {r.head, r.tail} == set(ids)]
    edges = [p for p in snapshot.prerequisites if {p.before, p.after} == set(ids)]
    reports = explain_relation(asked.sources, snapshot.concepts, ids, lexicon=asked.lexicon)
    order = explain_order(
        snapshot.concepts, snapshot.relations, snapshot.passages, ids, reading_order=reading_order(asked.sources)
    )
    record = {
        "concepts": list(ids),
        "same": False,
        "relations": [relation_record(r) for r in stated],
        "related": [{**asdict(r), "crowded_out": r.crowded_out} for r in reports],
        "prerequisites": [prerequisite_record(p) for p in edges],
        "order": None if order is None else asdict(order),
    }
    implied = order is not None and any(e.before == order.before for e in here.store.prerequisite_closure(order.after))
    record["implied"] = implied and not edges
    lines = [
        *_relation_part(stated, reports, names, here.lang),
        *_order_part(edges, order, names, implied=implied, lang=here.lang),
    ]
    return record, [styled((first.name, "bold"), " · ", (second.name, "bold")), *lines]


def _relation_part(
    stated: Sequence[Relation], reports: Sequence[PairReport], names: Mapping[str, str], lang: str
) -> Iterator[Text]:
    yield heading(say("relations", lang))
    for relation in stated:
        yield from relation_lines(relation, names, lang)
        yield styled("      ", (say("explain_origin", lang, origin=relation.origin), "dim"))
    if not stated:
        yield styled("  ", say("explain_unrelated", lang))
    if not reports:
        yield styled("  ", say("explain_apart", lang))
    for report in reports[:1]:
        how = say(f"explain_place.{report.place}", lang)
        figures = say("explain_needed", lang, p=f"{report.related.probability:.2f}", cut=f"{report.cut:.2f}")
        yield styled("  ", (report.doc, "cyan"), f"  {figures} · {how}")
        if report.crowded_out:
            yield styled("  ", say("explain_crowded", lang, low=report.rivals[0] + 1, high=report.rivals[1] + 1))
        for evidence in report.evidence:
            yield quoted(evidence, indent="      ")
        yield from part_lines(report.related, "relation", lang)
        types = " · ".join(
            f"{names[h]} {relation_words(kind, lang)} {names[t]} {p:.2f}" for h, kind, t, p in report.types
        )
        yield styled("  ", say("explain_types", lang, types=types, cut=f"{report.type_cut:.2f}"))


def _order_part(
    edges: Sequence[Prerequisite], order: OrderReport | None, names: Mapping[str, str], *, implied: bool, lang: str
) -> Iterator[Text]:
    yield heading(say("prerequisites", lang))
    for edge in edges:
        yield from edge_lines(edge, edge.before, names, lang)
    if not edges:
        yield styled("  ", say("explain_implied" if implied else "explain_no_order", lang))
    if order is not None:
        sure = say("explain_needed", lang, p=f"{order.judgement.probability:.2f}", cut=f"{order.cut:.2f}")
        which = say(
            "explain_order", lang, before=names[order.before], after=names[order.after], reverse=f"{order.reverse:.2f}"
        )
        yield styled("  ", f"{which} · {sure}")
        yield from part_lines(order.judgement, "prerequisite", lang)
