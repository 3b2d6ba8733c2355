"""What holds for all tests.

None reads the developer's home or environment, and in CI none is skipped for want of a tool.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from hypothesis import settings

from extract.pipeline import build
from graph.model import GraphSnapshot
from tests.places import ROOT

STRICT = os.environ.get("STUDYATLAS_STRICT") == "1"
"""CI sets it: a test that wants a browser, a model or a server and does not find one fails, while at a desk it is
skipped."""
STRICT_MARKERS = ("browser", "embeddings", "neo4j")

# No deadline: how long an example takes says nothing on a shared machine. In CI every run tries the same examples.
settings.register_profile("studyatlas", deadline=None, derandomize=STRICT)
settings.load_profile("studyatlas")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--renew-golden", action="store_true", help="Write the golden files anew instead of comparing with them."
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):  # one of several processes
        from tests.distribution import by_group

        by_group(items)


@pytest.hookimpl(optionalhook=True)  # without pytest-xdist one process runs all tests
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    from tests.distribution import Groups

    return Groups(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if (
        STRICT
        and report.skipped
        and not hasattr(report, "wasxfail")
        and any(item.get_closest_marker(m) for m in STRICT_MARKERS)
    ):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} may not be skipped here (STUDYATLAS_STRICT=1): {reason}"
    return report


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test runs with an empty home and without the settings of whoever runs it."""
    for name in list(os.environ):
        if name.startswith(("STUDYATLAS_", "NEO4J_", "STREAMLIT_", "XDG_")) and not name.startswith("STUDYATLAS_TEST_"):
            monkeypatch.delenv(name)
    home = str(tmp_path_factory.mktemp("home"))
    monkeypatch.setenv("HOME", home)
    monkeypatch.setenv("USERPROFILE", home)


@pytest.fixture(scope="session")
def seeds() -> Path:
    """The folder of the seed documents, which lies beside the repository where it is at all."""
    folder = ROOT.parent / "shared" / "seeds"
    if not any(folder.glob("*.txt")):
        pytest.skip("the seed documents are not there (../shared/seeds)")
    return folder


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """``golden(name, text)``.

    ``text`` is, byte for byte, what ``tests/golden/NAME`` holds (``make golden`` writes it anew).
    """

    def compare(name: str, text: str) -> None:
        assert text, f"nothing to compare with {name}"
        path = ROOT / "tests" / "golden" / name
        if request.config.getoption("--renew-golden"):
            assert not STRICT, "CI compares with golden files and never renews them"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
        assert path.is_file(), f"{path} is not there; make golden writes it"
        assert text.encode().decode() == path.read_bytes().decode(), (
            f"{name} has changed; if that is meant, run make golden and read the diff"
        )

    return compare


@pytest.fixture(scope="session")
def example_graph() -> GraphSnapshot:
    """The graph of the example notes, built once for all tests that look at it."""
    return build(ROOT / "examples" / "notes").snapshot
