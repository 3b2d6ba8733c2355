from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extract.concepts.budget import budget, weighed
from extract.concepts.candidates import Candidates, collect
from extract.concepts.clusters import AliasLink, Clusters
from extract.concepts.forms import Form, Forms, main_surface
from extract.concepts.merging import alias_links
from extract.concepts.salience import SalienceModel
from extract.concepts.selection import (
    Cluster,
    choose,
    cluster_forms,
    document_scores,
    name_of,
    note_names,
)
from extract.knowledge.lexicon import default_lexicon
from extract.notes.parse import parse
from extract.text.keys import key_of
from extract.text.parsed_doc import parsed_doc


def cluster(**surfaces: int) -> Cluster:
    return Cluster(("key",), {name.replace("_", " "): count for name, count in surfaces.items()}, 0.5, ("a.md",))


def candidates_of(text: str, name: str = "a.md") -> Candidates[Forms]:
    return collect(parsed_doc(name, parse(text)))


def joined_forms(collection: list[Candidates[Forms]], scores: list[dict[str, float]]) -> Clusters:
    links = [alias_links(c, table) for c, table in zip(collection, scores, strict=True)]
    return cluster_forms(collection, scores, None, links=links)


def test_the_language_of_a_document_is_that_of_most_of_it() -> None:
    assert parsed_doc("a", parse("LoRA 是一种参数高效微调方法")).lang == "zh"
    assert parsed_doc("a", parse("a method of fine-tuning (微调)")).lang == "en"
    assert parsed_doc("a", parse("大模型 is")).size == 3 + 2


def test_the_writing_used_most_stands_for_a_form() -> None:
    assert main_surface(Form("kvcache", surfaces=Counter({"KV cache": 2, "KV Cache": 3}))) == "KV Cache"
    assert main_surface(Form("kvcache", surfaces=Counter({"kv cache": 2, "KV Cache": 2}))) == "KV Cache", (
        "the first in code point order"
    )
    assert main_surface(Form("kvcache")) == "kvcache"


def test_a_budget_grows_with_scores_and_size() -> None:
    assert budget([], 1000) == 0
    assert budget([0.29] * 50, 2_500) == 0, "nothing is likely enough"
    # 100^0.8 · (1.35 · √2500)^0.2 = 39.81 · 2.322 = 92.4
    assert budget([0.5] * 100 + [0.1] * 99, 2_500) == 92
    # beyond a size of 6000: 1.35 · √6000 · 60/6 = 1045.7, and 1000^0.8 · 1045.7^0.2 = 251.2 · 4.017 = 1009.0
    assert budget([0.5] * 1000, 60_000) == 1009
    # at least 0.75 · 1.35 · √2500 = 50.6, where so many are likely
    assert budget([0.3] * 200, 2_500) == 51
    assert budget([0.3] * 20, 2_500) == 20


def test_probabilities_are_weighed_by_the_length_of_the_note() -> None:
    assert weighed(0.8, 400) == pytest.approx(0.8)
    assert weighed(0.8, 4500) == pytest.approx(0.8)
    # odds of 4, divided by (9000 / 4500)^1.3 = 2.4623
    assert weighed(0.8, 9000) == pytest.approx(4 / 2.4623 / (1 + 4 / 2.4623), abs=1e-4)
    assert 0 < weighed(0.0, 10**6) < weighed(1.0, 10**6) < 1


@given(st.lists(st.floats(0, 1), max_size=50), st.integers(0, 10**6), st.integers(0, 10**5))
def test_a_larger_document_has_no_fewer_concepts(scores: list[float], size: int, more: int) -> None:
    assert 0 <= budget(scores, size) <= budget(scores, size + more)
    assert budget(scores, size) <= budget([*scores, 1.0], size)


@pytest.mark.parametrize(
    ("surfaces", "name", "aliases"),
    [
        ({"KV_cache": 5, "KV_Cache": 2, "键值缓存": 3}, "KV cache", ("键值缓存",)),
        ({"large_language_model": 5, "LLM": 4}, "LLM", ("large language model",)),
        ({"large_language_model": 6, "LLM": 4}, "large language model", ("LLM",)),
        ({"embeddings": 2, "embedding": 2}, "embedding", ()),
        ({"—_LoRA_-": 1}, "LoRA", ()),
    ],
)
def test_names(surfaces: dict[str, int], name: str, aliases: tuple[str, ...]) -> None:
    assert name_of(cluster(**surfaces)) == (name, aliases)


def test_a_cluster_without_writings_is_named_by_its_key() -> None:
    assert name_of(Cluster(("lora",), {}, 0.5, ())) == ("lora", ())


@given(
    st.dictionaries(
        st.sampled_from(["LoRA", "lora", "LoRAs", "低秩适应", "Low-Rank Adaptation", "low rank adaptation"]),
        st.integers(1, 9),
        min_size=1,
    )
)
def test_the_name_does_not_depend_on_the_order_of_writings(surfaces: dict[str, int]) -> None:
    one = Cluster(("lora",), surfaces, 0.5, ())
    other = Cluster(("lora",), dict(reversed(surfaces.items())), 0.5, ())
    name, aliases = name_of(one)
    assert name_of(other) == (name, aliases)
    assert len({name, *aliases}) == len(aliases) + 1
    assert {name, *aliases} <= set(surfaces)


def test_a_cluster_is_worth_its_best_member() -> None:
    clusters = Clusters()
    clusters.join(AliasLink("lora", "低秩适应", "LoRA", "低秩适应", "parenthesis"))
    assert document_scores({"lora": 0.3, "低秩适应": 0.8, "adam": 0.5}, clusters) == [
        ("lora", ["低秩适应", "lora"], 0.8),
        ("adam", ["adam"], 0.5),
    ]


def test_the_best_clusters_of_each_document_are_chosen() -> None:
    texts = {"a.md": "低秩适应（LoRA）与 量化 与 剪枝。" + "填充文字" * 30, "b.md": "LoRA 与 蒸馏。" + "填充文字" * 30}
    collection = [candidates_of(text, name) for name, text in texts.items()]
    scores = [dict.fromkeys(c.forms, 0.001) for c in collection]
    scores[0] |= {"低秩适应": 0.9, "lora": 0.7, "量化": 0.6, "剪枝": 0.2}
    scores[1] |= {"lora": 0.5, "蒸馏": 0.3}
    clusters = joined_forms(collection, scores)
    # a.md: 2 sure clusters, 134 letters: 0.9 · √(2 · 1.35 · √134) → 5, so every cluster above it; b.md: 1 sure: 0.9 ·
    # √(1.35 · √124) → 3
    chosen = choose(collection, scores, clusters)
    assert [c.keys[0] for c in chosen[:4]] == ["低秩适应", "量化", "蒸馏", "剪枝"]
    lora = chosen[0]
    assert lora.keys == ("低秩适应", "lora")
    assert lora.score == 0.9
    assert lora.docs == ("a.md", "b.md")
    assert lora.surfaces["LoRA"] == 3


def test_what_other_notes_only_mention_must_be_likelier() -> None:
    """One of three notes takes 性能 for a concept, but hardly; the others do not."""
    terms = "。".join(f"Term{letter}{other}" for letter in "ABCDEFG" for other in "abcdefg")
    collection = [candidates_of(f"量化与性能。{terms}。", f"{n}.md") for n in "abc"]
    scores = [dict.fromkeys(c.forms, 0.5) | {"量化": 0.9, "性能": 0.1} for c in collection]
    scores[0]["性能"] = 0.6
    together, apart = (
        {key for c in choose(collection, scores, joined_forms(collection, scores), together=yes) for key in c.keys}
        for yes in (True, False)
    )
    assert "性能" in apart
    assert "性能" not in together
    assert "量化" in together & apart


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("## 全局的事务\n\n全局事务要协调。", ("全局事务", "全局的事务")),
        ("## 提交的事务\n\n提交事务之前先写日志。", None),
        ("抛出 java.lang.IllegalAccessError 异常。IllegalAccessError 是错误。", ("IllegalAccessError",) * 2),
        ("加载 bigscience/mt0-7b 模型。mt0-7b 很小。", ("mt0-7b",) * 2),
        ("通过 NVLink/InfiniBand 连接。InfiniBand 很快。", None),
        ("a.b.Model 与 c.d.Model 不同。Model 很多。", None),
    ],
)
def test_a_particle_or_a_path_makes_no_other_name(text: str, pair: tuple[str, str] | None) -> None:
    candidates = candidates_of(text)
    scores = dict.fromkeys(candidates.forms, 0.5)
    found = [
        (link.form_a, link.form_b)
        for link in joined_forms([candidates], [scores]).links
        if link.reason == "spelling" and ("的" in link.form_b or "." in link.form_b or "/" in link.form_b)
    ]
    assert [a for a, _ in found] == ([pair[0]] if pair else [])


def test_nothing_is_chosen_from_nothing() -> None:
    empty = candidates_of("")
    assert choose([empty], [{}], joined_forms([empty], [{}])) == []
    assert choose([], [], Clusters()) == []


def test_unlikely_forms_are_not_joined() -> None:
    candidates = candidates_of("大语言模型（LLM）很大。")
    low = dict.fromkeys(candidates.forms, 0.01)
    assert joined_forms([candidates], [low]).links == []
    likely = SalienceModel.default().scores(candidates, default_lexicon())
    assert {link.reason for link in joined_forms([candidates], [likely]).links} == {"parenthesis"}


def test_a_dictionary_joins_translations_that_no_note_joins() -> None:
    collection = [
        candidates_of("客户端发出请求。客户端等待。"),
        candidates_of("The client sends a request. The client waits."),
    ]
    scores = [dict.fromkeys(c.forms, 0.5) for c in collection]
    joined = {
        (link.form_a.lower(), link.form_b)
        for link in joined_forms(collection, scores).links
        if link.reason == "translation"
    }
    assert ("client", "客户端") in joined


def test_a_form_that_is_no_concept_goes_to_the_one_that_it_names() -> None:
    candidates = candidates_of("CNAME 指向别的域名。CNAME 记录很常见。")
    scores = {key: 0.9 if key == "cname" else 0.03 for key in candidates.forms}
    clusters = joined_forms([candidates], [scores])
    [cname] = [c for c in choose([candidates], [scores], clusters, kept=["cname"]) if "cname" in c.keys]
    assert "CNAME 记录" in cname.surfaces


@pytest.mark.parametrize(
    ("text", "name", "form"),
    [
        ("多线程要加锁。多线程环境更要加锁。", "多线程", "多线程环境"),
        ("Agentic RAG plans. Agentic RAG systems also plan.", "agenticrag", "Agentic RAG systems"),
    ],
)
def test_a_word_for_the_sort_of_thing_makes_no_other_concept(text: str, name: str, form: str) -> None:
    candidates = candidates_of(text)
    scores = {key: 0.9 if key == name else 0.03 for key in candidates.forms}
    chosen = choose([candidates], [scores], joined_forms([candidates], [scores]), kept=[name])
    [found] = [c for c in chosen if name in c.keys]
    assert form in found.surfaces


def slip(title: str, text: str = "It is used for many things in practice.") -> Candidates[Forms]:
    return collect(parsed_doc(f"{title}.md", parse(f"# {title}\n\n{text}\n")))


def test_titles_of_a_slip_box_are_concepts() -> None:
    words = ["gradient", "kernel", "prior", "margin", "entropy"]
    titles = [f"the {a} {b}" for a in words for b in ("bound", "estimate", "identity", "test")]
    assert note_names([slip(t) for t in titles]) == {key_of(t.removeprefix("the ")) for t in titles}
    assert note_names([slip(t) for t in titles[:10]]) == set(), "a few notes are no slip box"
    assert note_names([slip("the same title") for _ in titles]) == set(), "nor are notes that are all called the same"
    assert note_names([slip(t, "A long note about it. " * 200) for t in titles]) == set(), "nor are chapters"
    assert note_names([slip("How do I do this?") for _ in titles]) == set()
