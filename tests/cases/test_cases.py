"""Small collections of real kinds, as data: what a build of each must and must not give (README.md has the keys)."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from typer.testing import CliRunner

from graph.model import Concept, LineKind, Passage, Prerequisite, Relation
from graph.stores.sqlite.store import SqliteStore
from graph.text.names import fold
from ui.cli import app

HERE: Final = Path(__file__).parent
CASES: Final = sorted(path.parent.name for path in HERE.glob("*/expect.yaml"))
KEYS: Final = frozenset(
    [
        "about",
        "concepts",
        "absent",
        "same",
        "apart",
        "related",
        "relations",
        "unrelated",
        "typed_never",
        "before",
        "not_before",
        "definitions",
        "nowhere",
        "quoted",
        "ask",
        "report",
        "skipped",
        "options",
    ]
)


@dataclass
class Built:
    """A case after its build."""

    graph: Path
    report: str

    def __post_init__(self) -> None:
        with SqliteStore(self.graph) as store:
            snapshot = store.snapshot()
        self.snapshot = snapshot
        self.concepts: tuple[Concept, ...] = snapshot.concepts
        self.relations: tuple[Relation, ...] = snapshot.relations
        self.prerequisites: tuple[Prerequisite, ...] = snapshot.prerequisites
        self.passages: tuple[Passage, ...] = snapshot.passages

    @cached_property
    def owner(self) -> dict[str, str]:
        """Folded name → id."""
        return {fold(name): concept.id for concept in self.concepts for name in concept.names}

    def id_of(self, name: str) -> str:
        found = self.owner.get(fold(name))
        assert found is not None, f"{name!r} is not a concept; there are {sorted(c.name for c in self.concepts)}"
        return found

    def pairs(self) -> set[frozenset[str]]:
        return {frozenset((r.head, r.tail)) for r in self.relations}

    def needs(self) -> set[tuple[str, str]]:
        return {(p.before, p.after) for p in self.prerequisites}

    def texts(self) -> list[str]:
        """Everything of the graph that people may be shown."""
        found = [name for c in self.concepts for name in c.names]
        found += [c.definition.quote for c in self.concepts if c.definition]
        found += [e.quote for x in (*self.relations, *self.prerequisites) for e in x.evidence]
        for theme in self.snapshot.communities:
            found += [theme.title, theme.summary, *(e.quote for e in theme.evidence)]
        lines = [line for passage in self.passages for line in passage.lines]
        found += [line.text for line in lines if line.kind not in (LineKind.CODE, LineKind.FORMULA)]
        return found


def run(*words: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, list(words))
    assert result.exit_code == code, (words, result.exit_code, result.stdout, result.stderr)
    return result.stdout


@pytest.fixture(scope="module")
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Built, dict[str, Any]]:
    name: str = request.param
    expect = yaml.safe_load((HERE / name / "expect.yaml").read_text(encoding="utf-8"))
    folder = tmp_path_factory.mktemp(name)
    shutil.copytree(HERE / name / "notes", folder / "notes", symlinks=True)
    graph = folder / "graph.db"
    report = run("build", str(folder / "notes"), "--output", str(graph), "--lang", "en", *expect.get("options", []))
    return Built(graph, report), expect


@pytest.mark.parametrize("built", CASES, indirect=True)
class TestCase:
    def test_expectations_are_known_words(self, built: tuple[Built, dict[str, Any]]) -> None:
        _, expect = built
        assert set(expect) <= KEYS
        assert expect["about"]
        assert len(expect) > 1

    def test_concepts(self, built: tuple[Built, dict[str, Any]]) -> None:
        found, expect = built
        names = sorted(c.name for c in found.concepts)
        missing = [name for name in expect.get("concepts", []) if fold(name) not in found.owner]
        wrong = [name for name in expect.get("absent", []) if fold(name) in found.owner]
        assert (missing, wrong) == ([], []), names

    def test_names(self, built: tuple[Built, dict[str, Any]]) -> None:
        found, expect = built
        for names in expect.get("same", []):
            assert len({found.id_of(name) for name in names}) == 1, f"{names} are not one concept"
        for names in expect.get("apart", []):
            for one, other in combinations(names, 2):
                assert found.id_of(one) != found.id_of(other), f"{one!r} and {other!r} are one concept"

    def test_relations(self, built: tuple[Built, dict[str, Any]]) -> None:
        found, expect = built
        typed = {(r.head, r.type.value, r.tail) for r in found.relations}
        for one, other in expect.get("related", []):
            assert frozenset((found.id_of(one), found.id_of(other))) in found.pairs(), f"{one} – {other} is missing"
        for head, kind, tail in expect.get("relations", []):
            assert (found.id_of(head), kind, found.id_of(tail)) in typed, f"{head} {kind} {tail} is missing"
        for one, other in expect.get("unrelated", []):
            pair = (found.owner.get(fold(one)), found.owner.get(fold(other)))
            assert frozenset(pair) not in found.pairs(), f"{one} – {other} are related"
            assert not {pair, pair[::-1]} & found.needs(), f"{one} – {other} is a prerequisite"
        for head, kind, tail in expect.get("typed_never", []):
            assert (found.owner.get(fold(head)), kind, found.owner.get(fold(tail))) not in typed, (
                f"{head} {kind} {tail}"
            )

    def test_prerequisites(self, built: tuple[Built, dict[str, Any]]) -> None:
        found, expect = built
        for before, after in expect.get("before", []):
            assert (found.id_of(before), found.id_of(after)) in found.needs(), f"{before} before {after} is missing"
        for before, after in expect.get("not_before", []):
            assert (found.owner.get(fold(before)), found.owner.get(fold(after))) not in found.needs(), (
                f"{before} {after}"
            )

    def test_definitions(self, built: tuple[Built, dict[str, Any]]) -> None:
        found, expect = built
        by_id = {c.id: c for c in found.concepts}
        for name, piece in expect.get("definitions", {}).items():
            definition = by_id[found.id_of(name)].definition
            assert definition is not None, f"{name} has no definition"
            assert piece in definition.quote, (name, definition.quote)

    def test_texts(self, built: tuple[Built, dict[str, Any]]) -> None:
        found, expect = built
        for piece in expect.get("nowhere", []):
            assert not [text for text in found.texts() if piece in text], piece
        shown = run("export", "--graph", str(found.graph), "--format", "json")
        for piece in expect.get("quoted", []):
            assert piece in shown, piece

    def test_answers(self, built: tuple[Built, dict[str, Any]]) -> None:
        found, expect = built
        for asked in expect.get("ask", []):
            answer = json.loads(run("ask", asked["question"], "--graph", str(found.graph), "--json"))
            said = answer["answer"] + "\n" + "\n".join(c["quote"] for c in answer["citations"])
            assert answer["answered"] is asked.get("answered", True), answer
            if "first" in asked:
                assert asked["first"] in answer["citations"][0]["quote"], answer
            for piece in asked.get("holds", []):
                assert piece in said, answer
            for piece in [*asked.get("lacks", []), *expect.get("nowhere", [])]:
                assert piece not in said, answer

    def test_report(self, built: tuple[Built, dict[str, Any]]) -> None:
        found, expect = built
        told = " ".join(found.report.split())
        for piece in expect.get("report", []):
            assert piece in told, found.report
        skipped = {Path(s.doc).name: s.reason for s in found.snapshot.skipped}
        for name, reason in expect.get("skipped", {}).items():
            assert reason in skipped.get(name, ""), skipped

    def test_verify_is_clean(self, built: tuple[Built, dict[str, Any]]) -> None:
        found, _ = built
        run("verify", "--graph", str(found.graph))

    def test_two_builds_are_equal(self, built: tuple[Built, dict[str, Any]], tmp_path: Path) -> None:
        found, expect = built
        again = tmp_path / "again.db"
        notes = found.graph.parent / "notes"
        run("build", str(notes), "--output", str(again), *expect.get("options", []))
        one, other = (run("export", "--graph", str(path), "--format", "json") for path in (found.graph, again))
        assert one == other
