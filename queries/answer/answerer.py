"""The entry points for questions: :func:`ask` for one, :class:`Answerer` for several about the same graph."""

from __future__ import annotations

from dataclasses import dataclass

from graph.stores.contract import GraphStore
from graph.vectors.encoders import Encoder, load_encoder
from queries.answer.ask import answer_question
from queries.question.model import Answer
from queries.retrieval.retriever import Retriever


@dataclass(frozen=True, slots=True, eq=False)
class Answerer:
    """A graph with what answering needs beyond the store: the index of its lines and the encoder of its vectors."""

    store: GraphStore
    engine: Retriever
    encoder: Encoder | None
    """None where the graph was built without vectors."""

    @classmethod
    def from_store(cls, store: GraphStore) -> Answerer:
        """Prepare the graph: about half a second for a megabyte of notes, more if it was built with a named model.

        Raises:
            EncoderError: the model that the graph was built with cannot be used.
        """
        with store.reading():
            vectors = store.vectors()
            encoder = None if vectors is None else load_encoder(vectors.encoder, state=vectors.state)
            return cls(store, Retriever.from_store(store), encoder)

    def ask(self, question: str) -> Answer:
        """The answer to one question, in the question's language.

        Args:
            question: in Chinese, English or both.

        Returns:
            The answer with its citations and the plan that led to it; ``answered`` is False where the notes do not
            answer the question. If the store has a newer build by now, that build answers, at the cost of
            :meth:`from_store` for each question.
        """
        with self.store.reading():
            if self.store.build() != self.engine.build:  # vectors of one build mean nothing to another's encoder
                return Answerer.from_store(self.store).ask(question)
            return answer_question(self.store, question, encoder=self.encoder, engine=self.engine)


def ask(store: GraphStore, question: str) -> Answer:
    """Answer one question from the graph in ``store``; see :meth:`Answerer.ask`, which is faster for several questions.

    Raises:
        EncoderError: the model that the graph was built with cannot be used.
    """
    return Answerer.from_store(store).ask(question)
