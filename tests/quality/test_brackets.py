"""Brackets of public notes on medicine, mathematics, computing, history and law.

Each judged as a second name or a remark.
"""

from __future__ import annotations

import json
from pathlib import Path

from extract.concepts.candidates import collect
from extract.concepts.merging import alias_links
from extract.concepts.salience import SalienceModel
from extract.concepts.selection import cluster_forms
from extract.knowledge.lexicon import default_lexicon
from extract.notes.parse import parse
from extract.text.keys import key_of
from extract.text.parsed_doc import parsed_doc

PAIRS = [
    json.loads(line)
    for line in Path(__file__).with_name("bracket_pairs.jsonl").read_text(encoding="utf-8").splitlines()
]


def joined(record: dict[str, str]) -> bool:
    """Whether the two names are one concept after a build of a note with the text alone."""
    lexicon = default_lexicon()
    candidates = collect(parsed_doc("a.md", parse(f"# Notes\n\n{record['text']}\n")))
    scores = SalienceModel.default().scores(candidates, lexicon)
    links = alias_links(candidates, scores, lexicon)
    clusters = cluster_forms([candidates], [scores], lexicon, links=[links])
    return clusters.find(key_of(record["outer"])) == clusters.find(key_of(record["inner"]))


def test_a_bracket_is_a_name_only_where_it_may_be_one() -> None:
    assert len(PAIRS) == 150
    assert 40 < sum(record["name"] for record in PAIRS) < 80
    taken = [record for record in PAIRS if joined(record)]
    right = [record for record in taken if record["name"]]
    wrong = [(record["outer"], record["inner"]) for record in taken if not record["name"]]
    assert len(right) >= 0.9 * len(taken), wrong
    missed = [(r["outer"], r["inner"]) for r in PAIRS if r["name"] and r not in right]
    assert len(right) >= 0.55 * sum(record["name"] for record in PAIRS), missed
