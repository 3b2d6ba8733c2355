"""The map's layout and what is drawn of the graph."""

from __future__ import annotations

import math
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.model import ConceptKind, RelationType
from tests.places import ROOT
from tests.unit.ui.fixture import LORA, hostile, snapshot, with_background
from ui.concept_map.layout import Box, apart, around, islands, label_width
from ui.concept_map.view import KIND_COLOURS, Whole, Wishes, focus_view, place_all, theme_colours, whole_view


def whole_of(graph: object = None) -> Whole:
    found = snapshot() if graph is None else graph
    themes = tuple(c for c in found.communities if c.level == 0)  # type: ignore[attr-defined]
    return Whole("b1", found.concepts, found.relations, found.prerequisites, themes, len(found.concepts))  # type: ignore[attr-defined]


def overlapping(boxes: list[Box], points: dict[str, tuple[float, float]]) -> list[tuple[str, str]]:
    return [
        (a.id, b.id)
        for a, b in combinations(boxes, 2)
        if abs(points[a.id][0] - points[b.id][0]) < (a.width + b.width) / 2 - 1
        and abs(points[a.id][1] - points[b.id][1]) < (a.height + b.height) / 2 - 1
    ]


def test_full_width_letters_take_more_room() -> None:
    assert label_width("注意", 10) == 20
    assert label_width("ab", 10) < 15


@given(st.lists(st.tuples(st.floats(-50, 50), st.floats(-50, 50)), min_size=2, max_size=25))
def test_boxes_are_pushed_apart_wherever_they_begin(points: list[tuple[float, float]]) -> None:
    boxes = [Box(str(i), "", 60.0 + i, 40.0) for i in range(len(points))]
    moved = apart(boxes, {str(i): p for i, p in enumerate(points)})
    assert overlapping(boxes, moved) == []
    assert all(math.isfinite(x) and math.isfinite(y) for x, y in moved.values())


def test_islands_keep_groups_apart_and_are_the_same_every_time() -> None:
    boxes = [Box(f"{g}{i}", g, 80.0) for g in "abc" for i in range(12)]
    edges = [(f"{g}{i}", f"{g}{(i * 5 + 1) % 12}", 1.0) for g in "abc" for i in range(12)] + [("a0", "b0", 1.0)]
    points = islands(boxes, edges)
    assert points == islands(boxes, edges)
    assert overlapping(boxes, points) == []
    middle = {g: tuple(sum(points[f"{g}{i}"][k] for i in range(12)) / 12 for k in (0, 1)) for g in "abc"}
    for box in boxes:  # every concept is nearest to the middle of its own theme
        assert min("abc", key=lambda g: math.dist(points[box.id], middle[g])) == box.group


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_concepts(count: int) -> None:
    boxes = [Box(str(i), str(i % 2), 80.0) for i in range(count)]
    assert len(islands(boxes, [])) == count


def test_the_concept_in_focus_stands_in_the_middle_and_neighbours_nearer_than_others() -> None:
    boxes = [Box(c, "", 60.0) for c in "xabcdef"]
    edges = [("x", "a", 1.0), ("x", "b", 1.0), ("a", "c", 1.0), ("b", "d", 1.0), ("d", "e", 1.0)]  # f stands alone
    points = around("x", boxes, edges, start={})
    far = {c: math.hypot(*points[c]) for c in "xabcdef"}
    assert far["x"] < 1
    assert max(far["a"], far["b"]) < min(far["c"], far["d"])
    assert overlapping(boxes, points) == []


def test_the_whole_map_shows_all_of_a_small_graph() -> None:
    whole = whole_of()
    view = whole_view(whole, Wishes(), positions=place_all(whole, 150), lang="en")
    assert {n["id"] for n in view.nodes} == {c.id for c in whole.concepts}
    assert len(view.edges) == 13
    assert view.lines == []
    shown = whole_view(whole, Wishes(untyped=True), positions=place_all(whole, 150), lang="en")
    assert len(shown.edges) == 14
    edge = next(e for e in view.edges if e["from"] == "qlora" and e["to"] == "lora")
    assert (edge["name"], edge["says"], edge["place"], edge["symmetric"]) == (
        "is based on",
        "QLoRA is based on LoRA",
        f"{LORA}:8",
        False,
    )
    assert [(entry["name"], entry["count"]) for entry in view.legend] == [
        ("注意力机制与 Transformer", 10),
        ("LoRA and QLoRA", 5),
    ]
    assert len(view.regions) == 2


def test_general_knowledge_is_told_by_a_word_that_vis_network_does_not_know() -> None:
    whole = whole_of(with_background())
    view = whole_view(whole, Wishes(prerequisites=True), positions=place_all(whole, 150), lang="en")
    assert {e["name"] for e in view.edges if e["general"]} == {"is used for", "comes before"}
    assert view.lines == [{"name": "general knowledge", "count": 2}]
    assert not {key for e in view.edges for key in e} & {"background", "color", "dashes", "hidden", "physics", "width"}


def test_prerequisites_are_drawn_on_demand() -> None:
    whole = whole_of()
    positions = place_all(whole, 150)
    plain = whole_view(whole, Wishes(), positions=positions, lang="en")
    with_needs = whole_view(whole, Wishes(prerequisites=True), positions=positions, lang="en")
    assert len(with_needs.edges) == len(plain.edges) + 11
    assert with_needs.version != plain.version


def test_filters_move_nothing() -> None:
    whole = whole_of()
    positions = place_all(whole, 150)
    view = whole_view(whole, Wishes(kinds=frozenset({ConceptKind.COMPONENT})), positions=positions, lang="en")
    assert {n["id"] for n in view.nodes} == {"多头注意力", "位置编码", "softmax"}
    assert all((n["x"], n["y"]) == positions[n["id"]] for n in view.nodes)
    view = whole_view(whole, Wishes(documents=frozenset({LORA})), positions=positions, lang="en")
    assert {n["id"] for n in view.nodes} == {"lora", "qlora", "peft", "nf4", "quantization", "transformer"}
    view = whole_view(whole, Wishes(types=frozenset({RelationType.IS_A})), positions=positions, lang="en")
    assert {e["name"] for e in view.edges} == {"is a"}
    view = whole_view(whole, Wishes(confidence=0.95), positions=positions, lang="en")
    assert len(view.edges) == 4
    view = whole_view(whole, Wishes(themes=frozenset({"0-1"})), positions=positions, lang="en")
    assert len(view.nodes) == 5
    assert whole_view(whole, Wishes(limit=3), positions=positions, lang="en").nodes[2]["id"] == "transformer"


def test_nothing_left_is_drawn_as_nothing() -> None:
    whole = whole_of()
    view = whole_view(whole, Wishes(kinds=frozenset({ConceptKind.DATASET})), positions=place_all(whole, 150), lang="zh")
    assert (view.nodes, view.edges, view.legend) == ([], [], [])


def test_around_one_concept() -> None:
    whole = whole_of()
    subject = next(c for c in whole.concepts if c.id == "qlora")
    near = [c for c in whole.concepts if c.id in ("qlora", "lora", "nf4", "quantization")]
    view = focus_view(
        whole, subject, near, whole.relations, whole.prerequisites, Wishes(), positions=place_all(whole, 150), lang="zh"
    )
    assert view.mode == "qlora"
    assert {n["id"] for n in view.nodes} == {"qlora", "lora", "nf4", "quantization"}
    assert next(n for n in view.nodes if n["focus"])["id"] == "qlora"
    assert {e["name"] for e in view.edges} == {"基于", "使用", "是一种"}


def test_the_version_changes_only_with_what_is_drawn() -> None:
    whole = whole_of()
    positions = place_all(whole, 150)
    first = whole_view(whole, Wishes(), positions=positions, lang="en")
    assert first.version == whole_view(whole, Wishes(), positions=place_all(whole, 150), lang="en").version
    assert first.version != whole_view(whole, Wishes(colour="kind"), positions=positions, lang="en").version


def test_the_twelve_largest_themes_have_colours_of_their_own() -> None:
    from graph.model import Community

    themes = [Community(f"0-{i}", 0, None, str(i), "", tuple(map(str, range(20 - i)))) for i in range(15)]
    colours = theme_colours(themes)
    assert len({colours[f"0-{i}"] for i in range(12)}) == 12
    assert len({colours[f"0-{i}"] for i in range(12, 15)}) == 1


def test_names_of_notes_reach_the_browser_as_they_are_written() -> None:
    whole = whole_of(hostile())
    view = whole_view(whole, Wishes(), positions=place_all(whole, 150), lang="en")
    assert any(n["label"].startswith("Hostile <script>") for n in view.nodes)


def test_the_browser_never_makes_html_of_text() -> None:
    scripts = [ROOT / "ui" / "concept_map" / "map.js", *sorted((ROOT / "ui" / "reader").glob("*.js"))]
    assert len(scripts) >= 5
    for script in scripts:
        text = script.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert text
        for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "http://", "https://"):
            assert word not in text, (script.name, word)


def test_no_page_asks_streamlit_for_html_of_notes() -> None:
    sources = {path: path.read_text(encoding="utf-8") for path in (ROOT / "ui").rglob("*.py")}
    assert sources
    assert [
        path.name for path, text in sources.items() if "unsafe_allow_html" in text or "unsafe_allow_javascript" in text
    ] == []
    assert [path.name for path, text in sources.items() if "st.html(" in text] == ["app.py"]
    assert "st.html(STYLE)" in next(text for path, text in sources.items() if path.name == "app.py")


def test_every_kind_has_a_colour_of_its_own() -> None:
    assert len(KIND_COLOURS) == len(set(KIND_COLOURS)) == len(ConceptKind)
