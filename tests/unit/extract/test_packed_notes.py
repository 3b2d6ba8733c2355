"""Notes that are packed in memory read like those that are not, and only a few of them are unpacked at a time."""

from __future__ import annotations

import gc
import pickle
from collections.abc import Sequence
from pathlib import Path

import pytest

import extract.packed_notes
from extract.concepts.stated import StatedScores
from extract.document import Extracted, extract_document
from extract.notes.blocks import Block
from extract.notes.files import SourceFile, read_note
from extract.packed_notes import PackedNotes
from extract.packing import opened, pack
from extract.pipeline import build
from extract.text.lazy_blocks import LazyBlocks, letters_of
from extract.text.occurrences import portions, read_ahead
from graph.model import NoteLine, Skipped
from tests.places import ROOT

NOTES = ROOT / "examples" / "notes"


@pytest.fixture(scope="module")
def sources() -> list[SourceFile]:
    read = [read_note(path, NOTES) for path in sorted(NOTES.glob("*.md"))]
    return [note for note in read if not isinstance(note, Skipped)]


@pytest.fixture(scope="module")
def eager(sources: list[SourceFile]) -> list[Extracted]:
    return [extract_document(source) for source in sources]


@pytest.fixture
def few_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extract.packed_notes, "ROOM", 0)


def packed(sources: Sequence[SourceFile], eager: Sequence[Extracted]) -> PackedNotes:
    notes = [opened(pack(e, source.text), source.text) for source, e in zip(sources, eager, strict=True)]
    return PackedNotes(notes, [source.text for source in sources])


@pytest.mark.usefixtures("few_kept")
def test_a_packed_note_reads_like_the_note(sources: list[SourceFile], eager: list[Extracted]) -> None:
    for lazy, whole in zip(packed(sources, eager).extracted(), eager, strict=True):
        found, doc = lazy.candidates, whole.candidates.doc
        assert (found.doc.id, found.doc.lang, found.doc.size, found.doc.references) == (
            doc.id, doc.lang, doc.size, doc.references,
        )  # fmt: skip
        assert len(found.doc.blocks) == len(doc.blocks)
        assert found.doc.blocks == doc.blocks == tuple(found.doc.blocks)
        assert found.doc.blocks[-1] == doc.blocks[-1]
        assert found.doc.blocks[1:3] == doc.blocks[1:3]
        assert letters_of(found.doc.blocks) == letters_of(doc.blocks)
        assert (lazy.links, lazy.facts, lazy.unread, lazy.set_apart) == (
            whole.links, whole.facts, whole.unread, whole.set_apart,
        )  # fmt: skip
        assert list(lazy.scores.items()) == list(whole.scores.items())
        assert list(lazy.scores) == list(lazy.scores.keys())
        assert list(lazy.scores.values()) == [lazy.scores[key] for key in lazy.scores]
        assert (len(lazy.scores), lazy.scores.get("no such key", 0.5)) == (len(whole.scores), 0.5)
        forms = whole.candidates.forms
        assert list(found.forms.overview()) == list(forms.overview())
        assert (list(found.forms), len(found.forms), found.forms.bold()) == (list(forms), len(forms), forms.bold())
        assert all(found.forms[key] == forms[key] for key in forms)
        assert "no such key" not in found.forms


@pytest.mark.usefixtures("few_kept")
def test_packed_passages_are_the_passages(sources: list[SourceFile], eager: list[Extracted]) -> None:
    lazy = [p for e in packed(sources, eager).extracted() for p in e.passages]
    whole = [p for e in eager for p in e.passages]
    assert lazy == whole
    assert whole == lazy
    assert [(p.text, p.lines, p.plain_text, hash(p), repr(p)) for p in lazy] == [
        (p.text, p.lines, p.plain_text, hash(p), repr(p)) for p in whole
    ]
    assert lazy[0] != whole[1]
    assert pickle.loads(pickle.dumps(lazy)) == whole


@pytest.mark.usefixtures("few_kept")
def test_only_the_notes_read_last_are_unpacked(sources: list[SourceFile], eager: list[Extracted]) -> None:
    kinds = (Block, NoteLine)
    notes = packed(sources, eager)
    extracted = notes.extracted()
    assert notes.kept < len(sources) / 2
    gc.collect()
    before = sum(type(value) in kinds for value in gc.get_objects())
    most = 0
    for e in extracted:
        assert sum(len(block.text) for block in e.candidates.doc.blocks) == letters_of(e.candidates.doc.blocks)
        assert sum(len(p.lines) for p in e.passages)
        assert len(e.scores) == len(e.candidates.forms)
        most = max(most, sum(type(value) in kinds for value in gc.get_objects()) - before)
    sizes = sorted(len(e.candidates.doc.blocks) + sum(len(p.lines) for p in e.passages) for e in eager)
    assert 0 < most <= sum(sizes[-notes.kept - 1 :])
    assert most < sum(sizes) / 2


@pytest.mark.usefixtures("few_kept")
def test_blocks_that_are_read_ahead_are_there(sources: list[SourceFile], eager: list[Extracted]) -> None:
    notes = packed(sources, eager)
    docs = [e.candidates.doc for e in notes.extracted()]
    asked = [(len(docs) - 1, 2), (0, 1), (3, 0), (0, 2)]
    ahead = read_ahead(docs, asked)
    unpacked = notes.blocks.cache_info().misses  # type: ignore[attr-defined]
    assert [ahead[d].blocks[b] for d, b in asked] == [eager[d].candidates.doc.blocks[b] for d, b in asked]
    assert notes.blocks.cache_info().misses == unpacked  # type: ignore[attr-defined]
    assert ahead[0].blocks[0] == eager[0].candidates.doc.blocks[0]
    assert tuple(ahead[0].blocks) == eager[0].candidates.doc.blocks
    assert len(ahead[0].blocks) == len(docs[0].blocks)
    plain = [e.candidates.doc for e in eager]
    assert read_ahead(plain, asked) is plain


def test_portions_do_not_depend_on_packing(sources: list[SourceFile], eager: list[Extracted]) -> None:
    notes = packed(sources, eager)
    docs = [e.candidates.doc for e in notes.extracted()]
    assert all(isinstance(doc.blocks, LazyBlocks) for doc in docs)
    assert portions(docs, [], size=5000) == portions([e.candidates.doc for e in eager], [], size=5000)
    assert notes.blocks.cache_info().misses == 0  # type: ignore[attr-defined]


def test_stated_scores_are_one_mapping() -> None:
    scores = StatedScores({"a": 0.5, "b": 0.25}, {"c": 0.02})
    assert dict(scores) == {"a": 0.5, "b": 0.25, "c": 0.02}
    assert (len(scores), "c" in scores, "d" in scores, scores.get("d")) == (3, True, False, None)


@pytest.mark.usefixtures("few_kept")
def test_the_graph_is_the_same_whether_notes_are_packed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for source in sorted(NOTES.glob("*.md"))[:8]:
        (tmp_path / source.name).write_bytes(source.read_bytes())
    unpacked = build(tmp_path, workers=1).snapshot
    monkeypatch.setattr("extract.pipeline.FEW_LETTERS", 0)
    found = build(tmp_path, workers=1).snapshot
    assert found.passages == unpacked.passages
    assert found.concepts == unpacked.concepts
    assert found.relations == unpacked.relations
    assert found.prerequisites == unpacked.prerequisites
    assert (found.communities, found.merges, found.skipped) == (
        unpacked.communities, unpacked.merges, unpacked.skipped,
    )  # fmt: skip
