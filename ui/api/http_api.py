"""The HTTP API: the verbs of :mod:`ui.verbs` as GET requests, the same values as ``--json`` prints.

Read-only. Bound to this machine unless a token is set; closed to pages of other sites (no CORS, the Host header is
checked); bounded in size and time; answers carry an ETag by build, so that a client can keep them.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from importlib.metadata import version
from typing import Annotated, Any, Final

from fastapi import Depends, FastAPI, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from fastapi_offline import FastAPIOffline
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware

from graph.errors import AmbiguousConcept, InputError, NoPath, NoSuchConcept, StudyatlasError
from graph.model import RelationType
from ui import verbs
from ui.api.served import ServedGraph
from ui.shapes import (
    VERSION,
    AnswerShape,
    CardShape,
    ErrorShape,
    GapsShape,
    InfoShape,
    LayersShape,
    LinesShape,
    NeighboursShape,
    NextShape,
    PathsShape,
    SearchShape,
    StudyShape,
    ThemesShape,
)

LOCAL_HOSTS: Final = ("127.0.0.1", "localhost", "[::1]", "::1")
LONGEST_TARGET: Final = 8_192
"""Characters of the path and the query of a request."""
TIME: Final = 30.0
"""Seconds that an answer may take."""
PREFIX: Final = f"/v{VERSION}"
STATUS: Final[Mapping[type[StudyatlasError], int]] = {
    NoSuchConcept: 404,
    NoPath: 404,
    AmbiguousConcept: 409,
    InputError: 404,  # a note or lines that there are not; values of another form are 422
}
"""Of the errors that a request can cause; any other is 500."""
ERRORS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": ErrorShape, "description": HTTPStatus(status).phrase}
    for status in (400, 401, 404, 409, 413, 414, 422, 503)
}

Name = Annotated[str, Query(min_length=1, max_length=200, description="A name, alias or id of a concept.")]
Names = Annotated[list[str], Query(max_length=200, description="What is known already.")]
Limit = Annotated[int, Query(ge=1, le=200)]
_BEARER: Final = HTTPBearer(auto_error=False, description="The token that the server was started with.")


class ExactJSON(JSONResponse):
    """JSON as ``--json`` writes it, so that the bytes are the same."""

    def render(self, content: Any) -> bytes:
        """``content`` as text."""
        return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode("utf-8", "surrogatepass")


def http_api(graph: ServedGraph, *, token: str = "", hosts: Sequence[str] = LOCAL_HOSTS, time: float = TIME) -> FastAPI:
    """The application for ``graph``.

    Args:
        graph: what is served.
        token: which every request has to carry as ``Authorization: Bearer …``; empty for none.
        hosts: names under which the server may be called; a page that resolves its own name to this machine is refused.
        time: seconds that an answer may take.
    """
    app = FastAPIOffline(
        title="studyatlas",
        version=version("studyatlas"),
        summary="A concept graph of study notes: what they say, and on which line.",
        dependencies=[Depends(_checked_token(token))] if token else [],
        default_response_class=ExactJSON,
        responses=ERRORS,
        favicon_url="",
        redoc_url=None,
    )
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False)
    app.middleware("http")(_bounded(graph, time))
    _add_errors(app)
    _add_verbs(app, graph)
    return app


def _checked_token(token: str) -> Callable[..., Awaitable[None]]:
    async def check(given: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]) -> None:
        if token and not (given and hmac.compare_digest(given.credentials.encode(), token.encode())):
            said = "This server wants its token: Authorization: Bearer TOKEN."
            raise HTTPException(401, said, {"WWW-Authenticate": "Bearer"})

    return check


def _bounded(
    graph: ServedGraph, time: float
) -> Callable[[Request, Callable[[Request], Awaitable[Response]]], Awaitable[Response]]:
    """Limits on size and time, and the ETag by build."""

    async def handle(request: Request, go: Callable[[Request], Awaitable[Response]]) -> Response:
        target = f"{request.url.path}?{request.url.query}"
        if len(target) > LONGEST_TARGET:
            return _error(414, f"The request is longer than {LONGEST_TARGET} characters.")
        if request.headers.get("content-length", "0").strip("0") or "transfer-encoding" in request.headers:
            return _error(413, "Requests have no body: everything is in the address.")
        tag = ""
        if request.method == "GET" and request.url.path.startswith(PREFIX):
            told = f"{graph.build} {target}".encode("utf-8", "surrogatepass")
            tag = f'"{hashlib.sha256(told).hexdigest()[:32]}"'
        try:
            answer = await asyncio.wait_for(go(request), time)
        except TimeoutError:
            return _error(503, f"This takes longer than {time:g} seconds; ask for less.")
        if tag and answer.status_code == 200:
            answer.headers["ETag"] = tag
            answer.headers["Cache-Control"] = "private, no-cache"
            if tag in (part.strip() for part in request.headers.get("if-none-match", "").split(",")):
                return Response(status_code=304, headers={"ETag": tag})
        answer.headers["X-Content-Type-Options"] = "nosniff"
        return answer

    return handle


def _error(status: int, message: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"error": message}, status, headers=dict(headers or {}))


def _add_errors(app: FastAPI) -> None:
    @app.exception_handler(StudyatlasError)
    async def ours(_request: Request, error: StudyatlasError) -> JSONResponse:
        status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 500)
        content: dict[str, Any] = {"error": str(error)}
        if isinstance(error, NoSuchConcept):
            content["nearest"] = list(error.nearest)
        if isinstance(error, AmbiguousConcept):
            content["choices"] = list(error.choices)
        return JSONResponse(content, status)

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        said = "; ".join(f"{'.'.join(map(str, e['loc'][1:]))}: {e['msg']}" for e in error.errors())
        return _error(422, said or "The request is not of the form that /docs describes.")

    @app.exception_handler(HTTPException)
    async def refused(_request: Request, error: HTTPException) -> JSONResponse:
        return _error(error.status_code, str(error.detail), error.headers)


def _add_verbs(app: FastAPI, graph: ServedGraph) -> None:
    get = app.get

    @get(f"{PREFIX}/info", tags=["graph"], response_model=InfoShape)
    def info() -> Response:
        """What the graph contains."""
        return ExactJSON(verbs.info(graph.store, graph.shown))

    @get(f"{PREFIX}/search", tags=["concepts"], response_model=SearchShape)
    def search(text: Annotated[str, Query(min_length=1, max_length=500)], limit: Limit = 10) -> Response:
        """Concepts by name and sections of the notes by words."""
        return ExactJSON(verbs.found_by_words(graph.store, text, limit=limit))

    @get(f"{PREFIX}/concept", tags=["concepts"], response_model=CardShape)
    def concept(name: Name) -> Response:
        """All about a concept."""
        return ExactJSON(verbs.concept_card(graph.store, name))

    @get(f"{PREFIX}/neighbours", tags=["concepts"], response_model=NeighboursShape)
    def neighbours(
        name: Name,
        depth: Annotated[int, Query(ge=1, le=4)] = 1,
        limit: Limit = 50,
        types: Annotated[list[RelationType], Query(max_length=20)] = [],  # noqa: B006
    ) -> Response:
        """The concepts around a concept."""
        return ExactJSON(verbs.neighbours(graph.store, name, depth=depth, limit=limit, types=types))

    @get(f"{PREFIX}/path", tags=["concepts"], response_model=PathsShape)
    def path(
        start: Name,
        end: Name,
        max_hops: Annotated[int, Query(ge=1, le=8)] = 4,
        limit: Annotated[int, Query(ge=1, le=10)] = 3,
    ) -> Response:
        """How two concepts are connected."""
        return ExactJSON(verbs.paths(graph.store, start, end, max_hops=max_hops, limit=limit))

    @get(f"{PREFIX}/prereqs", tags=["study"], response_model=LayersShape)
    def prereqs(name: Name) -> Response:
        """What a concept rests on, layer by layer."""
        return ExactJSON(verbs.prerequisites(graph.store, name))

    @get(f"{PREFIX}/study", tags=["study"], response_model=StudyShape)
    def study(
        goal: Name,
        known: Names = [],  # noqa: B006
        start: Annotated[str | None, Query(max_length=200)] = None,
        minutes: Annotated[float | None, Query(gt=0, le=100_000)] = None,
        full: bool = False,
    ) -> Response:
        """What to learn in order to understand a concept, in order."""
        return ExactJSON(verbs.study_path(graph.store, goal, known=known, start=start, minutes=minutes, full=full))

    @get(f"{PREFIX}/next", tags=["study"], response_model=NextShape)
    def next_steps(
        known: Names = [],  # noqa: B006
        goal: Annotated[str | None, Query(max_length=200)] = None,
        limit: Limit = 5,
    ) -> Response:
        """What can be learned now."""
        return ExactJSON(verbs.next_steps(graph.store, known=known, goal=goal, limit=limit))

    @get(f"{PREFIX}/ask", tags=["questions"], response_model=AnswerShape)
    def ask(question: Annotated[str, Query(min_length=1, max_length=5000)], explain: bool = False) -> Response:
        """Answer a question from the notes, with citations."""
        return ExactJSON(verbs.answer(graph.answerer(), question, explain=explain))

    @get(f"{PREFIX}/themes", tags=["graph"], response_model=ThemesShape)
    def themes(level: Annotated[int | None, Query(ge=0, le=100)] = None) -> Response:
        """The themes of the notes, with cited summaries."""
        return ExactJSON(verbs.themes(graph.store, level=level))

    @get(f"{PREFIX}/gaps", tags=["study"], response_model=GapsShape)
    def gaps(limit: Limit = 5) -> Response:
        """What the notes leave open."""
        return ExactJSON(verbs.gaps(graph.store, limit=limit))

    @get(f"{PREFIX}/lines/{{doc:path}}", tags=["graph"], response_model=LinesShape)
    def lines(
        doc: Annotated[str, Path(max_length=1000)],
        first: Annotated[int, Query(ge=1, le=2**31)] = 1,
        last: Annotated[int | None, Query(ge=1, le=2**31)] = None,
    ) -> Response:
        """Lines of a note as they are written, at most 400 at a time."""
        return ExactJSON(verbs.read_lines(graph.store, doc, first=first, last=last))
