"""Knowledge packs: that the bundled ones are right and compiled, what the linter finds, how several make one lexicon."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from extract.knowledge.compiled import COMPILED, bundled_fields, bundled_pack, pack_index
from extract.knowledge.entries import ENTRY_KEYS, RELATION_KEYS
from extract.knowledge.lexicon import HOME_PACKS, Lexicon, LexiconChoice, chosen_lexicon, load_lexicon
from extract.knowledge.pack_check import check_packs
from extract.knowledge.pack_compile import compile_packs, tells_field
from extract.knowledge.pack_links import circles
from extract.knowledge.pack_sources import parse_pack, read_pack, source_files
from extract.pipeline import build
from extract.text.keys import key_of
from graph.errors import SettingsError
from graph.model import ConceptKind, RelationType
from graph.text.names import fold
from tests.places import ROOT
from ui.cli import app

FIELDS = [
    "biology",
    "chemistry",
    "computer-science",
    "economics",
    "history",
    "law",
    "machine-learning",
    "mathematics",
    "medicine",
    "philosophy",
    "physics",
    "psychology",
]


def written(folder: Path, name: str, *entries: dict[str, object]) -> Path:
    path = folder / name
    path.write_text("".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries), encoding="utf-8")
    return path


def number(lexicon: Lexicon, name: str) -> int:
    return lexicon.keys[key_of(name)]


def said(lexicon: Lexicon, head: str, tail: str) -> tuple[RelationType, ...]:
    return lexicon.relations.get((number(lexicon, head), number(lexicon, tail)), ())


# ---- the bundled packs


def test_the_bundled_packs_have_no_problems() -> None:
    packs = [read_pack(path) for path in source_files()]
    assert [str(problem) for problem in check_packs(packs)] == []
    assert [pack.field for pack in packs] == FIELDS
    assert sum(len(pack.entries) for pack in packs) >= 12_000


def test_the_compiled_form_is_what_the_sources_say() -> None:
    files = compile_packs(source_files())
    assert sorted(files) == sorted(path.name for path in COMPILED.glob("*.json"))
    for name, text in files.items():
        assert text == (COMPILED / name).read_text(encoding="utf-8"), f"{name}: run make packs"
    for path in source_files():
        assert pack_index().sha256[path.stem] == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("field", FIELDS)
def test_a_compiled_pack_says_what_its_source_says(field: str) -> None:
    source, pack = read_pack(COMPILED.parent / f"{field}.jsonl"), bundled_pack(field)
    assert len(source.entries) == len(pack.entries) > 100
    for entry, compiled, keys in zip(source.entries, pack.entries, pack.keys, strict=True):
        assert (entry.names, entry.kind, entry.line) == (compiled.names, compiled.kind, compiled.line)
        assert keys == tuple(map(fold, entry.names))
    concepts, names, relations, needs = pack_index().counts[field]
    assert (len(pack.entries), len(pack.relations), len(pack.needs)) == (concepts, relations, needs)
    assert sum(len(entry.names) for entry in pack.entries) == names


@pytest.mark.parametrize("packs", [FIELDS, HOME_PACKS, ("physics", "mathematics", "chemistry"), FIELDS[::-1]])
def test_prerequisites_have_no_circle(packs: Sequence[str]) -> None:
    lexicon = load_lexicon(packs=packs)
    assert circles({("", a): [("", b) for b in some] for a, some in lexicon.needs.items()}) == []
    assert lexicon.fields == tuple(packs)
    assert len(lexicon.needs) > 500


def test_relations_and_needs_of_the_bundled_packs() -> None:
    lexicon = load_lexicon()
    assert RelationType.IS_A in said(lexicon, "LoRA", "PEFT")
    assert not said(lexicon, "PEFT", "LoRA")
    assert (
        said(lexicon, "Precision", "Recall") == said(lexicon, "Recall", "Precision") == (RelationType.CONTRASTS_WITH,)
    )
    assert number(lexicon, "PEFT") in lexicon.needs[number(lexicon, "LoRA")]
    assert all(a != b for a, b in lexicon.relations)
    size = len(lexicon.entries)
    assert all(0 <= n < size for pair in lexicon.relations for n in pair)
    assert all(0 <= n < size for a, some in lexicon.needs.items() for n in (a, *some))
    bare = lexicon.without_entries()
    assert (bare.relations, bare.needs, bare.fields) == ({}, {}, ())


def test_a_pack_alone_says_nothing_of_other_fields() -> None:
    alone, both = load_lexicon(packs=["machine-learning"]), load_lexicon(packs=["machine-learning", "mathematics"])
    assert {entry.field for entry in alone.entries} == {"machine-learning"}
    assert {entry.field for entry in both.entries} == {"machine-learning", "mathematics"}
    assert len(both.relations) > len(alone.relations)


def test_nothing_is_read_before_a_build() -> None:
    code = "import sys, ui.cli; print([m for m in sys.modules if m.startswith('extract.')])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert run.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("name", "tells"),
    [
        ("LoRA", True),
        ("sodium-potassium pump", True),
        ("动作电位", True),
        ("AD", False),
        ("market", False),
        ("细", False),
    ],
)
def test_which_names_tell_a_field(name: str, tells: bool) -> None:
    assert tells_field(name) is tells


# ---- the linter


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["{"], r":1: not a JSON object"),
        (["[]"], r":1: not a JSON object\."),
        (['{"kind": "tool"}'], r":1: an entry without a name\."),
        (['{"name": "A1", "kin": "tool"}'], r":1: unknown key 'kin'\. Did you mean 'kind'\? Keys: name, aliases"),
        (['{"name": "A1", "name": "A2"}'], r":1: not a JSON object: 'name' is given twice"),
        (
            ['{"name": "A1"}', '{"name": "B1", "kind": "tol"}'],
            r":2: unknown kind 'tol' of 'B1'\. Did you mean 'tool'\?",
        ),
        (['{"name": " A1"}'], r":1: the name has white space around it"),
        (['{"name": "A1", "aliases": ["e\u0301"]}'], r":1: a name in 'aliases' is not in Unicode normal form NFC"),
        (
            ['{"name": "A1", "aliases": ["x\u200by"]}'],
            r":1: a name in 'aliases' contains a character that is not visible",
        ),
        (['{"name": "A1", "aliases": "B1"}'], r":1: 'aliases' of 'A1' should be a list of names\."),
        (['{"name": "A1", "uses": [""]}'], r":1: 'uses' of 'A1' should be a list of names\."),
        (['{"name": "A1", "uses": []}'], r":1: 'uses' of 'A1' is empty: leave the key out\."),
        (['{"name": "A1", "aliases": ["a-1"]}'], r":1: 'a-1' is given twice among the names of 'A1'"),
        (['{"name": "A1"}', '{"name": "a 1"}'], r":2: 'a 1' is the name of two entries of this field, .*of line 1"),
        (
            ['{"name": "A1", "aliases": ["X1"]}', '{"name": "B1", "aliases": ["X1"]}'],
            r":2: 'X1' is a name of two entries of this field, 'B1' and 'A1' of line 1; give it to the one",
        ),
        (['{"name": "A1", "uses": ["B1"]}'], r":1: 'uses' of 'A1' names 'B1', which is not an entry"),
        (['{"name": "A1", "aliases": ["X1"], "uses": ["X1"]}'], r":1: 'uses' of 'A1' names the entry itself \('X1'\)"),
        (
            ['{"name": "A1", "uses": ["B1"], "is_a": ["B1"]}', '{"name": "B1"}'],
            r":1: 'A1' and 'B1' are related by more than one type \(is_a, uses\); keep one\.",
        ),
        (
            ['{"name": "A1", "part_of": ["B1"]}', '{"name": "B1", "uses": ["A1"]}'],
            r":2: 'B1' and 'A1' are related by more than one type \(part_of, uses\)",
        ),
        (
            ['{"name": "A1", "causes": ["B1"]}', '{"name": "B1", "causes": ["A1"]}'],
            r":2: 'causes' is said of 'B1' and 'A1' in both directions",
        ),
        (
            ['{"name": "A1", "contrasts_with": ["B1"]}', '{"name": "B1"}'],
            r":1: 'A1' contrasts with 'B1', but .*mine\.jsonl:2 does not say so\.",
        ),
        (
            ['{"name": "A1", "needs": ["B1"]}', '{"name": "B1", "needs": ["C1"]}', '{"name": "C1", "needs": ["A1"]}'],
            r":1: prerequisites in a circle: 'A1' -> 'B1' -> 'C1' -> 'A1'; drop one of them\.",
        ),
        (['{"name": "A1"}', "", '{"name": "B1"}'], r":2: not a JSON object"),
    ],
)
def test_the_linter_names_each_problem(tmp_path: Path, lines: list[str], message: str) -> None:
    problems = check_packs([parse_pack("\n".join(lines) + "\n", tmp_path / "mine.jsonl")])
    assert len(problems) == 1
    with pytest.raises(AssertionError, match=message):
        raise AssertionError(str(problems[0]))


def test_a_right_pack_has_no_problems(tmp_path: Path) -> None:
    lines = (
        '{"name": "A1", "aliases": ["甲"], "kind": "organism", "uses": ["B1"], "needs": ["LoRA"]}\n'
        '{"name": "B1", "contrasts_with": ["C1"]}\n'
        '{"name": "C1", "contrasts_with": ["B1"], "needs": ["甲"]}\n'
    )
    pack = parse_pack(lines, tmp_path / "mine.jsonl")
    bundled = [read_pack(path) for path in source_files()]
    assert check_packs([pack], among=bundled) == []
    assert pack.entries[0].kind is ConceptKind.ORGANISM
    assert {key for key, _ in pack.entries[0].links} <= {*RELATION_KEYS, "needs"}


# ---- several packs as one lexicon


def test_an_ambiguous_name_belongs_to_the_first_field(tmp_path: Path) -> None:
    cell = written(
        tmp_path,
        "cells.jsonl",
        {
            "name": "Translation",
            "aliases": ["protein synthesis", "翻译过程"],
            "kind": "process",
            "part_of": ["Gene expression"],
        },
        {"name": "Gene expression"},
    )
    words = written(
        tmp_path,
        "words.jsonl",
        {
            "name": "Machine translation",
            "aliases": ["MT", "机器翻译", "translation"],
            "kind": "task",
            "uses": ["Parallel corpus"],
        },
        {"name": "Parallel corpus"},
    )
    for packs, owner, other, rest in (
        ((cell, words), "Translation", "机器翻译", ("Machine translation", "MT", "机器翻译")),
        ((words, cell), "Machine translation", "翻译过程", ("protein synthesis", "翻译过程")),
    ):
        lexicon = load_lexicon(packs=[str(pack) for pack in packs])
        found, second = lexicon.find("translation"), lexicon.find(other)
        assert found is not None
        assert second is not None
        assert (found.name, second.names) == (owner, rest)
        assert said(lexicon, "机器翻译", "Parallel corpus") == (RelationType.USES,)
        assert said(lexicon, "protein synthesis", "gene expression") == (RelationType.PART_OF,)
        assert not said(lexicon, "机器翻译", "gene expression")


def test_one_concept_of_two_fields_is_one_entry(tmp_path: Path) -> None:
    one = written(
        tmp_path, "one.jsonl", {"name": "Entropy", "aliases": ["熵", "disorder"]}, {"name": "Heat", "uses": ["熵"]}
    )
    two = written(
        tmp_path,
        "two.jsonl",
        {"name": "Entropy", "aliases": ["熵", "Shannon entropy"], "needs": ["Probability"]},
        {"name": "Probability"},
    )
    lexicon = load_lexicon(packs=[str(one), str(two)])
    found = lexicon.find("Shannon entropy")
    assert found is lexicon.find("entropy") is not None
    assert found.names == ("Entropy", "熵", "disorder", "Shannon entropy")
    assert found.field == "one"
    assert lexicon.needs == {number(lexicon, "熵"): (number(lexicon, "probability"),)}
    assert said(lexicon, "heat", "shannon entropy") == (RelationType.USES,)


def test_an_own_pack_may_name_bundled_entries_and_decides_kinds(tmp_path: Path) -> None:
    own = written(
        tmp_path,
        "mine.jsonl",
        {
            "name": "Zorblax",
            "kind": "organism",
            "is_a": ["LoRA"],
            "contrasts_with": ["Blorp"],
            "needs": ["PEFT", "Nobody"],
        },
        {"name": "Blorp", "contrasts_with": ["Zorblax"]},
    )
    lexicon = load_lexicon(packs=[str(own), *HOME_PACKS])
    assert said(lexicon, "Zorblax", "LoRA") == (RelationType.IS_A,)
    assert said(lexicon, "Blorp", "Zorblax") == said(lexicon, "Zorblax", "Blorp") == (RelationType.CONTRASTS_WITH,)
    assert lexicon.needs[number(lexicon, "Zorblax")] == (number(lexicon, "PEFT"),)
    assert lexicon.own_kind("zorblax") is ConceptKind.ORGANISM
    assert lexicon.own_kind("lora") is None


def test_a_lexicon_file_may_give_relations_and_needs(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("- {name: Zorblax, is_a: [PEFT], used_for: [LoRA], needs: [PEFT]}\n", encoding="utf-8")
    lexicon = load_lexicon([path])
    assert said(lexicon, "Zorblax", "PEFT") == (RelationType.IS_A,)
    assert said(lexicon, "Zorblax", "LoRA") == (RelationType.USED_FOR,)
    assert lexicon.needs[number(lexicon, "Zorblax")] == (number(lexicon, "PEFT"),)
    assert said(lexicon, "LoRA", "PEFT")  # what the packs say stays


def test_what_the_user_says_of_a_pair_replaces_what_packs_say(tmp_path: Path) -> None:
    lora = load_lexicon().find("LoRA")
    assert lora is not None
    path = tmp_path / "mine.yaml"
    names = json.dumps(list(lora.aliases), ensure_ascii=False)
    path.write_text(f"- {{name: LoRA, aliases: {names}, kind: tool, uses: [PEFT]}}\n", encoding="utf-8")
    lexicon = load_lexicon([path])
    assert said(lexicon, "LoRA", "PEFT") == (RelationType.USES,)
    assert lexicon.kind("lora") is ConceptKind.TOOL
    before = load_lexicon()
    others = {
        e.name for (h, t), _ in before.relations.items() if h == number(before, "LoRA") for e in [before.entries[t]]
    }
    now = {
        e.name for (h, t), _ in lexicon.relations.items() if h == number(lexicon, "LoRA") for e in [lexicon.entries[t]]
    }
    assert now == others  # the entry was repeated with all its names: it is the same concept


def test_an_edited_own_pack_is_another_choice(tmp_path: Path) -> None:
    own = written(tmp_path, "mine.jsonl", {"name": "Zorblax"})
    first = LexiconChoice.of([], packs=[str(own)])
    assert LexiconChoice.from_settings(first.to_settings()) == first
    written(tmp_path, "mine.jsonl", {"name": "Blorp"})
    second = first.as_now()
    assert first.sha256 != second.sha256
    assert chosen_lexicon(first).find("Zorblax") is not None
    assert chosen_lexicon(second).find("Blorp") is not None
    own.unlink()
    with pytest.raises(SettingsError, match=r"mine\.jsonl, which is not there any more"):
        first.as_now()


def test_a_wrong_pack_is_refused(tmp_path: Path) -> None:
    wrong = written(tmp_path, "mine.jsonl", {"name": "Zorblax", "kin": "tool"})
    with pytest.raises(SettingsError, match=r"mine\.jsonl:1: unknown key 'kin'.*packs check"):
        LexiconChoice.of([], packs=[str(wrong)])
    with pytest.raises(SettingsError, match=r"no knowledge pack 'biologie'\. Did you mean 'biology'\?"):
        LexiconChoice.of([], packs=["biologie"])


# ---- from the command line


def test_list_and_check_from_the_command_line(tmp_path: Path) -> None:
    runner = CliRunner()
    listed = json.loads(runner.invoke(app, ["packs", "list", "--json"]).stdout)
    assert [row["field"] for row in listed] == FIELDS == list(bundled_fields())
    assert all(row["compiled"] and row["concepts"] > 100 and row["needs"] > 50 for row in listed)
    assert "machine-learning" in runner.invoke(app, ["packs", "list", "--lang", "zh"]).stdout
    right = written(tmp_path, "right.jsonl", {"name": "Zorblax", "uses": ["LoRA"]})
    done = runner.invoke(app, ["packs", "check", str(right)])
    assert (done.exit_code, done.stdout.strip()) == (0, "1 entry, no problem.")
    wrong = written(tmp_path, "wrong.jsonl", {"name": "Zorblax", "uses": ["Nobody"]})
    done = runner.invoke(app, ["packs", "check", str(right), str(wrong)])
    assert done.exit_code == 1
    assert "wrong.jsonl:1: 'uses' of 'Zorblax' names 'Nobody'" in done.stdout.replace("\n", "")
    lexicon = tmp_path / "mine.yaml"
    lexicon.write_text("- {name: Zorblax, needs: [Nobody]}\n", encoding="utf-8")
    assert runner.invoke(app, ["packs", "check", str(lexicon)]).exit_code == 1
    assert runner.invoke(app, ["packs", "check", str(tmp_path / "none.jsonl")]).exit_code == 2


def test_a_build_says_which_packs_it_used(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()
    text = "# 光合作用\n\n光合作用在叶绿体中进行，类囊体上的光反应产生 ATP 和 NADPH，卡尔文循环固定二氧化碳。线粒体进行细胞呼吸。\n"
    (notes / "cell.md").write_text(text, encoding="utf-8")
    runner, out = CliRunner(), str(tmp_path / "graph.db")
    build_it = ["build", str(notes), "-o", out, "--workers", "1", "--lang", "en"]
    chosen = runner.invoke(app, build_it)
    assert chosen.exit_code == 0, chosen.stderr
    assert "Knowledge packs: biology (chosen from the notes; --packs to choose, --no-packs to build without)" in (
        chosen.stdout
    )
    asked = runner.invoke(app, [*build_it, "--packs", "physics,chemistry", "--packs", "law", "--json"])
    assert json.loads(asked.stdout)["packs"] == ["physics", "chemistry", "law"]
    for flag in ("--no-packs", "--no-lexicon"):
        assert "Knowledge packs: none\n" in runner.invoke(app, [*build_it, flag]).stdout
    refused = runner.invoke(app, [*build_it, "--packs", "physik"])
    assert refused.exit_code == 2
    assert "There is no knowledge pack 'physik'. Did you mean 'physics'?" in refused.stderr
    own = written(tmp_path, "mine.jsonl", {"name": "类囊体", "kind": "place"})
    done = runner.invoke(app, [*build_it, "--packs", str(own)])
    assert done.exit_code == 0, done.stderr
    shown = json.loads(runner.invoke(app, ["concept", "类囊体", "--graph", out, "--json"]).stdout)
    assert shown["kind"] == "place"


def test_the_pack_in_the_documentation_is_right(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "packs.md").read_text(encoding="utf-8")
    [block] = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    path = tmp_path / "bees.jsonl"
    path.write_text(block, encoding="utf-8")
    assert CliRunner().invoke(app, ["packs", "check", str(path)]).stdout.strip() == "4 entries, no problems."
    for field in FIELDS:
        assert field in text
    for key in (*ENTRY_KEYS, *(kind.value for kind in ConceptKind)):
        assert f"`{key}`" in text, key


def test_studyatlas_yaml_chooses_the_packs(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "cell.md").write_text("# 光合作用\n\n光合作用在叶绿体中进行。\n", encoding="utf-8")
    settings = notes / "studyatlas.yaml"
    settings.write_text("packs: [history, mine.jsonl]\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"mine\.jsonl cannot be read"):
        build(notes, workers=1)
    own = written(notes, "mine.jsonl", {"name": "叶绿体", "kind": "place"})
    result = build(notes, workers=1)
    assert (result.packs, result.packs_by_notes) == (("history", str(own)), False)
    assert "corrections" not in result.snapshot.settings
    asked = build(notes, workers=1, packs=["law"])
    assert asked.packs == ("law",)
    settings.write_text("packs: []\n", encoding="utf-8")
    assert build(notes, workers=1).packs == ()
    settings.write_text("packs: [histroy]\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"no knowledge pack 'histroy'\. Did you mean 'history'\?"):
        build(notes, workers=1)
