"""The errors of studyatlas. Each message names the thing, the value, what was tried and what there is.

::

    StudyatlasError
    ├── InputError                what the user handed in cannot be used (exit code 2)
    │   ├── NoNotesError          nothing in the folder can be read
    │   └── SettingsError         a setting or a settings file is wrong
    ├── NoSuchConcept             (exit code 4) carries the nearest names
    ├── AmbiguousConcept          (exit code 3) carries the concepts that it may mean
    ├── NoPath                    the two concepts are not connected within the limit
    ├── StoreError                (exit code 6) a store cannot be reached, read or written
    │   ├── NotAGraph             the file is not a studyatlas graph
    │   ├── NewerSchema           the file was written by a newer studyatlas
    │   ├── ProgressError         what the learner knows cannot be read or written; the file is as it was
    │   └── PublishError          the new graph could not be stored; the earlier one is untouched
    ├── EncoderError              a named embedding model cannot be used (exit code 7)
    ├── LanguageModelError        a named language model cannot be asked (exit code 8)
    └── WorkerError               the workers of a build cannot be reached, or are lost (exit code 9)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

LONGEST_NAME: Final = 80
"""Characters of a name that a message shows."""


def shortened(name: str) -> str:
    """``name`` as a message shows it: at most :data:`LONGEST_NAME` characters, the last of them … where it is longer.

    >>> len(shortened("x" * 5000)), shortened("LoRA")
    (80, 'LoRA')
    """
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"


class StudyatlasError(Exception):
    """Base of all errors that are meant to be read by a person."""

    exit_code: int = 1


class InputError(StudyatlasError):
    """What the user handed in cannot be used."""

    exit_code = 2


class NoNotesError(InputError):
    """Nothing in the folder can be read as a note."""


class SettingsError(InputError):
    """A setting or a settings file is wrong."""


class NoSuchConcept(StudyatlasError):
    """No concept has this name or alias."""

    exit_code = 4

    def __init__(self, name: str, nearest: Sequence[str] = ()) -> None:
        self.name = name
        self.nearest = tuple(nearest)
        near = f" Nearest: {', '.join(repr(shortened(n)) for n in self.nearest)}." if self.nearest else ""
        super().__init__(f"No concept named {shortened(name)!r}.{near}")


class AmbiguousConcept(StudyatlasError):
    """Several concepts go by this name."""

    exit_code = 3

    def __init__(self, name: str, choices: Sequence[str]) -> None:
        self.name = name
        self.choices = tuple(choices)
        """Ids of the concepts that the name may mean, most salient first; each can be given instead of the name."""
        super().__init__(
            f"{shortened(name)!r} may mean: {', '.join(map(shortened, self.choices))}. Give one of these ids."
        )


class NoPath(StudyatlasError):
    """The two concepts are not connected within the limit."""

    def __init__(self, start: str, end: str, max_hops: int) -> None:
        self.start, self.end, self.max_hops = start, end, max_hops
        hops = f"{max_hops} hop{'' if max_hops == 1 else 's'}"
        super().__init__(f"{shortened(start)!r} and {shortened(end)!r} are not connected within {hops}.")


class StoreError(StudyatlasError):
    """A store cannot be reached, read or written."""

    exit_code = 6


class NotAGraph(StoreError):
    """The file is not a studyatlas graph."""


class NewerSchema(StoreError):
    """The file was written by a newer studyatlas."""


class ProgressError(StoreError):
    """What the learner knows cannot be read or written. The file is as it was."""


class PublishError(StoreError):
    """The new graph could not be stored. The earlier graph, if any, is untouched."""


class EncoderError(StudyatlasError):
    """A named embedding model cannot be used."""

    exit_code = 7


class LanguageModelError(StudyatlasError):
    """A named language model cannot be asked: no server, a wrong key, no such model."""

    exit_code = 8


class WorkerError(StudyatlasError):
    """Processes or machines that work for a build cannot be reached, were lost, or are of another version."""

    exit_code = 9
