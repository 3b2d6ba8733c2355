from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from extract.knowledge.pack_check import check_packs
from extract.knowledge.pack_sources import parse_pack
from extract.llm.pack_draft import draft_pack, draft_requests
from graph.llm.requests import Answers, Keep, Request, Tell
from graph.model import Concept


class Writer:
    name = "writer"
    context = 8192

    def __init__(self, *entries: Any) -> None:
        self.entries = entries

    def answer(self, requests: Sequence[Request], tell: Tell | None = None, keep: Keep | None = None) -> Answers:
        return Answers({requests[0].id: json.dumps({"entries": self.entries})}, {r.id: "no" for r in requests[1:]})


CONCEPTS = [Concept(name, name) for name in ("waggle dance", "round dance", "forager bee")]


def drafted(*entries: Any) -> tuple[list[dict[str, Any]], dict[str, int]]:
    draft = draft_pack(CONCEPTS, "beekeeping", Writer(*entries))
    pack = parse_pack(draft.text, Path("beekeeping.jsonl"))
    assert check_packs([pack]) == []
    return [json.loads(line) for line in draft.text.splitlines()], dict(draft.dropped)


def test_a_draft_is_a_pack_that_the_linter_accepts() -> None:
    entries, dropped = drafted(
        {"name": "waggle dance", "aliases": ["摇摆舞"], "kind": "method", "contrasts_with": ["round dance"], "needs": ["forager bee"]},
        {"name": "round dance", "aliases": [], "kind": "method", "needs": ["采集蜂"]},
        {"name": "forager bee", "aliases": ["采集蜂"], "kind": "organism", "is_a": []},
    )  # fmt: skip
    assert dropped == {}
    assert entries == [
        {"name": "forager bee", "aliases": ["采集蜂"], "kind": "organism"},
        {"name": "round dance", "kind": "method", "contrasts_with": ["waggle dance"], "needs": ["forager bee"]},
        {
            "name": "waggle dance",
            "aliases": ["摇摆舞"],
            "kind": "method",
            "contrasts_with": ["round dance"],
            "needs": ["forager bee"],
        },
    ]


def test_what_the_linter_would_refuse_is_dropped_and_counted() -> None:
    entries, dropped = drafted(
        {"name": "a", "aliases": ["x", "A", "x"], "kind": "nonsense", "uses": ["a", "b", "nowhere"], "is_a": ["b"]},
        {"name": "b", "aliases": ["x"], "kind": "method", "uses": ["a"], "needs": ["a"]},
        {"name": "a", "needs": ["b"]},
        {"name": "c\u200bd"},
        {"name": 3},
        "text",
    )
    assert [e["name"] for e in entries] == ["a", "b"]
    assert entries[0]["kind"] == "concept"
    assert dropped == {"circle": 1, "form": 2, "name": 2, "pair": 2, "self": 1, "value": 1}


def test_requests_are_of_a_bounded_size_and_harmless() -> None:
    many = [Concept(f"c{n}", f"name {n}") for n in range(120)]
    requests = draft_requests(many, "a  field\nwith breaks")
    assert len(requests) == 5
    assert "expert of a field with breaks who" in requests[0].system
    assert sum(r.user.count("\n- ") for r in requests) == 120
