"""A small graph of two notes, one Chinese and one English, written for the tests of questions."""

from __future__ import annotations

from graph.model import (
    Community,
    Concept,
    ConceptKind,
    Document,
    Evidence,
    GraphSnapshot,
    Mention,
    Passage,
    Prerequisite,
    Relation,
    RelationType,
)
from graph.stores.checks import ordered
from graph.stores.memory import MemoryStore
from graph.text.names import fold
from tests.reading import read_passages

BREAD = """# 面包笔记

## 发酵

**酵母**：一种单细胞真菌，把糖转化为二氧化碳和酒精。
面团发酵（fermentation）依靠酵母产生的二氧化碳。
温度高，发酵就快；温度低，风味更好。

## 天然酵种与商业酵母的区别

| 方面 | 天然酵种 | 商业酵母 |
|---|---|---|
| 风味 | 酸味复杂 | 风味单一 |
| 时间 | 十二小时以上 | 一到两小时 |

天然酵种（sourdough starter）是面粉和水养出来的酵母与乳酸菌。

## 面筋

面筋由面粉里的蛋白质吸水形成，揉面让它变强。
法棍使用天然酵种，靠面筋撑住气泡。

```python
dough.rest(hours=12)  # 冷藏发酵

## 烘烤

蒸汽让法棍的表皮又薄又脆。
""".splitlines()

COFFEE = """# Coffee notes

## Extraction

Extraction is the process in which hot water dissolves flavour from ground coffee.
Under-extraction tastes sour; over-extraction tastes bitter.

## Espresso

An espresso is a small coffee that is made by extraction under nine bars of pressure.
Espresso needs a fine grind, because the water passes in thirty seconds.

- **Crema**: the foam on top of an espresso, made of carbon dioxide and oils.
- **Cappuccino**: an espresso with steamed milk and milk foam.
""".splitlines()

TEXTS = {"bread.md": BREAD, "coffee.md": COFFEE}

_CONCEPTS: tuple[tuple[str, tuple[str, ...], ConceptKind, float, tuple[str, int] | None], ...] = (
    ("酵母", ("yeast",), ConceptKind.CONCEPT, 0.9, ("bread.md", 5)),
    ("发酵", ("fermentation",), ConceptKind.METHOD, 0.85, None),
    ("天然酵种", ("sourdough starter",), ConceptKind.CONCEPT, 0.8, ("bread.md", 16)),
    ("商业酵母", (), ConceptKind.CONCEPT, 0.5, None),
    ("二氧化碳", ("carbon dioxide",), ConceptKind.CONCEPT, 0.4, None),
    ("面筋", (), ConceptKind.CONCEPT, 0.6, ("bread.md", 20)),
    ("法棍", (), ConceptKind.CONCEPT, 0.7, None),
    ("乳酸菌", (), ConceptKind.CONCEPT, 0.3, None),
    ("espresso", (), ConceptKind.CONCEPT, 0.75, ("coffee.md", 10)),
    ("extraction", (), ConceptKind.METHOD, 0.7, ("coffee.md", 5)),
    ("crema", (), ConceptKind.COMPONENT, 0.3, ("coffee.md", 13)),
    ("cappuccino", (), ConceptKind.CONCEPT, 0.3, ("coffee.md", 14)),
)


def _mentions(names: tuple[str, ...]) -> tuple[Mention, ...]:
    found = {
        Mention(doc, number, line[line.lower().index(name) : line.lower().index(name) + len(name)])
        for doc, lines in TEXTS.items()
        for number, line in enumerate(lines, 1)
        for name in names
        if name in line.lower() and not (name == "extraction" and "-extraction" in line)
    }
    return tuple(sorted(found))


def evidence(doc: str, line: int) -> Evidence:
    return Evidence(doc, line, TEXTS[doc][line - 1].replace("**", "").lstrip("- "))


def _passages() -> tuple[Passage, ...]:
    return tuple(passage for doc, lines in TEXTS.items() for passage in read_passages(doc, "\n".join(lines)))


def _relation(head: str, kind: RelationType, tail: str, doc: str, line: int) -> Relation:
    return Relation(head, kind, tail, 0.9, "test", evidence=(evidence(doc, line),))


SNAPSHOT = ordered(
    GraphSnapshot(
        documents=(
            Document("bread.md", "面包笔记", "0" * 64, len(BREAD), "zh"),
            Document("coffee.md", "Coffee notes", "1" * 64, len(COFFEE), "en"),
        ),
        passages=_passages(),
        concepts=tuple(
            Concept(
                fold(name),
                name,
                aliases,
                kind,
                salience,
                evidence(*where) if where else None,
                _mentions((name, *aliases)),
            )
            for name, aliases, kind, salience, where in _CONCEPTS
        ),
        relations=(
            _relation("发酵", RelationType.USES, "酵母", "bread.md", 6),
            _relation("酵母", RelationType.CAUSES, "二氧化碳", "bread.md", 5),
            _relation("天然酵种", RelationType.CONTRASTS_WITH, "商业酵母", "bread.md", 9)
            if "天然酵种" < "商业酵母"
            else _relation("商业酵母", RelationType.CONTRASTS_WITH, "天然酵种", "bread.md", 9),
            _relation("法棍", RelationType.USES, "天然酵种", "bread.md", 21),
            _relation("法棍", RelationType.USES, "面筋", "bread.md", 21),
            _relation("天然酵种", RelationType.USES, "酵母", "bread.md", 16),
            _relation("espresso", RelationType.USES, "extraction", "coffee.md", 10),
            _relation("crema", RelationType.PART_OF, "espresso", "coffee.md", 13),
            _relation("cappuccino", RelationType.BASED_ON, "espresso", "coffee.md", 14),
        ),
        prerequisites=(
            Prerequisite("酵母", "发酵", 0.9, ("uses",), (evidence("bread.md", 6),)),
            Prerequisite("酵母", "天然酵种", 0.8, ("part_of",), (evidence("bread.md", 16),)),
            Prerequisite("天然酵种", "法棍", 0.9, ("uses",), (evidence("bread.md", 21),)),
            Prerequisite("面筋", "法棍", 0.7, ("uses",), (evidence("bread.md", 21),)),
            Prerequisite("extraction", "espresso", 0.9, ("defined_with",), (evidence("coffee.md", 10),)),
            Prerequisite("espresso", "cappuccino", 0.9, ("based_on",), (evidence("coffee.md", 14),)),
        ),
        communities=(
            Community(
                "0-0",
                0,
                None,
                "面包",
                "酵母 [1]",
                ("酵母", "发酵", "天然酵种", "法棍", "面筋", "商业酵母", "二氧化碳", "乳酸菌"),
                (evidence("bread.md", 5),),
            ),
            Community(
                "0-1",
                0,
                None,
                "espresso",
                "espresso [1]",
                ("espresso", "extraction", "crema", "cappuccino"),
                (evidence("coffee.md", 10),),
            ),
        ),
    )
)


def bread_and_coffee() -> MemoryStore:
    """A store that holds the two notes."""
    return MemoryStore(SNAPSHOT)
