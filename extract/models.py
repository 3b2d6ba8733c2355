"""The trained models of a build: those that come with the package, or others in their place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from extract.concepts.kinds import KindModel
from extract.concepts.salience import SalienceModel
from extract.relations.model import RELATIONS_FILE, TYPES_FILE, RelationModel
from graph.classifiers import Model, load_model
from graph.errors import InputError
from graph.prerequisites.find import PrerequisiteModel


@dataclass(frozen=True, slots=True, eq=False)
class Models:
    """Trained models to use instead of those that come with the package, e.g. ones that have not seen a document."""

    salience: SalienceModel | None = None
    relations: RelationModel | None = None
    prerequisites: PrerequisiteModel | None = None
    kinds: KindModel | None = None
    aliases: Model | None = None
    definitions: Model | None = None

    @classmethod
    def from_folder(cls, folder: Path) -> Models:
        """The models in ``folder``, as the training writes them with ``--output``.

        Those that are not there are left to the package.

        Raises:
            InputError: the folder has none of the models, only a part of one, or one that cannot be read.
        """
        given: dict[str, Any] = {}
        for name, (files, read) in _FILES.items():
            missing = [file for file in files if not (folder / file).is_file()]
            if len(missing) == len(files):
                continue
            if missing:
                raise InputError(
                    f"{folder} has a part of the {name} model only: {missing[0]} is missing. Train it again."
                )
            try:
                given[name] = read(folder)
            except (OSError, ValueError, KeyError, TypeError) as e:
                raise InputError(f"The {name} model in {folder} cannot be read: {e}. Train it again.") from e
        if not given:
            every = ", ".join(file for files, _ in _FILES.values() for file in files)
            raise InputError(f"{folder} has no trained model. Expected some of: {every}.")
        return cls(**given)


_FILES: Final[dict[str, tuple[tuple[str, ...], Callable[[Path], object]]]] = {
    "salience": (("salience.json", "salience_context.json"), SalienceModel.from_folder),
    "relations": ((RELATIONS_FILE, TYPES_FILE), RelationModel.from_folder),
    "prerequisites": (
        ("prerequisites.json",),
        lambda folder: PrerequisiteModel.from_file(folder / "prerequisites.json"),
    ),
    "kinds": (("kinds.json",), lambda folder: KindModel.from_file(folder / "kinds.json")),
    "aliases": (("aliases.json",), lambda folder: load_model(folder / "aliases.json")),
    "definitions": (("definitions.json",), lambda folder: load_model(folder / "definitions.json")),
}
"""Field of :class:`Models` → names of its files, and what reads them."""
