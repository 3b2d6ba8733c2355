"""What ``docker compose up`` would start, read from the compose files. No Docker is needed to run this."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import yaml

from tests.neo4j.server import free_port
from tests.places import ROOT

Service = dict[str, Any]

_VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::(?P<kind>[-?])(?P<rest>[^}]*))?\}")


def interpolated(text: str, environment: Mapping[str, str]) -> str:
    """``text`` with ``${NAME}``, ``${NAME:-default}`` and ``${NAME:?message}`` replaced, as compose does it.

    Raises:
        KeyError: a variable with a message is missing.
    """

    def value(found: re.Match[str]) -> str:
        given = environment.get(found["name"], "")
        if not given and found["kind"] == "?":
            raise KeyError(f"{found['name']}: {found['rest']}")
        return given or (found["rest"] if found["kind"] == "-" else "") or ""

    return _VARIABLE.sub(value, text)


def services(environment: Mapping[str, str]) -> dict[str, Service]:
    """The services by their names, with the variables of ``environment`` filled in.

    Raises:
        KeyError: a variable that must be set is missing.
        FileNotFoundError: there is no such store.
    """
    main = _read("docker-compose.yml", environment)
    assert set(main) == {"name", "include"}
    found: dict[str, Service] = {}
    for name in main["include"]:
        for service, options in _read(name, environment)["services"].items():
            assert service not in found
            found[service] = _extended(options, environment)
    return found


def _read(name: str, environment: Mapping[str, str]) -> dict[str, Any]:
    text = (ROOT / name).read_text(encoding="utf-8")
    content = yaml.safe_load(text)
    assert isinstance(content, dict)
    filled = _filled(content, environment)
    assert isinstance(filled, dict)
    return filled


def _filled(value: object, environment: Mapping[str, str]) -> object:
    if isinstance(value, str):
        return interpolated(value, environment)
    if isinstance(value, list):
        return [_filled(item, environment) for item in value]
    if isinstance(value, dict):
        return {key: _filled(item, environment) for key, item in value.items()}
    return value


def _extended(options: Service, environment: Mapping[str, str]) -> Service:
    """A service with what it ``extends`` below it: mappings are merged, a command replaces the other's."""
    if "extends" not in options:
        return options
    other = _read(options["extends"]["file"], environment)["services"][options["extends"]["service"]]
    assert "extends" not in other
    merged = {**other, **options, "environment": {**other.get("environment", {}), **options.get("environment", {})}}
    del merged["extends"]
    return merged


def health_of_served(environment: Mapping[str, str]) -> str:
    """What the script that serves the pages in the container answers to a health check, here on a free port.

    On Linux the address is one that only a server on all interfaces answers on, as it must in a container.
    """
    port = free_port()
    host = "127.0.0.2" if sys.platform == "linux" else "127.0.0.1"
    script = str(ROOT / "scripts" / "serve_in_container.py")
    process = subprocess.Popen(
        [sys.executable, script, str(port)], cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.DEVNULL
    )
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until and process.poll() is None:
            with (
                suppress(OSError),
                urllib.request.urlopen(f"http://{host}:{port}/_stcore/health", timeout=5) as answer,
            ):
                return str(answer.read().decode())
            time.sleep(0.2)
        return f"nothing (exit code {process.poll()})"
    finally:
        process.kill()
        process.wait()
