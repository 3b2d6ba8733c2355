"""A lexicon of another subject, as docs/lexicon.md tells people to write one, at work in a build."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from extract.knowledge.lexicon import HOME_PACKS, LexiconChoice, chosen_lexicon, default_lexicon
from extract.pipeline import build
from graph.errors import SettingsError
from graph.model import Concept, ConceptKind, GraphSnapshot
from ui.cli import app

LEXICON = """# Bees
entries:
- {name: Waggle dance, aliases: [摇摆舞], kind: method}
- {name: Varroa destructor, aliases: [狄斯瓦螨, varroa mite], kind: problem}
- {name: Royal jelly, aliases: [蜂王浆]}
generic: [apiary]
"""
NOTES = """# Bees

The waggle dance tells other bees the direction of a flower. A bee that returns to the hive does the waggle dance on the comb.
Varroa destructor is a mite that feeds on bees. Beekeepers treat a hive against Varroa destructor in autumn.

# 蜜蜂笔记

摇摆舞告诉同伴花在哪个方向。回巢的工蜂在巢脾上跳摇摆舞。狄斯瓦螨寄生在蜜蜂身上，养蜂人在秋天防治狄斯瓦螨。
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "bees.md").write_text(NOTES, encoding="utf-8")
    (tmp_path / "bees.yaml").write_text(LEXICON, encoding="utf-8")
    return tmp_path


def holders(graph: GraphSnapshot, *names: str) -> list[Concept]:
    return [c for c in graph.concepts if set(names) & {n.lower() for n in c.names}]


def test_names_that_only_the_lexicon_joins_are_one_concept_with_its_kind(folder: Path) -> None:
    plain = build(folder / "notes", workers=1).snapshot
    assert len(holders(plain, "waggle dance", "摇摆舞")) == 2
    graph = build(folder / "notes", workers=1, lexicons=[folder / "bees.yaml"]).snapshot
    dance, mite = holders(graph, "waggle dance", "摇摆舞"), holders(graph, "varroa destructor", "狄斯瓦螨")
    assert [len(dance), len(mite)] == [1, 1]
    assert (dance[0].kind, mite[0].kind) == (ConceptKind.METHOD, ConceptKind.PROBLEM)
    assert {m.reason for m in graph.merges if m.concept == dance[0].id} == {"lexicon"}
    assert not holders(graph, "royal jelly")  # the notes do not name it
    assert LexiconChoice.from_settings(graph.settings) == LexiconChoice.of(
        [folder / "bees.yaml"], packs=json.loads(graph.settings["packs"])
    )


def test_the_own_lexicon_alone(folder: Path) -> None:
    choice = LexiconChoice.of([folder / "bees.yaml"], packs=())
    lexicon = chosen_lexicon(choice)
    assert [e.name for e in lexicon.entries] == ["Waggle dance", "Varroa destructor", "Royal jelly"]
    assert lexicon.is_generic("apiary")
    assert lexicon.is_generic("优点")  # general words help with any subject
    graph = build(folder / "notes", workers=1, lexicon=False, lexicons=[folder / "bees.yaml"]).snapshot
    assert len(holders(graph, "waggle dance", "摇摆舞")) == 1
    assert LexiconChoice.from_settings(graph.settings) == choice


def test_an_edited_lexicon_is_read_again(folder: Path) -> None:
    path = folder / "bees.yaml"
    first = LexiconChoice.of([path])
    path.write_text("- {name: Drone, aliases: [雄蜂]}\n", encoding="utf-8")
    second = LexiconChoice.of([path])
    assert first != second
    assert chosen_lexicon(first).find("雄蜂") is None
    assert chosen_lexicon(second).find("雄蜂") is not None
    assert chosen_lexicon(LexiconChoice()) is default_lexicon()


def test_it_is_the_same_with_two_processes(folder: Path) -> None:
    (folder / "notes" / "more.md").write_text("# 蜂群\n\n工蜂用摇摆舞交流。\n", encoding="utf-8")
    one, two = (build(folder / "notes", workers=n, lexicons=[folder / "bees.yaml"]).snapshot for n in (1, 2))
    assert one.concepts == two.concepts


def test_from_the_command_line(folder: Path) -> None:
    out = folder / "graph.db"
    wrong = folder / "wrong.yaml"
    wrong.write_text("- {name: A1, knd: tool}\n", encoding="utf-8")
    runner = CliRunner()
    build_it = ["build", str(folder / "notes"), "-o", str(out), "--workers", "1"]
    refused = runner.invoke(app, [*build_it, "--lexicon", str(wrong)])
    assert refused.exit_code == 2
    assert "wrong.yaml:1: unknown key 'knd'" in refused.stderr
    assert not out.exists()
    done = runner.invoke(app, [*build_it, "--no-lexicon", "--lexicon", str(folder / "bees.yaml")])
    assert done.exit_code == 0, done.stderr
    shown = runner.invoke(app, ["info", "--graph", str(out)]).stdout.replace("\n", "")
    assert "lexicon=off" in shown
    assert "bees.yaml" in shown


def test_a_missing_file_is_named(folder: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.yaml cannot be read"):
        build(folder / "notes", workers=1, lexicons=[folder / "none.yaml"])


@pytest.mark.parametrize("packs", [(), HOME_PACKS, ("history", "/a/b, c.jsonl")])
@pytest.mark.parametrize("files", [(), ("/a/b.yaml",), ('/x/化学 + "b".yaml', "/a, b.yaml")])
def test_a_choice_comes_back_from_the_settings_of_a_graph(packs: tuple[str, ...], files: tuple[str, ...]) -> None:
    choice = LexiconChoice(packs, files, "ab12" if files or packs[1:2] == ("/a/b, c.jsonl",) else "")
    settings = choice.to_settings()
    assert all(isinstance(value, str) for value in settings.values())
    assert LexiconChoice.from_settings({"encoder": "static", **settings}) == choice


def test_a_path_is_recorded_so_that_it_is_found_from_anywhere(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    choice = LexiconChoice.of([Path("bees.yaml")])
    assert LexiconChoice.from_settings(choice.to_settings()).files == (str(folder / "bees.yaml"),)


@pytest.mark.parametrize(
    ("said", "bundled"), [("on", True), ("off", False), ("on + bees.yaml", True), ("off + a + b", False)]
)
def test_the_settings_of_older_graphs_are_read(said: str, bundled: bool) -> None:
    assert LexiconChoice.from_settings({"lexicon": said}) == LexiconChoice(HOME_PACKS if bundled else ())
    assert LexiconChoice.from_settings({}) == LexiconChoice()


@pytest.mark.parametrize(
    "settings", [{"lexicon": "offline"}, {"lexicon_files": "bees.yaml"}, {"lexicon_files": "[1]"}, {"packs": "ml"}]
)
def test_settings_of_no_such_form_are_an_error(settings: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match=r"does not say which lexicon it was built with .*Build it again"):
        LexiconChoice.from_settings(settings)


def test_explain_and_aliases_use_the_lexicon_of_the_build(folder: Path) -> None:
    """Explanations knew nothing of the user's files, so that they could contradict the graph."""
    out, own = folder / "graph.db", folder / "bees.yaml"
    runner = CliRunner()
    assert runner.invoke(app, ["build", str(folder / "notes"), "-o", str(out), "--lexicon", str(own)]).exit_code == 0
    ask = ["explain", "waggle dance", "--graph", str(out), "--json"]
    [report] = json.loads(runner.invoke(app, ask).stdout)["candidates"]
    assert {p["feature"]: p["value"] for p in report["alone"]["parts"]}["lexicon"] == 1.0
    refused = ["aliases", "waggle dance", "--refused", "--graph", str(out), "--json"]
    assert runner.invoke(app, refused).exit_code == 0
    own.write_text("- {name: Drone, aliases: [雄蜂]}\n", encoding="utf-8")
    assert json.loads(runner.invoke(app, ask).stdout)["changed"] == ["bees.yaml"]
    own.unlink()
    for words in (ask, refused):
        gone = runner.invoke(app, words)
        assert gone.exit_code == 2
        assert "bees.yaml, which is not there any more" in gone.stderr
    other = folder / "moved.yaml"
    other.write_text(LEXICON, encoding="utf-8")
    moved = runner.invoke(app, [*ask, "--lexicon", str(other)])
    assert json.loads(moved.stdout)["changed"] == []
