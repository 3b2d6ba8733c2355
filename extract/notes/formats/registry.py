"""Which formats are read, by the ending of a file's name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Final

from extract.notes.formats import canvas, epub, html_pages, latex, notebook, org, restructured, tables
from extract.notes.formats.model import Converted, Unreadable

MARKDOWN_SUFFIXES: Final = (".md", ".markdown", ".mdx", ".txt", ".qmd", ".rmd")
"""Read by the Markdown parser as they are."""
TextReader = Callable[[str], Converted | Unreadable]
"""From a file's text, lines ended by ``\\n``."""
ByteReader = Callable[[bytes], Converted | Unreadable]

TEXT_READERS: Final[Mapping[str, TextReader]] = {
    ".org": org.convert,
    ".rst": restructured.convert,
    ".tex": latex.convert,
    ".ipynb": notebook.convert,
    ".html": html_pages.convert,
    ".htm": html_pages.convert,
    ".xhtml": html_pages.convert,
    ".csv": tables.convert_commas,
    ".tsv": tables.convert_tabs,
    ".canvas": canvas.convert,
}
_BYTE_READERS: Final[Mapping[str, ByteReader]] = {".epub": epub.convert}
CORE_SUFFIXES: Final = (*MARKDOWN_SUFFIXES, *TEXT_READERS, *_BYTE_READERS)
"""Endings of files that are read without any extra."""
EXTRA: Final = "studyatlas[files]"
"""What to install for the rest."""
_MODULES: Final[Mapping[str, str]] = {".pdf": "pypdfium2", ".docx": "docx", ".pptx": "pptx"}
"""Ending → the module of the extra that its reader needs."""


def suffix_of(name: str) -> str:
    """The ending of a file name in lower case: ``.md``; "" without one.

    >>> suffix_of("Notes.v2.MD"), suffix_of("Makefile"), suffix_of(".gitignore")
    ('.md', '', '')
    """
    stem, dot, ending = name.rpartition(".")
    return f".{ending.casefold()}" if dot and stem and ending and not ending.isspace() else ""


def is_installed(suffix: str) -> bool | None:
    """Whether the converter for files that need the extra ``files`` is installed; None for every other ending."""
    module = _MODULES.get(suffix)
    return None if module is None else find_spec(module) is not None


def byte_reader(suffix: str) -> ByteReader | None:
    """The reader of a format that is not text; None for every other ending."""
    if suffix not in _MODULES:
        return _BYTE_READERS.get(suffix)
    from extract.notes.formats import documents

    return documents.READERS[suffix]
