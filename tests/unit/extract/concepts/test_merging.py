from __future__ import annotations

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extract.concepts.acronyms import expands, is_acronym, long_form
from extract.concepts.alias_pairs import FEATURES, name_pairs, same_things
from extract.concepts.candidates import Candidates, collect
from extract.concepts.clusters import AliasLink, Clusters
from extract.concepts.merging import alias_links, lexicon_links
from extract.concepts.salience import SalienceModel
from extract.concepts.selection import cluster_forms
from extract.concepts.typos import typo_links
from extract.knowledge.lexicon import Lexicon, default_lexicon
from extract.notes.parse import parse
from extract.text.keys import key_of
from extract.text.parsed_doc import parsed_doc


def candidates_of(text: str) -> Candidates:
    return collect(parsed_doc("a.md", parse(text)))


def scores_of(candidates: Candidates) -> dict[str, float]:
    """How likely the forms are concepts; in so little text hardly any is sure, so what the lexicon knows helps."""
    return SalienceModel.default().scores(candidates, default_lexicon())


def links(text: str) -> set[tuple[str, str, str]]:
    """(form, form, reason) of the links in ``text``."""
    candidates = candidates_of(text)
    return {(x.form_a, x.form_b, x.reason) for x in alias_links(candidates, scores_of(candidates))}


def joined(*texts: str, lexicon: Lexicon | None = None) -> list[set[str]]:
    """The keys that are one concept, for those that are more than one, with each text a document of its own."""
    collection = [candidates_of(text) for text in texts]
    scores = [scores_of(c) for c in collection]
    links = [alias_links(c, table, lexicon) for c, table in zip(collection, scores, strict=True)]
    clusters = cluster_forms(collection, scores, lexicon, links=links)
    keys = sorted({key for c in collection for key in c.forms})
    return [set(group) for group in clusters.members(keys).values() if len(group) > 1]


def together(groups: list[set[str]], *names: str) -> bool:
    return any({key_of(n) for n in names} <= group for group in groups)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "低秩适应（Low-Rank Adaptation, LoRA）是一种微调方法。",
            {("低秩适应", "Low-Rank Adaptation", "parenthesis"), ("Low-Rank Adaptation", "LoRA", "abbreviation")},
        ),
        ("大语言模型（LLM）很大。", {("大语言模型", "LLM", "parenthesis")}),
        (
            "我们用 Retrieval-Augmented Generation (RAG) 回答",
            {("Retrieval-Augmented Generation", "RAG", "abbreviation")},
        ),
        ("RAG (Retrieval-Augmented Generation) helps", {("RAG", "Retrieval-Augmented Generation", "parenthesis")}),
        ("幻觉（Hallucination）是什么", {("幻觉", "Hallucination", "parenthesis")}),
        ("LoRA, also known as low-rank adaptation, is small.", {("LoRA", "low-rank adaptation", "also_called")}),
        ("检索增强生成，又称 RAG，是一种方法。", {("检索增强生成", "RAG", "also_called")}),
        ("奖励模型又称偏好模型。", {("奖励模型", "偏好模型", "also_called")}),
        ("## Gradient Checkpointing 梯度检查点", {("Gradient Checkpointing", "梯度检查点", "parenthesis")}),
        ("GPT 模型与 GPT", {("GPT", "GPT 模型", "spelling")}),
    ],
)
def test_what_notes_say_is_one(text: str, expected: set[tuple[str, str, str]]) -> None:
    assert links(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "| 客户端 Stub（client stub） | 接收调用 |",
        "类变量（Class Variables，即静态变量）属于类。类变量在类加载时分配。",
        "- **Registered Claims（注册声明）**：预定义的声明。",
        "The gland makes thyroxine, or tetraiodothyronine, all day. Thyroxine is a hormone.",
    ],
)
def test_names_side_by_side_make_a_pair_of_the_model(text: str) -> None:
    candidates = candidates_of(text)
    pairs = name_pairs(candidates, scores_of(candidates), None)
    assert pairs
    assert all(len(pair.features) == len(FEATURES) and all(math.isfinite(v) for v in pair.features) for pair in pairs)


def test_of_one_parenthesis_at_most_one_form_before_it_is_taken() -> None:
    candidates = candidates_of("训练大型语言模型（LLM）很贵。大型语言模型很大。")
    pairs = name_pairs(candidates, scores_of(candidates), None)
    assert {"语言模型", "大型语言模型"} <= {pair.outer for pair in pairs}
    taken = same_things(pairs, [0.7 + 0.01 * len(pair.outer) for pair in pairs])
    assert [(pair.outer, pair.inner) for pair, _ in taken] == [(max((p.outer for p in pairs), key=len), "LLM")]
    assert same_things(pairs, [0.1] * len(pairs)) == []


def test_the_notes_overrule_two_entries_of_the_lexicon_only_where_they_are_plain() -> None:
    def join(certainty: float) -> bool:
        names = "直接偏好", "direct preference"
        link = AliasLink(key_of(names[0]), key_of(names[1]), *names, "parenthesis", "a.md", 0, certainty)
        return Clusters(Lexicon(keys={link.a: 0, link.b: 1})).join(link)

    assert join(0.95)
    assert not join(0.8)


def test_an_ending_that_adds_nothing() -> None:
    assert ("自注意力", "自注意力机制", "spelling") in links("自注意力机制与自注意力。")
    assert ("文本生成", "文本生成任务", "spelling") in links("文本生成任务，文本生成。")


@pytest.mark.parametrize("text", ["Python 函数与 Python。", "消息队列框架与消息队列。", "TCP 层与 TCP。"])
def test_an_ending_that_makes_another_thing(text: str) -> None:
    assert not [link for link in links(text) if link[2] == "spelling"]


@pytest.mark.parametrize(
    "text",
    [
        "参数高效微调（如 LoRA）",
        "PEFT（如 LoRA、Adapter）",
        "方法（例如 LoRA, QLoRA）",
        "位置编码（通常是 RoPE）",
        "Qwen2（Qwen3）",
        "factor IX (factor XI) is",
        "使用 PEFT（LoRA）微调",
        "稀疏注意力（只看一部分）",
        "the model (see LoRA) and methods (such as LoRA)",
        "语言模型与语言",
        "应用层协议与应用层",
        "注意力与自注意力",
    ],
)
def test_what_notes_do_not_say_is_one(text: str) -> None:
    assert joined(text) == []


@pytest.mark.parametrize(
    ("texts", "apart"),
    [
        (["注意力很重要。自注意力也是。"], ("注意力", "自注意力")),
        (["参数高效微调（PEFT），如 LoRA。PEFT（如 LoRA）"], ("PEFT", "LoRA")),
        (["凝血因子（factor IX）", "凝血因子（factor XI）"], ("factor IX", "factor XI")),
        (["通义千问（Qwen2）", "通义千问（Qwen3）"], ("Qwen2", "Qwen3")),
        (["微调（SFT）", "微调（PEFT）"], ("SFT", "PEFT")),
        (["层叠（CSS）", "层叠（CS）"], ("CSS", "CS")),
    ],
)
def test_two_things_stay_two(texts: list[str], apart: tuple[str, str]) -> None:
    assert not together(joined(*texts), *apart)


def test_the_lexicon_keeps_its_entries_apart() -> None:
    assert not together(joined("双向注意力（BERT）", lexicon=default_lexicon()), "双向注意力", "BERT")


def test_the_lexicon_joins_names_that_no_note_joins() -> None:
    texts = ["大语言模型很大", "LLM 很大，LLMs 更大"]
    assert together(joined(*texts, lexicon=default_lexicon()), "大语言模型", "LLM")
    assert not together(joined(*texts), "大语言模型", "LLM")


def test_documents_join_names_together() -> None:
    groups = joined("低秩适应（LoRA）", "LoRA (Low-Rank Adaptation)")
    assert together(groups, "低秩适应", "LoRA", "Low-Rank Adaptation")


def test_plurals_and_writings_have_one_key() -> None:
    assert key_of("Self-Attention") == key_of("self attention") == key_of("ｓｅｌｆattention")
    assert key_of("LLMs") == key_of("LLM")
    assert key_of("policies") == key_of("policy")
    assert key_of("loss") == "loss"


@pytest.mark.parametrize(
    ("acronym", "words", "yes"),
    [
        ("RAG", "Retrieval-Augmented Generation", True),
        ("LoRA", "Low-Rank Adaptation", True),
        ("PPO", "proximal policy optimization", True),
        ("LLMs", "large language models", True),
        ("RAG", "augmented generation", False),
        ("PPO", "policy gradient", False),
        ("KV", "key", False),
    ],
)
def test_expansions(acronym: str, words: str, yes: bool) -> None:
    assert expands(acronym, words) is yes


def test_the_long_form_is_the_shortest_that_fits() -> None:
    assert long_form("KD", "we use knowledge distillation") == "knowledge distillation"
    assert long_form("MoE", "it is a mixture of experts") == "mixture of experts"
    assert long_form("RAG", "nothing like it here") is None
    assert long_form("PPO", "trained with proximal policy optimization") == "proximal policy optimization"
    assert long_form("LLMs", "of large language models") == "large language models"
    assert long_form("KD", "of knowledge. Distillation") is None, "never over the end of a sentence"


@pytest.mark.parametrize(
    ("form", "yes"),
    [("LoRA", True), ("KV", True), ("Lora", False), ("KV cache", False), ("TCP/IP", True), ("A", False)],
)
def test_acronyms(form: str, yes: bool) -> None:
    assert is_acronym(form) is yes


def typos(counts: dict[str, int]) -> list[tuple[str, str]]:
    return [
        (x.a, x.b) for x in typo_links({key_of(k): n for k, n in counts.items()}, {key_of(k): k for k in counts}, None)
    ]


def test_typos() -> None:
    assert typos({"Embedding": 9, "Embeding": 1}) == [("embedding", "embeding")]
    assert typos({"Transformer": 9, "Transfromer": 2}) == [("transformer", "transfromer")]
    assert typos({"Embedding": 4, "Embeding": 2}) == [], "not rare enough beside the other"
    assert typos({"quantization": 9, "quantisation": 1}) == [], "a word of its own"
    assert typos({"ChatGLM2x": 9, "ChatGLM3x": 1}) == [], "numbers tell things apart"
    assert typos({"AdaLoRA": 9, "AdaLoR": 1}) == [], "too short to tell"


def test_lexicon_links() -> None:
    surfaces = {"llm": "LLM", "大语言模型": "大语言模型", "lora": "LoRA"}
    found = lexicon_links(sorted(surfaces), surfaces, default_lexicon())
    assert [(x.form_a, x.form_b, x.reason) for x in found] == [("LLM", "大语言模型", "lexicon")]


keys = st.sampled_from(["甲乙", "丙丁", "戊己", "庚辛", "壬癸", "子丑"])
any_links = st.lists(st.tuples(keys, keys).filter(lambda p: p[0] != p[1]), max_size=12)


def link(a: str, b: str, reason: str = "parenthesis") -> AliasLink:
    return AliasLink(key_of(a), key_of(b), a, b, reason)


@given(any_links, st.randoms(use_true_random=False))
def test_where_no_guard_applies_the_order_of_links_does_not_matter(
    pairs: list[tuple[str, str]], random: Random
) -> None:
    everything = ["甲乙", "丙丁", "戊己", "庚辛", "壬癸", "子丑"]
    one, other = Clusters(), Clusters()
    for a, b in pairs:
        assert one.join(link(a, b))
    shuffled = list(pairs)
    random.shuffle(shuffled)
    for a, b in shuffled:
        other.join(link(b, a))
    assert one.members(everything) == other.members(everything)


@given(any_links)
def test_clusters_are_a_partition_by_connection(pairs: list[tuple[str, str]]) -> None:
    everything = ["甲乙", "丙丁", "戊己", "庚辛", "壬癸", "子丑"]
    clusters = Clusters()
    for a, b in pairs:
        clusters.join(link(a, b))
    reach = {k: {k} for k in everything}
    for _ in everything:
        for a, b in pairs:
            reach[a] |= reach[b]
            reach[b] |= reach[a]
    assert {frozenset(group) for group in clusters.members(everything).values()} == {
        frozenset(group) for group in reach.values()
    }
    assert len(clusters.links) == len(everything) - len(clusters.members(everything)), "one link for each join"


names = st.sampled_from(
    ["SFT", "PEFT", "CSS", "CS", "LLM", "LLMs", "Qwen2", "Qwen3", "Qwen", "微调", "模型", "fine tuning"]
)


@given(
    st.lists(
        st.tuples(names, names, st.sampled_from(["parenthesis", "abbreviation", "spelling", "typo", "also_called"])),
        max_size=25,
    )
)
def test_two_acronyms_and_two_of_a_family_never_join(pairs: list[tuple[str, str, str]]) -> None:
    everything = ["SFT", "PEFT", "CSS", "CS", "LLM", "LLMs", "Qwen2", "Qwen3", "Qwen", "微调", "模型", "fine tuning"]
    clusters = Clusters()
    for name in everything:
        clusters.note(key_of(name), name)
    for a, b, reason in pairs:
        if key_of(a) != key_of(b):
            clusters.join(link(a, b, reason))
    for group in clusters.members([key_of(n) for n in everything]).values():
        assert len({"sft", "peft", "css", "cs", "llm"} & set(group)) <= 1
        assert not {"qwen2", "qwen3"} <= set(group)


def test_users_join_what_guards_refuse() -> None:
    clusters = Clusters()
    for name in ("SFT", "PEFT"):
        clusters.note(key_of(name), name)
    assert not clusters.join(link("SFT", "PEFT"))
    assert clusters.join(link("SFT", "PEFT", "user"))
    assert clusters.find("sft") == clusters.find("peft")
