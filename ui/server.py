"""The server of the pages: Streamlit's, which answers this machine only.

`studyatlas app` starts it on the loopback interface. That alone does not keep other sites out: a page of any site can
make its own name point to 127.0.0.1 (DNS rebinding), and its script may open a websocket to any address. So requests
are answered only where their ``Host``, and the ``Origin`` that browsers send along, are names of this machine.
"""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import streamlit as st
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

PAGES: Final = Path(__file__).resolve().parent / "app.py"
REFUSED: Final = "studyatlas answers this machine only: open it as http://localhost or http://127.0.0.1.\n"
_HTTP_PORTS: Final = {"http": 80, "https": 443}


def is_from_here(host: str | None, origin: str | None) -> bool:
    """Whether a request with these headers comes from a page of ours on this machine.

    Args:
        host: ``NAME`` or ``NAME:PORT``, as the browser has it from the address; None: not sent.
        origin: ``SCHEME://NAME:PORT`` of the page that asks; None: not sent, as when an address is opened.
    """
    try:
        asked = urlsplit(f"//{host or ''}")
        port = asked.port
        if not _is_this_machine(asked.hostname) or asked.netloc != host or asked.username is not None:
            return False
        if origin is None:
            return True
        page = urlsplit(origin)
        scheme = page.scheme if page.scheme in _HTTP_PORTS else ""
        return (
            bool(scheme)
            and _is_this_machine(page.hostname)
            and (page.port or _HTTP_PORTS[scheme]) == (port or _HTTP_PORTS[scheme])
        )
    except ValueError:  # a port that is no number, or brackets that do not close
        return False


def _is_this_machine(name: str | None) -> bool:
    """Whether ``name`` is localhost or an address of the loopback interface, which no name server has a say in."""
    if name == "localhost":
        return True
    try:
        return ip_address(name or "").is_loopback
    except ValueError:
        return False


class OnlyThisMachine:
    """Middleware that refuses what does not come from here (403), websockets before they are opened."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on, or refuse it."""
        if scope["type"] in ("http", "websocket") and not is_from_here(
            _header(scope, b"host"), _header(scope, b"origin")
        ):
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008})  # before it was accepted: answered with 403
            else:
                await PlainTextResponse(REFUSED, status_code=403)(scope, receive, send)
            return
        await self._app(scope, receive, send)


class QuietlyLost:
    """Middleware that ends a websocket whose page has gone without a word.

    Streamlit sends and receives at once. Where a page is closed or reloaded, its sending notices first, and its
    receiving then fails with a RuntimeError that the server would print as a traceback over the user's terminal.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on; what fails because nobody is there any more is no failure."""
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        lost = False

        async def sending(message: Message) -> None:
            nonlocal lost
            try:
                await send(message)
            except OSError:
                lost = True
                raise

        try:
            await self._app(scope, receive, sending)
        except RuntimeError:
            if not lost:
                raise


def _header(scope: Scope, name: bytes) -> str | None:
    """The value of a header; where it is sent more than once, a value that no name of ours is."""
    found = [value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name]
    return ", ".join(found) if found else None


app = st.App(PAGES, middleware=[Middleware(QuietlyLost), Middleware(OnlyThisMachine)])
