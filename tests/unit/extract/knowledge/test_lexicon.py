"""The lexicon: what it holds, that no name means two things, and what a wrong file of the user is told."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest
import yaml

from extract.knowledge.compiled import bundled_fields
from extract.knowledge.lexicon import default_lexicon, load_lexicon, load_study_words
from extract.text.keys import key_of
from graph.errors import SettingsError
from graph.model import ConceptKind
from graph.text.names import fold
from graph.text.scripts import has_han
from tests.places import ROOT


def write(folder: Path, text: str, name: str = "mine.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_bundled_lexicon_covers_the_field_in_both_languages() -> None:
    lexicon = load_lexicon()
    assert lexicon.fields == ("machine-learning", "computer-science")
    by_field = Counter(entry.field for entry in lexicon.entries)
    assert by_field["machine-learning"] >= 4000
    assert by_field["computer-science"] >= 1500
    bilingual = [e for e in lexicon.entries if any(has_han(n) for n in e.names) and any(n.isascii() for n in e.names)]
    assert len(bilingual) >= 4000
    assert {e.kind for e in load_lexicon(packs=bundled_fields()).entries} == set(ConceptKind)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("LoRA", "低秩适应"),
        ("low rank adaptation", "低秩自适应"),
        ("LLM", "大模型"),
        ("大语言模型", "large language model"),
        ("微调", "fine-tuning"),
        ("精调", "Finetuning"),
        ("RLHF", "基于人类反馈的强化学习"),
        ("KV cache", "键值缓存"),
        ("嵌入", "向量表示"),
        ("词元", "token"),
        ("提示词", "prompt"),
        ("幻觉", "hallucination"),
        ("一致性哈希", "consistent hashing"),
        ("双亲委派模型", "parent delegation model"),
        ("三次握手", "three-way handshake"),
        ("MoE", "混合专家模型"),
        ("RAG", "检索增强生成"),
        ("ＲＡＧ", "retrieval augmented generation"),
    ],
)
def test_names_of_one_thing(one: str, other: str) -> None:
    lexicon = load_lexicon()
    assert lexicon.find(one) is not None
    assert lexicon.find(one) is lexicon.find(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("注意力", "自注意力"),
        ("PEFT", "LoRA"),
        ("LoRA", "QLoRA"),
        ("SFT", "instruction tuning"),
        ("PPO", "DPO"),
        ("function calling", "tool use"),
        ("embedding", "embedding model"),
        ("分词", "分词器"),
        ("GPT-4", "GPT-4o"),
        ("C++", "C#"),
        ("语言模型", "大语言模型"),
        ("量化", "向量量化"),
        ("HTTP", "HTTPS"),
        ("乐观锁", "悲观锁"),
        ("RAG", "GraphRAG"),
        ("监督学习", "自监督学习"),
        ("PEFT", "PEFT library"),
        ("推理", "推理模型"),
    ],
)
def test_names_of_two_things(one: str, other: str) -> None:
    lexicon = load_lexicon()
    first, second = lexicon.find(one), lexicon.find(other)
    assert first is not None
    assert second is not None
    assert first is not second


def test_an_entry_knows_its_line() -> None:
    entry = load_lexicon().find("LoRA")
    assert entry is not None
    line = Path(entry.file).read_text(encoding="utf-8").split("\n")[entry.line - 1]
    assert json.loads(line)["name"] == entry.name


def test_generic_words() -> None:
    lexicon = load_lexicon()
    assert len(lexicon.generic) >= 800
    for word in (
        "优点",
        "缺点",
        "流程",
        "总结",
        "示例",
        "模型",
        "数据",
        "适用场景",
        "核心思想",
        "第一步",
        "Overview",
        "advantages",
        "step",
        "note",
    ):
        assert lexicon.is_generic(word), word
    for word in (
        "数据增强",
        "语言模型",
        "数据并行",
        "梯度下降",
        "attention",
        "feature engineering",
        "注意力机制",
        "流水线并行",
    ):
        assert not lexicon.is_generic(word), word
    assert not lexicon.generic & lexicon.by_key.keys()


def test_study_words_join_the_languages() -> None:
    pairs = {(en, zh) for word in load_study_words() for en in word.en for zh in word.zh}
    assert len(load_study_words()) >= 200
    expected = {
        ("advantage", "优点"),
        ("difference", "区别"),
        ("stage", "阶段"),
        ("purpose", "目的"),
        ("step", "步骤"),
        ("difference", "不同"),
        ("limitations", "局限"),
    }
    assert expected <= pairs
    for word in load_study_words():
        assert word.en
        assert word.zh
        assert all(w.isascii() for w in word.en)
        assert all(has_han(w) for w in word.zh)


def test_the_bundled_lexicon_is_read_once() -> None:
    assert load_lexicon() is load_lexicon(()) is default_lexicon()


def test_candidates_find_their_entry_in_the_plural() -> None:
    lexicon = default_lexicon()
    for form in ("large language models", "LLMs", "Embeddings", "B+ trees", "Weights & Biases", "低秩适应"):
        key = key_of(form)
        assert key in lexicon.keys, form
        assert lexicon.entries[lexicon.keys[key]] is (lexicon.find(form) or lexicon.find(form.removesuffix("s"))), form
        assert lexicon.kind(key) is lexicon.entries[lexicon.keys[key]].kind
    assert lexicon.kind(key_of("LoRA")) is ConceptKind.METHOD
    assert lexicon.kind("nosuchthing") is None
    for entry in lexicon.entries:
        for form in entry.names:
            assert fold(form) in lexicon.generic or lexicon.entries[lexicon.keys[fold(form)]] is entry


def test_user_lexicon_is_added(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        """# haemostasis
- {name: Fibrin, aliases: [纤维蛋白], kind: component}
- name: Thrombin
  aliases: [凝血酶, "factor IIa: active"]
- {name: "NO", aliases: [nitric oxide, 一氧化氮], kind: data}
""",
    )
    lexicon = load_lexicon([path])
    fibrin, thrombin = lexicon.find("纤维蛋白"), lexicon.find("凝血酶")
    assert fibrin is not None
    assert (fibrin.name, fibrin.kind, fibrin.line) == ("Fibrin", ConceptKind.COMPONENT, 2)
    assert thrombin is not None
    assert (thrombin.aliases, thrombin.kind, thrombin.line) == (
        ("凝血酶", "factor IIa: active"),
        ConceptKind.CONCEPT,
        3,
    )
    assert lexicon.find("no") is lexicon.find("nitric oxide") is not None
    assert lexicon.find("LoRA") == load_lexicon().find("LoRA")
    assert len(lexicon.entries) == len(load_lexicon().entries) + 3


def test_user_lexicon_alone(tmp_path: Path) -> None:
    lexicon = load_lexicon([write(tmp_path, "- {name: Fibrin, kind: component}\n")], bundled=False)
    assert [e.name for e in lexicon.entries] == ["Fibrin"]
    assert lexicon.generic == frozenset()


def test_user_entry_replaces_the_bundled_ones_that_share_a_form(tmp_path: Path) -> None:
    path = write(tmp_path, "- {name: Electrical transformer, aliases: [Transformer, 变压器], kind: component}\n")
    lexicon = load_lexicon([path])
    mine = lexicon.find("transformer")
    assert mine is not None
    assert mine.name == "Electrical transformer"
    assert lexicon.find("Transformer 架构") is None
    assert all(e.name != "Transformer" for e in lexicon.entries)
    bundled = load_lexicon().find("transformer")
    assert bundled is not None
    assert bundled.name == "Transformer"


def test_user_says_what_is_generic(tmp_path: Path) -> None:
    path = write(tmp_path, "entries:\n- {name: Model organism, aliases: [model]}\ngeneric: [token, 病人]\n")
    lexicon = load_lexicon([path])
    assert lexicon.is_generic("病人")
    assert lexicon.is_generic("token")
    assert lexicon.find("token") is None
    assert lexicon.find("词元") is None
    assert not lexicon.is_generic("model")
    assert lexicon.find("model") is not None
    assert lexicon.entries[lexicon.keys["model"]] is lexicon.find("Model organism") is not lexicon.find("LoRA")
    assert lexicon.entries[lexicon.keys["lora"]] is lexicon.find("LoRA")


def test_without_entries_keeps_generic_words() -> None:
    bare = load_lexicon().without_entries()
    assert bare.entries == ()
    assert bare.find("LoRA") is None
    assert bare.keys == {}
    assert bare.is_generic("优点")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "- {name: A, alias: [B]}",
            r"mine\.yaml:1: unknown key 'alias'\. Did you mean 'aliases'\? Keys: name, aliases, kind, is_a",
        ),
        (
            "# x\n- {name: A, kind: methd}",
            r"mine\.yaml:2: unknown kind 'methd' of 'A'\. Did you mean 'method'\? Kinds: method, model",
        ),
        (
            "- {name: A, aliases: [B], kind: data}\n\n- {name: C, aliases: [b]}",
            r"mine\.yaml:3: 'b' is a form of 'C', but .*mine\.yaml:1 gives it to 'A'",
        ),
        ("- {aliases: [B]}", r"mine\.yaml:1: an entry without a name"),
        ("- {name: A, name: B}", r"mine\.yaml:1: 'name' is given twice"),
        ("- {name: A, aliases: B}", r"mine\.yaml:1: 'aliases' should be a list"),
        ("- {name: A, aliases: [B, [C]]}", r"mine\.yaml:1: 'aliases' contains something that is not a name"),
        ("- {name: ''}", r"mine\.yaml:1: 'name' contains something that is not a name"),
        ("# x\n\n- {name: A, aliases: [B}", r"mine\.yaml:3: not YAML"),
        ("entries:\n- name: A\n  kind: [x\n", r"mine\.yaml:\d: not YAML"),
        ("- LoRA", r"mine\.yaml:1: expected a mapping with the keys name, aliases, kind"),
        ("words: [a]", r"mine\.yaml:1: unknown key 'words'\. Keys: entries, generic"),
        (
            "generic: [A]\nentries:\n- {name: a}",
            r"mine\.yaml:1: 'A' is listed as generic, but .*mine\.yaml:3 names 'a' so",
        ),
        ("generic: A", r"mine\.yaml:1: 'generic' should be a list"),
        ("entries: A", r"mine\.yaml:1: 'entries' should be a list"),
        ("just words", r"mine\.yaml:1: expected a mapping with the keys entries, generic"),
    ],
)
def test_wrong_files_are_told_where(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        load_lexicon([write(tmp_path, text)])


def test_one_form_in_two_files_of_the_user(tmp_path: Path) -> None:
    paths = [
        write(tmp_path, "- {name: Node}\n", "a.yaml"),
        write(tmp_path, "- {name: Lymph node, aliases: [node]}\n", "b.yaml"),
    ]
    with pytest.raises(
        SettingsError, match=r"b\.yaml:1: 'node' is a form of 'Lymph node', but .*a\.yaml:1 gives it to 'Node'"
    ):
        load_lexicon(paths)


def test_unreadable_files(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"gone\.yaml cannot be read"):
        load_lexicon([tmp_path / "gone.yaml"])
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"\xff\xfe\x00\x01\x80")
    with pytest.raises(SettingsError, match=r"binary\.yaml cannot be read"):
        load_lexicon([binary])


def test_empty_file_and_byte_order_mark(tmp_path: Path) -> None:
    assert load_lexicon([write(tmp_path, "")], bundled=False).entries == ()
    marked = write(tmp_path, "\ufeff- {name: A}\r\n- {name: B, kind: tool}\r\n")
    assert [e.name for e in load_lexicon([marked], bundled=False).entries] == ["A", "B"]


def test_the_files_in_the_documentation_work(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "lexicon.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert len(blocks) == 2
    lexicon = load_lexicon([write(tmp_path, block, f"{i}.yaml") for i, block in enumerate(blocks)])
    thrombin = lexicon.find("凝血酶")
    assert thrombin is not None
    assert thrombin.name == "Thrombin"
    assert lexicon.is_generic("标本")
    mapping = yaml.safe_load(blocks[1])
    assert lexicon.find(mapping["entries"][0]["aliases"][0]) is not None


def test_acronyms_that_are_everyday_words_are_left_out() -> None:
    """Names are compared without case.

    REST, ZeRO or CLIP in the lexicon would be found in notes on anatomy and cooking.
    """
    lexicon = load_lexicon()
    everyday = "rest star map got zero cap acid spin pot clip bow palm bloom lime eagle cow bio h2o helm camel squad"
    assert [word for word in everyday.split() if lexicon.find(word)] == []
    assert lexicon.find("零冗余优化器") is lexicon.find("Zero Redundancy Optimizer") is not None
    assert lexicon.find("CAP theorem") is lexicon.find("CAP 定理") is not None
