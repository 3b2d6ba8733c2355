"""A graph as an Obsidian vault: a note for each concept, with its relations as links, and a canvas of the map.

:mod:`extract.knowledge.vault_corrections` reads such a vault again after it was edited by hand. What was exported is in
``.studyatlas/vault.json``, a folder that Obsidian does not show, so that a change can be told from what was there.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from graph.exchange.file_names import unique_names
from graph.exchange.shared import COLOURS, Place, colours_of, node_ids, one_line, places_of, snapshot_of
from graph.model import Community, Concept, Evidence, GraphSnapshot, RelationType
from graph.stores.contract import GraphStore

FORMAT: Final = "studyatlas-vault/1"
MANIFEST: Final = ".studyatlas/vault.json"
"""Path of what was exported, in the vault."""
NOTES: Final = "concepts"
"""Folder of the notes, in the vault."""
CANVAS: Final = "map.canvas"
ON_CANVAS: Final = 200
"""Most salient concepts that the canvas shows: Obsidian becomes slow with some hundreds of cards."""

_WIDTH, _HEIGHT, _GAP = 260, 60, 20
_LARGEST_SCALE: Final = 24.0
"""The canvas is drawn at most this much larger than the map."""
_MARKUP: Final = re.compile(r"[\\`*_{}\[\]<>#|~$=%^&!]|^(?:[-+](?=\s)|\d+(?=[.)]))")
_FORMULA: Final = re.compile(r"\$\$[^$]+\$\$|(?<![\\\w$])\$(?!\s)[^$]+(?<![\s\\])\$(?![\d$])")
_UNPRINTABLE: Final = re.compile("[\x7f-\x9f\u2028\u2029\ufeff]")
"""What JSON has as it is and YAML does not."""
_NEEDS: Final[Mapping[str, str]] = {"zh": "先修", "en": "needs"}
_THEMES: Final[Mapping[str, str]] = {"zh": "主题", "en": "themes"}


def to_vault(graph: GraphStore | GraphSnapshot, *, lang: str = "en") -> dict[str, str]:
    """The files of the vault: text by path, with ``/``; the manifest comes last.

    A note's front matter has ``id``, ``aliases`` and ``kind``, its title is the name, below it are the definition with
    its place and the outgoing relations, one section for each type; the incoming ones Obsidian shows as backlinks.
    Names of files are safe on every system (:mod:`graph.exchange.file_names`); where one differs from the concept's
    name, links show the name.

    Args:
        graph: a store or a snapshot.
        lang: ``zh`` or ``en``: language of the headings.
    """
    whole = snapshot_of(graph)
    index = _THEMES.get(lang, _THEMES["en"])
    safe = unique_names([index, *(c.name for c in whole.concepts)])[1:]
    stems = dict(zip([c.id for c in whole.concepts], safe, strict=True))
    ids = node_ids(c.id for c in whole.concepts)
    links = {c.id: _link(stems[c.id], c.name) for c in whole.concepts}
    sections = _sections(whole, lang)
    files = {f"{NOTES}/{stems[c.id]}.md": _note(c, ids[c.id], sections.get(c.id, {}), links) for c in whole.concepts}
    notes = {
        path: {
            "id": ids[c.id],
            "name": one_line(c.name),
            "aliases": _aliases(c),
            "kind": c.kind.value,
        }
        for path, c in zip(files, whole.concepts, strict=True)
    }
    files[f"{index}.md"] = _themes(whole.communities, links)
    files[CANVAS] = _canvas(whole, stems, lang)
    manifest = {
        "format": FORMAT,
        "notes": notes,
        "files": {path: hashlib.sha256(text.encode()).hexdigest() for path, text in files.items()},
    }
    files[MANIFEST] = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"
    return files


def _aliases(concept: Concept) -> list[str]:
    """The other names, each on one line and different from the name."""
    names = dict.fromkeys(one_line(alias) for alias in concept.aliases)
    return [name for name in names if name and name != one_line(concept.name)]


def _sections(graph: GraphSnapshot, lang: str) -> dict[str, dict[str, list[str]]]:
    """Id → heading → ids of the concepts that are listed below it: the types of relations in order, then the needs."""
    by_type: dict[str, dict[RelationType, list[str]]] = defaultdict(lambda: defaultdict(list))
    for r in graph.relations:
        by_type[r.head][r.type].append(r.tail)
        if r.type.symmetric:
            by_type[r.tail][r.type].append(r.head)
    sections: dict[str, dict[str, list[str]]] = {
        concept: {kind.label(lang): listed[kind] for kind in RelationType if kind in listed}
        for concept, listed in by_type.items()
    }
    for p in graph.prerequisites:
        sections.setdefault(p.after, {}).setdefault(_NEEDS.get(lang, _NEEDS["en"]), []).append(p.before)
    return sections


def _note(concept: Concept, note_id: str, sections: Mapping[str, Sequence[str]], links: Mapping[str, str]) -> str:
    lines = [
        "---",
        f"id: {_yaml(note_id)}",
        f"aliases: {_yaml(_aliases(concept))}",
        f"kind: {concept.kind.value}",
        f"importance: {float(concept.salience):.3f}",
        "---",
        f"# {escaped(concept.name)}",
        "",
    ]
    if concept.definition is not None:
        lines += [f"> {escaped(concept.definition.quote)}", ">", f"> — {_source(concept.definition)}", ""]
    for heading, ids in sections.items():
        lines += [f"## {heading}", "", *(f"- {links[other]}" for other in ids), ""]
    return "\n".join(lines)


def _source(evidence: Evidence) -> str:
    """Where a quote is, as code, with as many backticks as the path needs."""
    place = one_line(f"{evidence.doc}:{evidence.line}")
    fence = "`" * (max((len(run) for run in re.findall("`+", place)), default=0) + 1)
    return f"{fence} {place} {fence}" if "`" in place else f"`{place}`"


def _themes(communities: Sequence[Community], links: Mapping[str, str]) -> str:
    lines: list[str] = []
    for community in communities:
        if community.level == 0:
            lines += [f"# {escaped(community.title) or community.id}", ""]
            lines += [*(f"- {links[member]}" for member in community.members), ""]
    return "\n".join(lines)


def _yaml(value: str | list[str]) -> str:
    """A value of front matter: JSON, which is YAML, in quotes so that nothing is taken for a number, date or link."""
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))


def _link(stem: str, name: str) -> str:
    shown = one_line(name)
    if shown == stem:
        return f"[[{stem}]]"
    return f"[[{stem}|{shown.replace('|', '｜').replace('[', '［').replace(']', '］')}]]"


def escaped(text: str) -> str:
    r"""``text`` on one line as Markdown that Obsidian shows letter by letter; formulas between ``$`` stay formulas.

    >>> escaped("a *b* [[c]] $x_1$ <d>")
    'a \\*b\\* \\[\\[c\\]\\] $x_1$ \\<d\\>'
    """
    flat, parts, last = one_line(text), [], 0
    for found in _FORMULA.finditer(flat):
        parts += [_plain(flat[last : found.start()]), found[0].replace("<", r"\lt ").replace("%%", r"\%\%")]
        last = found.end()
    return "".join([*parts, _plain(flat[last:])])


def _plain(text: str) -> str:
    def escape(found: re.Match[str]) -> str:
        return f"{found[0]}\\" if found[0][0].isdigit() else f"\\{found[0]}"

    return _MARKUP.sub(escape, text)


# ---- the canvas ----------------------------------------------------------------------------------------------------


def _canvas(graph: GraphSnapshot, stems: Mapping[str, str], lang: str) -> str:
    """The most salient concepts as cards (https://jsoncanvas.org/spec/1.0/), where the map has them."""
    shown = graph.concepts[:ON_CANVAS]
    ids, colours = {c.id for c in shown}, colours_of(graph)
    spots = _spots(shown, places_of(graph), colours)
    presets = {colour: str(number % 6 + 1) for number, colour in enumerate(COLOURS)}
    cards = [
        {
            "id": _key(c.id),
            "type": "file",
            "file": f"{NOTES}/{stems[c.id]}.md",
            "x": spots[c.id][0],
            "y": spots[c.id][1],
            "width": _WIDTH,
            "height": _HEIGHT,
            **({"color": presets[colours[c.id]]} if colours[c.id] in presets else {}),
        }
        for c in shown
    ]
    edges = list(_canvas_edges(graph, ids, lang))
    return json.dumps({"nodes": cards, "edges": edges}, ensure_ascii=False, indent=1) + "\n"


def _canvas_edges(graph: GraphSnapshot, ids: set[str], lang: str) -> Iterator[dict[str, Any]]:
    for r in graph.relations:
        if r.head in ids and r.tail in ids:
            edge = {"id": _key("\0".join(r.key)), "fromNode": _key(r.head), "toNode": _key(r.tail)}
            yield edge | {"label": r.type.label(lang), **({"toEnd": "none"} if r.type.symmetric else {})}


def _key(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _spots(
    shown: Sequence[Concept], places: Mapping[str, Place], colours: Mapping[str, str]
) -> dict[str, tuple[int, int]]:
    """Upper left corners of the cards: the map, enlarged until no two overlap; without a map rows of one colour."""
    if not all(c.id in places for c in shown):
        ordered = sorted(shown, key=lambda c: colours[c.id])
        across = max(1, math.isqrt(len(ordered)))
        return {c.id: (n % across * (_WIDTH + _GAP), n // across * (_HEIGHT + _GAP)) for n, c in enumerate(ordered)}
    points = [(places[c.id].x, places[c.id].y) for c in shown]
    scale = 1.0
    for n, (x, y) in enumerate(points):
        for other_x, other_y in points[:n]:
            wide, high = abs(x - other_x), abs(y - other_y)
            needed = min((_WIDTH + _GAP) / wide if wide else math.inf, (_HEIGHT + _GAP) / high if high else math.inf)
            scale = max(scale, min(needed, _LARGEST_SCALE))
    return {c.id: (round(x * scale), round(y * scale)) for c, (x, y) in zip(shown, points, strict=True)}
