"""Front matter in three syntaxes: whole, broken and hostile."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extract.notes.front_matter import read_front_matter
from extract.notes.properties import metadata_of


def found(text: str) -> list[tuple[int, str, str]]:
    read = read_front_matter(text.split("\n"))
    return [] if read is None else [(p.line, p.key, p.value) for p in read.properties]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "---\nTitle: Osmosis\naliases:\n  - water diffusion\n  - 'Osmotic flow'\n---\nText\n",
            [(1, "title", "Osmosis"), (3, "aliases", "water diffusion"), (4, "aliases", "Osmotic flow")],
        ),
        ('---\naliases: [A, "B, C"]\n---\n', [(1, "aliases", "A"), (1, "aliases", '"B, C"')]),
        ("---\nalias: A, B # both\n---\n", [(1, "alias", "A, B")]),
        ("---\nrequires: [[Water cycle]]\n---\n", [(1, "requires", "[[Water cycle]]")]),
        ("---\nrequires:\n- [[A, b|c]]\n- '[[D]]'\n---\n", [(2, "requires", "[[A, b|c]]"), (3, "requires", "[[D]]")]),
        ("---\nabout:\n  names: {long: Osmotic flow}\n---\n", [(2, "about", "Osmotic flow")]),
        ("---\n先修: 扩散、溶液\n---\n", [(1, "先修", "扩散、溶液")]),
        ("---\ndate: 2024-13-40\nempty:\nnone: null\n---\n", [(1, "date", "2024-13-40")]),
        (
            "+++\ntitle = 'Osmosis'\naliases = [\n  'water diffusion',\n  'flow',\n]\n[extra]\ndepth = 3\n+++\nText\n",
            [(1, "title", "Osmosis"), (3, "aliases", "water diffusion"), (4, "aliases", "flow"), (7, "extra", "3")],
        ),
        (
            '{\n  "title": "Osmosis",\n  "aliases": ["water diffusion",\n    "flow"]\n}\n\nText\n',
            [(1, "title", "Osmosis"), (2, "aliases", "water diffusion"), (3, "aliases", "flow")],
        ),
        (';;;\n"title": "Osmosis",\n"alias": "flow"\n;;;\nText\n', [(1, "title", "Osmosis"), (2, "alias", "flow")]),
        (';;;\n{"title": "Osmosis"}\n;;;\nText\n', [(1, "title", "Osmosis")]),
    ],
)
def test_values_with_their_lines(text: str, expected: list[tuple[int, str, str]]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Text\n",
        "---\n\nabove\n\n---\nbelow\n",
        "---\nE=mc2\n---\n",
        "---\ntitle: never closed\n",
        '{"all": "data"}\n',
        "{ not JSON }\ntext\n",
        "{% include x %}\ntext\n",
        ";;;\nnot JSON\n;;;\ntext\n",
        "",
    ],
)
def test_what_is_no_front_matter(text: str) -> None:
    assert read_front_matter(text.split("\n")) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "---\ntitle: Osmosis: a primer\naliases: [flow\ntags: {a\nrequires:\n  - Water\n---\n",
            [(1, "title", "Osmosis: a primer"), (2, "aliases", "[flow"), (3, "tags", "{a"), (5, "requires", "Water")],
        ),
        (
            "---\nbad: a: b\n\tx: y\naliases: [A, B]\n---\n",
            [(1, "bad", "a: b"), (3, "aliases", "A"), (3, "aliases", "B")],
        ),
        (
            "+++\ntitle = 'Osmosis'\nbad = [1,\nalias = 'flow'\n+++\n",
            [(1, "title", "Osmosis"), (2, "bad", "[1,"), (3, "alias", "flow")],
        ),
        ("---\n- item\ntitle: T\n---\n", []),
    ],
)
def test_a_broken_key_loses_nothing_but_itself(text: str, expected: list[tuple[int, str, str]]) -> None:
    assert found(text) == expected


def test_a_value_that_no_line_says_is_left_out() -> None:
    assert found('---\ntitle: "\\u4e2d\\u6587"\nalias: >\n  one\n  two\ntags: ok\n---\n') == [(5, "tags", "ok")]


def test_nothing_is_executed_and_aliases_do_not_explode() -> None:
    assert found("---\na: !!python/object/apply:os.system ['true']\n---\n") == [(1, "a", "true")]
    bomb = "\n".join(f"k{i}: &k{i} [{', '.join([f'*k{i - 1}' if i else 'x'] * 9)}]" for i in range(40))
    assert len(found(f"---\n{bomb}\n---\n")) <= 1000


@given(st.text(alphabet="-+;{}[]:=\"'#*&!|> \n\tab中,", max_size=60), st.sampled_from(["---", "+++", ";;;", "{"]))
def test_nothing_raises(inside: str, mark: str) -> None:
    read_front_matter([mark, *inside.split("\n"), mark, "text"])
    read_front_matter([mark, "title: T", *inside.split("\n"), mark, "text"])


def test_what_the_properties_mean() -> None:
    read = read_front_matter(
        [
            "---",
            "title: Osmosis",
            "Alias: water diffusion; Osmotic flow",
            "tags: [biology, todo, '#cells']",
            'requires: "[[Diffusion|diffusing]], [water](notes/water.md)"',
            "depends_on: Diffusion",
            "---",
            "",
        ]
    )
    assert read is not None
    said = metadata_of(read.properties, read.title)
    assert said.title is not None
    assert (said.title.line, said.title.name) == (2, "Osmosis")
    assert [(s.line, s.name) for s in said.aliases] == [(3, "water diffusion"), (3, "Osmotic flow")]
    assert [s.name for s in said.tags] == ["biology", "cells"]
    assert [(s.name, s.target) for s in said.prerequisites] == [
        ("diffusing", "Diffusion"), ("water", "notes/water.md"), ("Diffusion", "")
    ]  # fmt: skip
