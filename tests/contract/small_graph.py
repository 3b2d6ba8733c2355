"""A small bilingual graph, written by hand, that has every part of the model; the contract tests know it by heart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from extract.knowledge.lexicon import LexiconChoice
from graph.model import (
    Basis,
    Community,
    Concept,
    ConceptKind,
    Document,
    Evidence,
    GraphSnapshot,
    Layout,
    LineKind,
    Mention,
    Merge,
    NoteLine,
    Passage,
    Prerequisite,
    Relation,
    RelationType,
    Skipped,
    Territory,
    TerritoryLink,
    Vectors,
)

LORA_TEXT = "# LoRA\nLoRA（低秩适应）是一种微调方法。\nQLoRA 基于 LoRA，并使用 NF4 量化。"
QUANT_TEXT = "# Quantisation\nNF4 is a data type for C++ kernels.\n量化 saves memory, said the NF4 paper; NF4 again."

lora_line = Evidence("peft.md", 2, "LoRA（低秩适应）是一种微调方法。")
qlora_line = Evidence("peft.md", 3, "QLoRA 基于 LoRA，并使用 NF4 量化。")
nf4_line = Evidence("quant.md", 2, "NF4 is a data type for C++ kernels.")

is_a = Relation("lora", RelationType.IS_A, "微调", 0.9, "pattern:zh.is_a", Basis.EXTRACTED, (lora_line,))
based_on = Relation(
    "qlora", RelationType.BASED_ON, "lora", 0.8, "pattern:zh.based_on", Basis.EXTRACTED, (qlora_line, lora_line)
)
uses = Relation("qlora", RelationType.USES, "nf4", 0.7, "pattern:zh.uses", Basis.EXTRACTED, (qlora_line,))
related = Relation("nf4", RelationType.RELATED_TO, "qlora", 0.5, "cooccurrence", Basis.INFERRED)
background = Relation("qlora", RelationType.IS_A, "量化", 0.6, "model:next", Basis.BACKGROUND, (qlora_line, nf4_line))
part_of = Relation("nf4", RelationType.PART_OF, "量化", 1.0, "heading", Basis.EXTRACTED, (nf4_line,))

tuning_first = Prerequisite("微调", "lora", 0.9, ("is_a", "order"), (lora_line,))
lora_first = Prerequisite("lora", "qlora", 0.8, ("based_on",), (qlora_line,))
nf4_first = Prerequisite("nf4", "qlora", 0.4)
background_first = Prerequisite("nf4", "qlora", 0.4, ("background",), (qlora_line,))
quant_first = Prerequisite("量化", "nf4", 0.6, ("part_of",), (nf4_line,))

lora = Concept(
    "lora",
    "LoRA",
    ("低秩适应", "Low-Rank Adaptation"),
    ConceptKind.METHOD,
    0.9,
    lora_line,
    (
        Mention("peft.md", 1, "LoRA"),
        Mention("peft.md", 2, "LoRA"),
        Mention("peft.md", 2, "低秩适应"),
        Mention("peft.md", 3, "LoRA"),
    ),
    0.75,
)
qlora = Concept("qlora", "QLoRA", (), ConceptKind.METHOD, 0.8, None, (Mention("peft.md", 3, "QLoRA"),), 0.95)
nf4 = Concept("nf4", "NF4", (), ConceptKind.DATA, 0.5, nf4_line, (Mention("quant.md", 2, "NF4"),))
tuning = Concept("微调", "微调", ("fine-tuning",), ConceptKind.TASK, 0.5)
quant = Concept("量化", "量化", ("Quantisation",), ConceptKind.CONCEPT, 0.25)
lonely = Concept("lora~radio", "LoRa", ("fine-tuning",), ConceptKind.CONCEPT, 0.0, confidence=0.125)

peft = Document("peft.md", "LoRA", "aa11", 3, "zh")
quant_doc = Document("quant.md", "Quantisation", "bb22", 12, "en")
peft_1 = Passage(
    "peft.md#1",
    "peft.md",
    1,
    3,
    ("LoRA",),
    LORA_TEXT,
    (
        NoteLine(LineKind.HEADING, "LoRA", 1),
        NoteLine(LineKind.TEXT, "LoRA（低秩适应）是一种微调方法。"),
        NoteLine(LineKind.ITEM, "QLoRA 基于 LoRA", 2),
    ),
)
quant_1 = Passage("quant.md#1", "quant.md", 1, 3, (), QUANT_TEXT)
quant_4 = Passage(
    "quant.md#4",
    "quant.md",
    4,
    9,
    ("Quantisation", "Notes"),
    "Nothing to say.\n\n\n\n\n",
    (NoteLine(LineKind.TEXT, "Nothing to say."), *[NoteLine()] * 5),
)
quant_10 = Passage("quant.md#10", "quant.md", 10, 12, ("Quantisation", "图"), "微\n调 of the memory\n😀")

CHOICE = LexiconChoice(packs=(), files=('/home/someone/化学 "2".yaml', "/home/someone/b.yaml"), sha256="cc33")

CORNERS = ((-10.5, -8.0), (12.25, -8.0), (0.0, 9.1))

LAYOUT = Layout(
    concept_ids=tuple(c.id for c in (lora, qlora, nf4, tuning, quant, lonely)),
    positions=np.array([[0, 0], [1.5, -2.25], [90, 3], [-4, 5], [88, -7], [0, 60]], np.float32),
    importance=np.array([1, 0.6, 0.4, 0.2, 0.1, 0], np.float32),
    scale=np.array([0.1, 0.1, 0.2, 0.3, 8, 0.5], np.float32),
    homes=np.array([0, 3, 1, 0, 1, 2], np.int32),
    territories=(
        Territory("0-2", None, "LoRA", 3, -1.0, 1.0, 40.5, CORNERS),
        Territory("0-10", None, "NF4", 2, 89.0, -2.0, 33.0, CORNERS),
        Territory("other", None, "", 1, 0.0, 60.0, 23.5, CORNERS),
        Territory("1-0", "0-2", "QLoRA", 1, 1.5, -2.0, 23.5, CORNERS[::-1]),
    ),
    links=(TerritoryLink("0-10", "0-2", ((RelationType.USES, 1), (RelationType.RELATED_TO, 1)), 2),),
)

SMALL = GraphSnapshot(
    documents=(peft, quant_doc),
    passages=(peft_1, quant_1, quant_4, quant_10),
    concepts=(lora, qlora, nf4, tuning, quant, lonely),
    relations=(is_a, part_of, related, based_on, uses),
    prerequisites=(lora_first, nf4_first, tuning_first, quant_first),
    communities=(
        Community("0-2", 0, None, "LoRA", "LoRA 是一种微调方法 [1]。", ("lora", "qlora", "微调"), (lora_line,)),
        Community("0-10", 0, None, "NF4", "", ("nf4", "量化")),
        Community("1-0", 1, "0-2", "QLoRA", "", ("qlora",)),
    ),
    merges=(
        Merge("lora", "LoRA", "Low-Rank Adaptation", "lexicon"),
        Merge("lora", "LoRA", "低秩适应", "parenthesis", lora_line),
        Merge("量化", "量化", "Quantisation", "lexicon"),
    ),
    skipped=(Skipped("broken.md", 0, "not text"), Skipped("peft.md", 2, "a line of 50 MB")),
    vectors=Vectors(
        "static",
        ("lora", "nf4", "qlora"),
        np.array([[1, 0, 0], [0, 1, 0], [0.8, 0.6, 0]], np.float32),
        ("quant.md#1", "peft.md#1"),
        np.array([[0, 1, 0], [0.6, 0.8, 0]], np.float32),
        b"\x00state",
    ),
    layout=LAYOUT,
    source="/home/someone/notes",
    settings={"seed": "7", "encoder": "static", **CHOICE.to_settings()},
)

WITH_BACKGROUND = replace(
    SMALL,
    relations=(is_a, part_of, related, based_on, background, uses),
    prerequisites=(lora_first, background_first, tuning_first, quant_first),
)
"""The small graph with what general knowledge adds: a relation, and a prerequisite for which it is the only reason."""
