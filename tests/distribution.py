"""Which process runs which tests, where several of them test (``pytest -n 2``): what is slow to make is made once."""

from __future__ import annotations

import re
from typing import Any, Final

import pytest
from xdist.scheduler import LoadScopeScheduling

FIRST: Final = (
    "neo4j",
    "tests/unit/training/test_end_to_end.py",
    "tests/hostile/test_lost_workers.py",
    "tests/hostile/test_growth.py",
    "neo4j-current",
    "tests/quality/test_determinism.py",
    "tests/hostile/test_interrupted_build.py",
    "tests/hostile/test_killed_build.py",
    "tests/browser/test_app.py",
    "tests/browser/test_map.py",
    "tests/browser/test_pages.py",
    "tests/browser/test_sources.py",
    "tests/browser/test_home.py",
)
"""The groups that take longest: begun first, so that at the end no process works on one alone."""
_STORE: Final = re.compile(r"[\[-](neo4j(?:-current)?)[\]-]")


def group_of(test: str) -> str:
    """The group of a test, by its id: the server that it talks to, else its file, whose fixtures it shares."""
    file = test.partition("::")[0]
    if file.startswith("tests/neo4j/"):
        return "neo4j"
    store = _STORE.search(test) if file.startswith("tests/contract/") else None
    return store[1] if store else file


def by_group(items: list[pytest.Item]) -> None:
    """Sort tests so that the groups of :data:`FIRST` come first, in its order."""
    place = {group: number for number, group in enumerate(FIRST)}
    items.sort(key=lambda item: place.get(group_of(item.nodeid), len(FIRST)))


class Groups(LoadScopeScheduling):
    """Each group to one process, in the order of the tests: the next one to whoever has done its own."""

    def __init__(self, config: pytest.Config, log: Any) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False  # by the number of tests, which says little

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)
