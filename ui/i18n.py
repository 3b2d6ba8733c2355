"""Every word of the user interface, in Chinese and English. Text of the notes is never translated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from graph.model import Basis, RelationType
from ui.strings.app import APP
from ui.strings.checking import CHECKING
from ui.strings.common import COMMON
from ui.strings.pages import PAGES
from ui.strings.study import STUDY
from ui.strings.terminal import TERMINAL

if TYPE_CHECKING:
    from graph.model import Concept, Document, Evidence, Prerequisite, Relation

STRINGS: Final[Mapping[str, tuple[str, str]]] = {**COMMON, **TERMINAL, **CHECKING, **STUDY, **APP, **PAGES}
"""Key → (Chinese, English). Braces are filled by :func:`say`."""


def say(key: str, lang: str, **values: object) -> str:
    """The words for ``key`` in ``lang`` (``zh`` or ``en``), with its braces filled.

    A key whose English words hold a ``|`` has a singular and a plural form; ``n`` decides.

    >>> say("lines", "en", n=1)
    '1 line'
    """
    words = STRINGS[key][0 if lang == "zh" else 1]
    if "|" in words:
        words = words.split("|")[0 if values.get("n") == 1 else 1]
    return words.format(**values) if values else words


def notes_language(documents: Iterable[Document]) -> str:
    """The language that most lines of the notes are written in: ``zh`` or ``en``; ``en`` without notes."""
    lines: Counter[str] = Counter()
    for document in documents:
        lines[document.lang] += document.lines
    return "zh" if lines["zh"] > lines["en"] else "en"


def relation_words(code: str, lang: str, basis: Basis = Basis.EXTRACTED) -> str:
    """The words of a relation type or of ``prerequisite_of``; a code that is neither is shown as it is.

    In brackets they say where ``basis`` is general knowledge.
    """
    if code in set(RelationType):
        words = RelationType(code).label(lang)
    else:
        words = say(f"relation.{code}", lang) if f"relation.{code}" in STRINGS else code
    if basis is not Basis.BACKGROUND:
        return words
    known = say("general_knowledge", lang)
    return f"{words}（{known}）" if lang == "zh" else f"{words} ({known})"


def basis_words(basis: Basis, lang: str) -> str:
    """How a statement that the notes do not state themselves is marked; empty where they state it."""
    match basis:
        case Basis.INFERRED:
            return say("inferred", lang)
        case Basis.BACKGROUND:
            return say("mentioned_here", lang)
        case Basis.MODEL:
            return say("read_by_model", lang)
        case _:
            return ""


def shown_lines(statement: Relation | Prerequisite) -> tuple[Evidence, ...]:
    """The lines that are shown for a statement: the clearest; of general knowledge the two that mention its ends."""
    return statement.evidence[: 2 if statement.basis is Basis.BACKGROUND else 1]


def importance(concept: Concept, lang: str) -> str:
    """How central ``concept`` is to the notes, and how probably it is a concept."""
    return f"{say('salience', lang)} {concept.salience:.2f} · {say('confidence', lang)} {concept.confidence:.2f}"


def why(edge: Prerequisite, names: Mapping[str, str], lang: str, *, most: int = 2) -> str:
    """Why ``edge.before`` comes first, in words: its ``most`` strongest reasons.

    A code that is not known here is shown as it is.
    """
    ends = {"before": names.get(edge.before, edge.before), "after": names.get(edge.after, edge.after)}
    shown = [
        say(f"reason.{kind}", lang, **ends) if f"reason.{kind}" in STRINGS else code
        for code in edge.reasons[:most]
        for kind in [_reason_kind(code)]
    ]
    return ("；" if lang == "zh" else "; ").join(shown)


def _reason_kind(code: str) -> str:
    """The code without what it says in addition: the name of the language model."""
    return code.partition(":")[0]


def because(edge: Prerequisite, names: Mapping[str, str], lang: str) -> str:
    """Why ``edge.before`` comes first, as a sentence: its strongest reason.

    A code that is not known here is shown as it is.
    """
    if not edge.reasons:
        return ""
    ends = {"before": names.get(edge.before, edge.before), "after": names.get(edge.after, edge.after)}
    key = f"because.{_reason_kind(edge.reasons[0])}"
    if key == "because.background" and not edge.evidence:
        key = "because.background_only"  # no line to point to
    return say(key, lang, **ends) if key in STRINGS else edge.reasons[0]
