from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.stores.masking import masked, masked_in, without_passwords
from graph.stores.neo4j.address import SCHEMES, Neo4jAddress


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("neo4j://ann:s3cret@db.local:7687/notes", "neo4j://ann:***@db.local:7687/notes"),
        ("bolt+s://ann:p%40ss@db.local", "bolt+s://ann:***@db.local"),
        ("neo4j://:s3cret@db.local", "neo4j://:***@db.local"),
        ("bolt://ann:s3cret@[::1]:7687?graph=a", "bolt://ann:***@[::1]:7687?graph=a"),
        # not percent-encoded
        ("neo4j://a:b@c@d:xx/", "neo4j://a:***@d:xx/"),
        ("neo4j://ann:s3/c?r#et@h", "neo4j://ann:***@h"),
        # mistyped
        ("http://ann:s3cret@h", "http://ann:***@h"),
        (" neo4j://ann:s3cret@h", " neo4j://ann:***@h"),
        ("neo4j:/ann:s3cret@h", "neo4j:/ann:***@h"),
        ("//ann:s3cret@h", "//ann:***@h"),
        ("neo4j//ann:s3cret@h", "neo4j//ann:***@h"),
        ("ann:s3cret@h", "ann:***@h"),
        ("ann:s3://a:cret@h", "ann:***@h"),
        ("neo4j://ann:s3cret", "neo4j://ann:***"),
        ("neo4j://ann:123456", "neo4j://ann:***"),
    ],
)
def test_passwords_are_masked(address: str, shown: str) -> None:
    assert masked(address) == shown
    assert masked(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "neo4j://db.local:7687",
        "neo4j://db.local:7687/notes?graph=%E6%88%91",
        "neo4j://db.local/a:b",
        "neo4j://ann@db.local:7687?graph=a",
        "bolt://[::1]:7687?graph=a",
        "bolt://[::1]",
        "notes/graph.db",
        "C:\\Users\\me@work\\graph.db",
        "notes/a:b@c.db",
        "我的笔记",
        "",
    ],
)
def test_what_has_no_password_is_left_as_it_is(text: str) -> None:
    assert masked(text) == text


def test_a_message_is_masked_only_where_it_quotes_a_word() -> None:
    word = "neo4j://ann:s3\\cret@h/x"
    words = ["export", word, "--limit=3"]
    assert masked_in(f"No such option: {word}", words) == "No such option: neo4j://ann:***@h/x"
    assert masked_in(f"{word!r} is not a number: a:b@c", words) == "'neo4j://ann:***@h/x' is not a number: a:b@c"
    assert masked_in(f"There is no folder {Path(word)}.", words) == "There is no folder neo4j:/ann:***@h/x."
    assert masked_in("write neo4j://USER:PASSWORD@HOST", words) == "write neo4j://USER:PASSWORD@HOST"


def test_known_passwords_are_found_as_words_in_any_writing() -> None:
    assert without_passwords("p@ss p%40ss 'p@ss' xp@ss", ["p@ss", None, ""]) == "*** *** '***' xp@ss"
    assert without_passwords("a banana, a", ["a"]) == "*** banana, ***"
    assert without_passwords(r"it said 'a\nb'", ["a\nb"]) == "it said '***'"


NASTY = st.text("aZ0:/?#@[]%&='\"\\ !\téç密🔑", max_size=6)


@given(scheme=st.sampled_from([*sorted(SCHEMES), "http", "neo4jj"]), middle=NASTY)
def test_no_part_of_a_password_is_left(scheme: str, middle: str) -> None:
    password = f"Zq7{middle}Kx9"
    for written in (password, quote(password, safe="")):
        for address in (
            f"{scheme}://ann:{written}@db.local:7687?graph=x",
            f"{scheme}:/ann:{written}@h",
            f"ann:{written}@h",
        ):
            shown = masked(address)
            assert "Zq7" not in shown
            assert "Kx9" not in shown
            assert shown.startswith(address.partition("ann")[0] + "ann:***@")


@given(password=NASTY.filter(bool), user=st.none() | NASTY.filter(bool))
def test_an_address_is_shown_as_its_text_is_masked(password: str, user: str | None) -> None:
    address = Neo4jAddress("neo4j://db.local:7687", user, password, None, "我 a@b")
    assert masked(address.url) == address.shown
    assert Neo4jAddress.parse(address.url) == address
    assert repr(address) == f"Neo4jAddress({address.shown!r})"
