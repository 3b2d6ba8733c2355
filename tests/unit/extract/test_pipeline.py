from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import extract.pipeline
from extract.notes.inventory import Inventory, take_inventory
from extract.pipeline import STAGES, BuildResult, build, extract_text
from graph.errors import InputError, NoNotesError, SettingsError
from graph.exchange.exports import to_json
from graph.model import ConceptKind, GraphSnapshot
from graph.stores.checks import checked
from graph.vectors.static_encoder import StaticEncoder
from graph.verification import NoteFile, verify

NOTES = {
    "1-lora.md": """# 参数高效微调

参数高效微调（Parameter-Efficient Fine-Tuning, PEFT）冻结预训练模型的权重，只训练少量参数。

## 低秩适应（LoRA）

**低秩适应**（Low-Rank Adaptation, LoRA）是一种参数高效微调方法，它用两个低秩矩阵的乘积代替权重的变化量。

- **秩**：低秩矩阵的大小
- **缩放系数**：乘在低秩更新上的常数

QLoRA 在 LoRA 的基础上使用 4-bit 量化，因此显存更少。

| 方法 | 训练的参数 |
| --- | --- |
| LoRA | 低秩矩阵 |
| Prefix Tuning | 前缀向量 |
""",
    "2-attention.md": """# Self-attention

Self-attention is an attention mechanism in which queries, keys and values come from the same sequence.

## Multi-head attention

Multi-head attention runs several self-attention heads in parallel. The Transformer uses multi-head attention.
A KV cache stores the keys and values of earlier tokens, and it speeds up decoding in the Transformer.

```python
scores = hidden_probe(q, k)
```
""",
    "sub/3-量化.md": """# 量化

量化把权重从 16 位浮点数变成低位整数，减少显存。GPTQ 是一种训练后量化方法。QLoRA 用 NF4 量化基座模型。
""",
}


def write(folder: Path, notes: dict[str, str] = NOTES) -> Path:
    for name, text in notes.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return folder


def unsound_quotes(graph: GraphSnapshot, folder: Path) -> list[str]:
    def read(doc: str) -> NoteFile:
        sha = next(d.sha256 for d in graph.documents if d.id == doc)
        return NoteFile(sha, tuple((folder / doc).read_bytes().decode().split("\n")))

    return [f"{q.doc}:{q.line} {q.text!r} ({q.said_by})" for q in verify(graph, read).false]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("notes"))


@pytest.fixture(scope="module")
def result(folder: Path) -> BuildResult:
    return build(folder)


def test_a_graph_of_a_small_folder(result: BuildResult, folder: Path) -> None:
    graph = checked(result.snapshot)
    assert [d.id for d in graph.documents] == ["1-lora.md", "2-attention.md", "sub/3-量化.md"]
    assert [d.lang for d in graph.documents] == ["zh", "en", "zh"]
    concepts = {name: c for c in graph.concepts for name in c.names}
    assert concepts["LoRA"] is concepts["低秩适应"] is concepts["Low-Rank Adaptation"]
    assert concepts["PEFT"] is concepts["参数高效微调"] is not concepts["LoRA"]
    assert "QLoRA" in concepts
    assert graph.source == str(folder.resolve())
    assert graph.skipped == ()
    assert (graph.settings["encoder"], graph.settings["lexicon"]) == ("static", "on")


def test_mentions_stand_on_their_lines(result: BuildResult, folder: Path) -> None:
    lora = next(c for c in result.snapshot.concepts if "LoRA" in c.names)
    lines = NOTES["1-lora.md"].split("\n")
    assert {m.line for m in lora.mentions if m.doc == "1-lora.md" and m.form == "LoRA"} == {
        number for number, line in enumerate(lines, start=1) if "LoRA" in line.replace("QLoRA", "")
    }
    for concept in result.snapshot.concepts:
        assert concept.mentions
        for mention in concept.mentions:
            line = NOTES[mention.doc].split("\n")[mention.line - 1]
            assert mention.form in line.replace("**", "")


def test_every_quote_stands_on_its_line(result: BuildResult, folder: Path) -> None:
    assert result.snapshot.relations
    assert unsound_quotes(result.snapshot, folder) == []


def test_what_notes_define_has_their_definition(result: BuildResult) -> None:
    lora = next(c for c in result.snapshot.concepts if "LoRA" in c.names)
    assert lora.definition is not None
    assert (lora.definition.doc, lora.definition.line) == ("1-lora.md", 7)


def test_merges_say_why(result: BuildResult) -> None:
    lora = next(c for c in result.snapshot.concepts if "LoRA" in c.names)
    merges = [m for m in result.snapshot.merges if m.concept == lora.id]
    assert {name for m in merges for name in (m.kept, m.merged)} == {"低秩适应", "Low-Rank Adaptation", "LoRA"}
    assert {m.reason for m in merges} <= {"lexicon", "parenthesis"}


def test_merges_that_notes_say_are_quoted(folder: Path) -> None:
    graph = build(folder, lexicon=False).snapshot
    merge = next(m for m in graph.merges if (m.kept, m.merged) == ("低秩适应", "LoRA"))
    assert merge.reason == "parenthesis"
    assert merge.evidence is not None
    assert (merge.evidence.doc, merge.evidence.line) == ("1-lora.md", 5)
    assert merge.evidence.quote == "低秩适应（LoRA）"


def test_code_names_no_concept(result: BuildResult) -> None:
    names = " ".join(name for c in result.snapshot.concepts for name in c.names)
    assert "hidden_probe" not in names
    assert "scores" not in names


def test_passages_hold_every_line_of_every_note(result: BuildResult) -> None:
    for doc, text in NOTES.items():
        own = [p for p in result.snapshot.passages if p.doc == doc]
        assert "\n".join(p.text for p in own) + "\n" == text


def test_coverage_tells_what_became_of_each_file(result: BuildResult) -> None:
    assert [c.doc for c in result.coverage] == sorted(NOTES)
    first = result.coverage[0]
    assert first.lines == NOTES["1-lora.md"].count("\n")
    assert first.concepts == sum(any(m.doc == first.doc for m in c.mentions) for c in result.snapshot.concepts) > 3
    assert first.relations == sum(any(e.doc == first.doc for e in r.evidence) for r in result.snapshot.relations)
    assert first.encoding == "utf-8"


def test_building_again_gives_the_same_bytes(result: BuildResult, folder: Path) -> None:
    again = build(folder)
    assert to_json(again.snapshot) == to_json(result.snapshot)
    assert again.snapshot.vectors is not None
    assert result.snapshot.vectors is not None
    assert again.snapshot.vectors.same(result.snapshot.vectors)


def test_two_processes_give_what_one_gives(result: BuildResult, folder: Path) -> None:
    assert to_json(build(folder, workers=2).snapshot) == to_json(result.snapshot)


def test_few_notes_start_no_process(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr("extract.execution.local.ProcessPoolExecutor", refused)
    assert build(folder).snapshot.concepts
    with pytest.raises(AssertionError, match="a process was started"):
        build(folder, workers=2)


def test_the_order_in_which_files_are_found_does_not_matter(
    result: BuildResult, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def backwards(where: Path, **how: bool) -> Inventory:
        found = take_inventory(where, **how)
        return replace(found, notes=found.notes[::-1])

    monkeypatch.setattr(extract.pipeline, "take_inventory", backwards)
    assert to_json(build(folder).snapshot) == to_json(result.snapshot)


def test_another_place_gives_the_same_export(result: BuildResult, folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "copy")
    assert to_json(build(tmp_path / "copy").snapshot) == to_json(result.snapshot)


def test_without_the_lexicon_names_that_only_it_joins_stay_apart(tmp_path: Path) -> None:
    text = "# 大语言模型\n\n大语言模型是一种语言模型，大语言模型很大。\n\n# LLM\n\nAn LLM is a neural network. Every LLM predicts tokens.\n"
    write(tmp_path, {"a.md": text})

    def is_one(graph: GraphSnapshot) -> bool:
        return any({"LLM", "大语言模型"} <= set(c.names) for c in graph.concepts)

    assert is_one(build(tmp_path).snapshot)
    bare = build(tmp_path, lexicon=False)
    assert not is_one(bare.snapshot)
    assert bare.snapshot.settings["lexicon"] == "off"


def test_progress_names_every_stage_in_order(folder: Path) -> None:
    told: list[tuple[str, int, int]] = []
    result = build(folder, progress=lambda stage, done, total: told.append((stage, done, total)))
    assert tuple(dict.fromkeys(stage for stage, _, _ in told)) == STAGES == tuple(result.seconds)
    assert [t for t in told if t[0] == "extract"] == [("extract", n, 3) for n in range(4)]
    assert all(0 <= done <= total for _, done, total in told)


def test_a_single_note(folder: Path) -> None:
    graph = build(folder / "1-lora.md").snapshot
    assert [d.id for d in graph.documents] == ["1-lora.md"]
    assert graph.source == str(folder.resolve())


def test_files_that_cannot_be_read_are_reported(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "binary.md").write_bytes(bytes(range(32)) * 50)
    (tmp_path / "empty.md").write_bytes(b"")
    (tmp_path / "blank.md").write_bytes(b" \n\n")
    (tmp_path / "gone.md").symlink_to(tmp_path / "nothing")
    result = build(tmp_path)
    assert {s.doc: s.reason for s in result.snapshot.skipped} == {
        "binary.md": "binary file, not text",
        "blank.md": "contains no text",
        "empty.md": "empty file",
        "gone.md": "a link to a file that is not there",
    }
    assert [d.id for d in result.snapshot.documents] == sorted(NOTES)
    assert {c.doc: len(c.skipped) for c in result.coverage}["binary.md"] == 1
    assert {c.doc: c.concepts for c in result.coverage}["binary.md"] == 0


def test_a_file_that_vanishes_after_it_was_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path)

    def find_and_delete(folder: Path, **how: bool) -> Inventory:
        found = take_inventory(folder, **how)
        (folder / "2-attention.md").unlink()
        return found

    monkeypatch.setattr(extract.pipeline, "take_inventory", find_and_delete)
    graph = build(tmp_path).snapshot
    assert [(s.doc, s.line, s.reason) for s in graph.skipped] == [("2-attention.md", 0, "disappeared while building")]
    assert [d.id for d in graph.documents] == ["1-lora.md", "sub/3-量化.md"]


def test_other_encodings_give_the_same_concepts(tmp_path: Path) -> None:
    write(tmp_path / "a", {"n.md": NOTES["1-lora.md"]})
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "n.md").write_bytes(NOTES["1-lora.md"].encode("gb18030"))
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "n.md").write_bytes(b"\xef\xbb\xbf" + NOTES["1-lora.md"].replace("\n", "\r\n").encode())
    plain, chinese, windows = (build(tmp_path / name) for name in "abc")
    assert chinese.coverage[0].encoding == "gb18030"
    for other in (chinese, windows):
        assert other.snapshot.concepts == plain.snapshot.concepts
        assert other.snapshot.relations == plain.snapshot.relations
        assert replace(other.snapshot.documents[0], sha256="") == replace(plain.snapshot.documents[0], sha256="")


@pytest.mark.parametrize(
    "text", ["x\n", "---\n---\n", "```\ncode only\n```\n", "12345\n", "\ufeff。。。\n", "# \n\n- \n"]
)
def test_notes_that_say_almost_nothing_give_a_sound_graph(tmp_path: Path, text: str) -> None:
    write(tmp_path, {"a.md": text})
    graph = checked(build(tmp_path).snapshot)
    assert len(graph.documents) == 1
    assert graph.concepts == ()


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(NoNotesError, match="No notes in"):
        build(tmp_path)


def test_a_folder_of_unreadable_files_is_told_with_reasons(tmp_path: Path) -> None:
    for name in ("a.md", "b.md", "c.md", "d.md"):
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(NoNotesError, match=r"None of the 4 files .* \(a\.md: empty file; .* and 1 more\)"):
        build(tmp_path)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no folder"):
        build(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["1-lora.md", "2-attention.md"])
@pytest.mark.parametrize("lexicon", [True, False])
def test_a_text_in_memory_gives_what_its_file_gives(tmp_path: Path, name: str, lexicon: bool) -> None:
    write(tmp_path, {name: NOTES[name]})
    graph = build(tmp_path / name, lexicon=lexicon, order=False, workers=1).snapshot
    text = extract_text(NOTES[name], name=name, lexicon=lexicon)
    assert text.concepts
    assert text.relations
    for part in ("documents", "passages", "concepts", "relations", "merges"):
        assert getattr(text, part) == getattr(graph, part), part
    assert (text.prerequisites, text.communities, text.vectors) == ((), (), None)
    assert checked(text) == text


def test_a_text_in_memory_without_relations() -> None:
    text = extract_text(NOTES["1-lora.md"], relations=False)
    assert text.relations == ()
    whole = {c.id: c for c in extract_text(NOTES["1-lora.md"]).concepts}
    assert {c.id: replace(c, salience=whole[c.id].salience) for c in text.concepts} == whole


@pytest.mark.parametrize("blank", ["", " \n\t\n", "\0", "\r\n"])
def test_a_blank_text_has_no_concepts(blank: str) -> None:
    graph = extract_text(blank)
    assert (graph.documents, graph.concepts) == ((), ())


@settings(max_examples=60)
@given(st.text(max_size=80))
def test_any_text_can_be_extracted_from(text: str) -> None:
    assert checked(extract_text(text))


def test_a_text_uses_the_lexicon_of_the_user(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text("- {name: Zorblax, aliases: [卓布], kind: dataset}\n", encoding="utf-8")
    note = "Zorblax 由卓布组织发布，是一个数据集。Zorblax 有一万条记录。卓布很大。"
    (found,) = [c for c in extract_text(note, lexicons=[str(own)]).concepts if "Zorblax" in c.names]
    assert (found.kind, set(found.names)) == (ConceptKind.DATASET, {"Zorblax", "卓布"})
    with pytest.raises(SettingsError, match=r"no\.yaml"):
        extract_text(note, lexicons=[tmp_path / "no.yaml"])


def test_the_vectors_know_what_the_notes_say_and_not_their_markup(tmp_path: Path) -> None:
    note = "# LoRA\n\nLoRA 训练[低秩矩阵](zebra.md)。<!-- zebra --> ![](zebra.png)\n\nLoRA 的低秩矩阵很小。\n"
    vectors = build(write(tmp_path, {"a.md": note, "b.md": note.replace("训练", "学习")}), workers=1).snapshot.vectors
    assert vectors is not None
    encoder = StaticEncoder.from_bytes(vectors.state)
    assert encoder.encode(["低秩矩阵"]).any()
    assert not encoder.encode(["zebra"]).any()
