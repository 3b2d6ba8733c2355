"""What is made of one document: its passages, and the candidates for concepts with their probabilities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from extract.concepts.candidates import Candidates, collect, slim
from extract.concepts.clusters import AliasLink
from extract.concepts.everyday import everyday
from extract.concepts.forms import Forms, SlimForms
from extract.concepts.merging import alias_links, bare_remarks
from extract.concepts.salience import SalienceModel
from extract.concepts.selection import (
    defined_keys,
    title_key,
)
from extract.concepts.stated import NoteFacts, facts_of, tags_in
from extract.knowledge.lexicon import LexiconChoice, chosen_lexicon
from extract.models import Models
from extract.notes.files import SourceFile
from extract.notes.parse import parse_note
from extract.notes.passages import split_passages
from extract.text.keys import key_of
from extract.text.parsed_doc import parsed_doc
from extract.text.unread_scripts import has_unread, is_unread, names_set_apart, unread_lines, unread_reason
from graph.model import (
    Passage,
    Skipped,
)

_BUNDLED: Final = LexiconChoice()
LEAST: Final = 0.02
"""Candidates under this probability are forgotten after their document was read."""
SET_APART: Final = 0.5
"""Probability of a name in a script that is not read, where the note sets it apart."""


@dataclass(frozen=True, slots=True)
class Extracted:
    """What the per-document stage makes of a file: a pure function of its text."""

    candidates: Candidates[SlimForms]
    """Only those of some probability."""
    scores: Mapping[str, float]
    links: list[AliasLink]
    passages: tuple[Passage, ...]
    set_apart: frozenset[str]
    """Keys of names in scripts that are not read: concepts because the note sets them apart."""
    unread: tuple[Skipped, ...]
    """What is said of lines in such scripts."""
    facts: NoteFacts
    """What the author states about the note."""


def extract_document(
    source: SourceFile, *, lexicon: LexiconChoice = _BUNDLED, models: Models | None = None
) -> Extracted:
    """Blocks, candidates and their probabilities of one document."""
    trained, words = models or Models(), chosen_lexicon(lexicon)
    note = parse_note(source.text, suffix=Path(source.id).suffix, name=source.id)
    facts = facts_of(source.id, source.text, note)
    candidates = collect(parsed_doc(source.id, note.blocks), tags_in(note.metadata, note.blocks))
    scores = (trained.salience or SalienceModel.default()).scores(candidates, words)
    set_apart = frozenset(key_of(name) for name in names_set_apart(note.blocks))
    scores = _scores_of_read(scores, candidates, set_apart)
    links = alias_links(candidates, scores, words, trained.aliases)
    candidates = replace(candidates, everyday=everyday(candidates, scores, words))
    scores |= {key: LEAST for key in bare_remarks(links, candidates.forms) if key in scores}
    # A title, another name and what the note defines are kept however unlikely they would be alone.
    joined = (key for link in links if not link.remark for key in (link.a, link.b))
    named = {title_key(candidates.doc), *facts.keys, *joined}
    defined = defined_keys(candidates, words)
    kept = {
        key: max(score, defined.get(key, LEAST))
        for key, score in scores.items()
        if score >= LEAST or key in named or key in defined
    }
    return Extracted(
        slim(candidates, kept),
        kept,
        links,
        tuple(split_passages(source.id, source.text, note)),
        set_apart & kept.keys(),
        tuple(
            Skipped(source.id, 0, unread_reason(script, len(lines)))
            for script, lines in unread_lines(note.blocks).items()
        ),
        facts,
    )


def _scores_of_read(
    scores: Mapping[str, float], candidates: Candidates[Forms], set_apart: frozenset[str]
) -> dict[str, float]:
    """Probabilities without those of forms in scripts that are not read, which the models know nothing of."""
    forms = candidates.forms
    # Most documents have no letter of such a script: one look at all writings tells.
    some = has_unread("\n".join(forms.surface_text))
    unread = {key for key, _, surface in forms.overview() if is_unread(surface)} if some else set[str]()
    if not unread:
        return dict(scores)
    known = {key: score for key, score in scores.items() if key not in unread}
    return known | {key: max(scores.get(key, 0.0), SET_APART) for key in sorted(unread & set_apart)}
