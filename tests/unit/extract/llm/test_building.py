"""Builds in which a language model reads along: what enters the graph, and what happens where it fails."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from extract.llm.reader import LanguageReader
from extract.pipeline import BuildResult, build
from extract.verification import verify_notes
from graph.errors import InputError
from graph.llm.batch import RecordedAnswers, read_answers, write_requests
from graph.llm.requests import Answers, Keep, Request, Tell
from graph.model import Basis, RelationType
from graph.stores.memory import MemoryStore

ZH = """# 参数高效微调

LoRA 在权重旁加上两个低秩矩阵，只训练它们。QLoRA 先把底座量化成 NF4，再在上面训练 LoRA。

显存不够的时候，很多人会先试试梯度检查点。
"""
EN = """# Sorting

Quicksort is a sorting algorithm that picks a pivot. Heapsort is a sorting algorithm that keeps a heap.
"""


class Scripted:
    """A model that answers by what the notes of a request contain."""

    name = "scripted"
    context = 32_768

    def __init__(self, answers: Mapping[str, Any], fails: Callable[[Request], bool] = lambda _: False) -> None:
        self._answers = answers
        self._fails = fails
        self.others: dict[str, Any] = {}
        self.asked: list[Request] = []

    def answer(self, requests: list[Request], tell: Tell | None = None, keep: Keep | None = None) -> Answers:
        self.asked += requests
        texts = {}
        for request in requests:
            if request.task != "read":
                texts[request.id] = json.dumps(
                    self.others.get(request.task, {"same": [], "different": [], "title": "", "sentences": []})
                )
            shown = request.user.rpartition("<notes>")[2]
            for word, answer in self._answers.items():
                if word in shown and request.task == "read" and not self._fails(request):
                    texts[request.id] = answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)
        return Answers(texts, {r.id: "nothing came" for r in requests if r.id not in texts}, len(texts))


def concept(name: str, *aliases: str, kind: str = "method", definition: str = "") -> dict[str, object]:
    return {
        "name": name, "aliases": list(aliases), "kind": kind, "weight": "core", "line": 1, "definition": definition
    }  # fmt: skip


READ_ZH = {
    "concepts": [
        concept("LoRA"),
        concept("QLoRA"),
        concept("NF4", kind="data"),
        concept("梯度检查点"),
        concept("低秩矩阵", kind="component"),
    ],
    "relations": [
        {"head": "QLoRA", "type": "based_on", "tail": "LoRA", "line": 3, "quote": "再在上面训练 LoRA"},
        {"head": "QLoRA", "type": "uses", "tail": "NF4", "line": 3, "quote": "QLoRA 先把底座量化成 NF4"},
        {"head": "QLoRA", "type": "uses", "tail": "GPTQ", "line": 3, "quote": "QLoRA 使用 GPTQ"},
    ],
    "prerequisites": [
        {"before": "LoRA", "after": "QLoRA", "strength": "strong", "line": 3, "quote": "再在上面训练 LoRA"}
    ],
}
READ_EN = {
    "concepts": [concept("Quicksort"), concept("pivot"), concept("Heapsort")],
    "relations": [],
    "prerequisites": [],
}


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "peft.md").write_text(ZH, encoding="utf-8")
    (folder / "sort.md").write_text(EN, encoding="utf-8")
    return folder


def built(notes: Path, model: Any) -> BuildResult:
    return build(notes, workers=1, reader=LanguageReader(model))


def names(result: BuildResult) -> set[str]:
    return {c.name for c in result.snapshot.concepts}


def test_what_was_read_is_in_the_graph_with_its_lines(notes: Path) -> None:
    result = built(notes, Scripted({"LoRA": READ_ZH, "Quicksort": READ_EN}))
    assert {"LoRA", "QLoRA", "NF4", "梯度检查点", "低秩矩阵", "Quicksort", "Heapsort"} <= names(result)
    relations = {(r.head, r.type, r.tail): r for r in result.snapshot.relations}
    uses = relations["qlora", RelationType.USES, "nf4"]
    assert [e.line for e in uses.evidence][:1] == [3]
    (need,) = [p for p in result.snapshot.prerequisites if p.key == ("lora", "qlora")]
    assert need.basis is Basis.MODEL
    assert need.evidence[0].quote == "再在上面训练 LoRA"
    assert result.reading is not None
    assert (result.reading.model, result.reading.failed, dict(result.reading.dropped)) == (
        "scripted",
        0,
        {"undeclared": 1},
    )
    assert result.snapshot.settings["language_model"] == "scripted"


def test_every_quote_of_such_a_graph_is_on_its_line(notes: Path) -> None:
    snapshot = built(notes, Scripted({"LoRA": READ_ZH, "Quicksort": READ_EN})).snapshot
    MemoryStore().publish(snapshot)  # checks the snapshot
    assert verify_notes(snapshot, notes).holds


def test_only_the_model_says_it_and_it_is_told(notes: Path) -> None:
    quote = {"line": 3, "quote": "QLoRA 先把底座量化成 NF4"}
    read = READ_ZH | {"relations": [{"head": "QLoRA", "type": "evaluated_by", "tail": "NF4"} | quote]}
    result = built(notes, Scripted({"LoRA": read, "Quicksort": READ_EN}))
    (relation,) = [r for r in result.snapshot.relations if r.type is RelationType.EVALUATED_BY]
    assert (relation.basis, relation.origin) == (Basis.MODEL, "llm:scripted")


def test_what_a_careful_reader_leaves_out_is_no_concept(notes: Path) -> None:
    without = build(notes, workers=1)
    result = built(notes, Scripted({"LoRA": READ_ZH, "Quicksort": READ_EN | {"concepts": [concept("Quicksort")]}}))
    assert "Heapsort" in names(without)
    assert "Heapsort" not in names(result)


def test_names_that_it_joins_are_one_concept(notes: Path) -> None:
    (notes / "cache.md").write_text("# 推理\n\n键值缓存占显存。KV cache 可以分页。\n", encoding="utf-8")
    read = {"concepts": [concept("KV cache", "键值缓存", kind="data")], "relations": [], "prerequisites": []}
    result = built(notes, Scripted({"KV cache": read, "LoRA": READ_ZH, "Quicksort": READ_EN}))
    (cache,) = [c for c in result.snapshot.concepts if "KV cache" in c.names]
    assert "键值缓存" in cache.names


@pytest.mark.parametrize("answer", ["", "Sorry, I cannot help.", "{", '{"concepts": 3}'])
def test_a_useless_answer_leaves_its_note_as_it_is_without_a_model(notes: Path, answer: str) -> None:
    without = build(notes, workers=1).snapshot
    result = built(notes, Scripted({"LoRA": answer, "Quicksort": answer}))
    assert result.snapshot.concepts == without.concepts
    assert result.snapshot.relations == without.relations
    assert result.snapshot.prerequisites == without.prerequisites
    told = [s for s in result.snapshot.skipped if "language model" in s.reason]
    assert [(s.doc, s.line) for s in told] == [("peft.md", 1), ("sort.md", 1)]
    assert result.reading is not None
    assert result.reading.failed == 2


def test_one_failing_request_costs_only_its_note(notes: Path) -> None:
    result = built(notes, Scripted({"LoRA": READ_ZH, "Quicksort": READ_EN}, lambda r: "Quicksort" in r.user))
    assert "NF4" in names(result)
    assert "Heapsort" in names(result)
    (told,) = [s for s in result.snapshot.skipped if "language model" in s.reason]
    assert (
        told.reason == "lines 1-3 were not read by the language model: nothing came; what is found without one is used"
    )


def test_an_answer_that_is_cut_off_is_asked_for_in_halves(notes: Path) -> None:
    whole = json.dumps(READ_ZH, ensure_ascii=False)
    model = Scripted({"显存": READ_ZH, "QLoRA": whole[: len(whole) // 2], "Quicksort": READ_EN})
    result = built(notes, model)
    assert [r.task for r in model.asked].count("read") == 4
    assert "梯度检查点" in names(result)
    assert any("cut off twice" in s.reason for s in result.snapshot.skipped)


def test_a_circle_of_prerequisites_is_broken(notes: Path) -> None:
    quote = {"line": 3, "quote": "QLoRA 先把底座量化成 NF4，再在上面训练 LoRA"}
    circle = [("LoRA", "QLoRA"), ("QLoRA", "NF4"), ("NF4", "LoRA")]
    read = READ_ZH | {"prerequisites": [{"before": a, "after": b, "strength": "strong"} | quote for a, b in circle]}
    result = built(notes, Scripted({"LoRA": read, "Quicksort": READ_EN}))
    edges = {p.key for p in result.snapshot.prerequisites}
    assert not {("lora", "qlora"), ("qlora", "nf4"), ("nf4", "lora")} <= edges


def test_who_does_not_approve_of_the_cost_builds_nothing(notes: Path) -> None:
    def refuse(requests: object) -> None:
        raise InputError("too dear")

    model = Scripted({})
    with pytest.raises(InputError, match="too dear"):
        build(notes, workers=1, reader=LanguageReader(model, refuse))
    assert model.asked == []


def test_a_batch_in_files_gives_what_asking_gives(notes: Path, tmp_path: Path) -> None:
    answers = {"LoRA": READ_ZH, "Quicksort": READ_EN}
    asked = built(notes, Scripted(answers))
    nobody = RecordedAnswers(Answers({}), "scripted")
    built(notes, nobody)
    write_requests(list(nobody.missing.values()), tmp_path / "requests.jsonl", "scripted")
    with (tmp_path / "answers.jsonl").open("w", encoding="utf-8") as file:
        for line in (tmp_path / "requests.jsonl").read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            shown = record["body"]["messages"][1]["content"].rpartition("<notes>")[2]
            content = READ_ZH if "LoRA" in shown else READ_EN
            assert record["custom_id"].startswith("read-")
            print(json.dumps({"custom_id": record["custom_id"], "content": content}), file=file)
    recorded = built(notes, RecordedAnswers(read_answers(tmp_path / "answers.jsonl"), "scripted"))
    assert recorded.snapshot.concepts == asked.snapshot.concepts
    assert recorded.snapshot.relations == asked.snapshot.relations
    assert recorded.snapshot.prerequisites == asked.snapshot.prerequisites


def test_a_changed_note_changes_only_its_own_requests(notes: Path) -> None:
    first = RecordedAnswers(Answers({}), "m")
    built(notes, first)
    (notes / "sort.md").write_text(EN + "\nHeapsort uses a heap.\n", encoding="utf-8")
    second = RecordedAnswers(Answers({}), "m")
    built(notes, second)
    assert len(first.missing.keys() - second.missing.keys()) == 1
    assert len(first.missing.keys() & second.missing.keys()) == 1


def test_names_in_two_notes_are_joined_where_the_model_says_so(notes: Path) -> None:
    (notes / "one.md").write_text(
        "# 青鸟弹性伸缩调度器\n\n青鸟弹性伸缩调度器按预训练好的曲线扩容。\n", encoding="utf-8"
    )
    (notes / "two.md").write_text("# 对齐\n\n青鸟弹性伸缩调度机要先对齐再上线。\n", encoding="utf-8")
    nothing = {"relations": [], "prerequisites": []}
    model = Scripted(
        {
            "预训练": {"concepts": [concept("青鸟弹性伸缩调度器", kind="model")]} | nothing,
            "对齐": {"concepts": [concept("青鸟弹性伸缩调度机", kind="model"), concept("对齐")]} | nothing,
        }
    )
    model.others["same"] = {"same": [1, 99, "2"]}
    result = built(notes, model)
    (found,) = [c for c in result.snapshot.concepts if "青鸟弹性伸缩调度器" in c.names]
    assert "青鸟弹性伸缩调度机" in found.names
    (asked,) = [r for r in model.asked if r.task == "same"]
    assert "青鸟弹性伸缩调度器" in asked.user
    merge = next(
        m for m in result.snapshot.merges if {m.kept, m.merged} == {"青鸟弹性伸缩调度器", "青鸟弹性伸缩调度机"}
    )
    assert merge.reason == "model"


def test_themes_are_named_and_told_by_the_model_as_far_as_the_lines_say_so(notes: Path) -> None:
    (notes / "more.md").write_text(
        "# 检索增强\n\nRAG 先检索文档，再交给大模型生成。RAG 用向量数据库存放文档。\n\n"
        "向量数据库按余弦相似度查找最近邻。重排序用交叉编码器给候选打分。RAG 用重排序过滤噪声。\n",
        encoding="utf-8",
    )
    read = {
        "concepts": [concept(n) for n in ("RAG", "向量数据库", "余弦相似度", "重排序", "交叉编码器")],
        "relations": [
            {"head": "RAG", "type": "uses", "tail": "向量数据库", "line": 3, "quote": "RAG 用向量数据库存放文档"},
            {"head": "向量数据库", "type": "uses", "tail": "余弦相似度", "line": 5, "quote": "向量数据库按余弦相似度查找最近邻"},
            {"head": "重排序", "type": "uses", "tail": "交叉编码器", "line": 5, "quote": "重排序用交叉编码器给候选打分"},
            {"head": "RAG", "type": "uses", "tail": "重排序", "line": 5, "quote": "RAG 用重排序过滤噪声"},
        ],
        "prerequisites": [],
    }  # fmt: skip
    model = Scripted({"RAG": read, "LoRA": READ_ZH, "Quicksort": READ_EN})
    model.others["theme"] = {
        "title": "RAG 与重排序",
        "sentences": [
            {"text": "RAG 用向量数据库存放文档。", "lines": list(range(1, 9))},
            {"text": "Meta 于 2020 年发明了它。", "lines": [1]},
            {"text": "RAG 用重排序过滤噪声。", "lines": [77]},
        ],
    }
    result = built(notes, model)
    theme = next(c for c in result.snapshot.communities if "rag" in c.members)
    assert theme.title == "RAG 与重排序"
    assert "存放文档" in theme.summary
    assert "2020" not in theme.summary
    assert "过滤" not in theme.summary
    assert verify_notes(result.snapshot, notes).holds


def test_a_name_that_means_two_things_is_two_concepts_where_the_model_says_so(notes: Path) -> None:
    (notes / "cell.md").write_text("# 蛋白质合成\n\n翻译在核糖体上把密码子读成氨基酸。\n", encoding="utf-8")
    (notes / "task.md").write_text("# 语言任务\n\n翻译把一种语言写成另一种语言，用 BLEU 评价。\n", encoding="utf-8")
    nothing = {"relations": [], "prerequisites": []}
    model = Scripted(
        {
            "核糖体": {"concepts": [concept("翻译", kind="process"), concept("核糖体", kind="component")]} | nothing,
            "BLEU": {"concepts": [concept("翻译", kind="task"), concept("BLEU", kind="metric")]} | nothing,
        }
    )
    one = built(notes, model)
    assert len([c for c in one.snapshot.concepts if "翻译" in c.names]) == 1
    (asked,) = [r for r in model.asked if r.task == "homonyms"]
    assert "核糖体" in asked.user
    model.others["homonyms"] = {"different": [1, 1.5, 40, True]}
    two = [c for c in built(notes, model).snapshot.concepts if "翻译" in c.names]
    assert sorted({m.doc for m in c.mentions} & {"cell.md", "task.md"} for c in two) in (
        [{"cell.md"}, {"task.md"}],
        [{"task.md"}, {"cell.md"}],
    )
