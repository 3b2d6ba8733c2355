"""What a concept's own note names comes before it, unless it is named back or everyone names it."""

from __future__ import annotations

from graph.model import Concept, Passage
from graph.prerequisites.title_references import title_references
from tests.reading import read_passages


def passage(doc: str, title: str, text: str) -> Passage:
    [whole] = read_passages(doc, f"# {title}\n{text}")
    return whole


def named(names: list[str], passages: list[Passage], most: int = 5) -> list[tuple[str, str, int, int]]:
    concepts = [Concept(n.lower(), n) for n in names]
    return [
        (names[e.before], names[e.after], e.times, e.evidence.line)
        for e in title_references(concepts, passages, most=most)
    ]


def test_what_a_note_names_comes_first() -> None:
    passages = [
        passage("a", "Heap", "A tree with an order."),
        passage("b", "Heapsort", "Sorts.\nUses a heap. The heap shrinks."),
    ]
    assert named(["Heap", "Heapsort"], passages) == [("Heap", "Heapsort", 2, 3)]


def test_two_that_name_each_other_are_left_open() -> None:
    assert named(["A1", "B1"], [passage("a", "A1", "See B1."), passage("b", "B1", "See A1.")]) == []


def test_sections_of_one_note_tell_nothing() -> None:
    assert named(["Heap", "Queue"], [passage("a", "Heap", "A tree."), passage("a", "Queue", "A heap serves.")]) == []


def test_names_inside_longer_names_count() -> None:
    names = ["Gaussian", "Gaussian process"]
    passages = [
        passage("a", "Gaussian", "A bell."),
        passage("b", "Gaussian process", "Any Gaussian process is infinite."),
    ]
    assert named(names, passages) == [("Gaussian", "Gaussian process", 2, 1)]


def test_what_everyone_names_is_nobodys_prerequisite() -> None:
    names = ["Model", *(f"T{i}x" for i in range(12))]
    passages = [passage("m", "Model", "Something."), *(passage(f"d{i}", f"T{i}x", "It is a model.") for i in range(12))]
    assert named(names, passages) == []
    assert len(named(names[:4], passages[:4])) == 3


def test_the_list_has_an_end() -> None:
    names = ["Z", *(f"T{i}x" for i in range(6))]
    passages = [passage("z", "Z", " ".join(names[1:])), *(passage(f"d{i}", f"T{i}x", "Nothing.") for i in range(6))]
    assert [edge[0] for edge in named(names, passages, most=3)] == ["T0x", "T1x", "T2x"]


def test_quotes_are_without_marks() -> None:
    concepts = [Concept("heap", "Heap"), Concept("heapsort", "Heapsort")]
    passages = [passage("a", "Heap", "A tree."), passage("b", "Heapsort", "- **Sorting** by a `heap`, in __place__.")]
    [edge] = title_references(concepts, passages, most=5)
    assert edge.evidence.quote == "Sorting by a heap, in place."


def test_what_a_link_points_to_names_nothing() -> None:
    """A file called like a concept made every note that links to it rest on the concept."""
    passages = [
        passage("a", "Heap", "A tree."),
        passage("b", "Heapsort", "See [another note](heap.md), ![](heap.png)."),
    ]
    assert named(["Heap", "Heapsort"], passages) == []


def test_only_the_title_of_a_note_makes_it_the_place_of_a_concept() -> None:
    chapter = Passage("b#1", "b", 1, 3, ("Sorting", "Heapsort"), "## Heapsort\nUses a heap.")
    assert named(["Heap", "Heapsort"], [passage("a", "Heap", "A tree with an order."), chapter]) == []
