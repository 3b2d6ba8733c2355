"""Every page, run by Streamlit's own test harness: no exception, and what should be there is there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from graph.model import GraphSnapshot
from graph.stores.sqlite.store import SqliteStore
from tests.places import APP
from tests.unit.ui.fixture import ATTENTION, HOSTILE, LORA
from ui.views import state

PAGES = ("map", "concept", "ask", "study", "gaps", "themes", "sources")


@pytest.fixture(autouse=True)
def _fresh_caches() -> None:
    import streamlit as st

    st.cache_data.clear()
    st.cache_resource.clear()


def opened(graph: Path, monkeypatch: pytest.MonkeyPatch, **address: str) -> AppTest:
    monkeypatch.setenv("STUDYATLAS_GRAPH", str(graph))
    page = AppTest.from_file(str(APP), default_timeout=60)
    for key, value in address.items():
        page.query_params[key] = value
    return checked(page.run())


def checked(page: AppTest) -> AppTest:
    assert not page.exception, page.exception[0].stack_trace
    assert not page.error, page.error[0].value
    return page


def shown(page: AppTest, component: str = "studyatlas_reader") -> list[Any]:
    """What the page gave to its components, in order."""
    return [
        json.loads(e.proto.json or e.proto.mixed.json)
        for e in page.get("bidi_component")
        if e.proto.component_name == component
    ]


def texts(value: Any) -> list[str]:
    """All strings in what components were given."""
    if isinstance(value, str):
        return [value]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for item in items for text in texts(item)]


@pytest.mark.parametrize("line", ["1" * 5000, "-1", "0", "²", "999999999"])
def test_an_address_with_a_strange_line(notes: Path, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    opened(notes, monkeypatch, page="sources", doc=LORA, line=line)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens_in_both_languages(notes: Path, monkeypatch: pytest.MonkeyPatch, name: str, lang: str) -> None:
    page = opened(notes, monkeypatch, page=name, lang=lang)
    assert page.title[0].value == "studyatlas"
    assert page.caption[0].value.startswith("2 篇笔记 · 15 个概念" if lang == "zh" else "2 notes · 15 concepts")
    assert shown(page) or name == "ask"


def scene_sent(page: AppTest) -> dict[str, Any]:
    """The graph that the browser got."""
    [element] = [e for e in page.get("bidi_component") if e.proto.component_name == "studyatlas_map_scene"]
    key, content = bytes(element.proto.bytes).split(b"\n", 1)
    assert key.decode() == drawn_map(page)["scene"]
    return json.loads(content)  # type: ignore[no-any-return]


def test_the_map_is_given_the_graph(notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened(notes, monkeypatch)
    sent = scene_sent(page)
    assert len(sent["nodes"]["id"]) == sent["total"] == 15
    assert len(sent["edges"]["a"]) == 25
    drawn = drawn_map(page)
    assert drawn["texts"]["count"] == "显示 {n} / {total} 个概念，{edges} 条连线"
    assert not drawn["filters"]["needs"]
    page.toggle(key="keep.map.needs").set_value(True)
    again = drawn_map(checked(page.run()))
    assert again["filters"]["needs"]
    assert again["scene"] == drawn["scene"], "a filter sends no graph"


def drawn_map(page: AppTest) -> dict[str, Any]:
    [drawn] = shown(page, "studyatlas_concept_map")
    return dict(drawn)


def test_untyped_relations_are_drawn_on_demand(notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened(notes, monkeypatch, lang="en")
    assert not drawn_map(page)["filters"]["untyped"]
    assert "untyped" not in page.query_params
    page.toggle(key="keep.map.untyped").set_value(True)
    assert drawn_map(checked(page.run()))["filters"]["untyped"]
    assert page.query_params["untyped"] == "1"
    again = opened(notes, monkeypatch, lang="en", untyped="1")
    assert drawn_map(again)["filters"]["untyped"]


KNOWN_WORDS = {"zh": "常识；你的笔记在此处同时提到两者", "en": "general knowledge; your notes mention both here"}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_general_knowledge_is_dashed_on_the_map_and_can_be_hidden(
    known_notes: Path, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    page = opened(known_notes, monkeypatch, lang=lang)
    sent = scene_sent(page)
    nodes, edges = sent["nodes"], sent["edges"]
    types = [code for code, *_ in sent["types"]]
    known = [
        (nodes["id"][a], types[t], nodes["id"][b])
        for a, t, b, basis in zip(edges["a"], edges["t"], edges["b"], edges["k"], strict=True)
        if basis == 2
    ]
    assert ("lora", "used_for", "transformer") in known
    assert drawn_map(page)["texts"]["general_note"] == KNOWN_WORDS[lang]
    page.toggle(key="keep.background").set_value(False)
    plain = scene_sent(checked(page.run()))
    assert 2 not in plain["edges"]["k"]
    assert (plain["nodes"]["x"], plain["nodes"]["y"]) == (nodes["x"], nodes["y"])
    assert page.query_params["background"] == "0"


@pytest.mark.parametrize("name", ["concept", "study", "ask"])
def test_the_switch_for_general_knowledge_is_on_every_page_and_in_the_address(
    known_notes: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    address = {"page": name, "concept": "lora", "lang": "en", "q": "How is LoRA related to the Transformer?"}
    page = opened(known_notes, monkeypatch, **address)
    assert page.toggle(key="keep.background").value is True
    page.toggle(key="keep.background").set_value(False)
    assert checked(page.run()).query_params["background"] == "0"
    again = opened(known_notes, monkeypatch, **address, background="0")
    assert again.toggle(key="keep.background").value is False
    assert "general knowledge" not in " ".join(texts(shown(again)))


def test_a_card_says_what_is_general_knowledge(known_notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened(known_notes, monkeypatch, page="concept", concept="lora", lang="en")
    said = " ".join(texts(shown(page)))
    assert said.count(KNOWN_WORDS["en"]) == 3  # the relation, and the prerequisite in its graph and below it
    page.toggle(key="keep.background").set_value(False)
    assert KNOWN_WORDS["en"] not in " ".join(texts(shown(checked(page.run()))))


def test_the_card_next_to_the_map_parts_what_is_general_knowledge(
    known_notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = opened(known_notes, monkeypatch, lang="en", concept="lora")
    said = texts(shown(page))
    place = said.index("general knowledge")
    assert said.index("PEFT") < place < said.index("Transformer")


def test_the_switch_is_kept_from_page_to_page(known_notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened(known_notes, monkeypatch, lang="en", background="0")
    page.segmented_control(key="keep.page").set_value("study")
    assert checked(page.run()).toggle(key="keep.background").value is False


def test_a_card_folds_what_has_no_type(notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened(notes, monkeypatch, page="concept", concept="lora", lang="en")
    folded = [b for b in _blocks(shown(page)) if b.get("kind") == "details"]
    assert any("related to 1 concept, your notes do not say how" in " ".join(texts(b)) for b in folded)


def test_a_concept_in_focus_is_shown_with_what_is_around(notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened(notes, monkeypatch, focus="qlora", concept="qlora")
    drawn = drawn_map(page)
    assert (drawn["focus"], drawn["selected"], drawn["depth"]) == ("qlora", "qlora", 1)
    page.slider(key="keep.map.depth").set_value(2)
    assert drawn_map(checked(page.run()))["depth"] == 2


def test_a_route_is_drawn_and_listed(notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened(notes, monkeypatch, lang="en", route=["qlora", "qlora"])
    route = drawn_map(page)["route"]
    assert route["goal"] == "qlora"
    assert {"lora", "qlora"} <= {s["id"] for s in route["steps"]}
    assert all(e["why"] for e in route["edges"])
    assert any("LoRA" in text for text in texts(shown(page)))
    assert page.selectbox(key="map.route.start").value is None


def test_a_route_from_one_concept_to_another(notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened(notes, monkeypatch, lang="en", route=["lora", "qlora"])
    assert drawn_map(page)["route"]["title"] == "From LoRA to QLoRA"
    assert page.selectbox(key="map.route.start").value == "lora"


def test_the_concept_page_quotes_the_definition(notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = texts(shown(opened(notes, monkeypatch, page="concept", concept="kvcache", lang="en")))
    assert "KV Cache 保存已经算过的键和值，用来解决自回归解码中的重复计算问题。" in said
    assert "Understand first" in said


def test_a_question_is_answered_with_citations(notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened(notes, monkeypatch, page="ask", lang="zh")
    page.text_input[0].set_value("什么是位置编码？")
    (drawn,) = shown(checked(page.run()))
    quotes = [value for value in _blocks(drawn) if value.get("kind") == "quote"]
    assert (ATTENTION, 20) in {(q["doc"], q["line"]) for q in quotes}


def _blocks(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        return [value, *(b for item in value.values() for b in _blocks(item))]
    return [b for item in value for b in _blocks(item)] if isinstance(value, list) else []


def test_an_unanswerable_question_is_said_to_be_one(notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened(notes, monkeypatch, page="ask", lang="en", q="What is a zebra?")
    assert "Your notes do not answer this" in texts(shown(page))


def test_a_study_path_is_ticked_off(notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened(notes, monkeypatch, page="study", lang="en")
    page.selectbox(key="keep.study.goal").set_value("qlora")
    checked(page.run())
    titles = [b["text"] for b in _blocks(shown(page)) if b.get("kind") == "title"]
    assert [t.split(". ")[1] for t in titles] == ["PEFT", "LoRA", "Quantization", "NF4", "QLoRA"]
    before = len(texts(shown(page)))
    page.checkbox(key="study.done.peft").check()
    checked(page.run())
    assert "1 done" in page.get("progress")[0].proto.text
    assert len(texts(shown(page))) < before  # a ticked step is folded
    page.multiselect(key="study.known").set_value(["lora"])
    checked(page.run())
    titles = [b["text"] for b in _blocks(shown(page)) if b.get("kind") == "title"]
    assert [t.split(". ")[1] for t in titles] == ["Quantization", "NF4", "QLoRA"]


def test_themes_level_by_level(notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened(notes, monkeypatch, page="themes", lang="en")
    assert "LoRA and QLoRA" in texts(shown(page))
    assert "KV Cache" in texts(shown(page))


def test_a_source_opens_at_the_line_of_the_address(notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened(notes, monkeypatch, page="sources", doc=LORA, line="8", lang="en")
    (note,) = [b for b in _blocks(shown(page)) if b.get("kind") == "note"]
    assert note["marked"] == [8, 8]
    [shown_there] = [b for b in note["blocks"] if b["line"] <= 8 <= b["last"]]
    assert {"t": "concept", "c": ["QLoRA"], "id": "qlora"} in shown_there["c"]
    assert note["cards"]["qlora"]["kind"] == "method"
    page.toggle(key="keep.sources.written").set_value(True)
    (source,) = [b for b in _blocks(shown(checked(page.run()))) if b.get("kind") == "source"]
    assert source["marked"] == [8, 8]
    assert source["lines"][7].startswith("QLoRA is based on LoRA")


def test_an_address_that_names_nothing_is_passed_over(notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened(
        notes, monkeypatch, page="nowhere", doc="none.md", line="x", lang="fr", depth="7", kind="?", limit="0"
    )
    assert len(shown(page, "studyatlas_concept_map")) == 1
    assert dict(page.query_params) == {"page": "map", "lang": "zh"}


@pytest.mark.parametrize("address", [{"page": "concept", "concept": "lroa"}, {"focus": "lroa"}, {"concept": "lroa"}])
def test_a_concept_that_is_not_in_the_graph_is_said_and_never_another_shown(
    notes: Path, monkeypatch: pytest.MonkeyPatch, address: dict[str, str]
) -> None:
    page = opened(notes, monkeypatch, lang="en", **address)
    said = texts(shown(page))
    assert "There is no concept 'lroa'." in said
    assert "LoRA" in said  # the nearest name
    assert {part: page.query_params[part] for part in address} == address
    assert not [b for b in _blocks(shown(page)) if b.get("kind") == "title"]


@pytest.mark.parametrize("name", PAGES)
def test_hostile_notes_reach_no_markdown(hostile_graph: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    address = {
        "page": name,
        "concept": "zzhostile",
        "doc": "zz-hostile.md",
        "q": f"What is {HOSTILE[0]}?",
        "lang": "en",
    }
    page = opened(hostile_graph, monkeypatch, **address)
    for element in (*page.markdown, *page.caption, *page.title, *page.warning, *page.info):
        assert not any(text[:12] in element.value for text in HOSTILE)
    if name in ("concept", "sources", "themes"):
        assert any("<script>" in text or "javascript:" in text for text in texts(shown(page)))


@pytest.mark.parametrize("name", PAGES)
def test_a_graph_without_anything_opens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    path = tmp_path / "empty.db"
    with SqliteStore(path) as store:
        store.publish(GraphSnapshot())
    opened(path, monkeypatch, page=name)


@pytest.mark.parametrize(("locale", "said"), [("en-US", "There is no graph here"), ("zh-CN", "这里没有图谱")])
def test_a_graph_that_is_not_there_is_said_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, locale: str, said: str
) -> None:
    monkeypatch.setattr(state, "browser_language", lambda: locale[:2])
    monkeypatch.setenv("STUDYATLAS_GRAPH", str(tmp_path / "none.db"))
    page = AppTest.from_file(str(APP), default_timeout=60).run()
    assert not page.exception
    assert page.subheader[0].value == said
    assert "There is no graph at" in page.warning[0].value
    assert page.code[0].value == "studyatlas build NOTES"


def test_a_graph_that_vanishes_and_comes_back(notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    graph = notes / ".studyatlas" / "graph.db"
    page = opened(graph, monkeypatch, page="concept", concept="lora", lang="en")
    graph.rename(graph.with_name("away.db"))
    page.run()
    assert not page.exception
    assert page.subheader[0].value == "There is no graph here"
    graph.with_name("away.db").rename(graph)
    page.button(key="trouble.again").click()
    assert "LoRA" in texts(shown(checked(page.run())))


@pytest.mark.parametrize("address", ["neo4j://ann:s3cret@127.0.0.1:1", "neo4j://ann:s3/cret@h", "ann:s3cret@h"])
def test_what_is_said_about_a_server_shows_no_password(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDYATLAS_GRAPH", address)
    page = AppTest.from_file(str(APP), default_timeout=60).run()
    assert not page.exception
    assert page.subheader[0].value in ("Neo4j does not answer", "There is no graph here", "The graph cannot be read")
    said = page.warning[0].value
    assert "127" in said or "\\*\\*\\*" in said
    assert "cret" not in said


def test_filters_are_named_and_cleared(notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened(notes, monkeypatch, lang="en", kind="method", confidence="0.5", theme="0-1")
    assert page.button(key="filters.clear").label == "Clear filters"
    page.button(key="filters.clear").click()
    checked(page.run())
    assert "filters.clear" not in [button.key for button in page.button]
    assert dict(page.query_params) == {"lang": "en"}


def test_the_browser_goes_back(notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Streamlit tells of the browser is all that is made up here; tests/browser has a real one."""
    page = opened(notes, monkeypatch, page="ask", q="What is LoRA?", lang="en")
    page.segmented_control(key="keep.page").set_value("themes")
    checked(page.run())
    page.segmented_control(key="keep.themes.level").set_value(1)
    assert page.query_params["page"] == "themes"
    checked(page.run())
    monkeypatch.setattr(state, "_navigated", lambda: True)
    for key in list(page.query_params):
        del page.query_params[key]
    page.query_params["page"] = "concept"
    page.query_params["concept"] = "qlora"
    checked(page.run())
    assert page.segmented_control(key="keep.page").value == "concept"
    assert any("QLoRA is based on LoRA" in text for text in texts(shown(page)))
    page.query_params["page"] = "ask"
    checked(page.run())
    assert page.text_input(key="keep.question").value == ""


def test_streamlit_finds_no_pages_of_its_own() -> None:
    """A folder ``pages`` beside the script becomes a side bar with a page for each of its files."""
    assert not (APP.parent / "pages").exists()
    assert (APP.parent / "views").is_dir()
