"""A question, answered from the notes or honestly not: plan, ranking, refusal or composition, in this order."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from graph.errors import InputError
from graph.model import Basis, Community, Concept, LineKind, Relation, RelationType
from graph.stores.contract import GraphStore
from graph.text.names import fold, valid_unicode
from graph.text.questions import is_question
from queries.answer.answer_concepts import CONCEPTS, answer_concepts
from queries.answer.attributes import missing_attribute, without_attribute
from queries.answer.compose import Cited, compose, excerpt, refusal, run_on
from queries.answer.overview import collection_themes, named_under, overview_rows, part_asked
from queries.answer.refusal import missing_part, missing_words, reason_to_abstain
from queries.answer.required_lines import Template, template
from queries.question.link import nearest_names
from queries.question.model import Answer, Citation, LinkMethod, PathStep, Plan, QuestionKind
from queries.question.plan import make_plan
from queries.question.words import content
from queries.retrieval.retriever import Ranking, Retriever

if TYPE_CHECKING:
    from graph.vectors.encoders import Encoder

LONGEST_QUESTION: Final = 5000
"""Characters of a question, at most: its words are compared with each other and with all names."""
CITATIONS: Final = 8
"""Citations of an answer, at most."""
OVERVIEW: Final = 12
"""Citations of an answer about whole notes, at most: one for each theme."""
CALLED: Final = 2
"""A concept goes by another name in an answer where the cited documents use that so many times as often as its own."""
RUN_ON: Final = 0.5
"""A quote takes in the next line where that scores so much of the quoted line's score."""
NEIGHBOURS: Final = 40
"""Relations of one concept that are looked at; hubs have more, and say less."""


def answer_question(
    store: GraphStore, question: str, *, encoder: Encoder | None = None, engine: Retriever | None = None
) -> Answer:
    """Answer ``question`` from the graph in ``store``; :mod:`queries.answer.answerer` prepares what it needs.

    Args:
        store: the graph.
        question: in Chinese, English or both.
        encoder: the encoder that the graph's vectors were made with; None: no vector similarity.
        engine: the index of the store's build, from :meth:`Retriever.from_store`; None, or one of an earlier build:
            made anew, which takes about half a second for a megabyte of notes.

    Returns:
        The answer with citations and the plan that led to it; ``answered`` is False where the notes do not contain one.

    Raises:
        InputError: the question is longer than :data:`LONGEST_QUESTION`.
    """
    question = asked(question)
    with store.reading():
        if engine is None or engine.build != store.info().build:
            engine = Retriever.from_store(store, options=engine.options if engine is not None else None)
        vector = _encoded(store, encoder, question) if engine.options.vectors else None
        similar = store.similar_concepts(vector, limit=5) if vector is not None else []
        plan = make_plan(
            engine.names,
            question,
            known_words=engine.index.vocabulary,
            similar=similar,
            missing=lambda text, links: missing_words(engine, text, links),
        )
        relations = _relations(store, plan)
        passages = (
            {h.passage.id: h.score for h in store.similar_passages(vector, limit=20)} if vector is not None else {}
        )
        ranking = engine.rank(
            plan,
            passage_scores=passages,
            evidence=[e for r in relations if r.basis is not Basis.BACKGROUND for e in r.evidence[:1]],
        )
        reason = reason_to_abstain(plan, engine, ranking)
        if reason:
            return _refused(engine, plan, reason, similar, missing=missing_part(plan, engine, ranking, reason))
        return _answered(store, engine, plan, ranking, relations)


def asked(question: str) -> str:
    """``question`` as it can be worked on.

    Raises:
        InputError: it is longer than :data:`LONGEST_QUESTION`.
    """
    if len(question) > LONGEST_QUESTION:
        raise InputError(
            f"The question has {len(question)} characters, and {LONGEST_QUESTION} is the most. Ask for less at a time."
        )
    return valid_unicode(question)


def _encoded(
    store: GraphStore, encoder: Encoder | None, question: str
) -> np.ndarray[tuple[int], np.dtype[np.float32]] | None:
    """The question's vector; None without an encoder or where it knows none of the question's words."""
    if encoder is None or store.vectors() is None:
        return None
    vector = np.asarray(encoder.encode([question])[0], dtype=np.float32)
    return vector if float(np.linalg.norm(vector)) > 0 else None


def _relations(store: GraphStore, plan: Plan) -> list[Relation]:
    """Relations of the linked concepts, most confident first, at most :data:`NEIGHBOURS` a concept."""
    found: dict[tuple[str, str, str], Relation] = {}
    for item in plan.links:
        around = sorted(store.relations(item.concept), key=lambda r: (-r.confidence, r.key))
        found |= {r.key: r for r in around[:NEIGHBOURS]}
    return [found[k] for k in sorted(found)]


def _answered(
    store: GraphStore, engine: Retriever, plan: Plan, ranking: Ranking, relations: Sequence[Relation]
) -> Answer:
    """The answer composed of the best lines."""
    content = _content(store, engine, plan, ranking, relations)
    rows = engine.pick(ranking, limit=content.limit, first=content.first)
    if not rows:
        return _refused(engine, plan, "nothing", [])
    wanted = {t: w * c for g, w in zip(ranking.query.groups, ranking.query.weights, strict=True) for t, c in g}
    cited = _quoted(engine, plan, ranking, rows, wanted)
    if plan.kind is not QuestionKind.GLOBAL:
        cited = _stating(cited)
        if not cited:
            return _refused(engine, plan, "uncovered", [])
    made = content.template
    chosen = answer_concepts(engine, plan, ranking, cited, made, relations)
    under = _concepts_under(engine, plan, content)
    names = _names_of(engine, made, relations, under)
    return Answer(
        question=plan.question,
        kind=plan.kind,
        answered=True,
        answer=_composed(engine, plan, content, cited, chosen, relations, under, names),
        concepts=tuple(dict.fromkeys(_called(c, {line.doc for q in cited for line in q.lines}) for c in chosen)),
        path=_path(plan, made, relations, chosen, names),
        citations=tuple(Citation(c.n, c.line.doc, c.line.number, c.quote) for c in cited),
        plan=plan,
    )


@dataclass(frozen=True, slots=True)
class _Content:
    """What the kind of a question asks an answer to be made of."""

    template: Template
    first: Sequence[int]
    """Rows that are cited whatever their score, in this order."""
    themes: Mapping[int, Community]
    """Row → the theme that it tells of, for an overview."""
    limit: int
    """Maximum number of citations."""


def _content(
    store: GraphStore, engine: Retriever, plan: Plan, ranking: Ranking, relations: Sequence[Relation]
) -> _Content:
    if not engine.options.templates:
        return _Content(Template(), (), {}, CITATIONS)
    made = template(store, engine, plan, ranking, relations)
    if plan.kind is not QuestionKind.GLOBAL:
        return _Content(made, made.rows, {}, CITATIONS)
    meant = engine.query(part_asked(plan), structural=True)
    themes = collection_themes(store, engine, plan, meant, limit=CITATIONS)
    first = list(themes) or overview_rows(store, engine, plan, meant, ranking, limit=OVERVIEW)
    made = replace(made, concepts=tuple(dict.fromkeys(theme.members[0] for theme in themes.values())))
    return _Content(made, first, themes, max(CITATIONS, len(first)))


def _concepts_under(engine: Retriever, plan: Plan, content: _Content) -> dict[int, list[str]]:
    """For each heading or theme of an overview some concepts that belong to it, by row."""
    overview = plan.kind is QuestionKind.GLOBAL
    under = {r: named_under(engine, r, limit=4) for r in content.first if overview and r not in content.themes}
    return under | {
        r: [m for m in theme.members if engine.concepts[m].name not in theme.title][:3]
        for r, theme in content.themes.items()
    }


def _names_of(
    engine: Retriever, made: Template, relations: Sequence[Relation], under: Mapping[int, Sequence[str]]
) -> dict[str, str]:
    """Id → name of every concept that the answer may mention."""
    ids = {c for p in made.paths for c in p.concepts} | {c for e in made.prerequisites for c in e.key}
    ids |= set(made.concepts) | {c for r in relations for c in (r.head, r.tail)}
    ids |= {c for found in under.values() for c in found}
    return {i: engine.concepts[i].name for i in sorted(ids) if i in engine.concepts}


def _composed(
    engine: Retriever,
    plan: Plan,
    content: _Content,
    cited: Sequence[Cited],
    chosen: Sequence[Concept],
    relations: Sequence[Relation],
    under: Mapping[int, list[str]],
    names: Mapping[str, str],
) -> str:
    """The text of the answer."""
    made = content.template
    numbers = {(c.line.doc, c.line.number): c.n for c in cited}
    return compose(
        plan,
        cited,
        concepts=chosen,
        subjects=[engine.concepts[k.concept] for k in plan.links if k.concept in engine.concepts],
        name_of=lambda i: names.get(i, i),
        paths=made.paths,
        needs=made.prerequisites if plan.kind is QuestionKind.STUDY_PATH else made.prerequisites[:CONCEPTS],
        steps=made.concepts,
        relations=relations,
        cite=lambda doc, line: numbers.get((doc, line)),
        names_at=lambda row: engine.line_concepts[row],
        under=under,
        titles={r: theme.title for r, theme in content.themes.items()},
    )


def _quoted(
    engine: Retriever, plan: Plan, ranking: Ranking, rows: Sequence[int], wanted: Mapping[str, float]
) -> list[Cited]:
    """The picked rows as numbered quotes, run on over the lines that complete them.

    Headings of an overview stand alone.
    """
    taken = set(rows)
    score = ranking.score
    found = []
    for n, row in enumerate(rows, 1):
        own = [row]
        if plan.kind is not QuestionKind.GLOBAL or engine.lines[row].kind is not LineKind.HEADING:
            least = RUN_ON * float(score[row])
            own = run_on(
                engine.lines, row, wanted=frozenset(np.flatnonzero(score >= least)) if least > 0 else (), taken=taken
            )
        taken.update(own)
        lines = tuple(engine.lines[r] for r in own)
        quote = "\n".join(line.text for line in lines) if len(lines) > 1 else excerpt(lines[0].text, wanted)
        found.append(Cited(n, row, lines, quote))
    return found


def _stating(cited: Sequence[Cited]) -> list[Cited]:
    """Those quotes that state something, numbered anew: what is nothing but a question (a flash card) answers none."""
    asked = (LineKind.HEADING, LineKind.ITEM)
    kept = [c for c in cited if not all(is_question(line.text, heading=line.kind in asked) for line in c.lines)]
    return [replace(c, n=n) for n, c in enumerate(kept, 1)]


def _called(concept: Concept, documents: Collection[str]) -> str:
    """What the cited documents call the concept.

    Its name where they use it, else the name or alias that they use most.
    """
    used = Counter(fold(m.form) for m in concept.mentions if m.doc in documents)
    best = max(concept.names, key=lambda name: used[fold(name)])
    return concept.name if used[fold(concept.name)] * CALLED >= used[fold(best)] else best


def _path(
    plan: Plan, made: Template, relations: Sequence[Relation], chosen: Sequence[Concept], names: Mapping[str, str]
) -> tuple[PathStep, ...]:
    """The hops that the answer followed.

    The best chain between two subjects, edges of a study path, or what leads to the answer.
    """
    if made.paths:
        return tuple(_step(r, names) for r in made.paths[0].relations)
    if made.prerequisites:
        return tuple(
            PathStep(names.get(e.before, e.before), "prerequisite_of", names.get(e.after, e.after), e.basis)
            for e in sorted(made.prerequisites, key=lambda e: e.basis is Basis.BACKGROUND)
        )
    if plan.kind is QuestionKind.GLOBAL:
        return ()
    asked, answers = {k.concept for k in plan.links}, [c.id for c in chosen]
    leading = [
        r
        for r in relations
        if r.type is not RelationType.RELATED_TO
        and ((r.head in asked and r.tail in answers) or (r.tail in asked and r.head in answers))
    ]

    def rank(r: Relation) -> tuple[bool, int, float, tuple[str, str, str]]:
        place = min(answers.index(c) for c in (r.head, r.tail) if c in answers)
        return (r.basis is Basis.BACKGROUND, place, -r.confidence, r.key)

    return tuple(_step(r, names) for r in sorted(leading, key=rank)[:4])


def _step(relation: Relation, names: Mapping[str, str]) -> PathStep:
    return PathStep(
        names.get(relation.head, relation.head),
        relation.type.value,
        names.get(relation.tail, relation.tail),
        relation.basis,
    )


def _refused(
    engine: Retriever, plan: Plan, reason: str, similar: Sequence[tuple[str, float]], *, missing: Sequence[str] = ()
) -> Answer:
    """An honest statement that the notes do not contain an answer."""
    if reason == "attribute" and (lacking := missing_attribute(plan.question, plan.links, engine)) is not None:
        return _unanswered(plan, without_attribute(plan, engine, lacking))
    known = [k.name for k in plan.links if k.method is not LinkMethod.VECTOR]
    nearest = [engine.concepts[c].name for c, _ in similar if c in engine.concepts]
    for word in plan.unknown:
        nearest += nearest_names(engine.names, word, limit=2)
    if not nearest and not known:
        for word in re.findall(r"\w{4,}", content(plan.question))[:4]:
            nearest += nearest_names(engine.names, word, limit=1)
    nearest = list(dict.fromkeys(nearest))[:4]
    return _unanswered(plan, refusal(plan, reason, known=known, nearest=nearest, missing=missing))


def _unanswered(plan: Plan, said: str) -> Answer:
    return Answer(
        question=plan.question,
        kind=plan.kind,
        answered=False,
        answer=said,
        concepts=(),
        path=(),
        citations=(),
        plan=plan,
    )
