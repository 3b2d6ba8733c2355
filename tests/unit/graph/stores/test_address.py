"""Which graph is meant: everything that a person can name, alone and together with the defaults."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.errors import SettingsError, StoreError
from graph.stores.address import (
    NO_DEFAULTS,
    FileAddress,
    GraphAddress,
    GraphDefaults,
    copied_graph,
    existing_graph,
    graph_to_read,
    graph_to_write,
    new_graph,
    same_graph,
    server_of,
)
from graph.stores.neo4j.address import Neo4jAddress

HOST = "neo4j://db.local"
LOGIN = GraphDefaults(user="ann", password="s3cret", database="db")
STORE = GraphDefaults(store=HOST)


def neo4j(
    graph: str | None, user: str | None = None, password: str | None = None, database: str | None = None
) -> GraphAddress:
    return Neo4jAddress(HOST, user, password, database, graph)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a file, a folder of notes and a folder that has only a ``graph.db``."""
    monkeypatch.chdir(tmp_path)
    for path in ("mine.db", "notes/.studyatlas/graph.db", "notes/graph.db", "plain/graph.db", "empty/a.md"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    return tmp_path


def file(path: str) -> GraphAddress:
    return FileAddress(Path(path))


@pytest.mark.usefixtures("here")
class TestExisting:
    @pytest.mark.parametrize(
        ("given", "store", "defaults", "meant"),
        [
            # a file, a folder of notes, a folder with a graph
            ("mine.db", None, NO_DEFAULTS, file("mine.db")),
            ("notes", None, NO_DEFAULTS, file("notes/.studyatlas/graph.db")),
            ("plain", None, NO_DEFAULTS, file("plain/graph.db")),
            # an address
            (f"{HOST}?graph=a", None, NO_DEFAULTS, neo4j("a")),
            ("BOLT+S://h:1/d?graph=a", None, NO_DEFAULTS, Neo4jAddress("bolt+s://h:1", database="d", graph="a")),
            (HOST, None, LOGIN, neo4j(None, "ann", "s3cret", "db")),
            ("neo4j://bob:p@db.local/x?graph=a", None, LOGIN, neo4j("a", "bob", "p", "x")),
            ("neo4j://bob@db.local", None, LOGIN, neo4j(None, "bob", None, "db")),
            # a store and a name
            ("a", HOST, NO_DEFAULTS, neo4j("a")),
            ("mine.db", HOST, NO_DEFAULTS, neo4j("mine.db")),
            (None, HOST, LOGIN, neo4j(None, "ann", "s3cret", "db")),
            (None, f"{HOST}?graph=a", NO_DEFAULTS, neo4j("a")),
            ("a", f"{HOST}?graph=a", NO_DEFAULTS, neo4j("a")),
            # what is given wins over the defaults
            ("mine.db", None, GraphDefaults(graph="notes"), file("mine.db")),
            (None, None, GraphDefaults(graph="notes"), file("notes/.studyatlas/graph.db")),
            (None, HOST, GraphDefaults(graph="notes", store="neo4j://other"), neo4j(None)),
            (None, None, GraphDefaults(graph=f"{HOST}?graph=a", user="ann"), neo4j("a", "ann")),
            # a store by default: names are looked for there, but addresses and what is a path are not names
            ("a", None, STORE, neo4j("a")),
            (None, None, GraphDefaults(store=HOST, graph="a"), neo4j("a")),
            (None, None, STORE, neo4j(None)),
            ("mine.db", None, STORE, file("mine.db")),
            ("bolt://h?graph=b", None, STORE, Neo4jAddress("bolt://h", graph="b")),
            # an empty name is none
            ("", None, GraphDefaults(graph="mine.db"), file("mine.db")),
        ],
    )
    def test_what_is_meant(
        self, given: str | None, store: str | None, defaults: GraphDefaults, meant: GraphAddress
    ) -> None:
        assert existing_graph(given, store=store, defaults=defaults) == meant

    def test_nothing_given_is_the_graph_of_this_folder(self, here: Path) -> None:
        assert existing_graph(None, here=here / "notes") == FileAddress(here / "notes" / ".studyatlas" / "graph.db")
        assert existing_graph(None, here=here / "plain") == FileAddress(here / "plain" / "graph.db")
        with pytest.raises(
            StoreError,
            match=r"no graph in .*/empty \(neither \.studyatlas/graph\.db nor graph\.db\)\."
            r" Build one with: studyatlas build FOLDER",
        ):
            existing_graph(None, here=here / "empty")

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ("empty", r"There is no graph in .*/empty \(neither .*\)\. Build one with: studyatlas build empty"),
            ("no.db", r"There is no graph at no\.db\. Build one with: studyatlas build FOLDER -o no\.db"),
            ("no/graph.db", r"There is no graph at no/graph\.db"),
            ("x" * 300, "There is no graph at x+"),
            ("http://localhost:7474", r"No store answers to http:// addresses\. Give a file, a folder, or a neo4j://"),
            ("neo4jj://h", "No store answers to neo4jj:// addresses"),
            ("neo4j://", "is not an address of Neo4j"),
            ("neo4j://h?grap=a", r"only \?graph=NAME may follow the database, not 'grap'"),
            ("neo4j://h?graph=", "A graph cannot be called ''"),
            ("ann:s3cret@h", r"ann:\*\*\*@h looks like an address without its scheme"),
            ("neo4j:/ann:s3cret@h", r"neo4j:/ann:\*\*\*@h looks like an address without its scheme"),
            (" neo4j://ann:s3cret@h", r" neo4j://ann:\*\*\*@h is not an address"),
            ("neo4j://ann:s3/cret@h", r"neo4j://ann:\*\*\*@h is not an address of Neo4j: percent-encode"),
        ],
    )
    def test_what_cannot_be_meant(self, given: str, said: str) -> None:
        for defaults in (NO_DEFAULTS, LOGIN):
            with pytest.raises(StoreError, match=said) as caught:
                existing_graph(given, defaults=defaults)
            assert "s3cret" not in str(caught.value)
            assert caught.value.__context__ is None

    @pytest.mark.parametrize(
        ("given", "store", "said"),
        [
            (None, "graph.db", r"'graph\.db' is not the address of a Neo4j server"),
            (None, "http://ann:s3cret@h", r"'http://ann:\*\*\*@h' is not the address of a Neo4j server"),
            (f"{HOST}?graph=a", HOST, "Both --store and --graph are addresses"),
            ("neo4j:/ann:s3cret@h", HOST, "Both --store and --graph are addresses"),
            ("b", f"{HOST}?graph=a", r"names the graph 'a', and --graph names 'b'"),
        ],
    )
    def test_what_does_not_go_together(self, given: str | None, store: str, said: str) -> None:
        with pytest.raises(SettingsError, match=said) as caught:
            existing_graph(given, store=store)
        assert "s3cret" not in str(caught.value)
        if given is None:
            with pytest.raises(SettingsError, match=said):
                existing_graph(None, defaults=GraphDefaults(store=store))


@pytest.mark.usefixtures("here")
class TestOne:
    def test_to_read_and_to_write(self) -> None:
        assert graph_to_read(Path("notes")) == graph_to_write("notes") == file("notes/.studyatlas/graph.db")
        assert graph_to_read("plain") == file("plain/graph.db")
        assert graph_to_write("plain") == file("plain/.studyatlas/graph.db")
        assert graph_to_write(Path("new.db")) == file("new.db")
        assert graph_to_write(HOST, defaults=LOGIN) == graph_to_read(HOST, defaults=LOGIN)
        with pytest.raises(StoreError, match="looks like an address"):
            graph_to_write("ann:s3cret@h")

    def test_a_file_that_looks_like_a_login_is_a_file(self, here: Path) -> None:
        (here / "ann:b@h").touch()
        assert graph_to_read("ann:b@h") == file("ann:b@h")
        assert graph_to_write(Path("ann:c@h")) == file("ann:c@h")

    def test_same_graph(self, here: Path) -> None:
        assert same_graph(file("notes/../mine.db"), FileAddress(here / "mine.db"))
        assert not same_graph(file("mine.db"), file("notes/graph.db"))
        assert same_graph(neo4j("a", "ann", "p"), neo4j("a"))
        assert not same_graph(neo4j("a"), neo4j("b"))
        assert not same_graph(neo4j("a"), file("a"))


@pytest.mark.usefixtures("here")
class TestNew:
    @pytest.mark.parametrize(
        ("notes", "output", "store", "graph", "defaults", "meant"),
        [
            ("notes", None, None, None, NO_DEFAULTS, file("notes/.studyatlas/graph.db")),
            ("empty/a.md", None, None, None, NO_DEFAULTS, file("empty/.studyatlas/graph.db")),
            ("notes", "new.db", None, None, STORE, file("new.db")),
            ("notes", "plain", None, None, NO_DEFAULTS, file("plain/.studyatlas/graph.db")),
            ("notes", None, HOST, None, LOGIN, neo4j("notes", "ann", "s3cret", "db")),
            ("notes", None, HOST, "a", NO_DEFAULTS, neo4j("a")),
            ("notes", None, f"{HOST}?graph=a", None, NO_DEFAULTS, neo4j("a")),
            ("empty/a.md", None, None, None, STORE, neo4j("a")),
            ("notes", None, None, "b", STORE, neo4j("b")),
        ],
    )
    def test_where_it_goes(
        self,
        notes: str,
        output: str | None,
        store: str | None,
        graph: str | None,
        defaults: GraphDefaults,
        meant: GraphAddress,
    ) -> None:
        assert new_graph(Path(notes), output=output, store=store, graph=graph, defaults=defaults) == meant

    @pytest.mark.parametrize(
        ("output", "store", "graph", "said"),
        [
            ("g.db", HOST, None, "either --output FILE, or --store URL"),
            ("g.db", None, "a", "either --output FILE, or --store URL"),
            (None, None, "a", "--graph NAME is for --store URL"),
            (None, "g.db", None, r"'g\.db' is not the address of a Neo4j server"),
            (None, f"{HOST}?graph=a", "b", r"names the graph 'a', and --graph names 'b'"),
            ("neo4j://ann:s3cret@h", None, None, r"--output is a file, and neo4j://ann:\*\*\*@h is an address"),
        ],
    )
    def test_what_does_not_go_together(
        self, output: str | None, store: str | None, graph: str | None, said: str
    ) -> None:
        with pytest.raises(SettingsError, match=said):
            new_graph(Path("notes"), output=output, store=store, graph=graph)


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("target", "source", "notes", "meant"),
    [
        ("copy.db", file("mine.db"), "/n/notes", file("copy.db")),
        ("plain", file("mine.db"), "", file("plain/.studyatlas/graph.db")),
        (f"{HOST}?graph=a", file("mine.db"), "/n/notes", neo4j("a")),
        (HOST, file("mine.db"), "/n/notes", neo4j("notes")),
        (HOST, file("mine.db"), "", neo4j("mine")),
        (HOST, Neo4jAddress("bolt://other", graph="b"), "/n/notes", neo4j("b")),
    ],
)
def test_where_a_copy_goes(target: str, source: GraphAddress, notes: str, meant: GraphAddress) -> None:
    assert copied_graph(target, source, notes) == meant


def test_the_server() -> None:
    assert server_of(HOST, defaults=LOGIN) == neo4j(None, "ann", "s3cret", "db")
    assert server_of(None, defaults=GraphDefaults(store=HOST, graph="neo4j://other")) == neo4j(None)
    assert server_of(None, defaults=GraphDefaults(graph=f"{HOST}?graph=a")) == neo4j("a")
    for defaults in (NO_DEFAULTS, GraphDefaults(graph="graph.db")):
        with pytest.raises(SettingsError, match="Say which Neo4j"):
            server_of(None, defaults=defaults)
    with pytest.raises(SettingsError, match="is not the address of a Neo4j server"):
        server_of("http://h")


def test_defaults_show_no_password() -> None:
    defaults = GraphDefaults(graph="neo4j://ann:s3cret@h", store="bolt://ann:s3cret@h", user="ann", password="s3cret")
    assert repr(defaults) == (
        "GraphDefaults(graph='neo4j://ann:***@h', store='bolt://ann:***@h', user='ann', password='***', database=None)"
    )
    assert repr(NO_DEFAULTS) == "GraphDefaults(graph=None, store=None, user=None, password=None, database=None)"
