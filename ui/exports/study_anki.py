"""A study path as an Anki deck: one card for each concept, new cards in study order."""

from __future__ import annotations

import hashlib
import html
import io
import itertools
import re
import sqlite3
import tempfile
import time
import unicodedata
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import genanki

from queries.study.model import StudyStep
from ui.exports.sheet import Sheet, where
from ui.i18n import because, say
from ui.terminal import place

MODEL_ID: Final = 1_607_392_871
"""Of our note type: Anki takes notes with the same one for notes of one type."""
FIELDS: Final = ("Concept", "Question", "Answer", "Source", "Why", "Read")
_FRONT: Final = '<div class="question">{{Question}}</div>'
_BACK: Final = """{{FrontSide}}<hr id="answer"><div>{{Answer}}</div>
<div class="source">{{Source}}</div>
{{#Why}}<div class="more">{{Why}}</div>{{/Why}}
{{#Read}}<div class="more">{{Read}}</div>{{/Read}}"""
_STYLE: Final = """.card { font: 20px/1.5 sans-serif; text-align: left; max-width: 40em; margin: 1em auto; }
.question { font-weight: bold; }
.source, .more { color: #777; font-size: 14px; margin-top: .6em; }"""
_COMMANDS: Final = re.compile(r"\[(?=/?(?:sound|anki|latex|\$))", re.IGNORECASE)
"""Brackets that Anki acts upon, wherever they appear in a field."""
_FORMULA: Final = re.compile(
    r"(?<![\\$])\$\$(?!\])(?P<display>[^$]*[^$\s][^$]*)\$\$(?!\$)"
    r"|(?<![\\$\w])\$(?![\s\]])(?P<inline>(?:[^$\\]|\\.)+?)(?<!\s)\$(?![\d$])"
)
"""A formula between dollar signs."""
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def anki_deck(sheet: Sheet, *, now: float | None = None) -> bytes:
    """The content of an ``.apkg`` file.

    A note's GUID depends on the folder's name and the concept's id alone, so that a deck which is exported again after
    a rebuild, or for another goal, updates the notes that are there and keeps what was learned. Text of notes is
    escaped; formulas are marked as Anki's own.

    Args:
        sheet: the path.
        now: seconds since 1970, the time of the last change of every note; None: the clock's. Anki takes the later of
            two versions.
    """
    at = time.time() if now is None else now
    goal = sheet.names.get(sheet.path.goal, sheet.path.goal)
    name = "::".join(_deck_part(part) for part in ("studyatlas", sheet.folder, goal) if part.strip())
    deck = genanki.Deck(_number("deck", sheet.folder, sheet.path.goal), name, description="")
    for number, step in enumerate(sheet.path.steps, start=1):
        deck.add_note(_note(step, number, sheet))
    return _packed(genanki.Package(deck), at)


def _note(step: StudyStep, number: int, sheet: Sheet) -> Any:
    lang = sheet.lang
    said = step.definition or sheet.said.get(step.concept)
    answer = "" if said is None else said.quote
    if step.definition is None:
        answer = f"({say('undefined' if said else 'no_definition', lang)}) {answer}"
    reasons = [f"{say('why', lang)}: {because(e, sheet.names, lang)}" for e in step.why[:2]]
    read = ", ".join(where(r) for r in (*step.reading, *step.left_out))
    return genanki.Note(
        model=_model(),
        fields=[
            _field(step.name),
            _field(say("definition_of", lang, name=step.name)),
            _field(answer),
            _field(f"{sheet.folder}/{place(said)}" if said and sheet.folder else place(said) if said else ""),
            "<br>".join(_field(reason) for reason in reasons),
            _field(f"{say('read', lang)}: {read}" if read else ""),
        ],
        tags=_tags(step, sheet),
        guid=genanki.guid_for("studyatlas", _plain(sheet.folder), _plain(step.concept)),
        due=number,
    )


def _model() -> Any:
    return genanki.Model(
        MODEL_ID,
        "studyatlas",
        fields=[{"name": name} for name in FIELDS],
        templates=[{"name": "studyatlas", "qfmt": _FRONT, "afmt": _BACK}],
        css=_STYLE,
    )


def _field(text: str) -> str:
    r"""``text`` as HTML that shows it letter by letter, and its formulas as formulas.

    Anki typesets ``\(…\)`` and ``\[…\]`` only, so ``$…$`` and ``$$…$$`` become these. A dollar sign that is followed by
    a space, or a second one that follows a space or is before a digit, is money, as in Pandoc.

    >>> _field("$O(n)$ costs $5 or $6")
    '\\(O(n)\\) costs $5 or $6'
    """
    flat, parts, last = _CONTROLS.sub("", " ".join(text.split())), [], 0
    for found in _FORMULA.finditer(flat):
        parts.append(_escaped(flat[last : found.start()]))
        display, inline = found["display"], found["inline"]
        # The spaces keep a bracket of ours apart from one that Anki acts upon.
        parts.append(f"\\[ {_escaped(display.strip())} \\]" if display else f"\\({_escaped(inline)}\\)")
        last = found.end()
    return "".join([*parts, _escaped(flat[last:])])


def _escaped(text: str) -> str:
    return _COMMANDS.sub("&#91;", html.escape(text))


def _tags(step: StudyStep, sheet: Sheet) -> list[str]:
    """``theme::COARSE::FINE`` and whether the step is background."""
    themes = [part for part in map(_tag_part, sheet.themes.get(step.concept, ())) if part]
    status = sheet.status(step)
    return (
        ["studyatlas"]
        + (["::".join(["theme", *themes])] if themes else [])
        + ([f"studyatlas::{status}"] if status == "background" else [])
    )


def _tag_part(title: str) -> str:
    """A title without what Anki takes for the end of a tag or for a level of its hierarchy."""
    kept = (c if not c.isspace() and unicodedata.category(c)[0] != "C" and c not in '":*%' else "_" for c in title)
    return re.sub("_{2,}", "_", "".join(kept)).strip("_")


def _deck_part(name: str) -> str:
    return _CONTROLS.sub("", " ".join(name.split())).replace("::", ":").strip(":") or "-"


def _plain(text: str) -> str:
    """``text`` with ``?`` for lone surrogates, which have no UTF-8."""
    return text.encode("utf-8", "replace").decode()


def _number(*parts: str) -> int:
    """A number between 2^30 and 2^31 that depends on ``parts`` alone: ids of decks are of that size."""
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).digest()
    return (1 << 30) + int.from_bytes(digest[:4], "big") % (1 << 30)


def _packed(package: Any, now: float) -> bytes:
    """The package as a file.

    Genanki's own ``write_to_file`` leaves a temporary file behind and dates the entries by the clock.
    """
    with tempfile.TemporaryDirectory() as folder:
        collection = Path(folder) / "collection.anki2"
        with closing(sqlite3.connect(collection)) as db:
            package.write_to_db(db.cursor(), now, itertools.count(int(now * 1000)))
            db.commit()
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr(zipfile.ZipInfo("collection.anki2"), collection.read_bytes(), zipfile.ZIP_DEFLATED)
            file.writestr(zipfile.ZipInfo("media"), "{}")
    return data.getvalue()
