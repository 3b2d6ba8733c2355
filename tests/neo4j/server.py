"""A real Neo4j for the tests: one that is named, one in a container, or one that Java runs from jars that Maven brings.

In this order: ``STUDYATLAS_TEST_NEO4J`` (an address with user and password), a Docker engine, Java 17 or newer with
Maven. The jars go to a cache outside of the work tree (``STUDYATLAS_TEST_CACHE``, else ``~/.cache/studyatlas-tests``)
and are fetched once."""

from __future__ import annotations

import atexit
import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from neo4j import GraphDatabase
from neo4j.exceptions import DriverError, Neo4jError

HERE: Final = Path(__file__).resolve().parent
ENVIRONMENT: Final = dict(os.environ)
"""As it was before tests got a home of their own: Maven keeps its files in the real one."""
CACHE: Final = Path(
    ENVIRONMENT.get("STUDYATLAS_TEST_CACHE")
    or Path(ENVIRONMENT.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "studyatlas-tests"
)
NAMED: Final = ENVIRONMENT.get("STUDYATLAS_TEST_NEO4J")
PASSWORD: Final = "only-for-tests"
LTS: Final = "5.26.30"
CURRENT: Final = "2026.05.0"
OLDEST_JAVA: Final = {LTS: 17, CURRENT: 21}
IMAGES: Final = {LTS: "neo4j:5.26-community", CURRENT: "neo4j:2026.05-community"}
START_SECONDS: Final = 120
MEMORY: Final = Path("/dev/shm")
"""Where a small server's data goes, if there is such a place: a test waits for a hundred commits, and here none for the
disk."""


class NoServer(Exception):
    """Nothing here can run this version of Neo4j; the message says what was looked for."""


@dataclass
class Server:
    """A Neo4j that runs. ``address`` has user and password."""

    version: str
    address: str

    @property
    def plain(self) -> str:
        """The address without user and password."""
        scheme, _, rest = self.address.partition("://")
        return f"{scheme}://{rest.rpartition('@')[2]}"

    def stop(self) -> None:
        """Stop it, if we have started it."""


@dataclass
class JavaServer(Server):
    """A Neo4j that runs in a process of ours, with a small heap and page cache."""

    java: Path
    jars: Path
    home: Path
    port: int
    heap_mb: int = 640
    pages_mb: int = 96
    process: subprocess.Popen[bytes] | None = field(init=False, default=None)

    def start(self) -> None:
        """Start it on its home folder, and return when it answers."""
        quick = (
            ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Xshare:auto"]
            if self.heap_mb < 1000
            else ["-XX:+UseParallelGC"]
        )
        command = [str(self.java), f"-Xms{self.heap_mb // 2}m", f"-Xmx{self.heap_mb}m", *quick, "-cp", f"{self.jars}/*"]
        command += [str(HERE / "Launch.java"), str(self.home), str(self.port), str(self.pages_mb << 20)]
        with (self.home / "out.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT)
        process = self.process
        until = time.monotonic() + START_SECONDS
        while not answers(self.port):
            if process.poll() is not None or time.monotonic() > until:
                self.kill()
                raise NoServer(
                    f"Neo4j {self.version} did not start: {(self.home / 'out.log').read_text(errors='replace')[-2000:]}"
                )
            time.sleep(0.1)
        set_password(f"bolt://127.0.0.1:{self.port}")

    def kill(self) -> None:
        """End it as a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            if self.process.stdin is not None:
                self.process.stdin.close()

    def stop(self) -> None:
        """End it, and remove its data."""
        self.kill()
        shutil.rmtree(self.home, ignore_errors=True)


@dataclass
class ContainerServer(Server):
    """A Neo4j in a container of ours."""

    name: str

    def stop(self) -> None:
        """Remove the container."""
        subprocess.run(["docker", "rm", "--force", self.name], capture_output=True, check=False)


def start(version: str = LTS, *, java_only: bool = False, **sizes: int) -> Server:
    """A server of this version, by the first way that there is; ``java_only``: one whose process can be killed.

    Raises:
        NoServer: there is none.
    """
    if NAMED and not java_only:
        if version != LTS:
            raise NoServer("STUDYATLAS_TEST_NEO4J names one server; other versions are not started")
        return Server("named", NAMED)
    if not java_only and _docker_answers():
        return _in_container(version)
    return _by_java(version, **sizes)


def _docker_answers() -> bool:
    if shutil.which("docker") is None:
        return False
    with suppress(subprocess.TimeoutExpired):
        return subprocess.run(["docker", "info"], capture_output=True, timeout=10, check=False).returncode == 0
    return False


def _in_container(version: str) -> Server:
    port = free_port()
    name = f"studyatlas-tests-{os.getpid()}-{port}"
    run = [
        "docker",
        "run",
        "--detach",
        "--rm",
        "--name",
        name,
        "--publish",
        f"127.0.0.1:{port}:7687",
        "--env",
        f"NEO4J_AUTH=neo4j/{PASSWORD}",
    ]
    started = subprocess.run([*run, IMAGES[version]], capture_output=True, text=True, check=False)
    if started.returncode:
        raise NoServer(f"Docker cannot run {IMAGES[version]}: {started.stderr.strip()}")
    server = ContainerServer(version, f"bolt://neo4j:{PASSWORD}@127.0.0.1:{port}", name)
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        with suppress(DriverError, Neo4jError), GraphDatabase.driver(server.plain, auth=("neo4j", PASSWORD)) as driver:
            driver.verify_connectivity()
            return server
        time.sleep(0.5)
    server.stop()
    raise NoServer(f"{IMAGES[version]} did not answer within {START_SECONDS} seconds")


def _by_java(version: str, **sizes: int) -> JavaServer:
    java, jars = find_java(OLDEST_JAVA[version]), fetched(version)
    port = free_port()
    home = Path(tempfile.mkdtemp(prefix="studyatlas-neo4j-", dir=MEMORY if MEMORY.is_dir() and not sizes else None))
    server = JavaServer(version, f"bolt://neo4j:{PASSWORD}@127.0.0.1:{port}", java, jars, home, port, **sizes)
    atexit.register(server.stop)  # also where the tests end while it starts
    server.start()
    return server


def find_java(oldest: int) -> Path:
    """The oldest Java that is new enough, with a compiler: Neo4j of one time is tried with the Java of its time.

    Raises:
        NoServer: there is none.
    """
    homes = [Path(ENVIRONMENT["JAVA_HOME"])] if ENVIRONMENT.get("JAVA_HOME") else []
    on_path = shutil.which("java")
    homes += [Path(on_path).resolve().parent.parent] if on_path else []
    homes += sorted(Path("/usr/lib/jvm").glob("*")) + sorted(
        Path("/Library/Java/JavaVirtualMachines").glob("*/Contents/Home")
    )
    found: dict[int, Path] = {}
    for home in homes:
        if (home / "bin" / "javac").exists():
            found.setdefault(_java_version(home / "bin" / "java"), home / "bin" / "java")
    if fitting := sorted(version for version in found if version >= oldest):
        return found[fitting[0]]
    raise NoServer(f"no Java {oldest} or newer with a compiler was found (JAVA_HOME, PATH, /usr/lib/jvm)")


def _java_version(java: Path) -> int:
    """The feature version of a Java, 0 where it does not say."""
    release = java.parent.parent / "release"
    text = release.read_text(errors="replace") if release.exists() else ""
    said = re.search(r'JAVA_VERSION="(\d+)', text)
    return int(said[1]) if said else 0


def fetched(version: str) -> Path:
    """The folder with the jars of a version, from the cache or by Maven.

    Raises:
        NoServer: they are not in the cache and Maven is not there or cannot bring them.
    """
    folder = CACHE / f"neo4j-{version}"
    if folder.is_dir():
        return folder
    maven = shutil.which("mvn")
    if maven is None:
        raise NoServer("no Maven was found to bring Neo4j")
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as new:
        done = subprocess.run(
            [
                maven,
                "-q",
                "-B",
                "-f",
                str(HERE / "pom.xml"),
                f"-Dneo4j.version={version}",
                f"-DoutputDirectory={new}/jars",
                "dependency:copy-dependencies",
            ],
            capture_output=True,
            text=True,
            check=False,
            env=ENVIRONMENT,
        )
        if done.returncode:
            raise NoServer(f"Maven cannot bring Neo4j {version}: {(done.stdout + done.stderr).strip()[-600:]}")
        with suppress(OSError):  # another run may have been quicker
            (Path(new) / "jars").rename(folder)
    return folder


def set_password(address: str) -> None:
    """Give a new server its password; one that has it already is left as it is."""
    with suppress(Neo4jError), GraphDatabase.driver(address, auth=("neo4j", "neo4j")) as driver:
        driver.execute_query("ALTER CURRENT USER SET PASSWORD FROM 'neo4j' TO $new", new=PASSWORD, database_="system")
    until = time.monotonic() + 30
    while True:
        try:
            with GraphDatabase.driver(address, auth=("neo4j", PASSWORD)) as driver:
                driver.execute_query("RETURN 1")
            return
        except (Neo4jError, DriverError):
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def answers(port: int) -> bool:
    """Whether something listens on a port of the loopback interface."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


_running: dict[str, Server | NoServer] = {}
_guards: Final[dict[str, threading.Lock]] = {}
_guard: Final = threading.Lock()


def shared(version: str = LTS) -> Server:
    """The server of this version that all tests of a run share; started when it is first asked for.

    Raises:
        NoServer: there is none.
    """
    with _guard:
        mine = _guards.setdefault(version, threading.Lock())
    with mine:
        if version not in _running:
            atexit.register(stop_all)
            try:
                _running[version] = start(version)
            except NoServer as error:
                _running[version] = error
        found = _running[version]
    if isinstance(found, NoServer):
        raise found
    return found


def stop_all() -> None:
    """Stop the shared servers."""
    for server in _running.values():
        if isinstance(server, Server):
            server.stop()
    _running.clear()
