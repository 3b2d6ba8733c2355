"""Vectors of concepts, passages and questions: one protocol, and the encoder that is chosen by name.

``static`` is fitted on the notes themselves (:mod:`graph.vectors.static_encoder`) and needs nothing else. Any other
name or folder is a sentence-transformers model; that library, and with it torch, is imported only when such a model is
asked for.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from graph.errors import EncoderError
from graph.mentions import Mentions, PassageRows
from graph.model import Concept, Passage, Vectors
from graph.text.scripts import HAN
from graph.vectors.static_encoder import STATIC, StaticEncoder, unit_rows

__all__ = [
    "STATIC",
    "Encoder",
    "SentenceTransformerEncoder",
    "StaticEncoder",
    "build_vectors",
    "load_encoder",
    "unread_chinese",
]

SAMPLE: Final = 2000
"""Characters that are looked at to tell whether a model reads them."""
CHINESE_NOTES: Final = 0.1
"""Share of Chinese characters among the letters from which on notes are Chinese as well."""
UNREAD_MOST: Final = 0.2
"""A model that cannot read more of the notes' Chinese characters finds Chinese passages poorly."""

_HAN: Final = re.compile(f"[{HAN}]")
_NAME_SHARE: Final = 0.5
_DEFINITION_SHARE: Final = 0.3
_CONTEXT_SHARE: Final = 0.2
_NAMES_SHOWN: Final = 4
"""Names of a concept that are encoded together: more would drown the usual one in rare spellings."""


class Encoder(Protocol):
    """What turns texts into vectors."""

    @property
    def name(self) -> str:
        """``static`` or what the model was loaded by: :func:`load_encoder` takes it."""

    @property
    def dim(self) -> int:
        """Length of one vector."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Shape (len(texts), dim); rows have length 1, or 0 where the encoder knows nothing of the text."""


class SentenceTransformerEncoder:
    """A sentence-transformers model, by the name it has on the hub or by the folder it lies in."""

    def __init__(self, model: Any, *, name: str, dim: int) -> None:  # a class of an optional library
        self._model = model
        self.name = name
        self.dim = dim

    @classmethod
    def from_name(cls, name_or_path: str) -> SentenceTransformerEncoder:
        """Load the model; takes seconds, and for a name that is not cached yet a download.

        Raises:
            EncoderError: the extra is not installed, there is no such folder, or the model cannot be found, reached or
                read.
        """
        path = Path(name_or_path).expanduser()
        looks_like_folder = name_or_path.startswith((".", "~", os.sep)) or path.is_absolute()
        if looks_like_folder and not path.is_dir():
            raise EncoderError(f"Cannot load the embedding model {name_or_path!r}: there is no such folder.")
        try:
            from sentence_transformers import SentenceTransformer
        except ModuleNotFoundError as e:
            if e.name != "sentence_transformers":
                raise EncoderError(
                    f"Cannot load the embedding model {name_or_path!r}: sentence-transformers is broken: {e}"
                ) from e
            raise EncoderError(
                f"Cannot load the embedding model {name_or_path!r}: sentence-transformers is not installed. "
                "Install it with: pip install 'studyatlas[embeddings]'"
            ) from e
        except ImportError as e:
            raise EncoderError(
                f"Cannot load the embedding model {name_or_path!r}: sentence-transformers is broken: {e}"
            ) from e
        try:
            model = SentenceTransformer(str(path) if path.is_dir() else name_or_path)
            # Asked of the model itself: the method that tells the dimension was renamed between versions of the
            # library.
            dim = int(np.asarray(model.encode(["a"], convert_to_numpy=True, show_progress_bar=False)).shape[1])
        except (
            Exception
        ) as e:  # the hub, the network, safetensors, torch and the model's own code raise unrelated classes here
            reason = str(e).strip().split("\n")[0] or type(e).__name__
            raise EncoderError(
                f"Cannot load the embedding model {name_or_path!r}: {reason} "
                "Give the folder of a model, or a name that is cached or can be reached on the hub."
            ) from e
        return cls(model, name=name_or_path, dim=dim)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Shape (len(texts), dim); rows have length 1, those of blank texts 0.

        Raises:
            EncoderError: the model failed (memory, a broken model).
        """
        vectors = np.zeros((len(texts), self.dim), dtype=np.float32)
        filled = [i for i, text in enumerate(texts) if text.strip()]
        if filled:
            try:
                found = self._model.encode(
                    [texts[i] for i in filled], batch_size=32, convert_to_numpy=True, show_progress_bar=False
                )
            except (RuntimeError, ValueError, MemoryError) as e:
                raise EncoderError(f"The embedding model {self.name!r} failed on {len(filled)} texts: {e}") from e
            vectors[filled] = np.asarray(found, dtype=np.float32)
        return unit_rows(vectors)

    def unread(self, text: str) -> float | None:
        """Share of the characters of ``text``, 0..1, that the model's tokenizer does not know or cuts into bytes.

        An English model sees Chinese so, and finds all of it alike. None where the model has no tokenizer to ask.
        """
        tokenize = getattr(getattr(self._model, "tokenizer", None), "tokenize", None)
        if tokenize is None or not text:
            return None
        pieces = tokenize(text)
        unknown = sum(piece == getattr(self._model.tokenizer, "unk_token", None) for piece in pieces)
        return float(min(1.0, (unknown + max(0, len(pieces) - len(text))) / len(text)))


def unread_chinese(encoder: Encoder, texts: Sequence[str]) -> float:
    """Share of the Chinese characters of ``texts`` that the encoder cannot read, 0..1.

    0 where they contain hardly any Chinese.

    Of a long collection every n-th character is looked at. The static encoder is fitted on the notes and reads all of
    them.
    """
    if not isinstance(encoder, SentenceTransformerEncoder):
        return 0.0
    letters = sum(character.isalpha() for text in texts for character in text)
    chinese = "".join(_HAN.findall("".join(texts)))
    if len(chinese) < CHINESE_NOTES * letters:
        return 0.0
    return encoder.unread(chinese[:: max(1, len(chinese) // SAMPLE)][:SAMPLE]) or 0.0


def load_encoder(name: str, *, state: bytes = b"") -> Encoder:
    """The encoder that :attr:`graph.model.Vectors.encoder` names, ready to encode a question.

    Args:
        name: ``static``, the name of a model on the hub, or a folder.
        state: for ``static``: what :meth:`StaticEncoder.to_bytes` gave when the graph was built.

    Raises:
        EncoderError: the state cannot be read, or the model cannot be used; the message says what to do.
    """
    return StaticEncoder.from_bytes(state) if name == STATIC else SentenceTransformerEncoder.from_name(name)


def build_vectors(
    concepts: Sequence[Concept],
    passages: Sequence[Passage],
    encoder: Encoder,
    *,
    rows: NDArray[np.float32] | None = None,
) -> Vectors:
    """Vectors of all passages and concepts.

    A passage is encoded with its heading path before it. A concept is half its names, three tenths its definition and
    two tenths the passages that mention it, each a vector of length 1; what a concept does not have is left out.

    Args:
        concepts: the rows of ``Vectors.concepts`` come in their order.
        passages: the rows of ``Vectors.passages`` come in their order.
        encoder: a static encoder is stored in ``Vectors.state``.
        rows: the vectors of the passages, where they are known already; else ``encoder`` makes them.

    Raises:
        EncoderError: the encoder failed.
    """
    passage_rows = rows if rows is not None else encoder.encode([titled(p) for p in passages])
    names = encoder.encode([" / ".join(c.names[:_NAMES_SHOWN]) for c in concepts])
    definitions = encoder.encode([c.definition.quote if c.definition else "" for c in concepts])
    mixed = (
        _NAME_SHARE * names
        + _DEFINITION_SHARE * definitions
        + _CONTEXT_SHARE * _contexts(concepts, passages, passage_rows)
    )
    return Vectors(
        encoder=encoder.name,
        concept_ids=tuple(c.id for c in concepts),
        concepts=unit_rows(mixed),
        passage_ids=tuple(p.id for p in passages),
        passages=passage_rows,
        state=encoder.to_bytes() if isinstance(encoder, StaticEncoder) else b"",
    )


def titled(passage: Passage) -> str:
    """A passage with its heading path before it, as it is encoded."""
    return "\n".join([*passage.heading_path, passage.plain_text])


def _contexts(
    concepts: Sequence[Concept], passages: Sequence[Passage], rows: NDArray[np.float32]
) -> NDArray[np.float32]:
    """For each concept the mean of the passages that mention it, at length 1 (0 where none does)."""
    from scipy.sparse import csr_array  # not where a question waits

    mentions, lines = Mentions.of(concepts), PassageRows.of_passages(passages)
    passage, size = lines.of_mentions(mentions), max(len(lines), 1)
    inside = passage >= 0
    inside[inside] = mentions.line[inside] <= lines.last_line[passage[inside]]
    cells = np.unique(mentions.concept[inside] * size + passage[inside])
    first = np.searchsorted(cells // size, np.arange(len(concepts) + 1))
    mentioned = csr_array((np.ones(len(cells), dtype=np.float32), cells % size, first), shape=(len(concepts), size))
    sums = mentioned @ rows if len(lines) else np.zeros((len(concepts), rows.shape[1]), dtype=np.float32)
    return unit_rows((sums / np.maximum(np.diff(first), 1)[:, None].astype(np.float32)).astype(np.float32))
