"""The connection to a Neo4j server: how it is opened, made ready, and how its errors become ours."""

from __future__ import annotations

import logging
import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, Literal, NoReturn
from urllib.parse import urlsplit

from neo4j import (
    READ_ACCESS,
    WRITE_ACCESS,
    Driver,
    GraphDatabase,
    NotificationMinimumSeverity,
    Query,
    Session,
    Transaction,
)
from neo4j.exceptions import (
    AuthError,
    ClientError,
    ConfigurationError,
    DriverError,
    Forbidden,
    Neo4jError,
    ServiceUnavailable,
    SessionExpired,
    TransientError,
)

from graph.errors import StoreError
from graph.stores.masking import without_passwords
from graph.stores.neo4j import cypher
from graph.stores.neo4j.address import Neo4jAddress

OLDEST: Final = (5, 26)
"""The oldest server whose Cypher we speak."""
PORT: Final = 7687
"""Where Neo4j listens if the address does not say."""
CONNECT_SECONDS: Final = 5.0
"""How long a server may take to answer the first call."""

Role = Literal["read", "publish", "stage"]
"""What a transaction is for; it appears in its metadata, where `SHOW TRANSACTIONS` tells it to others."""
Row = list[Any]

_AGENT: Final = re.compile(r"Neo4j/(\d+)\.(\d+)")


class Neo4jLink:
    """An open driver to the server of ``address``. Threads may share it. Use :meth:`to` to make one.

    Sessions share bookmarks, so that in a cluster what one has written the next one sees.
    """

    def __init__(self, address: Neo4jAddress, driver: Driver) -> None:
        self.address = address
        self.driver = driver
        self._bookmarks = GraphDatabase.bookmark_manager()
        self._ready = False

    @classmethod
    def to(cls, address: Neo4jAddress) -> Neo4jLink:
        """Connect, and make sure that it is a Neo4j that we know.

        Raises:
            StoreError: it cannot be reached, refuses the password, has no such database or is too old; the message says
                what to do.
        """
        auth = (
            None
            if address.user is None and address.password is None
            else (address.user or "neo4j", address.password or "")
        )
        logging.getLogger("neo4j").addHandler(logging.NullHandler())  # what it would say on stderr our errors say
        _check_listening(address)
        with translated(address, "reached"):
            driver = GraphDatabase.driver(
                address.server,
                auth=auth,
                connection_timeout=CONNECT_SECONDS,
                connection_acquisition_timeout=4 * CONNECT_SECONDS,
                max_transaction_retry_time=2 * CONNECT_SECONDS,
                notifications_min_severity=NotificationMinimumSeverity.OFF,
                user_agent="studyatlas",
            )
        link = cls(address, driver)
        try:
            with translated(address, "reached"):
                agent = driver.get_server_info().agent
            _check_version(address, agent)
            with link.reading("") as tx:
                tx.run(cypher.STILL_THERE).consume()
        except BaseException:
            driver.close()
            raise
        return link

    def close(self) -> None:
        """Close all connections."""
        self.driver.close()

    @contextmanager
    def session(self, *, write: bool = False, fetch_size: int = 5000) -> Iterator[Session]:
        """A session with the database; errors of the driver inside the block become ours.

        Raises:
            StoreError: anything that the driver raised.
        """
        mode = WRITE_ACCESS if write else READ_ACCESS
        opened = self.driver.session(
            database=self.address.database,
            default_access_mode=mode,
            bookmark_manager=self._bookmarks,
            fetch_size=fetch_size,
        )
        with translated(self.address, "written" if write else "read"), opened as session:
            yield session

    @contextmanager
    def reading(self, graph: str, *, timeout: float | None = None, fetch_size: int = 5000) -> Iterator[Transaction]:
        """One transaction to read ``graph`` in.

        While it is open, publishers leave the build alone that it may be reading.
        """
        with (
            self.session(fetch_size=fetch_size) as session,
            session.begin_transaction(metadata=_metadata("read", graph), timeout=timeout) as tx,
        ):
            yield tx

    def make_ready(self) -> None:
        """Make the constraints and indexes that are missing; looked for once for each link.

        Raises:
            StoreError: the user may not.
        """
        if self._ready:
            return
        with self.session(write=True) as session:
            if not {name for (name,) in session.run(cypher.INDEXES).values()} >= cypher.INDEX_NAMES:
                for statement in cypher.SETUP:
                    session.run(statement).consume()
                session.run(cypher.SETTLED).consume()
        self._ready = True


def _metadata(role: Role, graph: str, build: str = "") -> dict[str, str]:
    return {"studyatlas": role, "graph": graph, "build": build}


def begin(session: Session, role: Role, graph: str, build: str) -> Transaction:
    """A transaction that may last as long as it takes, whatever the server's time limit is.

    And tells others what it is for.
    """
    return session.begin_transaction(metadata=_metadata(role, graph, build), timeout=0)


def alone(statement: str, graph: str, build: str) -> Query:
    """``statement`` to be run in a transaction that it manages itself (``IN TRANSACTIONS``)."""
    return Query(statement, metadata=_metadata("stage", graph, build), timeout=0)


def rows(tx: Transaction, statement: str, **values: object) -> list[Row]:
    """All rows of a query."""
    return tx.run(statement, values).values()


def one(tx: Transaction, statement: str, **values: object) -> Mapping[str, Any] | None:
    """The first row of a query as a mapping, None where there is none."""
    found = tx.run(statement, values).data()
    return found[0] if found else None


def _check_listening(address: Neo4jAddress) -> None:
    """Return if something listens there. The driver would also find out, but for ``neo4j://`` not say why.

    Raises:
        StoreError: nothing does, with the reason of the operating system.
    """
    parts = urlsplit(address.server)
    try:
        socket.create_connection((parts.hostname, parts.port or PORT), timeout=CONNECT_SECONDS).close()
    except OSError as e:
        raise StoreError(_unreachable(address, e.strerror or str(e))) from e


def _unreachable(address: Neo4jAddress, why: str) -> str:
    return (
        f"Neo4j at {address.server} cannot be reached: {why}. Is it running? Start one with: docker compose up -d neo4j"
    )


def _check_version(address: Neo4jAddress, agent: str) -> None:
    """Return if we know this server.

    Raises:
        StoreError: it is too old, or not a Neo4j server.
    """
    found = _AGENT.match(agent)
    if found is None:
        raise StoreError(
            f"The server at {address.server} is not a Neo4j server (it says {agent!r})."
            " studyatlas needs Neo4j 5.26 or newer."
        )
    if (int(found[1]), int(found[2])) < OLDEST:
        raise StoreError(
            f"The server at {address.server} is {agent.replace('/', ' ')}; studyatlas needs Neo4j 5.26 or newer. "
            f"Update it."
        )


@contextmanager
def translated(address: Neo4jAddress, done: str) -> Iterator[None]:
    """Turn what the driver raises inside the block into :class:`StoreError`; ``done`` says what could not be done.

    Raises:
        StoreError: in place of any error of the driver.
    """
    try:
        yield
    except (Neo4jError, DriverError, ConfigurationError) as error:
        _fail(address, done, error)


def _fail(address: Neo4jAddress, done: str, error: Exception) -> NoReturn:
    where = f"Neo4j at {address.server}"
    code = (error.code or "") if isinstance(error, Neo4jError) else ""
    said = (error.message or "") if isinstance(error, Neo4jError) else str(error)
    said = without_passwords(said.strip().rstrip("."), [address.password])
    database = address.database or "neo4j"
    if isinstance(error, AuthError) or code.startswith("Neo.ClientError.Security."):
        if isinstance(error, Forbidden):
            raise StoreError(f"{where} does not let {address.user or 'you'} do this: {said}.") from error
        who = f"user {address.user!r} with this password" if address.user else "a connection without user and password"
        raise StoreError(
            f"{where} refuses {who}. Set STUDYATLAS_NEO4J_USER and STUDYATLAS_NEO4J_PASSWORD, or write "
            f"neo4j://USER:PASSWORD@HOST."
        ) from error
    if code == "Neo.ClientError.Database.DatabaseNotFound":
        raise StoreError(
            f"{where} has no database {database!r}. Neo4j Community has one, called 'neo4j'; leave the name out."
        ) from error
    if isinstance(error, ServiceUnavailable | SessionExpired) and done == "reached":
        raise StoreError(_unreachable(address, _reason(error, address.password))) from error
    if isinstance(error, ServiceUnavailable | SessionExpired):
        raise StoreError(
            f"The connection to {where} was lost while the graph was being {done}: {_reason(error, address.password)}."
        ) from error
    if isinstance(error, TransientError | ClientError | Neo4jError):
        raise StoreError(f"{where}, database {database!r}, cannot be {done}: {said or code}.") from error
    raise StoreError(f"{where} cannot be {done}: {said or type(error).__name__}.") from error


def _reason(error: Exception, password: str | None) -> str:
    """The cause of a lost connection in a few words: that of the operating system, where it is known."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, OSError) and seen.strerror:
            return seen.strerror
        seen = seen.__cause__ or seen.__context__
    text = without_passwords(str(error).strip(), [password]).splitlines()
    return (text[0].rstrip(".") if text else type(error).__name__)[:200]
