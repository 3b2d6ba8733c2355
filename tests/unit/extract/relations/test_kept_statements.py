"""What documents say of pairs is read from earlier builds where it is the same, and looked for where it is not."""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import pytest

from extract.collection import concepts_of
from extract.document import extract_document
from extract.knowledge.corrections import Corrections
from extract.knowledge.lexicon import LexiconChoice, chosen_lexicon
from extract.notes.files import source_of
from extract.relations.find import Related, relate
from extract.relations.kept_statements import KeptStatements

TEXTS = {
    "a.md": "# LoRA\n\nLoRA is a method of fine-tuning. LoRA freezes the weights and trains two low-rank matrices.\n",
    "b.md": "# 注意力机制\n\n**注意力机制**给每个词一个权重。Transformer 由多层注意力机制组成。\n\n- KV cache：缓存注意力机制的键和值。\n",
    "c.md": "# KV cache\n\nThe KV cache stores keys and values. PagedAttention reduces the memory of the KV cache. See [LoRA](a.md).\n",
    "d.md": "# 量化\n\n**量化**降低显存占用。QLoRA 把量化和 LoRA 结合起来。QLoRA is based on LoRA.\n",
}


class Kept:
    """Results in memory."""

    def __init__(self) -> None:
        self.found: dict[str, bytes] = {}
        self.new = 0

    def find(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        return {key: self.found[key] for key in keys if key in self.found}

    def keep(self, results: Iterable[tuple[str, bytes]]) -> None:
        new = dict(results)
        self.new = len(new)
        self.found.update(new)


def related(texts: Mapping[str, str], kept: Kept | None = None, *, surer: str = "") -> Related:
    """The relations of ``texts``; the concept ``surer`` is more probable than it is."""
    choice = LexiconChoice()
    sources = [source_of(text, name) for name, text in sorted(texts.items())]
    extracted = [extract_document(source, lexicon=choice) for source in sources]
    found = concepts_of(extracted, chosen_lexicon(choice), Corrections(), partial=True)
    drafts = [replace(d, confidence=0.9999) if d.id == surer else d for d in found.drafts]
    results = None if kept is None else KeptStatements([f"{s.id} {s.sha256}" for s in sources], kept)
    return relate(
        [e.candidates.doc for e in extracted],
        found.occurrences,
        drafts,
        lexicon=chosen_lexicon(choice),
        linked=found.linked,
        kept=results,
    )


def same(one: Related, other: Related) -> bool:
    """Whether both say the same, to the last bit."""
    signals = [(r.signals.pairs, r.signals.probability.tobytes(), r.signals.votes.tobytes()) for r in (one, other)]
    return one.relations == other.relations and signals[0] == signals[1]


def test_a_second_build_says_the_same_and_works_on_documents_with_links_only() -> None:
    kept, plain = Kept(), related(TEXTS)
    assert plain.relations
    assert same(related(TEXTS, kept), plain)
    assert kept.new == 3, "what links say is not kept: it depends on other notes"
    assert same(related(TEXTS, kept), plain)
    assert kept.new == 0


def test_only_documents_that_say_something_else_are_worked_on() -> None:
    kept = Kept()
    related(TEXTS, kept)
    more = TEXTS | {"aa.md": "# GPU\n\nA GPU is a processor. The GPU has fast memory.\n"}
    assert same(related(more, kept), related(more))
    assert 1 <= kept.new <= 2
    fewer = {name: text for name, text in TEXTS.items() if name != "d.md"}
    assert same(related(fewer, kept), related(fewer))


def test_a_concept_that_is_more_probable_is_another_feature() -> None:
    kept = Kept()
    related(TEXTS, kept)
    concept = "lora"
    assert same(related(TEXTS, kept, surer=concept), related(TEXTS, surer=concept))
    assert kept.new > 0


@pytest.mark.parametrize("seed", range(12))
def test_bytes_of_something_else_are_refused_or_harmless(seed: int) -> None:
    """The cache checks that results are whole; here even whole results that belong to nothing end no build."""
    kept, chance = Kept(), random.Random(seed)
    plain = related(TEXTS, kept)
    for key, data in sorted(kept.found.items()):
        raw = bytearray(zlib.decompress(data))
        if seed % 3 == 0:
            raw = raw[: chance.randrange(len(raw))]
        elif seed % 3 == 1:
            raw[:8] = (-1).to_bytes(4, "little", signed=True) * 2
        kept.found[key] = bytes(raw) if seed % 3 == 2 else zlib.compress(bytes(raw))
    assert same(related(TEXTS, kept), plain)
    assert same(related(TEXTS, kept), plain)
    assert kept.new == 0
