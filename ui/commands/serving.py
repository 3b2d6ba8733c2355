"""The verb `app`: the pages in a browser, served to this machine only."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Final

import typer

from ui.commands.common import opened
from ui.i18n import say
from ui.rendering import console, styled

ADDRESS: Final = "127.0.0.1"
PAGES: Final = Path(__file__).resolve().parent.parent / "app.py"
STARTED_BY_US: Final = {
    "server.address": ADDRESS,
    "server.fileWatcherType": "none",
    "server.runOnSave": "false",
    "server.enableXsrfProtection": "true",
    "server.showEmailPrompt": "false",  # it would wait for an answer at the very first start, and nobody sees the question
    "browser.serverAddress": ADDRESS,
    "browser.gatherUsageStats": "false",
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "none",
    "logger.level": "error",
    "runner.magicEnabled": "false",
    "theme.light.primaryColor": "#3B6FD4",
    "theme.dark.primaryColor": "#7FA8FF",  # both, so that the reader's own choice of light or dark stays
}
"""Streamlit's settings for our pages: no telemetry, no network, no address but the loopback."""


def serve(graph: str | None, *, port: int | None, browser: bool, lang: str | None) -> None:
    """Start the pages, say where they are, and stay until they are stopped.

    Raises:
        StoreError: the graph cannot be opened; nothing was started.
        typer.Exit: with Streamlit's exit code where it ended by itself.
    """
    with opened(graph, lang=lang) as here:
        # Opened once before anything is started: a wrong path is told on the command line, not in a browser.
        target, chosen = here.target, here.lang
    chosen_port = port or free_port()
    console().print(styled(say("url", chosen, url=f"http://{ADDRESS}:{chosen_port}")))
    sys.stdout.flush()
    process = subprocess.Popen(command(chosen_port, browser=browser), env=environment(target, lang), stdout=subprocess.DEVNULL)  # noqa: S603 our own interpreter and file
    raise typer.Exit(_wait(process))


def command(port: int, *, browser: bool) -> list[str]:
    """The command line that starts Streamlit on our pages."""
    settings = {**STARTED_BY_US, "server.port": str(port), "server.headless": str(not browser).lower()}
    options = [f"--{name}={value}" for name, value in settings.items()]
    return [sys.executable, "-m", "streamlit", "run", str(PAGES), *options]


def environment(graph: str, lang: str | None) -> dict[str, str]:
    """The environment of the pages: ours, with the graph and the language that were chosen on the command line."""
    chosen = {"STUDYATLAS_GRAPH": graph if "://" in graph else str(Path(graph).resolve())}
    return {**os.environ, **chosen, **({"STUDYATLAS_LANG": str(lang)} if lang else {})}


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
        probe.bind((ADDRESS, 0))
        return int(probe.getsockname()[1])


def _wait(process: subprocess.Popen[bytes]) -> int:
    """Wait for the pages; whatever ends us ends them, and Ctrl-C is no error."""
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.terminate()
        process.wait(timeout=10)
        return 0
