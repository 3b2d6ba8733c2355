"""What ``docker compose up`` starts, with Neo4j and without."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from graph.stores.address import FileAddress, existing_graph
from graph.stores.neo4j.address import Neo4jAddress
from graph.stores.opening import open_store
from tests.compose import health_of_served, services
from tests.places import ROOT
from tests.unit.ui.fixture import NOTES, write_notes
from ui.settings import Settings

PASSWORD = {"STUDYATLAS_NEO4J_PASSWORD": "s3cret-s3cret"}
FILE = {"STORE": "sqlite"}


@pytest.mark.parametrize("environment", [PASSWORD, FILE], ids=["neo4j", "sqlite"])
def test_ports_are_published_on_the_loopback_only(environment: dict[str, str]) -> None:
    ports = {name: service["ports"] for name, service in services(environment).items()}
    expected = {"app": ["127.0.0.1:8501:8501"], "neo4j": ["127.0.0.1:7474:7474", "127.0.0.1:7687:7687"]}
    assert ports == {name: expected[name] for name in (["app"] if environment is FILE else ["neo4j", "app"])}


def test_the_app_waits_for_neo4j_and_uses_it() -> None:
    started = services(PASSWORD)
    assert set(started) == {"neo4j", "app"}
    app, neo4j = started["app"], started["neo4j"]
    assert app["depends_on"] == {"neo4j": {"condition": "service_healthy"}}
    assert neo4j["healthcheck"]["test"][0] == "CMD-SHELL"
    assert neo4j["healthcheck"]["retries"] >= 10
    assert re.match(r"neo4j:5\.26", neo4j["image"])
    assert neo4j["environment"]["NEO4J_AUTH"] == "neo4j/s3cret-s3cret"
    graph = existing_graph(None, defaults=Settings.from_environment(app["environment"]).graphs)
    assert graph == Neo4jAddress("neo4j://neo4j:7687", "neo4j", "s3cret-s3cret", graph="notes")
    assert app["command"][2].startswith("studyatlas build /notes --graph notes && ")


def test_the_password_comes_from_the_environment_and_is_on_no_command_line() -> None:
    with pytest.raises(KeyError, match="STUDYATLAS_NEO4J_PASSWORD"):
        services({})
    for service in services(PASSWORD).values():
        assert "s3cret" in str(service["environment"])
        assert "s3cret" not in str({name: value for name, value in service.items() if name != "environment"})
    for name in ("docker-compose.yml", "docker-compose.neo4j.yml", "docker-compose.sqlite.yml", "Dockerfile"):
        text = (ROOT / name).read_text(encoding="utf-8")
        commands = [line for line in text.splitlines() if "studyatlas build" in line or line.startswith("CMD")]
        assert not any("PASSWORD" in line or "://" in line.replace("http://127.0.0.1:8501", "") for line in commands)


def test_the_file_needs_neither_neo4j_nor_a_password() -> None:
    started = services(FILE)
    assert set(started) == {"app"}
    assert "depends_on" not in started["app"]
    assert set(started["app"]["environment"]) == {"STUDYATLAS_GRAPH"}
    assert "neo4j" not in str(started)


def test_the_notes_are_those_of_the_environment_and_cannot_be_written_to() -> None:
    for more in (PASSWORD, FILE):
        for notes, source in (({}, "examples/notes"), ({"NOTES": "/home/ann/my notes"}, "/home/ann/my notes")):
            (bind,) = [v for v in services({**more, **notes})["app"]["volumes"] if isinstance(v, dict)]
            assert bind == {"type": "bind", "source": source, "target": "/notes", "read_only": True}
    assert (ROOT / "examples" / "notes").is_dir()


def test_there_is_no_other_store() -> None:
    with pytest.raises(FileNotFoundError):
        services({"STORE": "other"})


@pytest.mark.parametrize("environment", [PASSWORD, FILE], ids=["neo4j", "sqlite"])
def test_the_image_has_what_the_command_calls(environment: dict[str, str]) -> None:
    app = services(environment)["app"]
    assert app["build"] == "."
    image = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    shell, option, line = app["command"]
    assert (shell, option) == ("sh", "-c")
    _, _, serve = line.partition(" && exec ")
    python, script = serve.split()
    folder, _, name = script.rpartition("/")
    assert (ROOT / "scripts" / name).is_file()
    assert f"COPY scripts/{name} {folder}/\n" in image
    assert f'CMD ["{python}", "{script}"]' in image


def test_the_file_is_built_and_served(tmp_path: Path) -> None:
    """The two commands of the service, with a folder here in the place of the volumes."""
    app = services(FILE)["app"]
    notes = write_notes(tmp_path / "my notes")
    line = app["command"][2].partition(" && exec ")[0]
    words = [word.replace("/notes", str(notes)).replace("/data", str(tmp_path)) for word in line.split()]
    assert words[0] == "studyatlas"
    subprocess.run([sys.executable, "-m", "ui.cli", *words[1:]], cwd=ROOT, env=dict(os.environ), check=True)
    environment = {name: value.replace("/data", str(tmp_path)) for name, value in app["environment"].items()}
    graph = existing_graph(None, defaults=Settings.from_environment(environment).graphs)
    assert graph == FileAddress(tmp_path / "graph.db")
    with open_store(graph) as store:
        assert store.info().documents == len(NOTES)
    assert health_of_served(environment) == "ok"
