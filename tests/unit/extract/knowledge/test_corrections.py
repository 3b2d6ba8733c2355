"""studyatlas.yaml: what is read, what is refused and how, and what the graph looks like after."""

from __future__ import annotations

from pathlib import Path

import pytest

from extract.knowledge.corrections import FILE, Corrections, load_corrections
from extract.pipeline import BuildResult, build
from graph.errors import SettingsError
from graph.model import Concept, ConceptKind, GraphSnapshot
from graph.stores.checks import checked
from tests.places import ROOT

NOTES = {
    "1-lora.md": """# 参数高效微调

参数高效微调（Parameter-Efficient Fine-Tuning, PEFT）冻结预训练模型的权重，只训练少量参数。LoRA 和 Prefix Tuning 都是参数高效微调方法。

## LoRA

**LoRA**（Low-Rank Adaptation）是一种参数高效微调方法，它用两个低秩矩阵的乘积代替权重的变化量。LoRA 不改变模型结构。

QLoRA 在 LoRA 的基础上使用量化，因此显存更少。老张把它叫做小抄法，小抄法在课上很受欢迎。
""",
    "2-attention.md": """# Self-attention

Self-attention is an attention mechanism in which queries, keys and values come from the same sequence.

## Multi-head attention

Multi-head attention runs several self-attention heads in parallel. The Transformer uses multi-head attention.
A KV cache stores the keys and values of earlier tokens, and it speeds up decoding in the Transformer.
""",
}


def write(folder: Path, corrections: str = "", notes: dict[str, str] = NOTES) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in notes.items():
        (folder / name).write_text(text, encoding="utf-8")
    if corrections:
        (folder / FILE).write_text(corrections, encoding="utf-8")
    return folder


def graph(folder: Path, corrections: str, notes: dict[str, str] = NOTES) -> GraphSnapshot:
    return checked(build(write(folder, corrections, notes), workers=1).snapshot)


def named(found: GraphSnapshot, name: str) -> Concept:
    owners = [c for c in found.concepts if name in c.names]
    assert len(owners) == 1, (name, [c.names for c in found.concepts])
    return owners[0]


def names(found: GraphSnapshot) -> set[str]:
    return {name for c in found.concepts for name in c.names}


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> BuildResult:
    """The same notes without corrections."""
    return build(write(tmp_path_factory.mktemp("plain")), workers=1)


# ---- what it does
# -------------------------------------------------------------------------------------------------------


def test_merge_joins_names_and_shows_the_first(plain: BuildResult, tmp_path: Path) -> None:
    before = {c.id for c in plain.snapshot.concepts if {"QLoRA", "LoRA"} & set(c.names)}
    assert len(before) == 2
    found = graph(tmp_path, "merge:\n- [QLoRA, LoRA, 小抄法]\n")
    one = named(found, "QLoRA")
    assert one.name == "QLoRA"
    assert {"LoRA", "小抄法", "Low-Rank Adaptation"} <= set(one.aliases)
    assert {m.form for m in one.mentions} >= {"QLoRA", "LoRA", "小抄法"}
    report = {(m.kept, m.merged, m.reason) for m in found.merges if m.concept == one.id}
    assert {("QLoRA", "LoRA", "user"), ("QLoRA", "小抄法", "user")} <= report


def test_split_keeps_names_apart_that_the_notes_join(plain: BuildResult, tmp_path: Path) -> None:
    assert "Low-Rank Adaptation" in named(plain.snapshot, "LoRA").names
    found = graph(tmp_path, "split:\n- [LoRA, low-rank adaptation]\n")
    assert named(found, "LoRA").id != named(found, "Low-Rank Adaptation").id


def test_rename_keeps_the_old_name_as_an_alias(tmp_path: Path) -> None:
    found = graph(tmp_path, "rename:\n  lora: 低秩适应\n")
    one = named(found, "LoRA")
    assert (one.id, one.name) == ("低秩适应", "低秩适应")
    assert "LoRA" in one.aliases
    assert {m.form for m in one.mentions} >= {"LoRA"}


def test_ignore_drops_a_concept_and_takes_an_alias_off(plain: BuildResult, tmp_path: Path) -> None:
    assert {"QLoRA", "Low-Rank Adaptation"} <= names(plain.snapshot)
    found = graph(tmp_path, "ignore: [qlora, Low-Rank Adaptation]\n")
    assert "QLoRA" not in names(found)
    assert "Low-Rank Adaptation" not in names(found)
    assert named(found, "LoRA")
    assert not any("qlora" in (r.head, r.tail) for r in found.relations)


def test_add_keeps_a_name_that_no_statistics_would_choose(plain: BuildResult, tmp_path: Path) -> None:
    assert "老张" not in names(plain.snapshot)
    found = graph(tmp_path, "add:\n- 老张\n- {name: 量化, aliases: [quantization], kind: method}\n")
    assert [m.line for m in named(found, "老张").mentions] == [9]
    one = named(found, "量化")
    assert one.kind is ConceptKind.METHOD
    assert "quantization" in one.aliases  # stands nowhere in these notes: for questions in English


def test_kind_is_what_the_user_says(plain: BuildResult, tmp_path: Path) -> None:
    assert named(plain.snapshot, "Transformer").kind is not ConceptKind.DATASET
    assert named(graph(tmp_path, "kind:\n  transformer: dataset\n"), "Transformer").kind is ConceptKind.DATASET


def test_what_is_not_corrected_stays(plain: BuildResult, tmp_path: Path) -> None:
    before = {c.id for c in plain.snapshot.concepts}
    after = {c.id for c in graph(tmp_path, "kind:\n  LoRA: method\nignore: [QLoRA]\n").concepts}
    assert after == before - {"qlora"}


def test_corrections_survive_a_rebuild_after_an_edit(tmp_path: Path) -> None:
    text = "merge:\n- [QLoRA, LoRA]\nadd: [老张]\n"
    first = graph(tmp_path, text)
    second = graph(
        tmp_path, text, {**NOTES, "3-more.md": "# Adapter\n\nAdapter 在层间插入小网络，QLoRA 与 Adapter 都冻结基座。\n"}
    )
    for found in (first, second):
        assert named(found, "LoRA").id == "qlora"
        assert named(found, "老张")
    assert first.settings["corrections"] == second.settings["corrections"]


def test_one_file_takes_the_corrections_beside_it_as_far_as_they_concern_it(tmp_path: Path) -> None:
    write(tmp_path, "ignore: [LoRA]\nkind:\n  Transformer: tool\n")
    found = build(tmp_path / "2-attention.md", workers=1).snapshot
    assert named(found, "Transformer").kind is ConceptKind.TOOL


def test_corrections_can_be_given_instead_of_read(tmp_path: Path) -> None:
    write(tmp_path, "nonsense")
    assert "corrections" not in build(tmp_path, workers=1, corrections=Corrections()).snapshot.settings


# ---- what is refused
# ----------------------------------------------------------------------------------------------------


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(SettingsError) as refused:
        build(write(folder, text), workers=1)
    assert refused.value.exit_code == 2
    message = str(refused.value)
    assert "\n" not in message
    return message.replace(str(folder / FILE), FILE)


@pytest.mark.parametrize(
    ("text", "where", "parts"),
    [
        ("merg:\n- [a1, b1]\n", "1", ["unknown key 'merg'", "Did you mean 'merge'?"]),
        ("kind:\n  LoRA: methd\n", "2", ["unknown kind 'methd' of 'LoRA'", "Did you mean 'method'?"]),
        ("# x\n\nignore: [Transfomer]\n", "3", ["do not name 'Transfomer'", "Nearest: 'Transformer'"]),
        ("merge:\n- [LoRA, zebra]\n", "2", ["do not name 'zebra'"]),
        ("split:\n- [LoRA, zebra]\n", "2", ["do not name 'zebra'"]),
        ("rename:\n  zebra: LoRA\n", "2", ["do not name 'zebra'"]),
        ("add: [zebra]\n", "1", ["do not name 'zebra'"]),
        ("add:\n- {name: zebra, aliases: [gnu]}\n", "2", ["do not name 'zebra'"]),
        ("kind:\n  zebra: tool\n", "2", ["do not name 'zebra'"]),
        ("merge:\n- [LoRA]\n", "2", ["needs two names"]),
        ("merge:\n- [LoRA, lora]\n", "2", ["needs two names"]),
        ("merge: LoRA\n", "1", ["'merge' should be a list"]),
        ("rename: [LoRA]\n", "1", ["'rename' should be a mapping"]),
        ("ignore: [LoRA]\nkind:\n  lora: tool\n", "3", ["'lora' is also ignored (line 1)"]),
        (
            "merge:\n- [LoRA, QLoRA]\n- [QLoRA, 量化]\nsplit:\n- [LoRA, 量化]\n",
            "5",
            ["'LoRA' and '量化' are to stay apart", "line 3"],
        ),
        ("kind:\n  LoRA: tool\nadd:\n- {name: lora, kind: method}\n", "4", ["'method' here, and 'tool' on line 2"]),
        (
            "rename:\n  LoRA: A1\n  Low-Rank Adaptation: A2\nmerge:\n- [LoRA, Low-Rank Adaptation]\n",
            "3",
            ["'A2' here, and 'A1' on line 2"],
        ),
        ("add:\n- {aliases: [x1]}\n", "2", ["without a name"]),
        ("add:\n- {name: LoRA, knd: tool}\n", "2", ["unknown key 'knd'", "Did you mean 'kind'?"]),
        ("ignore: ['——']\n", "1", ["is not a name"]),
        ("rename:\n  LoRA: QLoRA\n", "2", ["'QLoRA' is a name of another concept", "`merge`"]),
        ("merge: [\n", "2", ["not YAML"]),
        ("- LoRA\n", "1", ["mapping with the keys merge, split"]),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(tmp_path: Path, text: str, where: str, parts: list[str]) -> None:
    message = refusal(tmp_path, text)
    assert message.startswith(f"{FILE}:{where}: "), message
    for part in parts:
        assert part in message


def test_a_concept_that_is_always_part_of_a_longer_one_is_refused(tmp_path: Path) -> None:
    assert "only as part of longer names" in refusal(tmp_path, "add: [小抄, 小抄法]\n")


def test_a_file_of_another_ending_is_not_passed_over_in_silence(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "studyatlas.yml").write_text("ignore: [LoRA]\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"rename it to studyatlas\.yaml"):
        build(tmp_path, workers=1)


def test_a_template_of_comments_corrects_nothing(tmp_path: Path) -> None:
    write(tmp_path, "# merge:\n# - [a, b]\nignore:\nmerge: []\n")
    assert not load_corrections(tmp_path)
    assert not load_corrections(tmp_path / "nothing here")


def test_the_file_in_the_documentation_is_valid(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "corrections.md").read_text(encoding="utf-8")
    (tmp_path / FILE).write_text(page.split("```yaml\n", 1)[1].split("```", 1)[0], encoding="utf-8")
    found = load_corrections(tmp_path)
    assert all((found.merge, found.split, found.rename, found.ignore, found.add, found.kind))
    assert found.add[1].kind is ConceptKind.METHOD


# ---- relations and prerequisites
# ----------------------------------------------------------------------------------------


def relations(found: GraphSnapshot) -> set[tuple[str, str, str]]:
    name = {c.id: c.name for c in found.concepts}
    return {(name[r.head], r.type.value, name[r.tail]) for r in found.relations}


def needs(found: GraphSnapshot) -> set[tuple[str, str]]:
    name = {c.id: c.name for c in found.concepts}
    return {(name[p.before], name[p.after]) for p in found.prerequisites}


def test_relate_adds_a_relation_with_the_line_that_names_both(tmp_path: Path) -> None:
    found = graph(tmp_path, "relate:\n- [QLoRA, addresses, 小抄法]\n- [KV cache, contrasts_with, QLoRA]\n")
    name = {c.id: c.name for c in found.concepts}
    mine = {(name[r.head], r.type.value, name[r.tail]): r for r in found.relations if r.origin == "user"}
    one = mine["QLoRA", "addresses", "小抄法"]
    assert (one.confidence, [(e.doc, e.line) for e in one.evidence]) == (1.0, [("1-lora.md", 9)])
    apart = next(r for key, r in mine.items() if key[1] == "contrasts_with")
    assert {e.doc for e in apart.evidence} == {"1-lora.md", "2-attention.md"}
    assert apart.head < apart.tail
    assert all(e.quote for r in mine.values() for e in r.evidence)


def test_unrelate_removes_relations(plain: BuildResult, tmp_path: Path) -> None:
    before = relations(plain.snapshot)
    head, type_, tail = min(edge for edge in before if edge[1] != "related_to")
    found = graph(tmp_path, f"unrelate:\n- [{head}, {type_}, {tail}]\n")
    assert relations(found) == before - {(head, type_, tail)}
    found = graph(tmp_path, f"unrelate:\n- [{tail}, {head}]\n")
    assert not {edge for edge in relations(found) if {edge[0], edge[2]} == {head, tail}}


def test_require_wins_over_what_was_found(plain: BuildResult, tmp_path: Path) -> None:
    before, after = min(needs(plain.snapshot))
    found = graph(tmp_path, f"require:\n  {before}: [{after}]\n")
    assert (after, before) in needs(found)
    assert (before, after) not in needs(found)
    mine = next(p for p in found.prerequisites if "user" in p.reasons)
    assert mine.confidence == 1.0
    assert mine.evidence


def test_unrequire_removes_a_prerequisite(plain: BuildResult, tmp_path: Path) -> None:
    before, after = min(needs(plain.snapshot))
    found = graph(tmp_path, f"unrequire:\n  {after}: [{before}]\n")
    assert (before, after) not in needs(found)
    assert needs(found) <= needs(plain.snapshot)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("relate:\n- [LoRA, use, PEFT]\n", r":2: unknown type of relation 'use'. Did you mean 'uses'\?"),
        ("relate:\n- [LoRA, PEFT]\n", r":2: each item of 'relate' should be \[HEAD, TYPE, TAIL\]"),
        ("unrelate:\n- [LoRA]\n", r":2: each item of 'unrelate' should be .* or \[NAME, NAME\]"),
        ("relate:\n- [LoRA, uses, lora]\n", ":2: 'LoRA' and 'lora' are one concept"),
        ("relate:\n- [LoRA, uses, PEFT]\nunrelate:\n- [PEFT, LoRA]\n", ":2: .* unrelated on line 4"),
        ("require: [LoRA]\n", ":1: 'require' should be a mapping"),
        ("require:\n  LoRA: [PEFT]\n  PEFT: [QLoRA]\n  QLoRA: [LoRA]\n", "require each other in a circle: "),
        (
            "require:\n  LoRA: [PEFT]\nunrequire:\n  lora: [PEFT]\n",
            ":2: 'LoRA' requires 'PEFT' here, and not on line 4",
        ),
        ("require:\n  LoRA: [Kubernetes]\n", "The notes do not name 'Kubernetes'"),
        ("merge:\n- [LoRA, QLoRA]\nrequire:\n  LoRA: [QLoRA]\n", "one concept"),
    ],
)
def test_what_is_wrong_with_relations_is_said(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=message):
        graph(tmp_path, text)
