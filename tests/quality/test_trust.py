"""The sheet of statements to judge, and what a judged one says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.trust import SORTS, Statement, interval, main, read_sheet, sample, stripped, table
from extract.pipeline import build
from graph.errors import InputError
from graph.stores.sqlite.store import SqliteStore
from tests.places import ROOT


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("trust") / "g.db"
    with SqliteStore(path) as store:
        store.publish(build(ROOT / "examples" / "notes", workers=1).snapshot)
    return path


def test_a_sheet_has_all_sorts_and_is_drawn_the_same_again(graph: Path, tmp_path: Path) -> None:
    main(["draw", str(graph), str(tmp_path / "a.jsonl"), "--count", "40"])
    main(["draw", str(graph), str(tmp_path / "b.jsonl"), "--count", "40"])
    rows = read_sheet(tmp_path / "a.jsonl")
    assert (tmp_path / "a.jsonl").read_text() == (tmp_path / "b.jsonl").read_text()
    assert len(rows) == 40
    assert {row.sort for row in rows} == set(SORTS)
    assert all(row.right is None for row in rows)
    assert all(row.lines for row in rows if row.sort in ("relation", "definition"))


def test_a_sheet_of_some_sorts(graph: Path, tmp_path: Path) -> None:
    main(["draw", str(graph), str(tmp_path / "a.jsonl"), "--count", "12", "--sort", "merge", "definition"])
    assert {row.sort for row in read_sheet(tmp_path / "a.jsonl")} == {"merge", "definition"}


def test_judgements_are_not_overwritten(graph: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "a.jsonl"
    sheet.write_text("judged")
    with pytest.raises(InputError, match="is there already"):
        main(["draw", str(graph), str(sheet)])
    assert sheet.read_text() == "judged"


def test_other_sorts_take_the_place_of_a_rare_one() -> None:
    rows = [Statement("relation", f"r{i}", (), 0.5) for i in range(30)] + [Statement("merge", "m", (), None)]
    taken = sample(rows, 10, seed=1)
    assert sum(row.sort == "relation" for row in taken) == 9


def test_the_table_counts_what_was_judged() -> None:
    rows = [Statement("merge", str(i), (), None, right=r) for i, r in enumerate([True, True, False, None])]
    assert "| s | merge | 3 | 0.67 |" in table({"s": rows})
    low, high = interval(2, 3)
    assert 0.2 < low < 2 / 3 < high < 0.95


def test_what_is_no_sheet_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(json.dumps({"sort": "colour", "statement": "s", "lines": [], "confidence": None}) + "\n")
    with pytest.raises(InputError, match="colour"):
        read_sheet(path)
    path.write_text("no json\n")
    with pytest.raises(InputError, match="not a sheet"):
        read_sheet(path)


def test_a_stripped_sheet_names_its_lines_and_quotes_none(graph: Path, tmp_path: Path) -> None:
    main(["draw", str(graph), str(tmp_path / "a.jsonl"), "--count", "40"])
    main(["strip", str(tmp_path / "a.jsonl"), str(tmp_path / "b.jsonl")])
    full, short = read_sheet(tmp_path / "a.jsonl"), read_sheet(tmp_path / "b.jsonl")
    assert [(r.sort, r.statement, r.confidence) for r in full] == [(r.sort, r.statement, r.confidence) for r in short]
    for row, kept in zip(full, short, strict=True):
        for line, place in zip(row.lines, kept.lines, strict=True):
            assert line.startswith(f"{place}: ")
            assert place.rpartition(":")[2].isdigit()
    with pytest.raises(InputError, match="is there already"):
        main(["strip", str(tmp_path / "a.jsonl"), str(tmp_path / "b.jsonl")])


def test_stripping_cuts_at_the_first_line_number() -> None:
    row = Statement("merge", "a", ("a: b/n 1.md:12: at 10:30: begins", "c.md:3"), None, right=True)
    assert stripped([row]) == [Statement("merge", "a", ("a: b/n 1.md:12", "c.md:3"), None, right=True)]


KEPT = sorted((ROOT / "tests" / "quality" / "trust").rglob("*.jsonl"))


@pytest.mark.parametrize("path", KEPT, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_kept_sheets_are_judged_and_quote_nothing(path: Path) -> None:
    rows = read_sheet(path)
    assert rows
    assert all(row.right is not None for row in rows)
    assert stripped(rows) == rows
    assert all(line.rpartition(":")[2].isdigit() for row in rows for line in row.lines)
