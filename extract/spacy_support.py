"""A concept graph inside spaCy: our words as its tokens, our concepts as its entities.

For people who have a spaCy pipeline of their own. studyatlas itself does not run on it: spaCy's English tokenizer was
measured at 0.3 MB/s, and importing spaCy takes longer than answering a question. Nothing here loads or downloads a spaCy model.

Example:
    >>> from extract.spacy_support import blank, add_concepts
    >>> nlp = add_concepts(blank(), [("lora", "METHOD", ["LoRA", "低秩适应"])])
    >>> [(e.text, e.label_, e.kb_id_) for e in nlp("低秩适应冻结预训练权重").ents]
    [('低秩适应', 'METHOD', 'lora')]
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from extract.text.occurrences import NameFinder
from extract.text.segment import tokenize

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc
    from spacy.vocab import Vocab

    from graph.model import Concept


class MixedTokenizer:
    """A spaCy tokenizer for Chinese, English and mixed text: rjieba's words for Chinese runs, one token for each Latin word or name."""

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab

    def __call__(self, text: str) -> Doc:
        """The tokens of ``text``; white space beyond one space between words becomes tokens, so that ``doc.text == text``."""
        from spacy.tokens import Doc

        words: list[str] = []
        spaces: list[bool] = []
        end = 0
        for token in tokenize(text):
            _fill(words, spaces, text[end : token.start])
            words.append(token.text)
            spaces.append(False)
            end = token.end
        _fill(words, spaces, text[end:])
        return Doc(self.vocab, words=words, spaces=spaces)

    def to_bytes(self, **_: Any) -> bytes:
        """Nothing to keep: the tokenizer has no settings (spaCy's serialisation calls this)."""
        return b""

    def from_bytes(self, _data: bytes, **_: Any) -> MixedTokenizer:
        """See :meth:`to_bytes`."""
        return self


def _fill(words: list[str], spaces: list[bool], gap: str) -> None:
    """Account for white space between tokens: one space belongs to the token before it, the rest is a token."""
    if gap.startswith(" ") and words and not spaces[-1]:
        spaces[-1] = True
        gap = gap[1:]
    if gap:
        words.append(gap)
        spaces.append(False)


def blank(lang: str = "xx") -> Language:
    """An empty spaCy pipeline for ``lang`` (any code that spaCy knows; ``xx`` for mixed notes) with our tokenizer."""
    import spacy

    nlp = spacy.blank(lang)
    nlp.tokenizer = MixedTokenizer(nlp.vocab)
    return nlp


def concepts_of(concepts: Iterable[Concept]) -> list[tuple[str, str, list[str]]]:
    """(id, label, names) of a graph's concepts, as :func:`add_concepts` takes them; the label is the kind in capitals."""
    return [(c.id, c.kind.value.upper(), list(c.names)) for c in concepts]


def add_concepts(nlp: Language, concepts: Iterable[tuple[str, str, list[str]]]) -> Language:
    """Add a component ``studyatlas_concepts`` that marks the names of ``concepts`` as entities, the concept's id as ``kb_id_``.

    Args:
        nlp: any pipeline. Names that do not begin and end at its tokens' edges are widened to whole tokens.
        concepts: (id, label, names); where two share a name, the first has it. Entities that are there already stay.
    """
    from spacy.language import Language as SpacyLanguage
    from spacy.util import filter_spans

    known = list(concepts)
    finder = NameFinder((name, number) for number, (_, _, names) in enumerate(known) for name in names)

    def mark(doc: Doc) -> Doc:
        spans = list(doc.ents)
        for start, end, number in finder.find(doc.text):
            identity, label, _ = known[number]
            span = doc.char_span(start, end, label=label, kb_id=identity, alignment_mode="expand")
            if span is not None and not any(span.start < e.end and e.start < span.end for e in doc.ents):
                spans.append(span)
        doc.ents = filter_spans(spans)
        return doc

    SpacyLanguage.component("studyatlas_concepts", func=mark)
    nlp.add_pipe("studyatlas_concepts")
    return nlp
