"""A lexicon of another subject, as docs/lexicon.md tells people to write one, at work in a build."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from extract.knowledge.lexicon import LexiconChoice, chosen_lexicon, default_lexicon
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
    assert graph.settings["lexicon"] == "on + bees.yaml"


def test_the_own_lexicon_alone(folder: Path) -> None:
    choice = LexiconChoice.of([folder / "bees.yaml"], bundled=False)
    lexicon = chosen_lexicon(choice)
    assert [e.name for e in lexicon.entries] == ["Waggle dance", "Varroa destructor", "Royal jelly"]
    assert lexicon.is_generic("apiary")
    assert lexicon.is_generic("优点")  # general words help with any subject
    assert str(choice) == "off + bees.yaml"
    graph = build(folder / "notes", workers=1, lexicon=False, lexicons=[folder / "bees.yaml"]).snapshot
    assert len(holders(graph, "waggle dance", "摇摆舞")) == 1


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
    assert "off + bees.yaml" in runner.invoke(app, ["info", "--graph", str(out)]).stdout


def test_a_missing_file_is_named(folder: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.yaml cannot be read"):
        build(folder / "notes", workers=1, lexicons=[folder / "none.yaml"])
