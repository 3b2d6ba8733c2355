"""The verbs `serve` and `mcp`: a graph for other programs."""

from __future__ import annotations

import os
import sys
from typing import Final

from graph.errors import InputError
from graph.stores.address import GraphAddress
from ui.commands.app import checked_port, free_port
from ui.i18n import say
from ui.settings import API_TOKEN_VARIABLE, Settings
from ui.terminal import console, styled

LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
ANYWHERE: Final = ("0.0.0.0", "::")  # noqa: S104 named in order to be told from others
LEAST_TOKEN: Final = 16
"""Letters of a token; a shorter one can be guessed."""
MCP_PORT: Final = 8765
API_PORT: Final = 8766


def serve_api(
    graph: GraphAddress, *, host: str, port: int | None, hosts: tuple[str, ...], background: bool, lang: str | None
) -> None:
    """Serve the HTTP API until it is stopped.

    Args:
        graph: what is served.
        host: address to listen on; any but the loopback needs a token in the environment.
        port: None for a free one.
        hosts: further names under which the server may be called.
        background: whether general knowledge is served.
        lang: language of what is printed.

    Raises:
        InputError: the extra is not installed, the port is taken, or a token is missing or too short.
        StoreError: there is no graph.
    """
    token = os.environ.get(API_TOKEN_VARIABLE, "")
    if token and len(token) < LEAST_TOKEN:
        raise InputError(f"The token in {API_TOKEN_VARIABLE} is too short: at least {LEAST_TOKEN} characters.")
    if host not in LOOPBACK and not token:
        raise InputError(
            f"{host} can be reached by others: set a token of at least {LEAST_TOKEN} characters in {API_TOKEN_VARIABLE}"
            " first, or leave out --host."
        )
    try:
        import uvicorn

        from ui.api.http_api import LOCAL_HOSTS, http_api
    except ImportError as error:
        raise InputError("Serving needs the extra serve: pip install 'studyatlas[serve]'.") from error
    from ui.api.served import served

    chosen = (free_port() if port is None else checked_port(port)) if host in LOOPBACK else (port or API_PORT)
    allowed = (*LOCAL_HOSTS, *hosts, *(() if host in (*LOOPBACK, *ANYWHERE) else (host,)))
    with served(graph, background=background) as here:
        app = http_api(here, token=token, hosts=allowed)
        shown = f"[{host}]" if ":" in host else host
        line = say("served", lang or Settings.from_environment(os.environ).lang or "en", url=f"http://{shown}:{chosen}")
        console().print(styled(line))
        sys.stdout.flush()
        uvicorn.run(app, host=host, port=chosen, log_level="warning", server_header=False, limit_concurrency=64)


def serve_mcp(graph: GraphAddress, *, http: bool, port: int | None, background: bool) -> None:
    """Serve the graph to an assistant: over standard input and output, or over HTTP on this machine.

    Raises:
        InputError: the extra is not installed, or the port is taken.
        StoreError: there is no graph.
    """
    try:
        from ui.api.mcp_server import mcp_server
    except ImportError as error:
        raise InputError("The MCP server needs the extra mcp: pip install 'studyatlas[mcp]'.") from error
    from ui.api.served import served

    with served(graph, background=background) as here:
        server = mcp_server(here)
        if not http:
            server.run("stdio")
            return
        chosen = checked_port(port or MCP_PORT)
        sys.stderr.write(f"http://127.0.0.1:{chosen}/mcp\n")
        sys.stderr.flush()
        server.run("streamable-http", host="127.0.0.1", port=chosen)
