"""The verb `corrections import`: an edited Obsidian vault becomes lines of ``studyatlas.yaml``."""

from __future__ import annotations

from pathlib import Path

from extract.knowledge.edit_corrections import Edit, planned_change, write_change
from extract.knowledge.vault_corrections import VaultEdits, vault_edits
from graph.errors import InputError
from graph.stores.address import GraphAddress
from ui.commands.common import opened
from ui.i18n import say
from ui.records import print_json
from ui.terminal import show, styled


def import_vault(
    vault: Path,
    graph: GraphAddress | None,
    *,
    notes: Path | None,
    dry_run: bool,
    as_json: bool,
    lang: str | None,
) -> None:
    """Write what differs in ``vault`` into the corrections of ``notes``, or of the notes that ``graph`` was built from.

    Raises:
        InputError: the vault cannot be read, its changes contradict each other, or there is no folder of notes.
    """
    if notes is None:
        if graph is None:
            raise ValueError("Either the notes or a graph must be given.")
        with opened(graph, lang=lang) as here:
            notes, lang = Path(here.store.info().source), here.lang
    if not notes.is_dir():
        raise InputError(f"The notes are not in {notes}. Name their folder with --notes FOLDER.")
    found = vault_edits(vault)
    change = planned_change(notes, found.edits)
    changed = change.after != (change.before or "")
    if changed and not dry_run:
        write_change(change)
    if as_json:
        print_json(
            {
                "edits": [{"what": e.what, "names": list(e.names), "value": e.value} for e in found.edits],
                "unknown": list(found.unknown),
                "written": str(change.path) if changed and not dry_run else None,
            }
        )
        return
    _tell(found, lang or "en")
    if changed and not dry_run:
        show([styled(say("corrections_written", lang or "en", path=change.path, folder=notes))])


def _tell(found: VaultEdits, lang: str) -> None:
    if not found.edits:
        show([styled(say("corrections_none", lang))])
    for edit in found.edits:
        show([styled((edit.what, "bold"), "  ", _words(edit))])
    if found.unknown:
        show([styled(say("corrections_unknown", lang, n=len(found.unknown), names=", ".join(found.unknown[:5])))])


def _words(edit: Edit) -> str:
    arrow = f" → {edit.value}" if edit.value else ""
    return " = ".join(edit.names) + arrow if edit.what in ("merge", "add") else ", ".join(edit.names) + arrow
