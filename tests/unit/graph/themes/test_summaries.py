"""Titles name what a theme is about; summaries cover the members with cited sentences that do not repeat each other."""

from __future__ import annotations

import random
import re
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from graph.model import Community, Concept, Evidence, Relation, RelationType
from graph.text.names import fold
from graph.themes.communities import find_communities
from graph.themes.summaries import MAX_SENTENCES, describe


def concept(name: str, salience: float = 0.5, definition: str = "", line: int = 1) -> Concept:
    return Concept(
        fold(name), name, salience=salience, definition=Evidence("n.md", line, definition) if definition else None
    )


def related(head: str, kind: RelationType, tail: str, quote: str = "", line: int = 100) -> Relation:
    return Relation(fold(head), kind, fold(tail), evidence=(Evidence("n.md", line, quote),) if quote else ())


def theme(*names: str, level: int = 0, number: int = 0, parent: str | None = None) -> Community:
    return Community(f"{level}-{number}", level, parent, "", "", tuple(fold(n) for n in names))


def title(names: list[str], relations: list[Relation], salience: dict[str, float] | None = None) -> str:
    concepts = [concept(n, (salience or {}).get(n, 0.5)) for n in names]
    return describe([theme(*names)], concepts, relations)[0].title


def test_the_parent_of_the_others_names_the_theme() -> None:
    assert title(["B树", "哈希", "索引"], [related(n, RelationType.IS_A, "索引") for n in ("B树", "哈希")]) == "索引"


def test_two_that_are_equally_central_name_it_together() -> None:
    ties = [
        related("TCP", RelationType.CONTRASTS_WITH, "UDP"),
        related("TCP", RelationType.USES, "port"),
        related("UDP", RelationType.USES, "port"),
    ]
    assert title(["TCP", "UDP", "port"], ties, {"TCP": 0.9, "UDP": 0.8, "port": 0.1}) == "TCP · UDP"


def test_what_stands_above_needs_no_second() -> None:
    ties = [related("lock", RelationType.PART_OF, "transaction"), related("log", RelationType.USES, "lock")]
    # Nearly as central, but a part of the first; whichever of the two ranks first.
    assert title(["transaction", "lock", "log"], ties, {"transaction": 0.6, "lock": 0.7}) == "transaction"
    assert title(["transaction", "lock", "log"], ties, {"transaction": 0.8, "lock": 0.7}) == "transaction"


def test_a_word_that_another_only_begins_with_covers_nothing() -> None:
    assert title(["C", "cache"], [related("C", RelationType.USES, "cache")]) == "C · cache"


def test_the_shared_word_of_many_names_is_preferred() -> None:
    names = ["权重量化", "激活量化", "量化", "混合量化"]
    ties = [related(a, RelationType.RELATED_TO, b) for a, b in combinations(sorted(names, key=fold), 2)]
    assert title(names, ties) == "量化"


def test_titles_of_a_level_differ_and_a_part_is_not_named_like_the_whole() -> None:
    concepts = [Concept("mercury~element", "Mercury", salience=1.0), Concept("mercury~planet", "Mercury", salience=1.0)]
    concepts += [concept(n, 0.2) for n in ("metal", "orbit", "alloy")]
    top = [
        Community("0-0", 0, None, "", "", ("mercury~element", "alloy", "metal")),
        Community("0-1", 0, None, "", "", ("mercury~planet", "orbit")),
    ]
    parts = [
        Community("1-0", 1, "0-0", "", "", ("mercury~element", "metal")),
        Community("1-1", 1, "0-0", "", "", ("alloy",)),
    ]
    assert [c.title for c in describe([*top, *parts], concepts, [])] == [
        "Mercury",
        "Mercury · orbit",
        "Mercury · metal",
        "alloy",
    ]


def test_a_theme_that_is_its_own_only_part_keeps_its_title() -> None:
    found = describe(
        [theme("a", "b"), theme("a", "b", level=1, parent="0-0")], [concept("a", 0.9), concept("b", 0.1)], []
    )
    assert [c.title for c in found] == ["a", "a"]


def test_the_summary_covers_the_members_and_cites_every_sentence() -> None:
    concepts = [
        concept("cache", 0.9, "A cache keeps what was read before, so that it need not be read again.", 3),
        concept("eviction", 0.6, "Eviction removes entries when the memory is full.", 7),
        concept("hit rate", 0.4, "The hit rate says how many reads were answered from memory.", 9),
    ]
    (found,) = describe(
        [theme("cache", "eviction", "hit rate")], concepts, [related("eviction", RelationType.PART_OF, "cache")]
    )
    assert found.title == "cache"
    assert found.summary == (
        "A cache keeps what was read before, so that it need not be read again. [1] "
        "Eviction removes entries when the memory is full. [2] "
        "The hit rate says how many reads were answered from memory. [3]"
    )
    assert [e.line for e in found.evidence] == [3, 7, 9]


def test_near_duplicates_questions_and_bare_lists_are_left_out() -> None:
    concepts = [
        concept("LoRA", 0.9, "LoRA 冻结原有权重，只训练两个很小的低秩矩阵。", 1),
        concept("QLoRA", 0.8, "QLoRA 先把基座模型量化到四位，再训练适配器。", 2),
        concept("Adapter", 0.3),
    ]
    ties = [
        related("LoRA", RelationType.RELATED_TO, "QLoRA", "LoRA 冻结原有的权重，只训练两个很小的低秩矩阵", 20),
        related("Adapter", RelationType.RELATED_TO, "LoRA", "LoRA、QLoRA、Adapter", 21),
        related("Adapter", RelationType.RELATED_TO, "QLoRA", "Adapter 和 QLoRA 到底有什么区别，应该选哪一个？", 22),
    ]
    (found,) = describe([theme("LoRA", "QLoRA", "Adapter")], concepts, ties)
    # Lines 1 and 20 say the same; 20 states it of two concepts and is taken, 1 goes.
    assert len(found.evidence) == 2
    assert {e.line for e in found.evidence} in ({1, 2}, {20, 2})


def test_where_there_is_nothing_else_a_bare_list_is_better_than_nothing() -> None:
    (found,) = describe(
        [theme("a1", "b1")], [concept("a1"), concept("b1")], [related("a1", RelationType.USES, "b1", "a1、b1", 5)]
    )
    assert found.summary == "a1、b1 [1]"


def test_without_evidence_there_is_no_summary() -> None:
    (found,) = describe([theme("a", "b")], [concept("a"), concept("b")], [related("a", RelationType.USES, "b")])
    assert (found.summary, found.evidence) == ("", ())


def test_line_breaks_inside_a_quote_do_not_break_the_summary() -> None:
    concepts = [
        concept("锁", 0.9, "锁让同一时刻\n只有一个事务修改数据。", 1),
        concept("log", 0.5, "A log is written\nbefore the data.", 5),
    ]
    (found,) = describe([theme("锁", "log")], concepts, [])
    assert found.summary == "锁让同一时刻只有一个事务修改数据。 [1] A log is written before the data. [2]"
    assert found.evidence[0].quote == "锁让同一时刻\n只有一个事务修改数据。"


def test_six_groups_of_a_large_theme_are_all_covered() -> None:
    """Thirty members, six sentences that define one and name four more each, and thirty that only define one."""
    groups = [[f"g{g}member{i}" for i in range(5)] for g in range(6)]
    rng = random.Random(2)
    words = ["".join(rng.choice("bcdfghklmnprstvw") + rng.choice("aeiou") for _ in range(3)) for _ in range(400)]
    concepts = []
    for g, names in enumerate(groups):
        concepts.append(
            concept(names[0], 0.5, f"{names[0]} {' '.join(rng.sample(words, 5))}: {', '.join(names[1:])}.", g + 1)
        )
        concepts += [
            concept(n, 0.5, f"{n} {' '.join(rng.sample(words, 6))}.", 50 + 10 * g + i) for i, n in enumerate(names[1:])
        ]
    (found,) = describe([theme(*(c.name for c in concepts))], concepts, [])
    assert sorted(e.line for e in found.evidence) == [1, 2, 3, 4, 5, 6]


@given(st.integers(0, 10_000), st.integers(1, 25))
@settings(max_examples=25, deadline=None)
def test_every_sentence_is_cited_in_order_and_titles_differ(seed: int, size: int) -> None:
    rng = random.Random(seed)
    names = [
        rng.choice("abcdefgh") + rng.choice(["", "树", " tree", "表"]) + str(rng.randint(0, 9)) for _ in range(size)
    ]
    concepts = list(
        {
            fold(n): concept(n, rng.random(), f"{n} is {rng.random()}" if rng.random() < 0.5 else "", i + 1)
            for i, n in enumerate(names)
        }.values()
    )
    ids = [c.id for c in concepts]
    relations = [
        Relation(
            a,
            rng.choice(list(RelationType)),
            b,
            rng.random(),
            evidence=(Evidence("n.md", rng.randint(1, 9), f"{a} 与 {b} {rng.random()}"),),
        )
        for a, b in combinations(ids, 2)
        if rng.random() < 0.2
    ]
    communities = find_communities(concepts, relations, [])
    found = describe(communities, concepts, relations)
    known = {e for c in concepts if c.definition for e in [c.definition]} | {e for r in relations for e in r.evidence}
    assert [(c.id, c.members, c.parent) for c in found] == [(c.id, c.members, c.parent) for c in communities]
    for community in found:
        numbers = [int(n) for n in re.findall(r" \[(\d+)\](?= |$)", community.summary)]
        assert numbers == list(range(1, len(community.evidence) + 1))
        assert 1 <= len(numbers) <= MAX_SENTENCES
        assert set(community.evidence) <= known
        assert len(set(community.evidence)) == len(community.evidence)
    for level in {c.level for c in found}:
        titles = [fold(c.title) for c in found if c.level == level]
        assert all(titles)
        assert len(titles) == len(set(titles))
    rng.shuffle(relations)
    rng.shuffle(concepts)
    assert describe(communities, concepts, relations) == found


def test_titles_and_lines_that_announce_are_left_out() -> None:
    concepts = [
        concept("锁", 0.9, "锁让同一时刻只有一个事务修改这一行数据。", 1),
        concept("事务", 0.8, "事务是一组要么全部成功要么全部失败的操作。", 2),
    ]
    ties = [
        related("锁", RelationType.RELATED_TO, "事务", "背景：事务为什么离不开锁的保护", 20),
        related("锁", RelationType.USES, "事务", "锁和事务之间的关系可以用下面的三个步骤来说明：", 21),
    ]
    (found,) = describe([theme("锁", "事务")], concepts, ties)
    assert [e.line for e in found.evidence] == [1, 2]
