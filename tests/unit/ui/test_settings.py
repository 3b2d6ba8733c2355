from __future__ import annotations

import pytest

from graph.errors import SettingsError
from graph.stores.address import GraphDefaults
from ui.settings import Settings


def test_every_variable_is_read() -> None:
    assert Settings.from_environment(
        {
            "STUDYATLAS_GRAPH": "g.db",
            "STUDYATLAS_STORE": "neo4j://h",
            "STUDYATLAS_NEO4J_USER": "ann",
            "STUDYATLAS_NEO4J_PASSWORD": "s3cret",
            "STUDYATLAS_NEO4J_DATABASE": "db",
            "STUDYATLAS_LANG": "zh",
        }
    ) == Settings(GraphDefaults("g.db", "neo4j://h", "ann", "s3cret", "db"), "zh")


def test_empty_variables_count_as_not_set() -> None:
    assert Settings.from_environment({"STUDYATLAS_GRAPH": "", "STUDYATLAS_LANG": ""}) == Settings()


def test_another_language_is_refused_with_the_name_of_the_variable() -> None:
    with pytest.raises(SettingsError, match="STUDYATLAS_LANG is 'fr'"):
        Settings.from_environment({"STUDYATLAS_LANG": "fr"})


def test_passwords_are_never_shown() -> None:
    settings = Settings.from_environment(
        {"STUDYATLAS_GRAPH": "neo4j://ann:s3cret@h", "STUDYATLAS_NEO4J_PASSWORD": "s3cret"}
    )
    assert "neo4j://ann:***@h" in repr(settings)
    assert "s3cret" not in repr(settings)
