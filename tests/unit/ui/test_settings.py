from __future__ import annotations

from pathlib import Path

import pytest

from graph.errors import SettingsError, StoreError
from ui.settings import Settings, graph_target, masked


def test_empty_variables_count_as_not_set() -> None:
    assert Settings.from_environment({"STUDYATLAS_GRAPH": "", "STUDYATLAS_LANG": ""}) == Settings()
    assert Settings.from_environment({"STUDYATLAS_GRAPH": "g.db", "STUDYATLAS_LANG": "zh"}) == Settings("g.db", "zh")


def test_another_language_is_refused_with_the_name_of_the_variable() -> None:
    with pytest.raises(SettingsError, match="STUDYATLAS_LANG is 'fr'"):
        Settings.from_environment({"STUDYATLAS_LANG": "fr"})


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        ("neo4j://ann:s3cret@db.local:7687/notes", "neo4j://ann:***@db.local:7687/notes"),
        ("bolt+s://ann:p%40ss@db.local", "bolt+s://ann:***@db.local"),
        ("neo4j://db.local:7687", "neo4j://db.local:7687"),
        ("notes/graph.db", "notes/graph.db"),
    ],
)
def test_passwords_are_never_shown(target: str, shown: str) -> None:
    assert masked(target) == shown
    assert "s3cret" not in repr(Settings(graph=target))
    assert "p%40ss" not in repr(Settings(graph=target))


def test_what_is_given_wins_over_the_setting_and_that_over_this_folder(tmp_path: Path) -> None:
    for name in ("given", "set"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "graph.db").touch()
    (tmp_path / "graph.db").touch()
    given, setting = str(tmp_path / "given"), Settings(graph=str(tmp_path / "set"))
    assert graph_target(given, setting, here=tmp_path) == str(tmp_path / "given" / "graph.db")
    assert graph_target(None, setting, here=tmp_path) == str(tmp_path / "set" / "graph.db")
    assert graph_target(None, Settings(), here=tmp_path) == str(tmp_path / "graph.db")
    (tmp_path / ".studyatlas").mkdir()
    (tmp_path / ".studyatlas" / "graph.db").touch()
    assert graph_target(None, Settings(), here=tmp_path) == str(tmp_path / ".studyatlas" / "graph.db")
    assert graph_target("neo4j://db.local", setting, here=tmp_path) == "neo4j://db.local"


def test_no_graph_says_what_was_tried(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="studyatlas build"):
        graph_target(None, Settings(), here=tmp_path)
