"""Joining names into concepts: what keeps them apart, what the user overrules, and which links explain the result."""

from __future__ import annotations

from extract.concepts.clusters import AliasLink, Clusters


def test_reasons_prefer_what_the_notes_state_to_what_the_lexicon_knows() -> None:
    clusters = Clusters()
    for a, b in (("lora", "lowrankadaptation"), ("lora", "低秩适应")):
        assert clusters.join(AliasLink(a, b, a, b, "lexicon"))
    assert clusters.join(
        AliasLink("低秩适应", "lowrankadaptation", "低秩适应", "lowrankadaptation", "parenthesis", "a.md", 3)
    )
    assert clusters.join(AliasLink("低秩适应", "lora", "低秩适应", "lora", "abbreviation", "a.md", 3))
    assert clusters.join(AliasLink("lora", "低阶适应", "lora", "低阶适应", "lexicon"))
    assert [(link.a, link.b, link.reason) for link in clusters.reasons()] == [
        ("低秩适应", "lowrankadaptation", "parenthesis"),
        ("低秩适应", "lora", "abbreviation"),
        ("lora", "低阶适应", "lexicon"),
    ]


def test_what_is_kept_apart_stays_apart_through_others() -> None:
    clusters = Clusters()
    clusters.keep_apart(["a1", "c1"])
    assert clusters.join(AliasLink("a1", "b1", "a1", "b1", "parenthesis"))
    link = AliasLink("b1", "c1", "b1", "c1", "lexicon")
    assert not clusters.join(link)
    assert clusters.refused == [(link, "user")]
    assert clusters.find("a1") != clusters.find("c1")


def test_two_abbreviations_that_the_user_joins_count_as_one() -> None:
    clusters = Clusters()
    for key, surface in (("rag", "RAG"), ("ragx", "RAGX"), ("llm", "LLM")):
        clusters.note(key, surface)
    assert not clusters.join(AliasLink("rag", "llm", "RAG", "LLM", "abbreviation"))
    assert clusters.join(AliasLink("rag", "ragx", "RAG", "RAGX", "user"))
    assert clusters.join(AliasLink("检索增强生成", "rag", "检索增强生成", "RAG", "abbreviation"))
    assert not clusters.join(AliasLink("rag", "llm", "RAG", "LLM", "abbreviation"))
