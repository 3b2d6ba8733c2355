"""Questions to a graph: answers with citations, searches and paths, study paths, next steps and gaps.

The names in ``__all__`` are the public interface (docs/python.md). The modules below are private: they may change in
any version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from graph.lazy import lazy_names

if TYPE_CHECKING:
    from queries.answer.answerer import Answerer, ask
    from queries.explore import (
        ConceptCard,
        Connection,
        Needed,
        RelationGroup,
        SearchResult,
        concept_card,
        find_paths,
        prerequisite_layers,
        search,
    )
    from queries.question.model import (
        Answer,
        Citation,
        ConceptLink,
        LineScore,
        LinkMethod,
        PathStep,
        Plan,
        QuestionKind,
        Trace,
    )
    from queries.study.gaps import find_gaps
    from queries.study.model import (
        Gaps,
        NextStep,
        NextSteps,
        Reading,
        Rootless,
        StudyPath,
        StudyStep,
        ThemeGap,
        Unexplained,
    )
    from queries.study.next_steps import next_steps
    from queries.study.path import study_path

__all__ = [
    "Answer",
    "Answerer",
    "Citation",
    "ConceptCard",
    "ConceptLink",
    "Connection",
    "Gaps",
    "LineScore",
    "LinkMethod",
    "Needed",
    "NextStep",
    "NextSteps",
    "PathStep",
    "Plan",
    "QuestionKind",
    "Reading",
    "RelationGroup",
    "Rootless",
    "SearchResult",
    "StudyPath",
    "StudyStep",
    "ThemeGap",
    "Trace",
    "Unexplained",
    "ask",
    "concept_card",
    "find_gaps",
    "find_paths",
    "next_steps",
    "prerequisite_layers",
    "search",
    "study_path",
]

if not TYPE_CHECKING:  # a checker that saw __getattr__ would take any name
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "queries.answer.answerer": ("Answerer", "ask"),
            "queries.explore": (
                "ConceptCard",
                "Connection",
                "Needed",
                "RelationGroup",
                "SearchResult",
                "concept_card",
                "find_paths",
                "prerequisite_layers",
                "search",
            ),
            "queries.question.model": (
                "Answer",
                "Citation",
                "ConceptLink",
                "LineScore",
                "LinkMethod",
                "PathStep",
                "Plan",
                "QuestionKind",
                "Trace",
            ),
            "queries.study.gaps": ("find_gaps",),
            "queries.study.model": (
                "Gaps",
                "NextStep",
                "NextSteps",
                "Reading",
                "Rootless",
                "StudyPath",
                "StudyStep",
                "ThemeGap",
                "Unexplained",
            ),
            "queries.study.next_steps": ("next_steps",),
            "queries.study.path": ("study_path",),
        },
    )
