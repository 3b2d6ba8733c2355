"""What authors state: names, prerequisites and links, from texts in memory and from small folders."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from extract.concepts.stated import facts_of, tags_in, title_name
from extract.notes.parse import parse_note
from extract.pipeline import CIRCULAR, build
from graph.model import Evidence, GraphSnapshot, Mention
from graph.text.names import fold


def graph_of(folder: Path, notes: Mapping[str, str], *, workers: int = 1) -> GraphSnapshot:
    for name, text in notes.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return build(folder, workers=workers).snapshot


def names(graph: GraphSnapshot) -> dict[str, str]:
    """Folded name → id."""
    return {fold(name): c.id for c in graph.concepts for name in c.names}


@pytest.mark.parametrize(
    ("doc", "text", "expected"),
    [
        ("a.md", "---\ntitle: The Osmosis\n---\n# Other\n", "Osmosis"),
        ("a.md", "---\ntitle: 'Osmosis: a primer'\n---\n# Osmosis\n", "Osmosis"),
        ("a.md", "# Osmosis (biology)\n", "Osmosis (biology)"),
        ("02-krebs_cycle.md", "text", "krebs cycle"),
        ("Krebs cycle.md", "## Steps\ntext", "Krebs cycle"),
        ("README.md", "text", ""),
        ("a.md", "# What is osmosis, and why does it matter to a cell that has no wall at all?\n", ""),
    ],
)
def test_the_name_that_a_title_is(doc: str, text: str, expected: str) -> None:
    assert title_name(doc, parse_note(text).blocks) == expected


def test_tags_that_the_text_names_are_emphasised() -> None:
    note = parse_note("---\ntags: [cell-biology, draft, math/Osmosis, absent]\n---\nCell biology.\n\nAn osmosis.\n")
    assert tags_in(note.metadata, note.blocks) == [("Cell biology", 0), ("osmosis", 1)]


def test_a_list_of_notes_is_told_from_a_note() -> None:
    listed = facts_of("a.md", "", parse_note("# Map\n\n- [[Heat]]\n- [[Work]]\n- [[Entropy]]\n"))
    told = facts_of("a.md", "", parse_note("# Heat\n\nEnergy that moves from warm to cold, see [[Work]].\n"))
    assert (listed.lists_notes, told.lists_notes) == (True, False)


def test_aliases_lead_to_their_lines(tmp_path: Path) -> None:
    graph = graph_of(tmp_path, {"osmosis.md": "---\naliases: [water diffusion]\n---\nCells swell.\n"})
    (concept,) = [c for c in graph.concepts if "water diffusion" in c.names]
    assert concept.names == ("osmosis", "water diffusion")
    assert Mention("osmosis.md", 2, "water diffusion") in concept.mentions
    (merge,) = [m for m in graph.merges if m.reason == "stated"]
    assert (merge.concept, merge.evidence) == (concept.id, Evidence("osmosis.md", 2, "aliases: [water diffusion]"))


def test_an_alias_of_two_notes_joins_neither(tmp_path: Path) -> None:
    notes = {
        "bond.md": "---\naliases: [tie, link of atoms]\n---\n# Chemical bond\n\nAtoms share electrons in it.\n",
        "loan.md": "---\naliases: [tie]\n---\n# Government bond\n\nA state borrows money with it.\n",
        "water.md": "---\naliases: [Government bond]\n---\n# Steam\n\nWater that boils becomes steam.\n",
    }
    found = names(graph_of(tmp_path, notes))
    assert len({found[fold(name)] for name in ("Chemical bond", "Government bond", "Steam")}) == 3
    assert found[fold("link of atoms")] == found[fold("Chemical bond")]
    assert "tie" not in found


def test_a_contrast_in_the_notes_keeps_an_alias_apart(tmp_path: Path) -> None:
    text = (
        "---\naliases: [mitosis]\n---\n# Meiosis\n\n"
        "Meiosis differs from mitosis. Mitosis vs. meiosis: mitosis gives two cells, meiosis gives four.\n"
    )
    found = names(graph_of(tmp_path, {"meiosis.md": text}))
    assert found["mitosis"] != found["meiosis"]


def test_prerequisites_that_notes_state(tmp_path: Path) -> None:
    notes = {
        "b.md": "---\nrequires: '[[a|the first]]'\n---\n# Turgor\n\nPressure in a cell.\n",
        "a.md": "# Osmosis\n\nWater moves. Osmosis is based on turgor, and osmosis uses turgor.\n",
    }
    graph = graph_of(tmp_path, notes)
    (edge,) = [p for p in graph.prerequisites if {p.before, p.after} == {"osmosis", "turgor"}]
    assert (edge.before, edge.confidence, edge.reasons[0]) == ("osmosis", 1.0, "cue")
    assert edge.evidence[0] == Evidence("b.md", 2, "requires: '[[a|the first]]'")


def test_a_circle_of_stated_prerequisites_is_reported(tmp_path: Path) -> None:
    notes = {
        "heat.md": "---\nrequires: [work]\n---\n# Heat\n\nEnergy that moves.\n",
        "work.md": "---\nrequires: [heat]\n---\n# Work\n\nForce times way.\n",
    }
    graph = graph_of(tmp_path, notes)
    assert [p.key for p in graph.prerequisites if p.confidence == 1.0] == [("heat", "work")]
    assert [(s.doc, s.line) for s in graph.skipped if s.reason == CIRCULAR] == [("heat.md", 2)]


def test_a_map_of_many_notes_relates_nothing(tmp_path: Path) -> None:
    topics = [
        f"{a} {b}"
        for a in ("red", "blue", "old", "new", "wet", "dry")
        for b in ("maple", "birch", "cedar", "alder", "elm")
    ]
    notes = {f"{topic}.md": f"# {topic.title()}\n\nA {topic} grows slowly.\n" for topic in topics}
    notes["trees.md"] = "# Trees\n\nTrees are plants.\n\n" + "\n".join(f"- [[{topic}]]" for topic in topics) + "\n"
    graph = graph_of(tmp_path, notes)
    assert not [r for r in graph.relations if r.confidence >= 0.8 and "trees" in {r.head, r.tail}]
    few = "\n".join(f"- [[{topic}]]" for topic in topics[:5])
    graph = graph_of(tmp_path, {"trees.md": f"# Trees\n\nTrees are plants.\n\n{few}\n"})
    assert (
        len([r for r in graph.relations if r.confidence >= 0.8 and "tree" in {r.head.rstrip("s"), r.tail.rstrip("s")}])
        == 5
    )


def test_processes_do_not_matter(tmp_path: Path) -> None:
    notes = {
        "b.md": "---\naliases: [cell pressure]\nrequires: osmosis\n---\n# Turgor\n\nSee [[a]] and [[c|wall of a cell]].\n",
        "a.md": "+++\nalias = 'water diffusion'\n+++\n# Osmosis\n\nWater moves.\n",
        "c.md": "# Cell wall\n\nIt resists [turgor](b.md).\n",
    }
    one, two = graph_of(tmp_path, notes), graph_of(tmp_path, notes, workers=2)
    assert (one.concepts, one.relations, one.prerequisites, one.merges) == (
        two.concepts, two.relations, two.prerequisites, two.merges
    )  # fmt: skip


def test_one_name_with_and_without_an_apostrophe_is_one_concept(tmp_path: Path) -> None:
    notes = {
        "a.md": "# Euler's method\n\n**Euler's method** is a method that follows the slope in small steps.\n",
        "b.md": "# Eulers method\n\n**Eulers method** is a method of first order.\n",
    }
    graph = graph_of(tmp_path, notes)
    assert [c.id for c in graph.concepts if c.id == "eulersmethod"] == ["eulersmethod"]


def test_two_writings_that_are_one_name_only_over_all_notes_are_one(tmp_path: Path) -> None:
    said = "lies by a river. {0} has a school. {0} has a mayor."
    notes = {
        "a.md": "# Places\n\n**Waddam Grove** is a village. Waddam Grove has a mill.\n",  # the key of Waddam's Grove
        "b.md": "# More\n\n**Waddam's Grove** is a village. Waddam's Grove " + said.format("Waddam's Grove") + "\n",
        "c.md": "# Others\n\n**Waddams Grove** is a village. Waddams Grove " + said.format("Waddams Grove") + "\n",
    }
    graph = graph_of(tmp_path, notes)
    (village,) = [c for c in graph.concepts if "Grove" in c.name]
    assert {m.doc for m in village.mentions} == {"b.md", "c.md"}
    assert {"Waddam's Grove", "Waddams Grove"} <= set(village.names)


def test_a_note_whose_file_names_nothing_is_about_what_it_defines_first(tmp_path: Path) -> None:
    text = "---\naliases: [TCA cycle]\n---\nThe Krebs cycle is a series of reactions. It yields energy.\n"
    found = names(graph_of(tmp_path, {"new.md": text}))
    assert found[fold("TCA cycle")] == found[fold("Krebs cycle")]
    assert "new" not in found


@pytest.mark.parametrize(
    ("title", "label", "same"),
    [
        ("Calvin cycle", "carbon fixation cycle", True),
        ("Calvin cycle", "this process", False),
        ("Principal component analysis", "PCA", True),
        ("Unique factorisation", "Euclidean", False),
        ("Convex sets", "quasicompactness", False),
        ("分布式训练", "ZeRO", False),
        ("Gradient descent", "stochastic gradient descent", False),
    ],
)
def test_what_a_link_calls_a_note(tmp_path: Path, title: str, label: str, same: bool) -> None:
    notes = {
        f"{title}.md": f"# {title}\n\n{title} is a thing that people study for years.\n",
        "b.md": f"# Photosynthesis\n\nPhotosynthesis builds on [[{title}|{label}]] every day.\n",
    }
    found = names(graph_of(tmp_path, notes))
    assert (found.get(fold(label)) == found[fold(title)]) is same
