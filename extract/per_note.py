"""Extraction of many notes, as it goes to other processes and machines and back."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from extract.document import extract_document
from extract.knowledge.lexicon import LexiconChoice, chosen_lexicon
from extract.knowledge.yaml_nodes import read_text
from extract.models import Models
from extract.notes.files import SourceFile
from extract.packing import pack
from extract.text.segment import english_lexicon
from graph.text.frequency import general_frequency


@dataclass(frozen=True, slots=True)
class BatchExtraction:
    """What is done with a batch of notes in another process: each is extracted and packed."""

    lexicon: LexiconChoice
    models: Models
    """Only what the extraction of a note needs."""
    files: tuple[str, ...] = ()
    """Contents of the user's lexicon files, for machines that do not have them; the files of the choice in order, then
    its packs that are files."""

    @classmethod
    def of(cls, lexicon: LexiconChoice, models: Models, *, shares_files: bool) -> BatchExtraction:
        """The extraction with this lexicon and these models.

        Args:
            lexicon: the choice of the build.
            models: the models of the build.
            shares_files: whether the other process sees the files of this machine.

        Raises:
            SettingsError: a file of the user is gone.
        """
        paths = () if shares_files else (*lexicon.files, *lexicon.pack_files)
        needed = Models(models.salience, aliases=models.aliases)
        return cls(lexicon, needed, tuple(read_text(Path(path), "lexicon") for path in paths))

    def __call__(self, notes: Sequence[SourceFile]) -> list[bytes]:
        """What :func:`extract.packing.pack` makes of each of ``notes``."""
        lexicon = _written_here(self.lexicon, self.files) if self.files else self.lexicon
        return [pack(extract_document(note, lexicon=lexicon, models=self.models), note.text) for note in notes]


def light(source: SourceFile) -> SourceFile:
    """As much of a note as its extraction needs: what was read besides does not travel."""
    return replace(source, original=(), left_out=(), starts=())


def prepare() -> None:
    """Read what every extraction needs, so that processes which are forked afterwards have it."""
    general_frequency("zh")
    general_frequency("en")
    english_lexicon()


@lru_cache(maxsize=4)
def _written_here(choice: LexiconChoice, contents: tuple[str, ...]) -> LexiconChoice:
    """``choice`` with files of this machine that have these contents; they go with the process."""
    folder = Path(tempfile.mkdtemp(prefix="studyatlas-lexicon-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    places: dict[str, str] = {}
    for number, (path, text) in enumerate(zip((*choice.files, *choice.pack_files), contents, strict=True)):
        place = folder / str(number) / Path(path).name
        place.parent.mkdir()
        place.write_text(text, encoding="utf-8", newline="")
        places[path] = str(place)
    here = replace(
        choice,
        files=tuple(places[path] for path in choice.files),
        packs=tuple(places.get(pack, pack) for pack in choice.packs),
    )
    chosen_lexicon(here)
    return here
