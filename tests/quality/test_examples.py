"""The example notes are what examples/README.md says, and the gold made from them stands on their lines."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import networkx as nx
import pytest

from graph.model import ConceptKind, RelationType
from graph.text.scripts import count_han
from tests.places import ROOT, SEEDS

EXAMPLES = ROOT / "examples"
NOTES = sorted((EXAMPLES / "notes").glob("*.md"))
QUALITY = ROOT / "tests" / "quality"
GOLD = sorted(path.parent for path in (QUALITY / "gold").glob("*/meta.json"))

QUESTION_KINDS = {"definition", "relation", "multi_hop", "compare", "prerequisites", "study_path", "global"}

RUN = 24
"""Letters in a row that two texts may not share by chance or by copying."""

STANDARD_NAMES = (
    "Causal Language Modeling (CLM)",
    "Masked Language Modeling (MLM)",
    "Retrieval-Augmented Generation, RAG",
    "Scaled Dot-Product Attention",
    "Parameter-Efficient Fine-Tuning, PEFT",
    "Reinforcement Learning from Human Feedback (RLHF)",
    "Proximal Policy Optimization",
    "Direct Preference Optimization, DPO",
    "Group Relative Policy Optimization",
    "Reinforcement Learning",
    "Post-Training Quantization",
    "Quantization-Aware Training",
    "Mixed Precision Training",
    "Pipeline Parallelism",
)
"""Names that the field itself gave, so long that they alone are a run: everybody who writes about the subject writes
them."""


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def plain(line: str) -> str:
    """The line without emphasis, code marks, link targets, white space and differences of width or case."""
    line = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", line)
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", re.sub(r"[*`]", "", line))).casefold()


def note_lines(name: str) -> list[str]:
    return [plain(line) for line in (EXAMPLES / "notes" / name).read_text(encoding="utf-8").splitlines()]


def letters(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalpha())


def test_there_are_enough_notes_of_a_readable_size() -> None:
    assert len(NOTES) >= 12
    sizes = {path.name: len(path.read_bytes()) for path in NOTES}
    assert {name: size for name, size in sizes.items() if not 3_000 <= size <= 7_000} == {}


@pytest.mark.parametrize("path", [*NOTES, EXAMPLES / "README.md"], ids=lambda path: path.name)
def test_file_is_utf8_text_with_short_lines(path: Path) -> None:
    text = path.read_bytes().decode("utf-8", errors="strict")
    assert not text.startswith("\ufeff")
    assert "\r" not in text
    assert "\ufffd" not in text
    assert text.endswith("\n")
    assert max(map(len, text.splitlines())) <= 2000


def test_about_half_is_count_han() -> None:
    """A note is Chinese where most of its letters are.

    Over all notes, a Chinese character counts as much as an English word.
    """
    texts = [path.read_text(encoding="utf-8") for path in NOTES]
    share = [count_han(text) / len(letters(text)) for text in texts]
    assert 6 <= sum(s > 0.5 for s in share) <= 10
    assert 5 <= sum(s < 0.05 for s in share) <= 9
    assert sum(0.05 <= s <= 0.5 for s in share) >= 2  # mixed
    characters = sum(map(count_han, texts))
    words = sum(len(re.findall(r"[A-Za-z]+", text)) for text in texts)
    assert 0.4 <= characters / (characters + words) <= 0.6


def links(path: Path) -> Iterator[str]:
    """Targets of links to files, code aside."""
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not re.match(r"[a-z]+:", target):
            yield unquote(target.split("#")[0])
    for target in re.findall(r"\[\[([^\]|#]+)", text):
        yield target if target.endswith(".md") else f"{target}.md"


def test_cross_references_lead_to_files() -> None:
    found = {path.name: list(links(path)) for path in [*NOTES, EXAMPLES / "README.md"]}
    assert sum(map(len, found.values())) >= 60
    assert [name for name, targets in found.items() if not targets] == []
    by_name = {path.name: path for path in [*NOTES, EXAMPLES / "README.md"]}
    broken = [
        (name, target)
        for name, targets in found.items()
        for target in targets
        if not (by_name[name].parent / target).is_file()
    ]
    assert broken == []


def test_readme_lists_every_note() -> None:
    assert sorted(set(links(EXAMPLES / "README.md"))) == [f"notes/{path.name}" for path in NOTES]


def runs(text: str) -> Iterator[str]:
    """Every run of RUN letters, none of them across a standard name."""
    for part in re.split(
        "|".join(letters(name) for name in sorted(STANDARD_NAMES, key=len, reverse=True)), letters(text)
    ):
        for i in range(len(part) - RUN + 1):
            yield part[i : i + RUN]


def test_runs_skip_standard_names_only() -> None:
    assert list(runs("Causal Language Modeling (CLM)")) == []
    assert list(runs("abcdefghijkl, mnopqrstuvwxy.")) == ["abcdefghijklmnopqrstuvwx", "bcdefghijklmnopqrstuvwxy"]
    assert list(runs("abcdefghijkl Causal Language Modeling CLM mnopqrstuvwxyz")) == []


@pytest.mark.seeds
def test_nothing_is_copied_from_the_seeds() -> None:
    seeds = sorted(SEEDS.glob("*.txt"))
    if not seeds:
        pytest.skip("the seed documents are not beside this repository")
    theirs = {run for path in seeds for run in runs(path.read_text(encoding="utf-8"))}
    assert len(theirs) > 10_000
    ours = [*EXAMPLES.rglob("*.md"), *QUALITY.glob("*.jsonl"), *(QUALITY / "gold").glob("*/*.jsonl")]
    copied = {path.name: sorted(theirs.intersection(runs(path.read_text(encoding="utf-8")))) for path in ours}
    assert {name: shared for name, shared in copied.items() if shared} == {}


def test_gold_covers_both_languages() -> None:
    assert len(GOLD) == 5
    share = [
        count_han(text) / len(letters(text))
        for text in (path.read_text(encoding="utf-8") for path in NOTES if path.stem in {g.name for g in GOLD})
    ]
    assert [sum(s > 0.5 for s in share), sum(s < 0.05 for s in share), sum(0.05 <= s <= 0.5 for s in share)] == [
        2,
        2,
        1,
    ]


@pytest.mark.parametrize("folder", GOLD, ids=lambda folder: folder.name)
def test_gold_concepts_stand_on_their_lines(folder: Path) -> None:
    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    text = note_lines(meta["doc"])
    assert meta == {"doc": f"{folder.name}.md", "lines": [1, len(text)]}
    concepts = rows(folder / "concepts.jsonl")
    assert len(concepts) >= 40
    wrong = []
    forms = [plain(form) for concept in concepts for form in (concept["name"], *concept["aliases"])]
    assert len(set(forms)) == len(forms)
    for concept in concepts:
        ConceptKind(concept["type"])
        assert concept["weight"] in ("core", "normal", "minor")
        assert concept["lines"] == sorted(set(concept["lines"]))
        assert 1 <= len(concept["lines"]) <= 5
        names = [plain(form) for form in (concept["name"], *concept["aliases"])]
        wrong += [(concept["name"], n) for n in concept["lines"] if not any(name in text[n - 1] for name in names)]
        wrong += [(form, 0) for form in names if not any(form in line for line in text)]
    assert wrong == []


@pytest.mark.parametrize("folder", GOLD, ids=lambda folder: folder.name)
def test_gold_relations_are_quoted_from_their_lines(folder: Path) -> None:
    text = note_lines(f"{folder.name}.md")
    names = {concept["name"] for concept in rows(folder / "concepts.jsonl")}
    relations = rows(folder / "relations.jsonl")
    assert len(relations) >= 50
    assert len({(r["head"], r["relation"], r["tail"]) for r in relations}) == len(relations)
    for relation in relations:
        RelationType(relation["relation"])
        assert relation["head"] != relation["tail"]
        assert {relation["head"], relation["tail"]} <= names
        assert 0 < len(relation["quote"]) <= 120
    assert [r["quote"] for r in relations if plain(r["quote"]) not in text[r["line"] - 1]] == []


@pytest.mark.parametrize("folder", GOLD, ids=lambda folder: folder.name)
def test_gold_prerequisites_are_direct_and_acyclic(folder: Path) -> None:
    names = {concept["name"] for concept in rows(folder / "concepts.jsonl")}
    edges = rows(folder / "prerequisites.jsonl")
    assert len(edges) >= 30
    graph = nx.DiGraph()
    for edge in edges:
        assert edge["strength"] in ("strong", "helpful")
        assert {edge["before"], edge["after"]} <= names
        assert re.search(r"\(line \d+\)$", edge["why"])
        graph.add_edge(edge["before"], edge["after"], strong=edge["strength"] == "strong")
    assert graph.number_of_edges() == len(edges)
    assert nx.is_directed_acyclic_graph(graph)
    strong = nx.DiGraph([(a, b) for a, b, is_strong in graph.edges.data("strong") if is_strong])
    implied = [
        (a, b) for a, b in graph.edges if a in strong and b in nx.descendants(strong, a) and (a, b) not in strong.edges
    ]
    implied += sorted(set(strong.edges) - set(nx.transitive_reduction(strong).edges))
    assert implied == []


@pytest.mark.parametrize("folder", GOLD, ids=lambda folder: folder.name)
def test_gold_questions_name_concepts_and_lines(folder: Path) -> None:
    names = {concept["name"] for concept in rows(folder / "concepts.jsonl")}
    last = len(note_lines(f"{folder.name}.md"))
    questions = rows(folder / "questions.jsonl")
    assert len(questions) >= 5
    for question in questions:
        check_question(question)
        assert set(question["concepts"]) <= names
        assert all(1 <= n <= last for n in question["lines"])
        assert question["lines"]


def check_question(question: dict[str, Any]) -> None:
    assert question["kind"] in QUESTION_KINDS
    assert question["lang"] == ("zh" if count_han(question["question"]) else "en")
    assert question["answer"]
    assert question["concepts"]
    assert len(set(question["concepts"])) == len(question["concepts"])


def test_questions_over_the_whole_folder() -> None:
    questions = rows(QUALITY / "questions.jsonl")
    assert len(questions) == 25
    kinds: defaultdict[str, int] = defaultdict(int)
    for question in questions:
        check_question(question)
        kinds[question["kind"]] += 1
        lines = {doc: note_lines(doc) for doc in question["docs"]}
        assert lines
        assert all(1 <= n <= len(lines[doc]) for doc, wanted in question["docs"].items() for n in wanted)
        assert all(wanted for wanted in question["docs"].values())
        everything = "\n".join(line for text in lines.values() for line in text)
        assert [c for c in question["concepts"] if plain(c) not in everything] == []
    assert set(kinds) == QUESTION_KINDS
    assert min(kinds.values()) >= 2
    assert sum(len(q["docs"]) > 1 for q in questions) >= 8
    assert 0.4 <= sum(q["lang"] == "zh" for q in questions) / len(questions) <= 0.7


@pytest.mark.parametrize(("name", "least", "kinds"), [("unanswerable", 40, 5), ("unanswerable_near", 150, 6)])
def test_unanswerable_questions(name: str, least: int, kinds: int) -> None:
    questions = rows(QUALITY / f"{name}.jsonl")
    assert len(questions) >= least
    assert len({q["question"] for q in questions}) == len(questions)
    sorts = Counter(q["sort"] for q in questions)
    assert len(sorts) == kinds
    assert min(sorts.values()) >= 5
    for question in questions:
        assert question == {
            "question": question["question"],
            "lang": "zh" if count_han(question["question"]) else "en",
            "kind": "unanswerable",
            "sort": question["sort"],
            "concepts": [],
            "docs": {},
        }
