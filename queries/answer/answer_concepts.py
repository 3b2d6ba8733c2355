"""Which concepts answer a question: those that its quotes name, ranked by a small linear model over readable features.

The weights are those of a logistic regression fitted on 160 questions about annotated notes, whose right answers name
their concepts. Each document's questions held out in turn, the concepts that are named contain 0.48 of the right ones,
and 0.28 of them are right (0.46 and 0.27 with the weights fitted to answers in the order of words).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import exp, log1p
from typing import Final

from graph.model import Concept, ConceptKind, LineKind, Relation, RelationType
from graph.text.names import fold
from queries.answer.compose import Cited
from queries.answer.overview import named_under
from queries.answer.required_lines import Template
from queries.question.model import Plan, QuestionKind
from queries.question.words import tokens
from queries.retrieval.retriever import Ranking, Retriever

CONCEPTS: Final = 6
"""Concepts that an answer names, at most."""
SURE: Final = 3
"""The best so many are named however unlikely they are."""
LIKELY: Final = 0.06
"""Further ones are named from this probability on."""
RUN_ON_SHARE: Final = 0.7
"""What a line that a quote runs on over counts relative to the line that it begins on."""
OFFSET: Final = -4.6
WEIGHTS: Final[Mapping[str, float]] = {
    "best": 1.55,  # score of the best quote that names it, relative to the best quote of all
    "first": 0.65,  # 1 / place of the first quote that names it
    "covered": 1.05,  # the question's words in the sentence that names it, times that quote's score
    "confidence": 1.0,  # that it is a concept at all
    "related": 1.05,  # confidence of a relation to a concept of the question
    "typed": 0.95,  # the same of a relation that says more than that they are related
    "brought": 1.4,  # the kind's template brings it
    "kind": 0.8,  # the question asks for this kind of thing: which method, which model
    "heading": -0.4,
    "alone": 0.3,  # 1 / (1 + concepts of the line): a line about little else
    "leads": 0.3,  # the first concept of a line
    "hub": -0.3,  # ln(1 + lines that name it)
    "asked": -0.95,  # the question names it
    "beside": -0.45,  # its line names a concept of the question: the answer often appears one hop further
}
_SENTENCE: Final = re.compile(r"[。！？!?；;|\n]|\.\s")
_KIND_WORDS: Final[Mapping[ConceptKind, re.Pattern[str]]] = {
    kind: re.compile(pattern, re.IGNORECASE)
    for kind, pattern in {
        ConceptKind.METHOD: r"方法|算法|技术|策略|机制|method|algorithm|technique|approach|mechanism",
        ConceptKind.MODEL: r"模型|网络|架构|model|network|architecture",
        ConceptKind.TOOL: r"工具|框架|库|协议|软件|\btools?\b|framework|library|protocol|software",
        ConceptKind.METRIC: r"指标|度量|metric|measure",
        ConceptKind.COMPONENT: r"组件|部分|模块|层|component|\bparts?\b|layer|module",
        ConceptKind.PROBLEM: r"问题|缺点|挑战|problem|issue|drawback",
        ConceptKind.TASK: r"任务|\btasks?\b",
        ConceptKind.DATA: r"数据|\bdata\b",
    }.items()
}


def answer_concepts(
    engine: Retriever,
    plan: Plan,
    ranking: Ranking,
    cited: Sequence[Cited],
    made: Template,
    relations: Sequence[Relation],
    members: Sequence[str] = (),
) -> list[Concept]:
    """The concepts that answer the question, best first: what its best quotes name and the question does not.

    What a template brings (prerequisites, steps, themes) comes first, and so do ``members``: the ids of the concepts
    that are the members of a list that is asked for.
    """
    features = concept_features(engine, plan, ranking, cited, made, relations)
    chance = {
        c: 1.0 / (1.0 + exp(-OFFSET - sum(WEIGHTS[name] * value for name, value in found.items())))
        for c, found in features.items()
    }
    ordered = sorted(chance, key=lambda c: (-chance[c], c))
    ordered = [c for place, c in enumerate(ordered) if place < SURE or chance[c] >= LIKELY]
    asked = {k.concept for k in plan.links}
    brought = [c for c in members if c not in asked]
    brought += [
        c for c in made.concepts if c in engine.concepts and (c not in asked or plan.kind is QuestionKind.STUDY_PATH)
    ]
    if plan.kind is QuestionKind.GLOBAL:
        heads = [c.row for c in cited if c.line.kind is LineKind.HEADING]
        brought += [c for row in heads for c in engine.line_concepts[row][:2] if c not in asked]
        brought += [c for row in heads for c in named_under(engine, row, limit=1) if c not in asked]
    limit = max(CONCEPTS, len(set(brought))) if plan.kind is QuestionKind.GLOBAL or members else CONCEPTS
    if len(members) >= SURE:
        ordered = []
    return [engine.concepts[c] for c in dict.fromkeys([*brought, *ordered])][:limit]


def concept_features(
    engine: Retriever,
    plan: Plan,
    ranking: Ranking,
    cited: Sequence[Cited],
    made: Template,
    relations: Sequence[Relation],
) -> dict[str, dict[str, float]]:
    """Concept id → its features (the keys of :data:`WEIGHTS`.

    What is absent is 0), for all that the quotes name or the template brings.
    """
    asked = {k.concept for k in plan.links}
    wanted = {t: w * s for group, w in zip(ranking.query.groups, ranking.query.weights, strict=True) for t, s in group}
    best = max((float(ranking.score[c.row]) for c in cited), default=1.0) or 1.0
    found: dict[str, dict[str, float]] = {}

    def raise_to(concept: str, name: str, value: float) -> None:
        own = found.setdefault(concept, {})
        own[name] = max(own.get(name, 0.0), value)

    rows = [engine.position[(line.doc, line.number)] for quoted in cited for line in quoted.lines]
    engine.concepts.prepare(c for row in rows for c in engine.line_concepts[row])
    for place, quoted in enumerate(cited, start=1):
        value = float(ranking.score[quoted.row]) / best
        for line in quoted.lines:
            concepts = engine.line_concepts[engine.position[(line.doc, line.number)]]
            for position, concept in enumerate(concepts):
                raise_to(concept, "best", value if line is quoted.line else RUN_ON_SHARE * value)
                raise_to(concept, "first", 1.0 / place)
                raise_to(concept, "covered", value * _beside_name(line.text, engine.concepts[concept], wanted))
                raise_to(concept, "heading", float(line.kind is LineKind.HEADING))
                raise_to(concept, "alone", 1.0 / (1 + len(concepts)))
                raise_to(concept, "leads", float(position == 0))
                raise_to(concept, "beside", float(any(c in asked for c in concepts)))
    for concept in made.concepts:
        if concept in engine.concepts:
            raise_to(concept, "brought", 1.0)
    for relation in relations:
        for one, other in ((relation.head, relation.tail), (relation.tail, relation.head)):
            if one in asked and other in found:
                raise_to(other, "related", relation.confidence)
                if relation.type is not RelationType.RELATED_TO:
                    raise_to(other, "typed", relation.confidence)
    question = fold(plan.question)
    kinds = {kind for kind, pattern in _KIND_WORDS.items() if pattern.search(plan.question)}
    for concept in found:
        known = engine.concepts[concept]
        named = any(len(fold(name)) > 2 and fold(name) in question for name in known.names)
        raise_to(concept, "confidence", known.confidence)
        raise_to(concept, "hub", log1p(len(engine.mention_lines.get(concept, ()))))
        raise_to(concept, "asked", float(concept in asked or named))
        raise_to(concept, "kind", float(known.kind in kinds))
    return found


def _beside_name(text: str, concept: Concept, wanted: Mapping[str, float]) -> float:
    """Weight of the question's words in the sentence of ``text`` that names ``concept``; the most where several do."""
    names = [fold(name) for name in concept.names]
    return max(
        (_held(part, wanted) for part in _SENTENCE.split(text) if any(name in fold(part) for name in names)),
        default=0.0,
    )


def _held(text: str, wanted: Mapping[str, float]) -> float:
    """Weight of the words of ``wanted`` in ``text``."""
    return sum(wanted.get(token, 0.0) for token in _distinct(text))


@lru_cache(maxsize=1024)
def _distinct(text: str) -> tuple[str, ...]:
    """The tokens of a sentence, each once; the sentences of one answer are asked for with every concept they name."""
    return tuple(dict.fromkeys(tokens(text)))
