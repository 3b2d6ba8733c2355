"""Where a graph lies in Neo4j: the server, who asks, the database, and the graph's name, as one address.

::

    neo4j://[USER[:PASSWORD]@]HOST[:PORT][/DATABASE][?graph=NAME]

``neo4j`` may be ``bolt``, and both may be followed by ``+s`` or ``+ssc`` (encrypted). What the address leaves open the
server decides (the database) or is looked up (a database that contains one graph needs no name).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

from graph.errors import StoreError
from graph.stores.masking import MASK, masked

SCHEMES: Final = frozenset({"neo4j", "neo4j+s", "neo4j+ssc", "bolt", "bolt+s", "bolt+ssc"})
LONGEST_NAME: Final = 200
"""Characters of a graph's name at most."""


@dataclass(frozen=True, slots=True, repr=False)
class Neo4jAddress:
    """A graph in a Neo4j database. As text it never shows the password."""

    server: str
    """Scheme, host and port, as the driver wants them: ``neo4j://localhost:7687``."""
    user: str | None = None
    password: str | None = None
    database: str | None = None
    """None: the user's home database."""
    graph: str | None = None
    """None: the only graph of the database."""

    @classmethod
    def parse(cls, url: str) -> Neo4jAddress:
        """Take ``url`` apart.

        Raises:
            StoreError: it is not an address of this form; neither the message nor its cause contains the password.
        """
        login, _, _ = url.partition("://")[2].rpartition("@")
        if set("/?#") & set(login):
            raise StoreError(
                f"{masked(url)} is not an address of Neo4j: percent-encode special characters"
                " of user, password and names (@ as %40, / as %2F, ? as %3F, # as %23)."
            )
        parts, host, port = _taken_apart(url)
        if parts is None or parts.scheme not in SCHEMES or not host:
            raise StoreError(
                f"{masked(url)} is not an address of Neo4j. It should look like neo4j://localhost:7687?graph=NAME."
            )
        asked = dict(parse_qsl(parts.query, keep_blank_values=True))
        unknown = sorted(asked.keys() - {"graph"})
        if unknown or parts.fragment:
            raise StoreError(
                f"{masked(url)}: only ?graph=NAME may follow the database, not "
                f"{(unknown or ['#' + parts.fragment])[0]!r}."
            )
        host = f"[{host}]" if ":" in host else host
        database = unquote(parts.path.strip("/")) or None
        return cls(
            server=f"{parts.scheme}://{host}" + (f":{port}" if port is not None else ""),
            user=unquote(parts.username) if parts.username else None,
            password=None if parts.password is None else unquote(parts.password),
            database=database,
            graph=checked_name(asked["graph"]) if "graph" in asked else None,
        )

    def completed(
        self,
        *,
        user: str | None = None,
        password: str | None = None,
        database: str | None = None,
        graph: str | None = None,
    ) -> Neo4jAddress:
        """This address, with what it leaves open filled in.

        A password goes with its user: one for another user is not taken.
        """
        whose = self.user or user
        return replace(
            self,
            user=whose,
            password=self.password
            if self.password is not None
            else (password if user is None or whose == user else None),
            database=self.database or database,
            graph=self.graph or graph,
        )

    @property
    def url(self) -> str:
        """The address with its password, for :meth:`parse`."""
        return self._url(None if self.password is None else quote(self.password, safe=""))

    @property
    def shown(self) -> str:
        """The address as people may see it: with ``***`` for the password."""
        return self._url(None if self.password is None else MASK)

    def _url(self, password: str | None) -> str:
        scheme, _, place = self.server.partition("://")
        login = quote(self.user or "", safe="") + ("" if password is None else f":{password}")
        who = f"{login}@" if login else ""
        database = "" if self.database is None else "/" + quote(self.database, safe="")
        graph = "" if self.graph is None else "?" + urlencode({"graph": self.graph})
        return f"{scheme}://{who}{place}{database}{graph}"

    def __repr__(self) -> str:
        """For logs: without the password."""
        return f"Neo4jAddress({self.shown!r})"


def _taken_apart(url: str) -> tuple[SplitResult | None, str | None, int | None]:
    """The parts of ``url``, its host and its port; None for the parts where it is malformed.

    The exception is not kept: its words may quote the password.
    """
    try:
        parts = urlsplit(url)
        return parts, parts.hostname, parts.port
    except ValueError:
        return None, None, None


def checked_name(name: str) -> str:
    """``name`` itself, if a graph may be called so.

    Raises:
        StoreError: it is empty, too long, or contains characters that cannot be seen.
    """
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise StoreError(
            f"A graph cannot be called {name[:40]!r}: a name has 1 to {LONGEST_NAME} characters that can be seen."
        )
    return name
