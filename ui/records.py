"""The JSON that ``--json`` prints; :mod:`ui.shapes` has its types.

Plain dictionaries, stable names, the same as in the export where the export has them.

Shapes (``?`` may be null):

- evidence: ``{"doc", "line", "quote"}``
- concept: ``{"id", "name", "aliases": […], "kind", "salience", "confidence",
  "definition": evidence?}``; ``salience``: how central to the notes, ``confidence``: how probably a concept
- relation: ``{"head", "type", "tail", "confidence", "origin", "basis", "evidence": [evidence]}`` with ids of concepts
- prerequisite: ``{"before", "after", "confidence", "basis", "reasons": […], "evidence": [evidence]}`` with ids of
  concepts; ``basis`` of relations and prerequisites: ``extracted``, ``inferred``, ``background`` (general knowledge:
  the evidence only names both) or ``model:NAME`` (a language model read it there)
- passage: ``{"doc", "first_line", "last_line", "heading_path": […], "text"}``
- community: ``{"id", "level", "parent"?, "title", "summary", "concepts": [ids], "evidence": [evidence]}``
- reading: ``{"doc", "first_line", "last_line", "heading_path", "minutes", "again"}``; ``again``: an earlier step reads
  it
- study path: ``{"goal", "minutes", "background_minutes", "left_minutes", "left_out", "budget"?, "known": [ids],
  "steps": [{"concept", "name", "layer", "minutes", "strength", "background", "later", "definition": evidence?, "why":
  [prerequisite], "needs": [ids], "unlocks": [ids], "reading": [reading], "left_out": [reading]}], "start"?, "chain":
  [prerequisite], "connection": [relation]}``; see :mod:`queries.study.model`
- next step: ``{"concept", "name", "score", "builds_on": [prerequisite], "opens": [ids], "completes": [ids], "theme"?,
  "definition": evidence?, "reading": [reading], "minutes"}``
- answer: ``{"question", "kind", "answered", "answer", "concepts": [names], "path": [{"head", "type", "tail", "basis"}],
  "citations": [{"n", "doc", "line", "quote"}]}``, with ``--explain`` also ``"plan"``:
  ``{"kind", "forms": [form], "lang", "why", "links": [{"concept", "name", "form", "start", "method", "score"}],
  "unknown": [words]}``

What each verb prints:

- ``build``: ``{"graph", "build", "counts", "seconds": {stage: s}, "coverage": [{"doc", "lines", "concepts",
  "relations", "encoding", "skipped": [{"doc", "line", "reason"}]}]}``; ``counts`` has documents, passages, concepts,
  relations, prerequisites, communities
- ``info``: ``{"graph", "build", "source", "counts", "settings", "documents": [{"id", "title", "lines", "lang", "unit",
  "sha256"}], "skipped"}``
- ``concept``: a concept, and ``"mentions": [{"doc", "line", "form"}]``, ``"relations"``, ``"prerequisites"``,
  ``"unlocks"``, ``"themes": [{"id", "level", "title"}]``, ``"merges": [{"concept", "kept", "merged", "reason",
  "evidence"?}]``, ``"names": {id: name}``
- ``search``: ``{"text", "concepts": [concept], "passages": [passage with "score"]}``
- ``path``: ``{"start", "end", "max_hops", "paths": [{"concepts": [{"id", "name"}], "relations": [relation]}]}``
- ``prereqs``: ``{"concept", "layers": [[{"id", "name", "kind"}]], "prerequisites": [prerequisite]}``, layer 0 needs
  nothing
- ``study``: a study path · ``next``: ``{"goal"?, "goal_known", "known": [ids], "ready", "steps": [next step]}``
- ``progress``: ``{"file", "known": [{"id", "name", "since", "marked_as"}], "implied": [ids], "unknown": [{"id", "name",
  "aliases", "since"}], "concepts", "themes": [{"id", "title", "known", "concepts"}]}``; ``concepts``: how many there
  are
- ``gaps``: ``{"found": {"themes", "unexplained", "rootless"}, "themes": [{"first": {"id", "title"}, "second",
  "relations", "expected", "likeness", "bridge": [ids], "evidence"}], "unexplained": [{"concept", "name", "lines",
  "documents", "needed_by": [ids], "evidence"}], "rootless": [{"concept", "name", "involves": [ids], "evidence"}]}``;
  ``bridge`` is empty or two ids
- ``ask``: an answer (``--batch``: one a line) · ``themes``: ``{"level"?, "communities": [community]}``
- ``aliases``: ``{"concept"?, "names", "merges", "corrections": [{"line", "what", "names", "value"}],
  "corrections_changed", "refused": [{"names", "reason", "guard", "evidence"?}]}`` · ``export``: the format
  ``studyatlas/1`` of :mod:`graph.exchange.exports`
- ``explain``: what :mod:`extract.explain.concept` and :mod:`extract.explain.relation` report, field by field
- ``evaluate``: the figures of :mod:`graph.evaluation.figures`, ``"missed_core"``, ``"spurious"``, ``"duplicates"``,
  ``"gold"``, ``"parts"``, ``"mean"`` (both empty for one piece), ``"warnings"``
- ``verify``: ``{"notes", "checked", "holds", "false": [{"doc", "line", "quote", "said_by"}], "changed": [docs],
  "missing": [docs]}``
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from graph.model import (
    Community,
    Concept,
    Document,
    Evidence,
    GraphInfo,
    Hit,
    Merge,
    Passage,
    Prerequisite,
    Relation,
    Skipped,
)
from queries.question.forms import parts
from queries.question.model import Answer, Plan
from queries.study.model import Gaps, NextStep, NextSteps, Reading, StudyPath, StudyStep, ThemeGap
from ui.shapes import (
    AnswerShape,
    CommunityShape,
    ConceptShape,
    DocumentShape,
    EvidenceShape,
    GapsShape,
    HitShape,
    InfoShape,
    MentionShape,
    MergeShape,
    NextShape,
    NextStepShape,
    PassageShape,
    PrerequisiteShape,
    ReadingShape,
    RelationShape,
    SkippedShape,
    StudyShape,
    StudyStepShape,
    ThemeGapShape,
)

Record = dict[str, Any]


def print_json(value: Mapping[str, Any] | Sequence[Any], *, compact: bool = False) -> None:
    """Print one JSON value on standard output; ``compact``: on one line."""
    indent, separators = (None, (",", ":")) if compact else (2, None)
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=indent, separators=separators) + "\n")


def evidence_record(evidence: Evidence) -> EvidenceShape:
    """What is where."""
    return {"doc": evidence.doc, "line": evidence.line, "quote": evidence.quote}


def concept_record(concept: Concept) -> ConceptShape:
    """A concept without its mentions."""
    return {
        "id": concept.id,
        "name": concept.name,
        "aliases": list(concept.aliases),
        "kind": concept.kind.value,
        "salience": concept.salience,
        "confidence": concept.confidence,
        "definition": None if concept.definition is None else evidence_record(concept.definition),
    }


def mention_records(concept: Concept) -> list[MentionShape]:
    """Where a concept is named, in the order of the notes."""
    return [{"doc": m.doc, "line": m.line, "form": m.form} for m in concept.mentions]


def relation_record(relation: Relation) -> RelationShape:
    """A relation with its evidence."""
    return {
        "head": relation.head,
        "type": relation.type.value,
        "tail": relation.tail,
        "confidence": relation.confidence,
        "origin": relation.origin,
        "basis": relation.said_by,
        "evidence": [evidence_record(e) for e in relation.evidence],
    }


def prerequisite_record(edge: Prerequisite) -> PrerequisiteShape:
    """A prerequisite with its reasons and evidence."""
    return {
        "before": edge.before,
        "after": edge.after,
        "confidence": edge.confidence,
        "basis": edge.said_by,
        "reasons": list(edge.reasons),
        "evidence": [evidence_record(e) for e in edge.evidence],
    }


def passage_record(passage: Passage) -> PassageShape:
    """A section of a note."""
    return {
        "doc": passage.doc,
        "first_line": passage.first_line,
        "last_line": passage.last_line,
        "heading_path": list(passage.heading_path),
        "text": passage.text,
    }


def hit_record(hit: Hit) -> HitShape:
    """A passage that a search found."""
    return {"score": hit.score, **passage_record(hit.passage)}


def community_record(community: Community) -> CommunityShape:
    """A theme, as the export writes it."""
    return {
        "id": community.id,
        "level": community.level,
        "parent": community.parent,
        "title": community.title,
        "summary": community.summary,
        "concepts": list(community.members),
        "evidence": [evidence_record(e) for e in community.evidence],
    }


def document_record(document: Document) -> DocumentShape:
    """A file of notes."""
    return {
        "id": document.id,
        "title": document.title,
        "lines": document.lines,
        "lang": document.lang,
        "unit": document.unit,
        "sha256": document.sha256,
    }


def info_record(info: GraphInfo, *, graph: str, documents: Sequence[Document], skipped: Sequence[Skipped]) -> InfoShape:
    """What a graph contains, in numbers, and its documents."""
    return {
        "graph": graph,
        "build": info.build,
        "source": info.source,
        "counts": {
            "documents": info.documents,
            "passages": info.passages,
            "concepts": info.concepts,
            "relations": info.relations,
            "prerequisites": info.prerequisites,
            "communities": info.communities,
        },
        "settings": dict(sorted(info.settings.items())),
        "documents": [document_record(d) for d in documents],
        "skipped": [skipped_record(s) for s in skipped],
    }


def skipped_record(skipped: Skipped) -> SkippedShape:
    """Something that is not in the graph, and why."""
    return {"doc": skipped.doc, "line": skipped.line, "reason": skipped.reason}


def merge_record(merge: Merge) -> MergeShape:
    """Why two names are one concept."""
    return {
        "concept": merge.concept,
        "kept": merge.kept,
        "merged": merge.merged,
        "reason": merge.reason,
        "evidence": None if merge.evidence is None else evidence_record(merge.evidence),
    }


def plan_record(plan: Plan) -> Record:
    """How a question was understood."""
    return {
        "kind": plan.kind.value,
        "forms": [part.form.value for part in parts(plan)],
        "lang": plan.lang,
        "why": plan.why,
        "links": [
            {
                "concept": k.concept,
                "name": k.name,
                "form": k.form,
                "start": k.start,
                "method": k.method.value,
                "score": k.score,
            }
            for k in plan.links
        ],
        "unknown": list(plan.unknown),
    }


def answer_record(answer: Answer, *, explain: bool = False) -> AnswerShape:
    """An answer; its plan and how it came about too where ``explain`` asks for them."""
    found: AnswerShape = {
        "question": answer.question,
        "kind": answer.kind.value,
        "answered": answer.answered,
        "answer": answer.answer,
        "concepts": list(answer.concepts),
        "path": [{"head": s.head, "type": s.type, "tail": s.tail, "basis": s.basis.value} for s in answer.path],
        "citations": [{"n": c.n, "doc": c.doc, "line": c.line, "quote": c.quote} for c in answer.citations],
    }
    if explain:
        found["plan"] = None if answer.plan is None else plan_record(answer.plan)
        found["trace"] = {
            "words": [{"word": word, "weight": weight} for word, weight in answer.trace.words],
            "lines": [
                {"n": s.n, "own": s.own, "led": s.led, "words": s.words, "leads": s.leads} for s in answer.trace.lines
            ],
            "refused": answer.trace.refused,
        }
    return found


def reading_record(reading: Reading) -> ReadingShape:
    """What to read, without its text."""
    return {
        "doc": reading.passage.doc,
        "first_line": reading.passage.first_line,
        "last_line": reading.passage.last_line,
        "heading_path": list(reading.passage.heading_path),
        "minutes": reading.minutes,
        "again": reading.again,
    }


def _step_record(step: StudyStep) -> StudyStepShape:
    return {
        "concept": step.concept,
        "name": step.name,
        "layer": step.layer,
        "minutes": step.minutes,
        "strength": step.strength,
        "background": step.background,
        "later": step.later,
        "definition": None if step.definition is None else evidence_record(step.definition),
        "why": [prerequisite_record(edge) for edge in step.why],
        "needs": list(step.needs),
        "unlocks": list(step.unlocks),
        "reading": [reading_record(r) for r in step.reading],
        "left_out": [reading_record(r) for r in step.left_out],
    }


def study_record(path: StudyPath) -> StudyShape:
    """What to learn, in order; each step with why it is needed and what to read."""
    return {
        "goal": path.goal,
        "minutes": path.minutes,
        "background_minutes": path.background_minutes,
        "left_minutes": path.left_minutes,
        "left_out": path.left_out,
        "budget": path.budget,
        "known": list(path.known),
        "steps": [_step_record(step) for step in path.steps],
        "start": path.start,
        "chain": [prerequisite_record(edge) for edge in path.chain],
        "connection": [relation_record(r) for r in path.connection],
    }


def _next_record(step: NextStep) -> NextStepShape:
    return {
        "concept": step.concept,
        "name": step.name,
        "score": step.score,
        "builds_on": [prerequisite_record(edge) for edge in step.builds_on],
        "opens": list(step.opens),
        "completes": list(step.completes),
        "theme": step.theme,
        "definition": None if step.definition is None else evidence_record(step.definition),
        "reading": [reading_record(r) for r in step.reading],
        "minutes": step.minutes,
    }


def next_record(found: NextSteps) -> NextShape:
    """What can be learned now."""
    return {
        "goal": found.goal,
        "goal_known": found.goal_known,
        "known": list(found.known),
        "ready": found.ready,
        "steps": [_next_record(step) for step in found.steps],
    }


def _theme_gap_record(gap: ThemeGap) -> ThemeGapShape:
    return {
        "first": {"id": gap.first_id, "title": gap.first},
        "second": {"id": gap.second_id, "title": gap.second},
        "relations": gap.relations,
        "expected": gap.expected,
        "likeness": gap.likeness,
        "bridge": list(gap.bridge or ()),
        "evidence": [evidence_record(e) for e in gap.evidence],
    }


def gaps_record(gaps: Gaps) -> GapsShape:
    """What the notes leave open."""
    return {
        "found": dict(zip(("themes", "unexplained", "rootless"), gaps.found, strict=True)),
        "themes": [_theme_gap_record(gap) for gap in gaps.themes],
        "unexplained": [
            {
                "concept": g.concept,
                "name": g.name,
                "lines": g.lines,
                "documents": g.documents,
                "needed_by": list(g.needed_by),
                "evidence": [evidence_record(e) for e in g.evidence],
            }
            for g in gaps.unexplained
        ],
        "rootless": [
            {
                "concept": g.concept,
                "name": g.name,
                "involves": list(g.names),
                "evidence": [evidence_record(e) for e in g.evidence],
            }
            for g in gaps.rootless
        ],
    }
