"""A small graph written by hand: two notes, fifteen concepts, every quote on its line.

The pages and the verbs are tested on it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Final

from graph.model import (
    Basis,
    Community,
    Concept,
    ConceptKind,
    Document,
    Evidence,
    GraphSnapshot,
    Mention,
    Merge,
    Passage,
    Prerequisite,
    Relation,
    RelationType,
    Skipped,
)
from graph.stores.checks import ordered
from graph.text.names import fold
from tests.reading import read_passages

ATTENTION: Final = "注意力机制.md"
LORA: Final = "en/lora.md"

NOTES: Final = {
    ATTENTION: """\
# 注意力机制笔记

## 1. 什么是注意力机制？

**注意力机制**（Attention）是一种让模型按相关性给输入的各部分分配权重的方法。
它的输入是查询、键和值三组向量，统称 QKV。

## 2. 自注意力

自注意力（Self-Attention）是一种注意力机制，其中查询、键和值都来自同一个序列。
Softmax 把打分变成和为 1 的权重，自注意力用它来归一化。

- **多头注意力**：把自注意力并行做多次，再把结果拼接起来。
- 多头注意力基于自注意力。

## 3. Transformer

Transformer 是一种完全由注意力搭建的神经网络架构。
多头注意力是 Transformer 的一部分，位置编码也是 Transformer 的一部分。
位置编码给每个词加上它在序列中的位置信息。

## 4. KV Cache

KV Cache 保存已经算过的键和值，用来解决自回归解码中的重复计算问题。
`GQA` 通过让多个查询头共享键和值来减小 KV Cache。
""",
    LORA: """\
# LoRA and friends

LoRA (Low-Rank Adaptation) is a fine-tuning method that freezes the weights and learns two small low-rank matrices.
LoRA is a kind of PEFT, which trains only a small share of the parameters.

## QLoRA

QLoRA is based on LoRA and keeps the frozen weights in 4-bit precision.
QLoRA uses NF4, a data type made for normally distributed weights.

| method | trains | memory |
|--------|--------|--------|
| Full fine-tuning | all weights | high |
| LoRA | low-rank matrices | low |

LoRA is mostly applied to the attention projections of a Transformer.
Quantization stores weights with fewer bits; NF4 is one form of quantization.
""",
}


def line_of(doc: str, quote: str, *, text: str | None = None) -> int:
    """1-based line on which ``quote`` begins, markup of the note aside.

    The notes are written so that it stands on one line.
    """
    lines = (text or NOTES[doc]).replace("**", "").replace("`", "").split("\n")
    return next(number for number, line in enumerate(lines, start=1) if quote in line)


def evidence(doc: str, quote: str) -> Evidence:
    return Evidence(doc, line_of(doc, quote), quote)


def _mentions(*names: str) -> tuple[Mention, ...]:
    found = set()
    for doc, text in NOTES.items():
        for number, line in enumerate(text.replace("**", "").split("\n"), start=1):
            found |= {Mention(doc, number, name) for name in names if name in line}
    return tuple(sorted(found))


def _concept(
    name: str,
    kind: ConceptKind,
    salience: float,
    *aliases: str,
    definition: Evidence | None = None,
    qualifier: str = "",
) -> Concept:
    return Concept(
        id=fold(name) + (f"~{qualifier}" if qualifier else ""),
        name=name,
        aliases=aliases,
        kind=kind,
        salience=salience,
        definition=definition,
        mentions=_mentions(name, *aliases),
        confidence=0.75,
    )


def concepts() -> tuple[Concept, ...]:
    """Fifteen concepts, most salient first. Two of them go by the alias ``Adapter``, so that it is ambiguous."""
    kind = ConceptKind
    found = [
        _concept(
            "注意力机制",
            kind.METHOD,
            0.97,
            "Attention",
            definition=evidence(ATTENTION, "注意力机制（Attention）是一种让模型按相关性给输入的各部分分配权重的方法。"),
        ),
        _concept(
            "LoRA",
            kind.METHOD,
            0.95,
            "Low-Rank Adaptation",
            "Adapter",
            definition=evidence(
                LORA,
                "LoRA (Low-Rank Adaptation) is a fine-tuning method that freezes the weights and learns two small "
                "low-rank matrices.",
            ),
        ),
        _concept(
            "Transformer",
            kind.MODEL,
            0.93,
            definition=evidence(ATTENTION, "Transformer 是一种完全由注意力搭建的神经网络架构。"),
        ),
        _concept(
            "自注意力",
            kind.METHOD,
            0.9,
            "Self-Attention",
            definition=evidence(
                ATTENTION, "自注意力（Self-Attention）是一种注意力机制，其中查询、键和值都来自同一个序列。"
            ),
        ),
        _concept(
            "多头注意力",
            kind.COMPONENT,
            0.85,
            definition=evidence(ATTENTION, "把自注意力并行做多次，再把结果拼接起来。"),
        ),
        _concept(
            "QLoRA",
            kind.METHOD,
            0.82,
            definition=evidence(LORA, "QLoRA is based on LoRA and keeps the frozen weights in 4-bit precision."),
        ),
        _concept(
            "KV Cache",
            kind.TOOL,
            0.8,
            definition=evidence(ATTENTION, "KV Cache 保存已经算过的键和值，用来解决自回归解码中的重复计算问题。"),
        ),
        _concept("PEFT", kind.METHOD, 0.75, "Adapter"),
        _concept(
            "位置编码",
            kind.COMPONENT,
            0.7,
            definition=evidence(ATTENTION, "位置编码给每个词加上它在序列中的位置信息。"),
        ),
        _concept(
            "NF4", kind.DATA, 0.66, definition=evidence(LORA, "NF4, a data type made for normally distributed weights")
        ),
        _concept(
            "Quantization",
            kind.METHOD,
            0.6,
            "quantization",
            definition=evidence(LORA, "Quantization stores weights with fewer bits"),
        ),
        _concept("Softmax", kind.COMPONENT, 0.55, definition=evidence(ATTENTION, "Softmax 把打分变成和为 1 的权重")),
        _concept("GQA", kind.METHOD, 0.5),
        _concept("QKV", kind.DATA, 0.45),
        _concept("重复计算", kind.PROBLEM, 0.3),
    ]
    return tuple(found)


def relations() -> tuple[Relation, ...]:
    kind = RelationType
    stated = [
        ("自注意力", kind.IS_A, "注意力机制", 0.95, ATTENTION, "是一种注意力机制"),
        ("多头注意力", kind.BASED_ON, "自注意力", 0.95, ATTENTION, "多头注意力基于自注意力。"),
        ("多头注意力", kind.PART_OF, "transformer", 0.9, ATTENTION, "多头注意力是 Transformer 的一部分"),
        ("位置编码", kind.PART_OF, "transformer", 0.9, ATTENTION, "位置编码也是 Transformer 的一部分"),
        ("transformer", kind.USES, "注意力机制", 0.7, ATTENTION, "完全由注意力搭建"),
        ("自注意力", kind.USES, "softmax", 0.8, ATTENTION, "自注意力用它来归一化"),
        ("注意力机制", kind.USES, "qkv", 0.6, ATTENTION, "统称 QKV"),
        ("kvcache", kind.ADDRESSES, "重复计算", 0.9, ATTENTION, "解决自回归解码中的重复计算"),
        ("gqa", kind.USED_FOR, "kvcache", 0.7, ATTENTION, "来减小 KV Cache"),
        ("lora", kind.IS_A, "peft", 0.95, LORA, "LoRA is a kind of PEFT"),
        ("qlora", kind.BASED_ON, "lora", 0.97, LORA, "QLoRA is based on LoRA"),
        ("qlora", kind.USES, "nf4", 0.92, LORA, "QLoRA uses NF4"),
        ("nf4", kind.IS_A, "quantization", 0.85, LORA, "NF4 is one form of quantization"),
        ("lora", kind.RELATED_TO, "transformer", 0.5, LORA, "applied to the attention projections"),
    ]
    found = [
        Relation(head, of, tail, confidence, f"pattern:{of.value}", evidence=(evidence(doc, quote),))
        for head, of, tail, confidence, doc, quote in stated
    ]
    return tuple(sorted(found, key=lambda relation: relation.key))


def prerequisites() -> tuple[Prerequisite, ...]:
    found = [
        Prerequisite(
            "注意力机制", "自注意力", 0.95, ("is_a", "defined_with"), (evidence(ATTENTION, "是一种注意力机制"),)
        ),
        Prerequisite("softmax", "自注意力", 0.6, ("uses",), (evidence(ATTENTION, "自注意力用它来归一化"),)),
        Prerequisite("自注意力", "多头注意力", 0.95, ("based_on",), (evidence(ATTENTION, "多头注意力基于自注意力。"),)),
        Prerequisite(
            "多头注意力", "transformer", 0.8, ("part_of",), (evidence(ATTENTION, "多头注意力是 Transformer 的一部分"),)
        ),
        Prerequisite(
            "位置编码", "transformer", 0.8, ("part_of",), (evidence(ATTENTION, "位置编码也是 Transformer 的一部分"),)
        ),
        Prerequisite("qkv", "注意力机制", 0.5, ("uses",), (evidence(ATTENTION, "统称 QKV"),)),
        Prerequisite("peft", "lora", 0.7, ("is_a",), (evidence(LORA, "LoRA is a kind of PEFT"),)),
        Prerequisite("lora", "qlora", 0.97, ("based_on", "defined_with"), (evidence(LORA, "QLoRA is based on LoRA"),)),
        Prerequisite("nf4", "qlora", 0.8, ("uses",), (evidence(LORA, "QLoRA uses NF4"),)),
        Prerequisite("quantization", "nf4", 0.8, ("is_a",), (evidence(LORA, "NF4 is one form of quantization"),)),
        Prerequisite(
            "自注意力", "kvcache", 0.4, ("reference",), (evidence(ATTENTION, "KV Cache 保存已经算过的键和值"),)
        ),
    ]
    return tuple(sorted(found, key=lambda edge: edge.key))


def communities() -> tuple[Community, ...]:
    attention = (
        "注意力机制",
        "transformer",
        "自注意力",
        "多头注意力",
        "kvcache",
        "位置编码",
        "softmax",
        "gqa",
        "qkv",
        "重复计算",
    )
    tuning = ("lora", "qlora", "peft", "nf4", "quantization")
    caching = ("kvcache", "gqa", "重复计算")
    said = evidence(ATTENTION, "自注意力（Self-Attention）是一种注意力机制，其中查询、键和值都来自同一个序列。")
    built = evidence(ATTENTION, "Transformer 是一种完全由注意力搭建的神经网络架构。")
    tuned = evidence(LORA, "QLoRA is based on LoRA and keeps the frozen weights in 4-bit precision.")
    cache = evidence(ATTENTION, "KV Cache 保存已经算过的键和值，用来解决自回归解码中的重复计算问题。")
    return (
        Community(
            "0-0", 0, None, "注意力机制与 Transformer", f"{said.quote} [1] {built.quote} [2]", attention, (said, built)
        ),
        Community("0-1", 0, None, "LoRA and QLoRA", f"{tuned.quote} [1]", tuning, (tuned,)),
        Community(
            "1-0",
            1,
            "0-0",
            "自注意力",
            f"{said.quote} [1]",
            tuple(c for c in attention if c not in caching),
            (said,),
        ),
        Community("1-1", 1, "0-0", "KV Cache", f"{cache.quote} [1]", caching, (cache,)),
        Community("1-2", 1, "0-1", "LoRA", f"{tuned.quote} [1]", tuning, (tuned,)),
    )


def passages() -> tuple[Passage, ...]:
    """One passage for each heading, as the sections of the notes fall."""
    return tuple(passage for doc in sorted(NOTES) for passage in read_passages(doc, NOTES[doc]))


def snapshot(source: str = "") -> GraphSnapshot:
    """The graph, as if built from the folder ``source``."""
    documents = tuple(
        Document(
            doc,
            NOTES[doc].split("\n", 1)[0].lstrip("# "),
            hashlib.sha256(NOTES[doc].encode()).hexdigest(),
            len(NOTES[doc].split("\n")) - 1,
            "zh" if doc == ATTENTION else "en",
        )
        for doc in sorted(NOTES)
    )
    return GraphSnapshot(
        documents=documents,
        passages=passages(),
        concepts=concepts(),
        relations=relations(),
        prerequisites=prerequisites(),
        communities=communities(),
        merges=(
            Merge("lora", "LoRA", "Low-Rank Adaptation", "parenthesis", evidence(LORA, "LoRA (Low-Rank Adaptation)")),
            Merge("quantization", "Quantization", "quantization", "spelling"),
            Merge(
                "注意力机制", "注意力机制", "Attention", "parenthesis", evidence(ATTENTION, "注意力机制（Attention）")
            ),
            Merge(
                "自注意力",
                "自注意力",
                "Self-Attention",
                "parenthesis",
                evidence(ATTENTION, "自注意力（Self-Attention）"),
            ),
        ),
        skipped=(Skipped(LORA, 8, "code block without comments"),),
        source=source,
        settings={"encoder": "none", "lexicon": "on"},
    )


def with_background(source: str = "") -> GraphSnapshot:
    """The same graph where general knowledge alone says what LoRA and the Transformer have to do with each other."""
    base = snapshot(source)
    line = evidence(LORA, "LoRA is mostly applied to the attention projections of a Transformer.")
    known = Relation("lora", RelationType.USED_FOR, "transformer", 0.99, "model:sentence", Basis.BACKGROUND, (line,))
    stated = tuple(r for r in base.relations if r.type is not RelationType.RELATED_TO)
    first = Prerequisite("transformer", "lora", 0.99, ("background",), (line,))
    return ordered(replace(base, relations=(*stated, known), prerequisites=(*base.prerequisites, first)))


HOSTILE: Final = (
    "<script>window.studyatlasHacked=1</script>",
    "![x](http://example.com/pixel.png)",
    "[a](javascript:alert(1))",
    "$\\sqrt{x}$ and $E=mc^2$",
    ":material/delete: :red[boo] :smile:",
    "[bold red]not markup[/bold red] \x1b[31mred\x1b[0m \x07 \u202eabc",
)


def hostile(source: str = "") -> GraphSnapshot:
    """The same graph with a document whose text tries to be HTML, Markdown, LaTeX, an icon and terminal escapes."""
    base = snapshot(source)
    doc = "zz-hostile.md"
    text = "\n".join(("# Hostile <b>title</b>", "", *HOSTILE, ""))
    first = Evidence(doc, 3, HOSTILE[0])
    concept = Concept(
        "zzhostile",
        "Hostile " + HOSTILE[0] + " [bold]name[/bold]",
        ("Evil " + HOSTILE[1], HOSTILE[5]),
        ConceptKind.CONCEPT,
        0.99,
        Evidence(doc, 3, " ".join(HOSTILE)),
        (Mention(doc, 3, HOSTILE[0]),),
    )
    return ordered(
        replace(
            base,
            documents=(
                *base.documents,
                Document(doc, HOSTILE[0], hashlib.sha256(text.encode()).hexdigest(), text.count("\n"), "en"),
            ),
            passages=(*base.passages, *(replace(p, heading_path=(HOSTILE[0],)) for p in read_passages(doc, text))),
            concepts=(*base.concepts, concept),
            relations=(*base.relations, Relation("zzhostile", RelationType.USES, "lora", 0.9, "x", evidence=(first,))),
            communities=(
                *base.communities,
                Community("0-2", 0, None, HOSTILE[1], f"{HOSTILE[2]} [1]", ("zzhostile",), (first,)),
            ),
        )
    )


def write_notes(folder: Path) -> Path:
    """Write the notes as files and return the folder."""
    for doc, text in NOTES.items():
        path = folder / doc
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    return folder


def parsed(text: str) -> object:
    """The one JSON value that ``text`` is; fails when anything stands around it."""
    return json.loads(text)
