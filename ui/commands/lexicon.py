"""The verb `lexicon import`: a lexicon of what another program knows of a field."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from extract.knowledge.lexicon_import import imported_lexicon
from graph.errors import InputError
from ui.i18n import say
from ui.settings import Settings
from ui.terminal import console, show, styled


def import_lexicon(source: Path, *, output: Path | None, lang: str | None) -> None:
    """Write the lexicon of ``source`` to ``output``; None: to standard output. What is left out is told on stderr.

    Raises:
        InputError: the source cannot be used, or the output cannot be written.
    """
    lang = lang or Settings.from_environment(os.environ).lang or "en"
    found = imported_lexicon(source)
    for what in found.left_out:
        show([styled(say("lexicon_left_out", lang, what=what))], to=console(sys.stderr))
    if output is None:
        sys.stdout.write(found.text)
        return
    try:
        output.write_text(found.text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise InputError(f"Cannot write {output}: {error.strerror}.") from error
    show([styled(say("lexicon_imported", lang, n=found.entries, path=output))], to=console(sys.stderr))
