"""What holds for every script of ours that runs in the browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.places import ROOT

HARMLESS = (
    "http://www.w3.org/2000/svg",
    "http://graphml.graphdrawing.org/xmlns",
    'fetch("_stcore/health"',  # whether our own server still runs
)
"""Names of kinds of XML, which nobody loads, and the one request of ours."""
SCRIPTS = sorted(p for p in (ROOT / "ui").rglob("*.js") if "vendor" not in p.parts)


def test_all_scripts_are_looked_at() -> None:
    assert len(SCRIPTS) >= 6


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda p: p.name)
def test_the_browser_never_makes_html_of_text_and_asks_no_other_server(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    assert text
    for known in HARMLESS:
        text = text.replace(known, "")
    for word in (
        "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "http://", "https://",
        "fetch(", "XMLHttpRequest", "WebSocket(", "sendBeacon",
    ):  # fmt: skip
        assert word not in text, word
