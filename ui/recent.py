"""The graphs that were opened last, in ``recent.json`` in the user's folder for state.

``{"version": 1, "graphs": [{"graph", "source", "opened", "documents", "concepts"}]}``, the last one first. No password
is ever in it. The list is a convenience: where it cannot be read it is empty, and the reason is returned to be shown.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from graph.errors import SettingsError
from graph.model import GraphInfo
from graph.stores.address import FileAddress, GraphAddress

NAME: Final = "recent.json"
KEPT: Final = 12
VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class RecentGraph:
    """A graph that was opened."""

    graph: str
    """Path or address, without a password."""
    source: str
    """The folder of its notes."""
    opened: str
    """ISO 8601, UTC."""
    documents: int
    concepts: int

    @property
    def there(self) -> bool:
        """Whether its file is there; True for an address, which is not asked."""
        return "://" in self.graph or Path(self.graph).is_file()


def recent_graphs(folder: Path) -> tuple[list[RecentGraph], str]:
    """The graphs of the list in ``folder``, the last one first, and why it cannot be read (empty: it can)."""
    path = folder.expanduser() / NAME
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        if value["version"] != VERSION:
            return [], f"{path} was written by another version of studyatlas."
        return [RecentGraph(**item) for item in value["graphs"]], ""
    except FileNotFoundError:
        return [], ""
    except (OSError, ValueError, TypeError, KeyError) as error:
        return [], f"{path} cannot be read: {error}."


def remember(folder: Path, graph: GraphAddress, info: GraphInfo, *, now: datetime | None = None) -> None:
    """Put a graph at the head of the list.

    Raises:
        SettingsError: the list cannot be written.
    """
    shown = str(graph.path.resolve()) if isinstance(graph, FileAddress) else replace(graph, password=None).url
    since = (now or datetime.now(UTC)).isoformat(timespec="seconds")
    found, _ = recent_graphs(folder)
    first = RecentGraph(shown, info.source, since, info.documents, info.concepts)
    _write(folder.expanduser() / NAME, [first, *(g for g in found if g.graph != shown)][:KEPT])


def forget(folder: Path, graph: str) -> None:
    """Take a graph off the list; the graph itself stays.

    Raises:
        SettingsError: the list cannot be written.
    """
    _write(folder.expanduser() / NAME, [g for g in recent_graphs(folder)[0] if g.graph != graph])


def _write(path: Path, graphs: Sequence[RecentGraph]) -> None:
    text = json.dumps({"version": VERSION, "graphs": [asdict(g) for g in graphs]}, ensure_ascii=False, indent=1)
    new = path.with_name(f"{NAME}.tmp-{os.getpid()}-{uuid.uuid4().hex[:8]}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new.write_text(text + "\n", encoding="utf-8", errors="backslashreplace")
        new.replace(path)
    except OSError as error:
        raise SettingsError(f"The list of recent graphs cannot be written to {path}: {error.strerror}.") from error
    finally:
        with suppress(OSError):
            new.unlink(missing_ok=True)
