"""The verb `app`: the pages in a browser, served to this machine only."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import webbrowser
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Final

from graph.errors import InputError
from graph.stores.address import FileAddress, GraphAddress, existing_graph
from ui.commands.common import opened
from ui.i18n import say
from ui.settings import DATABASE_VARIABLE, GRAPH_VARIABLE, LANG_VARIABLE, PASSWORD_VARIABLE, USER_VARIABLE, Settings
from ui.terminal import console, styled

ADDRESS: Final = "127.0.0.1"
SERVER: Final = Path(__file__).resolve().parent.parent / "server.py"
STREAMLIT: Final = {
    "server.address": ADDRESS,
    "server.headless": "true",  # else Streamlit asks for an e-mail address; the browser is opened by us
    "server.fileWatcherType": "none",
    "server.runOnSave": "false",
    "server.enableXsrfProtection": "true",
    "server.maxUploadSize": "200",  # MB for each file
    # it would wait for an answer at the very first start, and nobody sees the question
    "server.showEmailPrompt": "false",
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
SIGNALLED: Final = 128
"""What shells add to the number of the signal that ended a program."""


def serve(
    graph: str | GraphAddress | None = None, *, port: int | None = None, browser: bool = True, lang: str | None = None
) -> int:
    """Start the pages for this machine only, say where they are, and stay until they are stopped. Main thread only.

    Args:
        graph: a file, a folder of notes or an address of Neo4j (:func:`graph.stores.address.existing_graph`); None:
            what the environment names, else the graph of the working directory.
        port: on the loopback interface; None: a free one.
        browser: whether to open a browser window.
        lang: ``zh`` or ``en``; None: the language of the notes.

    Returns:
        The exit code: 0 where the pages were stopped, else Streamlit's.

    Raises:
        StoreError: the graph cannot be opened; nothing was started.
        InputError: the port is taken; nothing was started.
    """
    if graph is None or isinstance(graph, str):
        graph = existing_graph(graph, defaults=Settings.from_environment(os.environ).graphs)
    with opened(graph, lang=lang) as here:
        # Opened once before anything is started: a wrong path is told on the command line, not in a browser.
        chosen = here.lang
    chosen_port = free_port() if port is None else checked_port(port)
    variables = environment(graph, lang)
    line = command(chosen_port)
    process = subprocess.Popen(line, env=variables, stdout=subprocess.DEVNULL)  # noqa: S603 our own file
    stopped: list[int] = []

    def stop(number: int, _frame: object) -> None:
        stopped.append(number)
        process.terminate()

    signal.signal(signal.SIGTERM, stop)
    try:
        if _listens(chosen_port, process):
            _tell(f"http://{ADDRESS}:{chosen_port}", chosen, browser=browser)
        code = process.wait()
    except KeyboardInterrupt:
        process.terminate()
        process.wait(timeout=10)
        code = 0
    return 0 if stopped else code if code >= 0 else SIGNALLED - code


def _tell(url: str, lang: str, *, browser: bool) -> None:
    console().print(styled(say("url", lang, url=url)))
    sys.stdout.flush()
    if browser:
        webbrowser.open(url)


def command(port: int) -> list[str]:
    """The command line that starts Streamlit on our pages."""
    options = [f"--{name}={value}" for name, value in {**STREAMLIT, "server.port": str(port)}.items()]
    return [sys.executable, "-m", "streamlit", "run", str(SERVER), *options]


def environment(graph: GraphAddress, lang: str | None) -> dict[str, str]:
    """The environment of the pages: ours, with the graph and the language that were chosen on the command line.

    A login goes into the variables for it, and never into an address.
    """
    chosen: dict[str, str | None]
    if isinstance(graph, FileAddress):
        chosen = {GRAPH_VARIABLE: str(graph.path.resolve())}
    else:
        chosen = {
            GRAPH_VARIABLE: replace(graph, password=None).url,
            USER_VARIABLE: graph.user,
            PASSWORD_VARIABLE: graph.password,
            DATABASE_VARIABLE: graph.database,
        }
    if lang:
        chosen[LANG_VARIABLE] = str(lang)
    return {name: value for name, value in {**os.environ, **chosen}.items() if value is not None}


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
        probe.bind((ADDRESS, 0))
        return int(probe.getsockname()[1])


def checked_port(port: int) -> int:
    """``port`` itself.

    Raises:
        InputError: something else listens on it, or it may not be used.
    """
    with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError as error:
            raise InputError(
                f"Port {port} cannot be used: {error.strerror}. Give another with --port, or none."
            ) from error
    return port


def _listens(port: int, process: subprocess.Popen[bytes]) -> bool:
    """Wait until the pages answer; False where their process ended before."""
    while process.poll() is None:
        try:
            socket.create_connection((ADDRESS, port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return True
    return False
