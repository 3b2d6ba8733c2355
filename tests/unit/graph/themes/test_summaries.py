"""Titles name what a theme is about; summaries cover the members with cited sentences that do not repeat each other."""

from __future__ import annotations

import random
import re
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.model import (
    Community,
    Concept,
    Document,
    Evidence,
    LineKind,
    Mention,
    NoteLine,
    Passage,
    Relation,
    RelationType,
)
from graph.text.names import fold
from graph.themes.communities import find_communities
from graph.themes.statements import is_opening, is_statement
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
    assert title(["TCP", "UDP", "port"], ties, {"TCP": 0.9, "UDP": 0.8, "port": 0.1}) == "TCP and UDP"


def test_what_stands_above_needs_no_second() -> None:
    ties = [related("lock", RelationType.PART_OF, "transaction"), related("log", RelationType.USES, "lock")]
    # Nearly as central, but a part of the first; whichever of the two ranks first.
    assert title(["transaction", "lock", "log"], ties, {"transaction": 0.6, "lock": 0.7}) == "transaction"
    assert title(["transaction", "lock", "log"], ties, {"transaction": 0.8, "lock": 0.7}) == "transaction"


def test_a_word_that_another_only_begins_with_covers_nothing() -> None:
    assert title(["C", "cache"], [related("C", RelationType.USES, "cache")]) == "C and cache"


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
        "Mercury and orbit",
        "Mercury and metal",
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
        assert len(numbers) <= MAX_SENTENCES
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


# ---- titles ----------------------------------------------------------------------------------------------------------


def note(
    doc: str, *sections: tuple[tuple[str, ...], list[str]], kinds: dict[str, LineKind] | None = None
) -> list[Passage]:
    """Passages of a document, one for each (headings, lines)."""
    found, line = [], 1
    for path, lines in sections:
        parsed = tuple(NoteLine((kinds or {}).get(text, LineKind.TEXT), text) for text in lines)
        found.append(Passage(f"{doc}#{line}", doc, line, line + len(lines) - 1, path, "\n".join(lines), parsed))
        line += len(lines)
    return found


def mentioned(name: str, *lines: int, doc: str = "n.md", salience: float = 0.5) -> Concept:
    return Concept(fold(name), name, salience=salience, mentions=tuple(Mention(doc, line, name) for line in lines))


def test_a_heading_over_most_members_is_the_title() -> None:
    names = ["moka pot", "espresso", "filter", "grinder", "kettle", "teapot", "oolong", "matcha", "sencha", "puer"]
    concepts = [mentioned(n, i + 1) for i, n in enumerate(names)]
    passages = note(
        "n.md", (("Drinks", "2.1 Making coffee with a filter:"), names[:5]), (("Drinks", "Tea and matcha"), names[5:])
    )
    found = describe([theme(*names[:5]), theme(*names[5:9], number=1)], concepts, [], passages=passages)
    # "Drinks" is over everything, so it is the title of the notes and of no theme.
    assert [c.title for c in found] == ["Making coffee with a filter", "Tea and matcha"]


def test_headings_that_ask_come_again_or_name_nothing_are_no_titles() -> None:
    names = ["moka pot", "espresso", "filter", "grinder"]
    others = [mentioned(f"tea {i}", 10 + i) for i in range(6)]
    for heading in (
        "What is a filter?",
        "Background",
        "Pros",
        "The filter, the grinder and everything else in a kitchen",
    ):
        passages = note(
            "n.md",
            (("Drinks", heading), [*names, "", "", "", "", ""]),
            (("Drinks", "Pros"), [f"tea {i}" for i in range(6)]),
        )
        concepts = [*(mentioned(n, i + 1) for i, n in enumerate(names)), *others]
        (found,) = describe([theme(*names)], concepts, [], passages=passages)
        assert found.title == "espresso and filter"


def test_a_member_that_most_are_related_to_comes_before_a_heading() -> None:
    names = ["pump", "valve", "hose", "gauge"]
    others = [mentioned(f"tea {i}", 10 + i) for i in range(6)]
    passages = note("n.md", (("Shop", "Parts of a pump"), names), (("Shop", "Tea"), [""] * 20))
    concepts = [*(mentioned(n, i + 1) for i, n in enumerate(names)), *others]
    ties = [related(n, RelationType.PART_OF, "pump") for n in names[1:]]
    assert describe([theme(*names)], concepts, ties, passages=passages)[0].title == "pump"
    assert describe([theme(*names)], concepts, [], passages=passages)[0].title == "Parts of a pump"


def test_two_names_are_joined_in_the_language_of_the_notes() -> None:
    ties = [related(a, RelationType.CONTRASTS_WITH, b) for a, b in (("京剧", "昆曲"), ("SFT", "基座模型"))]
    concepts = [concept(n) for n in ("京剧", "昆曲", "SFT", "基座模型")]
    found = describe([theme("京剧", "昆曲"), theme("SFT", "基座模型", number=1)], concepts, ties)
    assert [c.title for c in found] == ["京剧与昆曲", "SFT 与基座模型"]
    names = [mentioned(n, 1) for n in ("TCP", "UDP")]
    ties = [related("TCP", RelationType.CONTRASTS_WITH, "UDP")]
    for lang, joined in (("zh", "TCP 与 UDP"), ("en", "TCP and UDP")):
        (told,) = describe([theme("TCP", "UDP")], names, ties, documents=[Document("n.md", "n", "0", 9, lang=lang)])
        assert told.title == joined


def test_no_member_names_a_large_theme_that_few_are_related_to() -> None:
    names = [f"part{i:02}" for i in range(40)]
    ties = [related(a, RelationType.USES, b) for a, b in pairwise(names)]
    (found,) = describe([theme(*names)], [concept(n, 1.0 if n == "part07" else 0.1) for n in names], ties)
    assert found.title.startswith("part07 and ")


# ---- sentences -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "锁是什么？它和事务有什么关系？请举例说明锁的使用场景。",
        "请分别描述锁、事务以及日志在一个数据库里扮演的角色，并说明它们之间的关系。",
        "详细解释锁和事务之间的区别，并给出至少两个例子来说明各自的优点和缺点。",
        "以下是锁相对于日志的主要优势，以及它在哪些场景下表现得更好。",
        "锁和事务的关系如下",
        "锁和事务之间的关系可以用下面的三个步骤来说明：",
        "锁、事务、日志、索引、视图、触发器、存储过程、游标、分区、主键、外键",
        "《锁与事务》《日志》《索引》《视图与触发器》《存储过程》《游标与分区》；",
        "信陵君魏无忌（侯嬴、窃符救赵）；",
        "锁（lock） | 事务（transaction） | 日志",
        "行锁只锁住一行数据，开销大，加锁慢 | 会出现死锁 | 并发度最高，冲突最少",
        "Explain the difference between a lock and a transaction and give an example of each.",
        "A lock has the following advantages over a log when many transactions are running.",
        "A metric space is a set together with a function, which is called a metric, such that",
        "Locks in a modern database",
        "lock = acquire(mutex); if (lock != 0) { return -1; } // {{ }} [[ ]] ((x)) => {};",
    ],
)
def test_what_does_not_state_anything_is_never_a_summary(text: str) -> None:
    assert not is_statement(text)
    concepts = [concept("锁", 0.9, text), concept("lock", 0.8, text, 2), concept("事务", 0.3)]
    (found,) = describe([theme("锁", "lock", "事务")], concepts, [related("锁", RelationType.USES, "事务", text, 3)])
    assert (found.summary, found.evidence) == ("", ())


@pytest.mark.parametrize(
    "text",
    [
        "锁让同一时刻只有一个事务修改数据。",
        "事务（transaction）：一组要么全部成功、要么全部失败的操作。",
        "A lock lets one transaction at a time change a row.",
        "Lock: a flag that one transaction sets, so that no other one changes the row meanwhile, and clears at its end",
        "A, B and C are roads; D, which is longer than all of them together, is a river.",
        "描述符是一个指向打开文件的小整数，由内核分配给进程使用。",
    ],
)
def test_sentences_that_state_something_are_known(text: str) -> None:
    assert is_statement(text)


@pytest.mark.parametrize("kind", [LineKind.HEADING, LineKind.ROW, LineKind.HEADER, LineKind.CODE, LineKind.FORMULA])
def test_lines_that_are_no_text_are_left_out(kind: LineKind) -> None:
    text = "A lock lets one transaction at a time change a row of a table."
    concepts = [concept("lock", 0.9, text), concept("transaction", 0.2)]
    told = describe([theme("lock", "transaction")], concepts, [], passages=note("n.md", (("Locks",), [text])))
    assert told[0].summary == f"{text} [1]"
    passages = note("n.md", (("Locks",), [text]), kinds={text: kind})
    assert describe([theme("lock", "transaction")], concepts, [], passages=passages)[0].summary == ""


def test_the_first_sentence_defines_what_the_title_names() -> None:
    """Not the sentence that explains most: here it names five members."""
    names = ["queue", "stack", "heap", "deque", "ring", "list"]
    concepts = [
        concept("queue", 0.9, "A queue gives back first what was put in first.", 5),
        concept("stack", 0.5, "A stack, like a queue, a heap, a deque, a ring or a list, contains other things.", 2),
        *(concept(n, 0.3) for n in names[2:]),
    ]
    ties = [related(n, RelationType.IS_A, "queue") for n in names[1:]]
    (found,) = describe([theme(*names)], concepts, ties)
    assert found.title == "queue"
    assert [e.line for e in found.evidence] == [5, 2]


def test_a_sentence_that_points_back_does_not_come_first() -> None:
    concepts = [
        concept("queue", 0.9, "This is why a queue is the better choice for waiting customers.", 1),
        concept("stack", 0.8, "A stack gives back first what was put in last.", 2),
        concept("heap", 0.2),
    ]
    (found,) = describe([theme("queue", "stack", "heap")], concepts, [])
    assert [e.line for e in found.evidence] == [2, 1]
    (alone,) = describe([theme("queue", "heap")], [concepts[0], concepts[2]], [])
    assert alone.summary == ""


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("指令微调让模型学会遵循人类的指令。", True),
        ("即时反馈让人很快知道自己做得对不对。", True),
        ("这是一种让模型学会遵循人类指令的方法。", False),
        ("指的是让模型学会遵循人类指令的方法。", False),
        ("而编码器需要在标注数据上训练很久。", False),
        ("优点：实现起来简单，而且不需要任何标注。", False),
        ("Italy is a country in the south of Europe.", True),
        ("It is a country in the south of Europe.", False),
        ("We call a country small if it has few people.", True),
        ("We will see that a small country has few people.", False),
        ("For these reasons a small country has few people.", False),
    ],
)
def test_whether_a_sentence_can_be_read_first(text: str, first: bool) -> None:
    assert is_opening(text, label_names=False) is first


def test_without_a_definition_a_typed_relation_comes_first_and_a_vague_one_does_not() -> None:
    names = ["queue", "stack"]
    typed = related(
        "queue", RelationType.USES, "stack", "Two stacks make a queue when one of them is emptied into it.", 7
    )
    vague = related("queue", RelationType.RELATED_TO, "stack", "Many people mix up a queue with a stack at school.", 3)
    concepts = [concept(n) for n in names]
    (found,) = describe([theme(*names)], concepts, [typed, vague])
    assert [e.line for e in found.evidence] == [7, 3]
    (nothing,) = describe([theme(*names)], concepts, [vague])
    assert nothing.summary == ""
