"""The verb `aliases`: which names were taken for one concept and why, what the user corrected, and what was refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from extract.explain.concept import Refused, read_sources, refused_links
from extract.knowledge.corrections import FILE, Corrections, load_corrections
from extract.knowledge.lexicon import LexiconChoice, chosen_lexicon
from graph.errors import InputError
from graph.model import Concept, GraphInfo, Merge
from graph.stores.address import GraphAddress
from ui.commands.common import opened
from ui.commands.corrected import Correction, concerning, listed
from ui.i18n import STRINGS, say
from ui.records import evidence_record, merge_record, print_json
from ui.terminal import heading, quoted, show, styled

if TYPE_CHECKING:
    from rich.text import Text


def show_aliases(name: str | None, graph: GraphAddress, *, refused: bool, as_json: bool, lang: str | None) -> None:
    """Show the merge report of one concept, or of all.

    Args:
        name: the concept; None: all.
        graph: which graph.
        refused: whether to look into the notes for names that were considered and refused; of one concept only.
        as_json: whether to print JSON.
        lang: language of the words.

    Raises:
        NoSuchConcept: with the nearest names.
        InputError: ``refused`` without a name, or the notes are not where they were.
        SettingsError: the file of corrections cannot be read.
    """
    with opened(graph, lang=lang) as here:
        info = here.store.info()
        concept = None if name is None else here.store.concept(name)
        merges = here.store.merges(None if concept is None else concept.id)
        corrections = load_corrections(Path(info.source)) if info.source else Corrections()
        said = listed(corrections) if concept is None else concerning(corrections, concept.names)
        changed = (
            corrections.sha256 != info.settings.get("corrections", "")
            if corrections
            else "corrections" in info.settings
        )
        kept_apart = _refused(info, concept, corrections) if refused else []
        if as_json:
            print_json(
                {
                    "concept": None if concept is None else concept.id,
                    "names": [] if concept is None else list(concept.names),
                    "merges": [merge_record(m) for m in merges],
                    "corrections": [
                        {"line": s.line, "what": s.what, "names": list(s.names), "value": s.value} for s in said
                    ],
                    "corrections_changed": changed,
                    "refused": [_refused_record(r) for r in kept_apart],
                }
            )
            return
        lines = [
            *_names(concept),
            *_merge_lines(merges, here.lang),
            *_corrected(said, info, changed=changed, lang=here.lang),
        ]
        show([*lines, *_refused_lines(kept_apart, here.lang)] or [styled(say("no_merges", here.lang))])


def _names(concept: Concept | None) -> Iterator[Text]:
    if concept is not None and concept.aliases:
        yield styled((concept.name, "bold"), "  ", " · ".join(concept.aliases))


def _merge_lines(merges: Iterable[Merge], lang: str) -> Iterator[Text]:
    for merge in merges:
        yield styled((merge.merged, "bold"), " = ", (merge.kept, "bold"), (f"  {_why(merge.reason, lang)}", "dim"))
        if merge.evidence is not None:
            yield quoted(merge.evidence)


def _why(reason: str, lang: str) -> str:
    """A rule in words; one that has no words here is shown as it is."""
    return say(f"merge.{reason}", lang) if f"merge.{reason}" in STRINGS else reason


def _corrected(said: Sequence[Correction], info: GraphInfo, *, changed: bool, lang: str) -> Iterator[Text]:
    if said:
        yield heading(say("corrections", lang))
    for correction in said:
        yield styled("  ", (f"{FILE}:{correction.line}", "cyan"), f"  {correction.text}")
    if changed:
        yield styled((say("corrections_changed", lang, folder=info.source), "yellow"))


def _refused(info: GraphInfo, concept: Concept | None, corrections: Corrections) -> list[Refused]:
    """Links of the concept's names that a guard refused.

    Raises:
        InputError: no concept was named, or the notes are not where they were.
    """
    if concept is None:
        raise InputError("What was refused is told of one concept: studyatlas aliases NAME --refused.")
    folder = Path(info.source)
    if not info.source or not folder.is_dir():
        raise InputError(
            f"The notes are not in {info.source or 'a known folder'}, so what was refused cannot be looked up."
        )
    lexicon = chosen_lexicon(LexiconChoice.from_settings(info.settings).as_now())
    return refused_links(read_sources(folder), concept.names, lexicon=lexicon, corrections=corrections)


def _refused_record(refused: Refused) -> dict[str, object]:
    evidence = None if refused.evidence is None else evidence_record(refused.evidence)
    return {"names": list(refused.names), "reason": refused.reason, "guard": refused.guard, "evidence": evidence}


def _refused_lines(refused: Sequence[Refused], lang: str) -> Iterator[Text]:
    if refused:
        yield heading(say("refused", lang))
    for link in refused:
        words = say("refused_because", lang, reason=_why(link.reason, lang), guard=say(f"guard.{link.guard}", lang))
        yield styled("  ", (link.names[0], "bold"), " ≠ ", (link.names[1], "bold"), (f"  {words}", "dim"))
        if link.evidence is not None:
            yield quoted(link.evidence)
