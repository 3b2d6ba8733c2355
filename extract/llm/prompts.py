"""What a language model is asked about a section of notes.

The rules are those by which the annotated notes were made (docs/gold.md), in short. Two examples show them, in the
language of the notes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from extract.llm.sections import Section
from graph.llm.requests import NUMBER, TEXT, Request, list_schema, object_schema, one_of, tokens_of
from graph.model import ConceptKind, RelationType

READ: Final = "read"
WEIGHTS: Final = ("core", "normal", "minor")
STRENGTHS: Final = ("strong", "helpful")
LISTS: Final = ("concepts", "relations", "prerequisites")
ANSWER_TOKENS: Final = (2_000, 12_000)
"""Tokens that an answer has room for: at least, at most."""
NAMES_SHOWN: Final = 80
"""Names found so far that a request shows."""
ANSWER_SHARE: Final = 0.8
"""Tokens of an answer for one of its question, about: half of a question is instructions, and notes give twice their
length."""
MARGIN: Final = 128
"""Tokens that are left over, because tokens are estimated."""

SCHEMA: Final[dict[str, Any]] = object_schema(
    concepts=list_schema(
        object_schema(
            name=TEXT,
            aliases=list_schema(TEXT),
            kind=one_of([kind.value for kind in ConceptKind]),
            weight=one_of(WEIGHTS),
            line=NUMBER,
            definition=TEXT,
        )
    ),
    relations=list_schema(
        object_schema(
            head=TEXT,
            type=one_of([t.value for t in RelationType if t is not RelationType.RELATED_TO]),
            tail=TEXT,
            line=NUMBER,
            quote=TEXT,
        )
    ),
    prerequisites=list_schema(
        object_schema(before=TEXT, after=TEXT, strength=one_of(STRENGTHS), line=NUMBER, quote=TEXT)
    ),
)


@cache
def instructions() -> str:
    """How to read, as the model is told."""
    return Path(__file__).with_name("instructions.txt").read_text(encoding="utf-8").strip()


@cache
def _examples(lang: str) -> str:
    """Two notes and what is to be written down of them."""
    told = json.loads(Path(__file__).with_name("examples.json").read_text(encoding="utf-8"))[lang]
    shown = (
        f"Example {number}\n<notes>\n{example['notes']}\n</notes>\n"
        + json.dumps(example["answer"], ensure_ascii=False, separators=(",", ":"))
        for number, example in enumerate(told, start=1)
    )
    return "\n\n".join(shown)


def reading_request(section: Section, names: Sequence[str], lang: str, context: int) -> Request:
    """The request to read one section.

    Args:
        section: what is read.
        names: names of its concepts as far as they were found without a model, the likeliest first.
        lang: ``zh`` or ``en``: the language of the examples.
        context: tokens that the question and the answer may have together.
    """
    parts = [_examples("zh" if lang == "zh" else "en") + "\n"]
    if names:
        found = json.dumps(list(names[:NAMES_SHOWN]), ensure_ascii=False)
        parts.append(
            "A program found these names in the notes below. Write a name as it does where you mean the same thing; "
            f"leave out what is not a concept; add what is missing.\n{found}\n"
        )
    where = " > ".join(section.path)
    parts.append(f"Now read these notes{f' (from the section: {where})' if where else ''}.")
    user = "\n".join(parts) + f"\n<notes>\n{_harmless(section.shown)}\n</notes>"
    least, most = ANSWER_TOKENS
    left = context - tokens_of(instructions()) - tokens_of(user) - tokens_of(json.dumps(SCHEMA)) - MARGIN
    return Request(
        READ,
        instructions(),
        user,
        SCHEMA,
        max(min(least, left), min(most, left), 256),
        section.place,
        f"{where}\n{section.shown}",
    )


def _harmless(text: str) -> str:
    """``text`` in which nothing ends the part that is marked as notes."""
    return text.replace("</notes>", "< /notes>")
