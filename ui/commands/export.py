"""The verb `export`: the graph in a format that other programs read."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

from graph.errors import InputError
from graph.exchange.diagrams import Diagram, path_diagram, prerequisites_diagram, to_dot, to_mermaid, whole_diagram
from graph.exchange.exports import to_csv, to_graphml, to_json
from graph.exchange.gexf import to_gexf
from graph.exchange.neo4j_tables import to_neo4j_tables
from graph.exchange.skos import to_skos
from graph.exchange.vault import MANIFEST, to_vault
from graph.stores.address import GraphAddress
from graph.stores.contract import GraphStore
from ui.commands.common import opened
from ui.commands.options import GraphFormat
from ui.i18n import say
from ui.terminal import console, show, styled

_FOLDERS: Final = (GraphFormat.CSV, GraphFormat.NEO4J, GraphFormat.OBSIDIAN)
"""Formats of several files."""


def export_graph(
    graph: GraphAddress,
    *,
    form: GraphFormat,
    output: Path | None,
    concept: str | None = None,
    to: str | None = None,
    replace: bool = False,
    background: bool = True,
    lang: str | None = None,
) -> None:
    """Write the graph to ``output``: a file or, for formats of several files, a folder; None: standard output.

    Raises:
        InputError: ``output`` cannot be written, several files are to go to standard output, or notes of an exported
            vault were edited and ``replace`` is False.
        NoSuchConcept: no concept is called ``concept`` or ``to``.
        AmbiguousConcept: several concepts are.
        NoPath: the two are not connected.
    """
    if form in _FOLDERS and output is None:
        raise InputError(f"{form.value} is several files; name a folder for them with -o FOLDER.")
    with opened(graph, lang=lang, background=background) as here:
        lang = here.lang
        texts = _texts(here.store, form, concept, to, lang)
    if output is None:
        sys.stdout.write(texts[""])
        return
    if form is GraphFormat.OBSIDIAN:
        _prepare_vault(output, texts, replace=replace)
    # With a byte order mark spreadsheets see that a table is UTF-8; other programs want none.
    _write(texts, output, encoding="utf-8-sig" if form is GraphFormat.CSV else "utf-8")
    show([styled(say("exported", lang, path=output))], to=console(sys.stderr))


def _texts(store: GraphStore, form: GraphFormat, concept: str | None, to: str | None, lang: str) -> Mapping[str, str]:
    """File name → content; the name of the only file is empty."""
    match form:
        case GraphFormat.CSV:
            return to_csv(store)
        case GraphFormat.NEO4J:
            return to_neo4j_tables(store)
        case GraphFormat.OBSIDIAN:
            return to_vault(store, lang=lang)
        case GraphFormat.MERMAID:
            return {"": to_mermaid(_diagram(store, concept, to, lang))}
        case GraphFormat.DOT:
            return {"": to_dot(_diagram(store, concept, to, lang))}
        case GraphFormat.JSON:
            return {"": to_json(store)}
        case GraphFormat.GRAPHML:
            return {"": to_graphml(store)}
        case GraphFormat.GEXF:
            return {"": to_gexf(store)}
        case GraphFormat.SKOS:
            return {"": to_skos(store)}


def _diagram(store: GraphStore, concept: str | None, to: str | None, lang: str) -> Diagram:
    if concept is None:
        return whole_diagram(store, lang=lang)
    return prerequisites_diagram(store, concept) if to is None else path_diagram(store, concept, to, lang=lang)


def _prepare_vault(vault: Path, texts: Mapping[str, str], *, replace: bool) -> None:
    """Make sure that no work is lost, and remove the notes of the last export that are in this one no more.

    Raises:
        InputError: a note of the last export was edited, or a file that was not exported is in the way.
    """
    exported = _exported(vault)
    edited = [path for path in sorted({*exported, *texts}) if _edited(vault / path, exported.get(path))]
    edited = [] if replace else [path for path in edited if path != MANIFEST]
    if edited:
        more = f" and {len(edited) - 1} more" if len(edited) > 1 else ""
        raise InputError(
            f"{vault / edited[0]}{more} was edited since the last export. Bring the changes into your corrections "
            "(studyatlas corrections import), then export with --replace, or export to another folder."
        )
    _remove(vault, exported.keys() - texts.keys())


def _exported(vault: Path) -> dict[str, str]:
    """Path → SHA-256 of the files of the last export; empty where there was none."""
    path = vault / MANIFEST
    try:
        files = json.loads(path.read_text(encoding="utf-8"))["files"]
        return {str(name): str(digest) for name, digest in files.items() if _inside(vault, str(name))}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path} is not what studyatlas wrote ({error!r}). Export to another folder.") from error


def _inside(folder: Path, name: str) -> bool:
    """Whether a path of the manifest, which anybody may have written, is in the folder."""
    return (folder / name).resolve().is_relative_to(folder.resolve())


def _edited(path: Path, digest: str | None) -> bool:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest() != digest
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error


def _remove(folder: Path, names: Collection[str]) -> None:
    for name in sorted(names):
        try:
            (folder / name).unlink(missing_ok=True)
        except OSError as error:
            raise InputError(f"Cannot remove {folder / name}: {error.strerror}.") from error


def _write(texts: Mapping[str, str], output: Path, *, encoding: str) -> None:
    """Write each file whole under another name first, so that a full disk leaves no half of a file.

    Raises:
        InputError: a file cannot be written; what was there before is there still.
    """
    for name, text in texts.items():
        path = output / name if name else output
        part = path.with_name(path.name + ".part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(text, encoding=encoding, newline="")
            part.replace(path)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise InputError(f"Cannot write {path}: {error.strerror}.") from error
