"""A lexicon (docs/lexicon.md) of what other programs know: SKOS vocabularies, and tables of names.

SKOS is read with rdflib (extra ``skos``). Nothing is fetched: a JSON-LD file must have its context inside.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import yaml

from extract.knowledge.entries import KINDS, LINK_KEYS, NEEDS, RELATION_KEYS, distinct_aliases
from graph.errors import InputError
from graph.exchange.skos import TERM
from graph.text.names import fold

FORMATS: Final[Mapping[str, str]] = {
    ".jsonld": "json-ld",
    ".json": "json-ld",
    ".ttl": "turtle",
    ".rdf": "xml",
    ".xml": "xml",
    ".nt": "nt",
}
"""Ending of a SKOS file → name of its format for rdflib."""
_NAME_COLUMNS: Final = ("name", "preflabel", "term", "名称", "术语")
_ALIAS_COLUMNS: Final = ("aliases", "altlabel", "synonyms", "别名", "同义词")
_KIND_COLUMNS: Final = ("kind", "类型")
_SKOS: Final = "http://www.w3.org/2004/02/skos/core#"
_REQUIRES: Final = "http://purl.org/dc/terms/requires"
_LANGUAGES: Final = ("en", "zh", "")
"""Languages of labels that are used, the one of the name first; empty: a label without a language."""


@dataclass(frozen=True, slots=True)
class _Term:
    """One thing of the source."""

    name: str
    aliases: tuple[str, ...] = ()
    kind: str = ""
    links: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class ImportedLexicon:
    """A lexicon as text, and what could not be taken over."""

    text: str
    """YAML, one entry a line, in the order of the source; of SKOS by name."""
    entries: int
    left_out: tuple[str, ...]
    """One sentence for each sort of thing that is not in it."""


def imported_lexicon(path: Path) -> ImportedLexicon:
    """The lexicon of a file: ``.csv`` and ``.tsv`` are tables, other endings SKOS (:data:`FORMATS`).

    A form that several entries claim belongs to the only one whose name it is, else to none: no form of a lexicon may
    be ambiguous.

    Raises:
        InputError: the file cannot be read, is of another kind or names nothing, or rdflib is missing.
    """
    if path.suffix.casefold() in (".csv", ".tsv"):
        terms, left_out = _table_terms(path)
    elif path.suffix.casefold() in FORMATS:
        terms, left_out = _skos_terms(path)
    else:
        endings = ", ".join((".csv", ".tsv", *FORMATS))
        raise InputError(f"{path}: the ending says of which format a file is. Known: {endings}.")
    terms, ambiguous = _unambiguous(terms)
    if not terms:
        raise InputError(f"{path} names nothing that could be an entry of a lexicon.")
    if ambiguous:
        shown = ", ".join(repr(form) for form in ambiguous[:5]) + (" …" if len(ambiguous) > 5 else "")
        left_out = [*left_out, f"{len(ambiguous)} names that several entries claim ({shown})."]
    lines = [f"# Imported from {' '.join(path.name.split())}", *(f"- {_entry(term)}" for term in terms)]
    return ImportedLexicon("\n".join(lines) + "\n", len(terms), tuple(left_out))


def _entry(term: _Term) -> str:
    said: dict[str, Any] = {"name": term.name}
    if term.aliases:
        said["aliases"] = list(term.aliases)
    if term.kind:
        said["kind"] = term.kind
    said |= {key: list(values) for key, values in term.links if values}
    text: str = yaml.safe_dump(said, default_flow_style=True, allow_unicode=True, width=1 << 30, sort_keys=False)
    return text.rstrip("\n")


def _unambiguous(terms: Iterable[_Term]) -> tuple[list[_Term], list[str]]:
    """Terms no two of which have a form in common, and the forms that were taken from several."""
    terms = [replace(t, aliases=tuple(a for a in distinct_aliases(t.name, t.aliases) if fold(a))) for t in terms]
    terms = [t for t in terms if fold(t.name)]
    claims = Counter(form for t in terms for form in {fold(n) for n in (t.name, *t.aliases)})
    names = Counter(fold(t.name) for t in terms)
    kept: list[_Term] = []
    lost: dict[str, str] = {}
    for t in terms:
        forms = [
            n
            for place, n in enumerate((t.name, *t.aliases))
            if claims[fold(n)] == 1 or (place == 0 and names[fold(n)] == 1)
        ]
        lost |= {fold(n): n for n in (t.name, *t.aliases) if n not in forms}
        if forms:
            kept.append(replace(t, name=forms[0], aliases=tuple(forms[1:])))
    return kept, [lost[key] for key in sorted(lost)]


# ---- tables --------------------------------------------------------------------------------------------------------


def _table_terms(path: Path) -> tuple[list[_Term], list[str]]:
    text = _text(path)
    header = text.split("\n", 1)[0]
    delimiter = max("\t;,", key=lambda c: (header.count(c), c == ","))
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise InputError(f"{path} is not a table: {error}.") from error
    columns = [cell.strip().casefold() for cell in rows[0]] if rows else []
    named = _column(columns, _NAME_COLUMNS)
    if named is None:
        raise InputError(f"{path}:1: no column of names. Call one of the columns {', '.join(_NAME_COLUMNS)}.")
    other, kind = _column(columns, _ALIAS_COLUMNS), _column(columns, _KIND_COLUMNS)
    links = [(n, column) for n, column in enumerate(columns) if column in LINK_KEYS]
    terms = []
    for line, row in enumerate(rows[1:], 2):
        cells = [_cell(cell) for cell in row] + [""] * (len(columns) - len(row))
        if not cells[named]:
            continue
        said = cells[kind] if kind is not None else ""
        if said and said not in KINDS:
            raise InputError(f"{path}, row {line}: unknown kind {said!r}. Kinds: {', '.join(KINDS)}.")
        terms.append(
            _Term(
                cells[named],
                _several(cells[other]) if other is not None else (),
                said,
                tuple((column, _several(cells[n])) for n, column in links),
            )
        )
    return terms, []


def _column(columns: Sequence[str], names: Sequence[str]) -> int | None:
    return next((columns.index(name) for name in names if name in columns), None)


def _cell(cell: str) -> str:
    """A cell on one line, without the apostrophe that keeps spreadsheets from computing it."""
    cell = " ".join(cell.split())
    return cell[1:] if cell[:1] == "'" and cell[1:2] in tuple("=+-@＝＋－＠") else cell


def _several(cell: str) -> tuple[str, ...]:
    """The items of a cell: between ``|`` where it has one, else between semicolons."""
    separator = "|" if "|" in cell else ";" if ";" in cell else "；"
    return tuple(item.strip() for item in cell.split(separator) if item.strip())


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8: {error}. Save it as UTF-8.") from error


# ---- SKOS ----------------------------------------------------------------------------------------------------------


def _skos_terms(path: Path) -> tuple[list[_Term], list[str]]:
    triples = _triples(path)
    labels: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    foreign: Counter[str] = Counter()
    linked: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    kinds: dict[str, str] = {}
    for subject, predicate, value, language in triples:
        if predicate in (f"{_SKOS}prefLabel", f"{_SKOS}altLabel"):
            short = language.split("-")[0].casefold()
            text = " ".join(value.split())
            if short not in _LANGUAGES:
                foreign[short] += 1
            elif text:
                labels[subject][f"{predicate.removeprefix(_SKOS)}@{short}"].append(text)
        elif predicate == f"{TERM}kind" and value in KINDS:
            kinds[subject] = value
        else:
            for key, head, tail in _links(subject, predicate, value):
                linked[head][key].add(tail)
    order = [f"{label}@{language}" for label in ("prefLabel", "altLabel") for language in _LANGUAGES]
    members = {s for s, p, o, _ in triples if p.endswith("#type") and o != f"{_SKOS}Concept" and o.startswith(_SKOS)}
    forms = {
        s: [text for key in order for text in sorted(found[key])] for s, found in labels.items() if s not in members
    }
    names = {subject: texts[0] for subject, texts in forms.items() if texts}
    terms = [
        _Term(
            name,
            tuple(forms[subject][1:]),
            kinds.get(subject, ""),
            tuple(
                (
                    key,
                    tuple(
                        sorted(names[other] for other in linked[subject][key] if other in names and other != subject)
                    ),
                )
                for key in LINK_KEYS
            ),
        )
        for subject, name in sorted(names.items(), key=lambda item: (item[1], item[0]))
    ]
    languages = ", ".join(sorted(foreign))
    return terms, [f"{foreign.total()} labels in other languages ({languages})."] if foreign else []


def _links(subject: str, predicate: str, value: str) -> list[tuple[str, str, str]]:
    """(key of an entry, head, tail) of a triple that relates two concepts; empty for others."""
    if predicate in (f"{_SKOS}broader", f"{_SKOS}broadMatch"):
        return [("is_a", subject, value)]
    if predicate in (f"{_SKOS}narrower", f"{_SKOS}narrowMatch"):
        return [("is_a", value, subject)]
    if predicate == _REQUIRES:
        return [(NEEDS, subject, value)]
    own = predicate.removeprefix(TERM)
    return [(own, subject, value)] if predicate.startswith(TERM) and own in RELATION_KEYS else []


def _triples(path: Path) -> list[tuple[str, str, str, str]]:
    """(subject, predicate, object, language) of the file, sorted."""
    try:
        import rdflib
    except ImportError as error:
        raise InputError("SKOS is read with rdflib: pip install 'studyatlas[skos]'.") from error
    text = _text(path)
    form = FORMATS[path.suffix.casefold()]
    if form == "json-ld":
        _refuse_remote(text, path)
    graph = rdflib.Graph()
    try:
        graph.parse(data=text, format=form)
    except Exception as error:  # rdflib raises whatever its parsers do, which have no common base
        raise InputError(f"{path} is not {form}: {' '.join(str(error).split())[:200]}") from error
    return sorted((str(s), str(p), str(o), getattr(o, "language", None) or "") for s, p, o in graph)


def _refuse_remote(text: str, path: Path) -> None:
    """Make sure that reading the file asks no other machine.

    Raises:
        InputError: it is not JSON, or a context is at an address.
    """
    try:
        stack: list[Any] = [json.loads(text)]
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is not JSON: {error}.") from error
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            contexts = item.get("@context", [])
            for context in contexts if isinstance(contexts, list) else [contexts]:
                if isinstance(context, str) or (isinstance(context, dict) and "@import" in context):
                    raise InputError(
                        f"{path} has its context at an address ({context if isinstance(context, str) else '@import'}), "
                        "and nothing is fetched here. Convert the file to Turtle, or put the context into it."
                    )
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)
