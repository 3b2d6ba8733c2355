"""What answering needs beside the store, made once for a build: the index of its lines, and the encoder of its vectors."""

from __future__ import annotations

from dataclasses import dataclass

from graph.stores.contract import GraphStore
from graph.vectors.encoders import Encoder, load_encoder
from queries.answer.ask import ask
from queries.question.model import Answer
from queries.retrieval.retriever import Retriever


@dataclass(frozen=True, slots=True, eq=False)
class Answerer:
    """A graph that is ready to be asked."""

    store: GraphStore
    engine: Retriever
    encoder: Encoder | None
    """None where the graph was built without vectors."""

    @classmethod
    def from_store(cls, store: GraphStore) -> Answerer:
        """Make ready: about half a second for a megabyte of notes, more where the graph was built with a named model.

        Raises:
            EncoderError: the model that the graph was built with cannot be used.
        """
        vectors = store.vectors()
        encoder = None if vectors is None else load_encoder(vectors.encoder, state=vectors.state)
        return cls(store, Retriever.from_store(store), encoder)

    def ask(self, question: str) -> Answer:
        """The answer to one question; see :func:`queries.answer.ask.ask`."""
        return ask(self.store, question, encoder=self.encoder, engine=self.engine)
