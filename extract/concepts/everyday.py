"""Words of everyday life in diaries and slips: errands, people, places that a note names in passing.

A page of a diary, or a note of a line or two, is too short for counts to tell a term from a word in passing. There
a candidate must show some evidence: the writer set it apart or says what it is, it is an abbreviation or a name of
the lexicon, or it is rare in general language. Longer notes are judged by the model alone.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Final

from extract.concepts.candidates import Candidates
from extract.concepts.forms import FLAG, Form, Forms, main_surface
from extract.knowledge.lexicon import Lexicon
from extract.notes.blocks import BlockKind
from extract.text.identifiers import mask
from extract.text.occurrences import ParsedDoc
from extract.text.segment import tokenize
from graph.text.frequency import zipf
from graph.text.scripts import has_han

SLIP: Final = 60
"""A note up to this size (as :func:`graph.text.scripts.text_size` counts) is a slip."""
DIARY: Final = 600
"""The page of a diary (its title or file name is a date) is judged so up to this size."""
LEAST_SURE: Final = 0.25
"""What is rare must also be this probable, since a slip has room for more than it names."""
RARE: Final = 3.6
"""A word under this Zipf frequency (occurrences in a thousand million words, log 10) is rare in general language."""
LIKELY: Final = 0.5
"""Several common words together are a term from this probability on."""
_DATED: Final = re.compile(r"^\d{4}[-_. ]?\d{1,2}[-_. ]?\d{1,2}")
_APPOINTMENT: Final = re.compile(r"\s*\d{1,2}[:：.]\d\d\b")
"""A line of a diary that begins with a time of day."""
_APART: Final = (
    "strong",
    "emphasis",
    "code",
    "link",
    "quoted",
    "heading",
    "lead",
    "lead_strong",
    "header",
    "cell_first",
)


def is_slip(doc: ParsedDoc) -> bool:
    """Whether ``doc`` is a page of a diary or a note of a line or two."""
    if doc.size <= SLIP:
        return True
    if doc.size > DIARY:
        return False
    title = next((b.text for b in doc.blocks if b.kind is BlockKind.HEADING), "")
    dated = title != "" and any(map(str.isdigit, title)) and not any(map(str.isalpha, mask(title)))
    return dated or _DATED.match(PurePosixPath(doc.id).stem) is not None


def everyday(candidates: Candidates[Forms], scores: dict[str, float], lexicon: Lexicon | None) -> frozenset[str]:
    """Keys of the candidates of a slip for which nothing speaks; none for other notes."""
    if not is_slip(candidates.doc):
        return frozenset()
    known = lexicon.keys if lexicon is not None else {}
    forms = candidates.forms
    apart = forms.flags[:, [FLAG[name] for name in _APART]].sum(axis=1)
    return frozenset(
        key
        for key, number in forms.index.items()
        if not (
            apart[number]
            or key in known
            or key in candidates.subjects
            or (scores.get(key, 0.0) >= _least(key) and _is_special(candidates, forms[key], scores.get(key, 0.0)))
        )
    )


def _least(key: str) -> float:
    """Chinese terms in short texts get lower probabilities: their words are not cut by spaces."""
    return LEAST_SURE / 2 if has_han(key) else LEAST_SURE


def _is_special(candidates: Candidates[Forms], form: Form, score: float) -> bool:
    """Whether the form itself is not a word of everyday language."""
    surface = main_surface(form)
    blocks = candidates.doc.blocks
    if all(_APPOINTMENT.match(blocks[b].text) for b in form.blocks):
        return False
    if any(map(str.isdigit, surface)) or (surface.isascii() and sum(map(str.isupper, surface)) > 1):
        return True
    if has_han(surface):
        return zipf(surface, "zh") < RARE and not _is_errand(candidates, form, surface)
    if any(tag in ("L:VBZ", "L:MD", "L:VBP") for tag in form.tags):
        return False
    words = [w for w in re.split(r"[\s-]+", surface) if w]
    if len(words) > 1:
        return len(form.blocks) > 1 or score >= LIKELY or any(w.islower() and zipf(w, "en") < RARE for w in words)
    return surface.islower() and zipf(surface, "en") < RARE


def _is_errand(candidates: Candidates[Forms], form: Form, surface: str) -> bool:
    """Whether it tells what is done and when (交作业, 晚上看电影) or is a clause of verb and object (买菜。)."""
    if len(form.words) > 1 and (form.tags[0] == "C:t" or (form.tags[0] == "C:v" and len(form.words[0]) == 1)):
        return True
    if len(surface) > 4 or tokenize(surface[0])[0].pos != "v":
        return False
    blocks = candidates.doc.blocks
    clauses = (re.split(r"[，。！？；,.!?;\n]", blocks[b].text) for b in sorted(form.blocks))
    return any(surface == clause.strip() for pieces in clauses for clause in pieces)
