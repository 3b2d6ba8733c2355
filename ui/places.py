"""Where citations point, in words: ``lora.md:12``, ``lecture.pdf page 3``.

Evidence knows a document's id and a line; whether people count that document in pages is for the document to say. Each
verb and each run of the page says once which documents it speaks of.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

from graph.places import LINE, number_at
from ui.i18n import say

if TYPE_CHECKING:
    from graph.model import Document

_NONE: Final[Mapping[str, Document]] = {}
_counted: ContextVar[tuple[Mapping[str, Document], str]] = ContextVar("counted", default=(_NONE, "en"))
"""The documents whose places are not the lines of their text, by id, and the language of the words for them."""


def speak_of(documents: Iterable[Document], lang: str) -> None:
    """From here on, in this thread or task, places are those of ``documents``, in ``lang`` (``zh`` or ``en``)."""
    _counted.set(({d.id: d for d in documents if d.starts or d.unit != LINE}, lang))


@contextmanager
def speaking_of(documents: Iterable[Document], lang: str) -> Iterator[None]:
    """As :func:`speak_of`, until the block ends."""
    before = _counted.get()
    speak_of(documents, lang)
    try:
        yield
    finally:
        _counted.set(before)


def place_text(doc: str, line: int) -> str:
    """The place of ``line`` (1-based, of the text that was read) of the document ``doc``."""
    documents, lang = _counted.get()
    document = documents.get(doc)
    if document is None:
        return f"{doc}:{line}"
    number = max(1, number_at(document, line))
    return f"{doc}:{number}" if document.unit == LINE else f"{doc} {say(f'unit.{document.unit}', lang, n=number)}"
