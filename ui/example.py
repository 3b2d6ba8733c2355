"""The example notes that come with studyatlas: what the home page and `studyatlas demo` build."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from graph.errors import InputError

EXAMPLES: Final = (
    Path(__file__).resolve().parent / "example_notes",
    Path(__file__).resolve().parent.parent / "examples" / "notes",
)
"""Where the example notes are: in the installed package, or in a checkout."""


def example_notes() -> Path | None:
    """The folder of the example notes; None where they were not installed."""
    return next((folder for folder in EXAMPLES if folder.is_dir()), None)


def copy_example(folder: Path) -> Path:
    """Copy the example notes to ``folder``, where they may be written to; ``folder``, absolute.

    Raises:
        InputError: they were not installed, or cannot be copied.
    """
    source = example_notes()
    if source is None:
        raise InputError("The example notes are not installed.")
    folder = folder.expanduser().resolve()
    try:
        shutil.copytree(source, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".*"))
    except (OSError, shutil.Error) as error:
        raise InputError(f"The example notes cannot be copied to {folder}: {error}.") from error
    return folder
