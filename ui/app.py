"""The pages. Run by `studyatlas app`, which starts Streamlit on this file with the graph in STUDYATLAS_GRAPH.

Each page is one function: it loads (:mod:`ui.views.loading`), lets panels draw, and goes where a click leads
(:mod:`ui.views.state`).
"""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import Final
from urllib.parse import quote

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from graph.errors import InputError, NewerSchema, NotAGraph, StudyatlasError
from graph.stores.address import FileAddress
from ui.choice import Choice, ConceptChoice
from ui.concept_map import Events, Looked, concept_map
from ui.concept_map.palette import REST
from ui.concept_map.view import Wishes, theme_colours, themes_of
from ui.i18n import notes_language, say
from ui.places import speak_of
from ui.settings import GRAPH_VARIABLE, LANG_VARIABLE, LANGS, STORE_VARIABLE, Settings
from ui.views import address, current, loading, state
from ui.views.concept import concept_shown, correction_shown, edit_shown
from ui.views.home import home_page
from ui.views.panels.asking import (
    DRAWN,
    answer_panel,
    drawn_concepts,
    example_questions,
    history_panel,
    plain_label,
    question_panel,
)
from ui.views.panels.background import background_toggle
from ui.views.panels.choosing import concept_list_panel, unknown_concept_panel
from ui.views.panels.concept import concept_card_panel
from ui.views.panels.console import console_panel, table_panel
from ui.views.panels.filters import filters_panel
from ui.views.panels.map import Controls, actions_panel, controls_panel, route_panel, welcome_panel
from ui.views.panels.study import path_panel
from ui.views.panels.themes import themes_panel
from ui.views.panels.trouble import trouble_panel
from ui.views.routes import Route, route
from ui.views.searching import search
from ui.views.sources import note_beside, note_page
from ui.views.study import gaps_page, study_page

# Bare strings below constants would be shown on the page by Streamlit; hence comments here.

# Height of the map and of what is next to it, in pixels: a laptop's screen without the head of the page.
HEIGHT: Final = 680
ICON: Final = Path(__file__).parent / "icon.svg"
# Our own, constant CSS: no text of notes is ever put into HTML.
STYLE: Final = """
<style>
  .stMainBlockContainer { padding: .8rem 2rem 2rem; max-width: 1500px; }
  .stAppHeader { background: transparent; pointer-events: none; } .stAppHeader button { pointer-events: auto; }
  .stMainBlockContainer > .stVerticalBlock { gap: .7rem; }
  .st-key-head { flex-wrap: wrap; row-gap: .35rem; margin-bottom: .35rem; }
  .st-key-head > * { flex: 0 0 auto !important; width: auto !important; }
  .st-key-head > .st-key-find, .st-key-head > :has(> .st-key-find) { flex: 1 1 190px !important; max-width: 330px; }
  .st-key-brand :is([data-testid="stMarkdownContainer"], [data-testid="stCaptionContainer"]) { margin: 0; }
  .st-key-brand p { margin: 0; font-size: .74rem; white-space: nowrap; }
  .st-key-brand h1 { padding: 0; font-size: 1.3rem; letter-spacing: -.01em; line-height: 1.2; }
  .st-key-search_names, .st-key-search-names { display: none; }
  .stButton button[kind="tertiary"] p { color: var(--st-link-color, #3B6FD4); font-size: .9rem; }
  .st-key-trouble { max-width: 720px; margin: 9vh auto 0; }
  .st-key-active:empty, .st-key-missing:empty { display: none; }
  .st-key-mapdo { row-gap: 0; }
  .st-key-route_list [data-testid="stHorizontalBlock"]:has(> :nth-child(3):last-child) { flex-wrap: wrap; row-gap: 0; }
  .st-key-route_list [data-testid="stHorizontalBlock"]:has(> :nth-child(3):last-child) > * { min-width: 0; }
  .st-key-route_list [data-testid="stColumn"]:nth-child(1):nth-last-child(3) { flex: 0 0 20px; }
  .st-key-route_list [data-testid="stColumn"]:nth-child(2):nth-last-child(2) { flex: 1 1 60%; }
  .st-key-route_list [data-testid="stColumn"]:nth-child(3):last-child { flex: 1 1 100%; padding: .4rem 0 .2rem 36px; }
  @media (max-width: 1380px) {
    .st-key-brand p { white-space: normal; text-wrap: balance; max-width: 190px; font-size: .68rem; line-height: 1.3; }
  }
  @media (max-width: 640px) {
    .stMainBlockContainer { padding: .5rem .8rem 1.5rem; }
    .st-key-brand p { display: none; }
    .st-key-mapbar { flex-wrap: nowrap; overflow-x: auto; scrollbar-width: none; align-items: center; gap: .6rem; }
    .st-key-mapbar > * { flex: 0 0 auto !important; }
    .st-key-mapbar > :has(> [data-testid="stPopover"]) { order: -1; }
    .st-key-mapbar .stButtonGroup [data-testid="stWidgetLabel"] { display: none; }
    .st-key-head [data-baseweb="button-group"], .st-key-head [role="radiogroup"] { flex-wrap: nowrap; }
    .st-key-head > :has(> .stButtonGroup), .st-key-head > .stButtonGroup { max-width: 100%; }
    .st-key-head > :nth-child(4) { order: 1; margin-left: auto; }
    .st-key-head > :nth-child(1) { order: 0; }
    .st-key-head > :nth-child(3) { order: 3; flex-basis: 100% !important; }
    .st-key-head > .st-key-find, .st-key-head > :has(> .st-key-find) { order: 2; max-width: none; }
    .st-key-head > .st-key-find, .st-key-head > :has(> .st-key-find) { flex-basis: 100% !important; }
  }
</style>
"""


def main() -> None:
    """Draw the page that is open."""
    st.set_page_config(page_title="studyatlas", page_icon=str(ICON), layout="wide")
    st.html(STYLE)
    state.begin()
    try:
        settings = Settings.from_environment(os.environ)
        graph = current.current_graph(settings.graphs)
        notes = loading.notes(loading.GraphView(graph, background=state.background()))
    except StudyatlasError as error:
        state.speak(os.environ.get(LANG_VARIABLE) or state.browser_language() or "en")
        if not current.is_chosen() and not os.environ.get(GRAPH_VARIABLE) and not os.environ.get(STORE_VARIABLE):
            _first_page()
            return
        _trouble(error)
        return
    state.speak(settings.lang or state.browser_language() or notes_language(notes.documents))
    lang = state.lang()
    speak_of(notes.documents, lang)
    find = _head(notes)
    try:
        if state.page() == "map":
            with st.container(
                key="active", gap=None
            ):  # always there: what comes below keeps its place, and so its state
                _active_filters(notes, lang)
        PAGES[state.page()](notes, lang)
    except InputError as error:
        st.error(plain_label(str(error)))
    except StudyatlasError as error:
        _trouble(error)
    state.end()
    with find:  # last: what is on the page need not wait for the names
        search(notes, lang)


def _first_page() -> None:
    """The home page where there is no graph yet."""
    state.put(address.PAGE, "home")
    with st.container(key="head", horizontal=True, vertical_alignment="center", gap="small"):
        with st.container(key="brand", gap=None, width="content"):
            st.title("studyatlas", anchor=False)
        _language(state.lang())
    home_page(None, state.lang())
    state.end()


def _trouble(error: StudyatlasError) -> None:
    """Say that the graph cannot be read, and what to do about it."""
    lang = state.lang()
    wanted = os.environ.get(GRAPH_VARIABLE) or ""
    remote = "://" in wanted or "Neo4j" in str(error)
    sort = (
        "bad_graph"
        if isinstance(error, NotAGraph | NewerSchema)
        else "no_server"
        if remote
        else "no_graph"
        if "no graph" in str(error)
        else "store"
    )
    build = ("trouble_build", ("studyatlas", "build", "NOTES"))
    start = ("trouble_server", ("docker", "compose", "up", "-d", "neo4j"))
    if trouble_panel(sort, str(error), (start,) if sort == "no_server" else (build,), lang=lang, key="trouble"):
        loading.forget()
        st.rerun()
    loading.forget()


def _head(notes: loading.GraphOverview) -> DeltaGenerator:
    """The name, what the graph contains, the pages and the language; returns the place of the search box."""
    lang, info = state.lang(), notes.info
    counts = {
        "documents": info.documents,
        "concepts": info.concepts,
        "relations": info.relations,
        "prerequisites": info.prerequisites,
    }
    with st.container(key="head", horizontal=True, vertical_alignment="center", gap="small"):
        with st.container(key="brand", gap=None, width="content"):
            st.title("studyatlas", anchor=False)
            st.caption(say("tagline", lang, **counts))
        find = st.container(key="find")
        st.segmented_control(
            say("pages", lang),
            [page for page in address.PAGES if page in _offered(notes)],
            format_func=lambda p: say(f"page.{p}", lang),
            key=address.PAGE,
            label_visibility="collapsed",
            required=True,
        )
        _language(lang)
    return find


def _language(lang: str) -> None:
    st.segmented_control(
        say("language", lang),
        LANGS,
        format_func=lambda i: say(f"lang.{i}", lang),
        key=address.LANG,
        label_visibility="collapsed",
        required=True,
    )


def _offered(notes: loading.GraphOverview) -> list[str]:
    """The pages of the menu: that of Cypher for graphs in Neo4j only, or where somebody opened it."""
    cypher = not isinstance(notes.target.address, FileAddress) or state.page() == "console"
    return [page for page in PAGES if page != "console" or cypher]


def _active_filters(notes: loading.GraphOverview, lang: str) -> None:
    """What narrows the map down, in words, with a button that clears it."""
    if not state.filtered():
        return
    titles = {theme.id: theme.title for theme in loading.themes(notes.target, notes.info.build)}
    shown = [kind.label(lang) for kind in state.value(address.KINDS)]
    shown += [kind.label(lang) for kind in state.value(address.TYPES)]
    shown += [titles.get(i, i) for i in state.value(address.THEMES)]
    shown += state.value(address.DOCUMENTS)
    if state.value(address.CONFIDENCE):
        shown.append(f"{say('confidence', lang)} ≥ {state.value(address.CONFIDENCE):.2f}")
    if filters_panel(shown, lang=lang, key="filters"):
        state.clear_filters()


def map_page(notes: loading.GraphOverview, lang: str) -> None:
    """The concept map, and next to it the concept that was clicked, or the list of the route that it shows."""
    whole = loading.whole(notes.target, notes.info.build)
    with st.container(key="missing", gap=None):
        focus = _known(notes, state.focused(), lang, key="unknown.focus")
        route = _route(notes, lang)
    controls = controls_panel(whole.themes, notes.documents, focused=focus is not None, lang=lang)
    left, right = st.columns([2.15, 1] if state.beside() is None else [1.3, 1], gap="medium")
    with left:
        _draw(notes, controls, focus, route, lang)
    with right:
        if note_beside(notes, lang, height=HEIGHT - 50):
            return
        if route is None:
            _next_to_the_map(notes, focus, lang)
        else:
            _route_list(notes, route, lang)


def _known(notes: loading.GraphOverview, concept_id: str | None, lang: str, *, key: str = "unknown") -> str | None:
    """``concept_id`` if the graph has it; else say that it has not, with the names that are most like it."""
    if concept_id is None or loading.concept(notes.target, notes.info.build, concept_id) is not None:
        return concept_id
    near = loading.nearest(notes.target, notes.info.build, concept_id)
    choice = unknown_concept_panel(concept_id, near, lang=lang, key=key)
    if choice is not None:
        state.follow(choice)
    return None


def _route(notes: loading.GraphOverview, lang: str) -> Route | None:
    """The route that the view names, if the graph has both of its ends."""
    ends = state.route()
    if ends is None:
        return None
    start, goal = (_known(notes, end, lang, key=f"unknown.route{i}") for i, end in enumerate(ends))
    if goal is None:
        return None
    return route(notes, goal, None if start == goal else start, lang)


def _draw(
    notes: loading.GraphOverview, controls: Controls, focus: str | None, shown_route: Route | None, lang: str
) -> None:
    """The map itself: whole, around the concept in focus, or a route."""
    target, build = notes.target, notes.info.build
    around = [(c, 1) for c in (state.concept(), *state.expanded()) if c is not None]
    around += [] if focus is None else [(focus, controls.depth)]
    around += [] if shown_route is None else [(c, 0) for c in shown_route.concepts]
    known = [(c, hops) for c, hops in around if loading.concept(target, build, c) is not None]
    theme = state.theme()
    opened = None if theme is None else loading.members_of(target, build, lang, theme)
    looked = Looked(
        selected=state.concept(),
        focus=focus,
        depth=controls.depth,
        theme=theme,
        route=None if shown_route is None else shown_route.drawn,
        extra=loading.missing(target, build, lang, known) if focus or opened is None else opened,
    )
    concept_map(
        loading.scene_of(target, build, lang),
        looked,
        controls.wishes,
        key="map",
        lang=lang,
        height=HEIGHT,
        events=Events(
            picked=state.select,
            focused=state.show_around,
            opened=state.open_territory,
            expanded=state.expand,
            ticked=None if shown_route is None else shown_route.tick,
        ),
    )


def _route_list(notes: loading.GraphOverview, shown_route: Route, lang: str) -> None:
    """The list of what a route leads over, next to the map."""
    labels = {**notes.labels, **shown_route.names}
    start = shown_route.path.start
    chosen, left = route_panel(labels, title=str(shown_route.drawn["title"]), start=start, lang=lang, key="map.route")
    if left:
        state.later({address.ROUTE: ()})
    if chosen != start:
        state.later({address.ROUTE: (chosen or shown_route.path.goal, shown_route.path.goal)})
    with st.container(height=HEIGHT - 110, border=False, key="route_list"):
        choice = path_panel(
            shown_route.path,
            names=shown_route.names,
            themes=shown_route.themes,
            ticks=shown_route.ticks,
            lang=lang,
            key="map.path",
        )
    if isinstance(choice, ConceptChoice):
        state.later({address.CONCEPT: choice.id})
    elif choice is not None:
        state.follow(choice)


def _next_to_the_map(notes: loading.GraphOverview, focus: str | None, lang: str) -> None:
    """The card of the concept that is marked, or how to begin."""
    shown = _known(notes, state.concept(), lang)
    if shown is None:
        begin = welcome_panel([(name, i) for i, name in list(notes.names.items())[:16]], lang=lang, key="map.welcome")
        if begin is not None:
            state.focus(begin.id)
        return
    whole = loading.whole(notes.target, notes.info.build)
    colour = theme_colours(whole.themes).get(themes_of(whole.themes).get(shown, ""), REST)
    found = loading.card(notes.target, notes.info.build, shown)
    action = actions_panel(focused=focus == shown, lang=lang, key="map.do")
    choice = concept_card_panel(found, lang=lang, key="map.card", height=HEIGHT - 50, colour=colour)
    if action in ("focus", "whole"):
        state.focus(shown if action == "focus" else None)
    elif action == "route":
        state.later({address.ROUTE: (shown, shown), address.FOCUS: None})
    elif action == "page":
        state.follow(ConceptChoice(shown))
    elif action == "study":
        state.later({address.PAGE: "study", address.STUDY_VIEW: "path", address.GOAL: shown})
    if isinstance(choice, ConceptChoice):
        state.focus(choice.id)
    elif choice is not None:
        state.follow(choice)


def concept_page(notes: loading.GraphOverview, lang: str) -> None:
    """One concept with all that the notes say about it."""
    correction_shown(notes, lang)
    concept = _known(notes, state.concept(), lang)
    if concept is None:
        first = [(name, i) for i, name in list(notes.names.items())[:40]]
        choice: Choice | None = concept_list_panel(first, lang=lang, key="concept.list")
    else:
        edit, toggle = st.columns([4, 1], vertical_alignment="center")
        with toggle:
            background_toggle(lang=lang, key=address.BACKGROUND)
        with edit:
            edit_shown(notes, concept, lang)
        choice = concept_shown(notes, concept, lang)
    if choice is not None:
        state.follow(choice)


def ask_page(notes: loading.GraphOverview, lang: str) -> None:
    """A question and its answer."""
    target, build = notes.target, notes.info.build
    whole = loading.whole(target, build)
    examples = example_questions(whole.concepts, whole.relations, whole.prerequisites, lang=lang)
    box, known = st.columns([4, 1], vertical_alignment="bottom")
    with box:
        question = question_panel(examples, lang=lang, key="ask", question_key=address.QUESTION)
    with known:
        background_toggle(lang=lang, key=address.BACKGROUND)
    choice = None
    if question:
        with st.spinner(say("ask_waiting", lang)):
            found = loading.answer(target, build, question)
        asked = [link.name for link in found.plan.links] if found.plan is not None else []
        ids = loading.ids_called(target, build, (*asked, *found.concepts), found.path)
        named = (*asked, *(end for step in found.path for end in (step.head, step.tail)), *found.concepts)
        shown = list(dict.fromkeys(ids[name] for name in named if name in ids))[:DRAWN] if found.answered else []
        part = loading.part(target, build, shown)
        unknown = found.plan.unknown if found.plan is not None and not found.answered else ()
        near = dict.fromkeys(pair for word in unknown for pair in loading.nearest(target, build, word)[:3])
        drawn = drawn_concepts(part.concepts, part.relations, lang=lang)
        beside = state.beside() is not None
        left, right = st.columns([1.25, 1] if beside else [1, 0.001], gap="medium" if beside else None)
        with left:
            choice = answer_panel(found, ids=ids, near=list(near), drawn=drawn, lang=lang, key="ask.answer")
        with right:
            note_beside(notes, lang, height=HEIGHT - 50)
        state.remember_question(question)
    before = [text for text in state.asked_before() if text != question]
    choice = history_panel(before, lang=lang, key="ask.before") or choice
    if choice is not None:
        state.follow(choice)


def themes_page(notes: loading.GraphOverview, lang: str) -> None:
    """The themes, level by level."""
    themes = loading.themes(notes.target, notes.info.build)
    levels = sorted({theme.level for theme in themes})
    if not levels:
        st.info(say("themes_none", lang))
        return
    counts = {level: sum(theme.level == level for theme in themes) for level in levels}
    state.assume(address.LEVEL, levels, levels[0])
    level = st.segmented_control(
        say("themes_level", lang),
        levels,
        format_func=lambda n: say("themes_level_n" if n else "themes_level_0", lang, n=n, count=counts[n]),
        key=address.LEVEL,
        required=True,
    )
    shown = [theme for theme in themes if theme.level == level]
    names = loading.names(notes.target, sorted({member for theme in shown for member in theme.members[:40]}))
    parents = {theme.id: theme.title for theme in themes}
    choice = themes_panel(shown, names=names, parents=parents, colours=loading.colours(themes), lang=lang, key="themes")
    if choice is not None:
        state.follow(choice)


def sources_page(notes: loading.GraphOverview, lang: str) -> None:
    """A note with the cited line marked."""
    documents = {document.id: document for document in notes.documents}
    wanted = state.value(address.DOCUMENT)
    if wanted not in documents:
        if wanted is not None:
            st.warning(plain_label(say("sources_gone", lang, doc=wanted)), icon=None)
            state.leave_place()
        state.put(address.DOCUMENT, next(iter(documents), None))
    doc = st.selectbox(say("sources_choose", lang), list(documents), key=address.DOCUMENT, on_change=state.leave_place)
    if doc is None:
        st.info(say("sources_none", lang))
        return
    at = state.place()
    choice = note_page(notes, documents[doc], at, lang)
    if choice is not None:
        state.follow(choice)


def console_page(notes: loading.GraphOverview, lang: str) -> None:
    """Cypher on a graph in Neo4j, answered as a table and as a map."""
    if isinstance(notes.target.address, FileAddress):
        shown = notes.target.address.shown
        st.info(say("console_needs_neo4j", lang, target=plain_label(shown)))
        name = Path(notes.info.source).name or "notes"
        st.code(
            "STUDYATLAS_NEO4J_PASSWORD=… docker compose up -d neo4j\n"
            f"studyatlas copy {shlex.quote(shown)} {shlex.quote('neo4j://localhost:7687?graph=' + quote(name))}",
            language="bash",
        )
        return
    from graph.stores.neo4j.console import ROWS, SECONDS

    query = console_panel(state.cypher() or "", rows=ROWS, seconds=SECONDS, lang=lang, key="console")
    if query is not None:
        state.run_cypher(query)
    asked = state.cypher()
    if asked is None:
        return
    table = loading.cypher(notes.target, notes.info.build, asked)
    table_panel(table, lang=lang, key="console")
    if table.concepts:
        st.caption(say("console_map", lang, n=len(table.concepts)))
        part = loading.part_scene(notes.target, notes.info.build, tuple(table.concepts), lang)
        concept_map(
            part,
            Looked(),
            Wishes(untyped=True),
            key="console.map",
            lang=lang,
            height=HEIGHT,
            events=Events(picked=state.open_concept),
        )


PAGES: Final = {
    "map": map_page,
    "concept": concept_page,
    "ask": ask_page,
    "study": study_page,
    "gaps": gaps_page,
    "themes": themes_page,
    "sources": sources_page,
    "console": console_page,
    "home": home_page,
}

main()
