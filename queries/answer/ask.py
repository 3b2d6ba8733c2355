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
from queries.answer.answer_concepts import CONCEPTS, answer_concepts
from queries.answer.attributes import missing_attribute, nearest_line, without_attribute
from queries.answer.compose import Cited, Composed, compose, excerpt, refusal, run_on
from queries.answer.lead import Lead, best_sentence, contained, lead
from queries.answer.lists import member_concept
from queries.answer.overview import collection_themes, named_under, overview_rows, part_asked
from queries.answer.refusal import missing_part, missing_words, of_which, reason_to_abstain
from queries.answer.required_lines import Template, template
from queries.answer.statements import MOSTLY, announces, asking, is_bare
from queries.answer.unmet import unmet
from queries.question.asked_things import asked_objects
from queries.question.link import nearest_names
from queries.question.model import Answer, Citation, LineScore, LinkMethod, PathStep, Plan, QuestionKind, Trace
from queries.question.plan import make_plan
from queries.question.words import content
from queries.retrieval.lines import Line
from queries.retrieval.parts import DamagedIndex
from queries.retrieval.retriever import Ranking, Retriever, concept_token

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
WORTH: Final = 0.15
"""A further line is cited where it scores so much of the best one."""
SPARE: Final = 6
"""Further lines that take the places of picked ones that state nothing."""
SAME: Final = 12
"""Characters from which on two equal lines are a copy and no accident."""
RUN_ON: Final = 0.5
"""A quote takes in the next line where that scores so much of the quoted line's score."""
RESERVED: Final = 0.5
"""A line that the kind of the question brings is cited first only where it scores so much of the best line's score."""
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
        if engine is None or engine.build != store.build():
            engine = Retriever.from_store(store, options=engine.options if engine is not None else None)
        try:
            return _answer(store, question, encoder, engine)
        except (DamagedIndex, LookupError, ValueError, ArithmeticError):
            if not engine.stored:
                raise
            # Its numbers may be in their ranges and yet not belong to this graph: what it leads to is no fault of ours.
            return _answer(store, question, encoder, engine.made_anew(store))


def _answer(store: GraphStore, question: str, encoder: Encoder | None, engine: Retriever) -> Answer:
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
    passages = {h.passage.id: h.score for h in store.similar_passages(vector, limit=20)} if vector is not None else {}
    ranking = engine.rank(
        plan,
        passage_scores=passages,
        evidence=[e for r in relations if r.basis is not Basis.BACKGROUND for e in r.evidence[:1]],
    )
    reason = reason_to_abstain(plan, engine, ranking)
    if reason:
        refused = _refused(engine, plan, reason, similar, missing=missing_part(plan, engine, ranking, reason))
        return replace(refused, trace=Trace(words=_searched(engine, ranking), refused=reason))
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
    leading = lead(engine, plan, ranking, first=content.first, relations=relations)
    if plan.kind is QuestionKind.GLOBAL and leading.members:
        content = _Content(Template(), leading.chosen, {}, CITATIONS)
    overview = plan.kind is QuestionKind.GLOBAL and not leading.members
    first = tuple(dict.fromkeys([*leading.chosen, *content.first]))
    spare = 0 if overview else SPARE
    picked = engine.pick(ranking, limit=content.limit + spare, first=first)
    worded = not overview and plan.kind not in (QuestionKind.PREREQUISITES, QuestionKind.STUDY_PATH)
    least = WORTH * max((float(ranking.score[r]) for r in picked), default=0.0) if worded else 0.0
    rows = list(dict.fromkeys([*leading.chosen, *(r for r in picked if r in first or ranking.score[r] >= least)]))
    if not rows:
        return _refused(engine, plan, "nothing", [])
    wanted = {t: w * c for g, w in zip(ranking.query.groups, ranking.query.weights, strict=True) for t, c in g}
    each = frozenset(leading.rows) if leading.members else frozenset()
    cited = _quoted(engine, plan, ranking, _distinct(engine, rows), wanted, overview=overview, members=each)
    if not overview:
        cited = _stating(cited)[: max(content.limit, len(leading.rows) if leading.members else 0)]
        if not cited:
            return _refused(engine, plan, "uncovered", [])
    made = content.template
    members = [c for row in leading.rows if leading.members and (c := member_concept(engine, row)) is not None]
    chosen = answer_concepts(engine, plan, ranking, cited, made, relations, members)
    under = _concepts_under(engine, plan, content)
    names = _names_of(engine, made, relations, under)
    composed = _composed(engine, plan, content, cited, leading, under, names)
    return Answer(
        question=plan.question,
        kind=plan.kind,
        answered=True,
        answer=composed.text,
        concepts=tuple(dict.fromkeys(_called(c, cited) for c in chosen)),
        path=_path(plan, made, relations, chosen, names),
        citations=tuple(Citation(c.n, c.line.doc, c.line.number, c.quote) for c in cited),
        plan=plan,
        more=composed.more,
        trace=Trace(words=_searched(engine, ranking), lines=_scores(ranking, cited, leading)),
    )


def _searched(engine: Retriever, ranking: Ranking) -> tuple[tuple[str, float], ...]:
    """The words and names that the lines were ranked by, the heaviest first."""
    names = {concept_token(c): engine.concepts[c].name for c in ranking.query.concepts if c in engine.concepts}
    weights = zip(ranking.query.groups, ranking.query.weights, strict=True)
    found = [(names.get(group[0][0], group[0][0]), round(float(weight), 3)) for group, weight in weights]
    return tuple(sorted((f for f in found if f[1] > 0), key=lambda f: (-f[1], f[0])))


def _scores(ranking: Ranking, cited: Sequence[Cited], leading: Lead) -> tuple[LineScore, ...]:
    """For each citation the stages that chose its line."""
    best = max(float(ranking.score.max(initial=0.0)), 1e-9)
    return tuple(
        LineScore(
            n=c.n,
            own=round(float(ranking.strength[c.row]) / best, 3),
            led=round(float(ranking.support[c.row]) / best, 3),
            words=round(contained(ranking, c.row), 3),
            leads=c.row in leading.rows,
        )
        for c in cited
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
        return _Content(made, _reserved(plan, ranking, made.rows), {}, CITATIONS)
    meant = engine.query(part_asked(plan), structural=True)
    themes = collection_themes(store, engine, plan, meant, limit=CITATIONS)
    first = list(themes) or overview_rows(store, engine, plan, meant, ranking, limit=OVERVIEW)
    made = replace(made, concepts=tuple(dict.fromkeys(theme.members[0] for theme in themes.values())))
    return _Content(made, first, themes, max(CITATIONS, len(first)))


def _reserved(plan: Plan, ranking: Ranking, rows: Sequence[int]) -> list[int]:
    """Those ``rows`` of a template that are cited first.

    A definition of the ``film`` in a question about one film answers nothing, and its score shows it. What leads to a
    goal need not have any of the question's words, so study paths and prerequisites keep all rows.
    """
    if plan.kind in (QuestionKind.PREREQUISITES, QuestionKind.STUDY_PATH):
        return list(rows)
    score = ranking.score
    least = RESERVED * float(score.max(initial=0.0))
    return [row for row in rows if score[row] >= least]


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
    leading: Lead,
    under: Mapping[int, list[str]],
    names: Mapping[str, str],
) -> Composed:
    """The text of the answer."""
    made = content.template
    numbers = {(c.line.doc, c.line.number): c.n for c in cited}
    return compose(
        plan,
        cited,
        leading=leading.rows,
        listed=leading.members,
        defined=leading.defined,
        about=_defined_thing(plan, engine),
        subjects=[engine.concepts[k.concept] for k in plan.links if k.concept in engine.concepts],
        name_of=lambda i: names.get(i, i),
        paths=made.paths,
        needs=made.prerequisites if plan.kind is QuestionKind.STUDY_PATH else made.prerequisites[:CONCEPTS],
        steps=made.concepts,
        stating=made.stating,
        cite=lambda doc, line: numbers.get((doc, line)),
        names_at=lambda row: engine.line_concepts[row],
        under=under,
        titles={r: theme.title for r, theme in content.themes.items()},
    )


def _defined_thing(plan: Plan, engine: Retriever) -> str:
    """What the question wants defined: the name of a concept where it names one, else its own words."""
    objects = asked_objects(plan.question, QuestionKind.DEFINITION) if plan.kind is QuestionKind.DEFINITION else []
    if not objects:
        return ""
    known = next((k for k in plan.links if fold(k.form) == fold(objects[0].text)), None)
    return engine.concepts[known.concept].name if known and known.concept in engine.concepts else objects[0].text


def _distinct(engine: Retriever, rows: Sequence[int]) -> list[int]:
    """``rows`` without those that say word for word what an earlier one says."""
    seen: set[str] = set()
    found = []
    for row in rows:
        text = engine.lines[row].text
        if text not in seen:
            found.append(row)
        seen.add(text)
    return found


def _quoted(
    engine: Retriever,
    plan: Plan,
    ranking: Ranking,
    rows: Sequence[int],
    wanted: Mapping[str, float],
    *,
    overview: bool,
    members: Collection[int],
) -> list[Cited]:
    """The picked rows as numbered quotes, run on over the lines that complete them.

    Headings of an overview stand alone. Of a member of a list one line is told, and of one that is a heading or ends
    with a colon the next one as well.
    """
    taken = set(rows)
    score = ranking.score
    found = []
    for n, row in enumerate(rows, 1):
        own = [row]
        if not overview or engine.lines[row].kind is not LineKind.HEADING:
            least = RUN_ON * float(score[row])
            wanted_rows = frozenset(int(r) for r in np.flatnonzero(score >= least)) if least > 0 else frozenset()
            own = run_on(engine.lines, row, wanted=wanted_rows, taken=taken)
            own = own[:1] + [r for r in own[1:] if asking(engine.lines[r]) < MOSTLY]
        if row in members:
            own = own[: 2 if is_bare(engine.lines[row]) else 1]
        taken.update(own)
        if len(own) > 1 and not overview and asking(engine.lines[row]) >= MOSTLY:
            own = own[1:]  # the answer of a question and not the question
        lines = tuple(engine.lines[r] for r in own)
        centre = best_sentence(engine, plan, lines[0]) if len(lines) == 1 else ""
        quote = "\n".join(line.text for line in lines) if len(lines) > 1 else excerpt(lines[0].text, wanted, centre)
        found.append(Cited(n, row, lines, quote, _elsewhere(engine, row)))
    return found


def _elsewhere(engine: Retriever, row: int) -> tuple[tuple[str, int], ...]:
    """Where other notes contain the line word for word; nowhere for lines that are short or name no concept."""
    line, named = engine.lines[row], engine.line_concepts[row]
    if len(line.text) < SAME or not named:
        return ()
    rarest = min(named, key=lambda c: (len(engine.mention_lines[c]), c))  # a copy names it as well
    others = (engine.lines[int(r)] for r in engine.mention_lines[rarest])
    return tuple((o.doc, o.number) for o in others if o.text == line.text and o.doc != line.doc)


def _stating(cited: Sequence[Cited]) -> list[Cited]:
    """Those quotes that state something, numbered anew.

    What is nothing but a question (a flash card), a heading without a body, or the header of a table states nothing.
    """
    kept = [c for c in cited if not all(_unsaid(line) for line in c.lines)]
    return [replace(c, n=n) for n, c in enumerate(kept, 1)]


def _unsaid(line: Line) -> bool:
    """Whether the line by itself states nothing."""
    if line.kind in (LineKind.HEADING, LineKind.HEADER) or announces(line):
        return True
    return asking(line) >= MOSTLY


def _called(concept: Concept, cited: Sequence[Cited]) -> str:
    """What the quotes call the concept, else what the cited documents do.

    Its name where they use it, else the name or alias that they use most.
    """
    text = fold(" ".join(q.quote for q in cited))
    quoted = [name for name in concept.names if fold(name) in text]
    if quoted:
        return quoted[0]
    documents = {line.doc for q in cited for line in q.lines}
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
        return _unanswered(plan, *without_attribute(plan, engine, lacking))
    if reason == "unmet" and (lacking := unmet(plan, engine)) is not None:
        return _unanswered(plan, *without_attribute(plan, engine, lacking, said=True))
    real = [k for k in plan.links if k.method is not LinkMethod.VECTOR]
    meant = of_which(plan.question, real) if reason == "property" else [k.concept for k in real]
    known = list(dict.fromkeys(k.name for k in real if k.concept in meant))
    nearest = [engine.concepts[c].name for c, _ in similar if c in engine.concepts]
    for word in plan.unknown:
        nearest += nearest_names(engine.names, word, limit=2)
    if not nearest and not known:
        for word in re.findall(r"\w{4,}", content(plan.question))[:4]:
            nearest += nearest_names(engine.names, word, limit=1)
    nearest = list(dict.fromkeys(nearest))[:4]
    there: tuple[str, tuple[Citation, ...]] = ("", ())
    if reason in ("property", "uncovered") and meant:
        there = nearest_line(engine, min(meant, key=lambda c: (len(engine.mention_lines.get(c, ())), c)), plan.lang)
        nearest = [] if there[0] else nearest
    said = refusal(plan, reason, known=known, nearest=nearest, missing=missing)
    return _unanswered(plan, ("" if plan.lang == "zh" else " ").join(filter(None, (said, there[0]))), there[1])


def _unanswered(plan: Plan, said: str, citations: tuple[Citation, ...] = ()) -> Answer:
    return Answer(
        question=plan.question,
        kind=plan.kind,
        answered=False,
        answer=said,
        concepts=(),
        path=(),
        citations=citations,
        plan=plan,
    )
