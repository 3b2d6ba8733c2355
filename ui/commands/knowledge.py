"""What the learner knows: said on the command line, or kept as progress."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from graph.errors import ProgressError
from ui.commands.common import Opened
from ui.progress import progress_path, read_progress


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is taken as known: names from the command line, ids from the progress."""

    given: tuple[str, ...]
    progress: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        """Both."""
        return (*self.given, *self.progress)


def knowledge(here: Opened, given: Sequence[str], *, progress: Path | None, use_progress: bool) -> Knowledge:
    """What is known by the command line and, unless that is not wanted, by the learner's progress.

    Raises:
        ProgressError: the progress cannot be read or understood.
    """
    if not use_progress:
        return Knowledge(tuple(given), ())
    try:
        path = progress_path(here.address, here.store.info().source, given=progress)
    except ProgressError:  # there is no place for it, so there is none
        return Knowledge(tuple(given), ())
    return Knowledge(tuple(given), read_progress(path, here.store).marked)
