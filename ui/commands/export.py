"""The verb `export`: the whole graph in a format that other programs read."""

from __future__ import annotations

import sys
from pathlib import Path

from graph.errors import InputError
from graph.exchange.exports import to_csv, to_graphml, to_json
from graph.stores.address import GraphAddress
from graph.stores.contract import GraphStore
from ui.commands.common import opened
from ui.i18n import say
from ui.terminal import console, show, styled


def export_graph(graph: GraphAddress, *, form: str, output: Path | None, background: bool = True) -> None:
    """Write the graph to ``output``: a file, for csv a folder of tables; None: standard output.

    Raises:
        InputError: ``output`` cannot be written, or csv is to go to standard output, which contains one table only.
    """
    if form == "csv" and output is None:
        raise InputError("CSV is several tables; name a folder for them with -o FOLDER.")
    with opened(graph, lang=None, background=background) as here:
        texts, lang = _texts(here.store, form), here.lang
    if output is None:
        sys.stdout.write(texts[""])
        return
    _write(texts, output)
    show([styled(say("exported", lang, path=output))], to=console(sys.stderr))


def _texts(store: GraphStore, form: str) -> dict[str, str]:
    """File name → content; the name of the only file is empty."""
    if form == "csv":
        return dict(to_csv(store))
    return {"": to_json(store) if form == "json" else to_graphml(store)}


def _write(texts: dict[str, str], output: Path) -> None:
    """Write each file whole under another name first, so that a full disk leaves no half of a file.

    Raises:
        InputError: a file cannot be written; what was there before is there still.
    """
    for name, text in texts.items():
        path = output / name if name else output
        part = path.with_name(path.name + ".part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # With a byte order mark spreadsheets see that a table is UTF-8; other programs want none.
            part.write_text(text, encoding="utf-8-sig" if name else "utf-8", newline="")
            part.replace(path)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise InputError(f"Cannot write {path}: {error.strerror}.") from error
