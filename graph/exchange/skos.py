"""A graph as a SKOS concept scheme in JSON-LD: the form in which thesauri and taxonomies are exchanged.

SKOS is a recommendation of the W3C (https://www.w3.org/TR/skos-reference/). Its integrity conditions are kept: one
preferred label for each language, no label twice (S13, S14), and nothing is related to what is broader (S27).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import quote

from graph.exchange.shared import one_line, snapshot_of, visible
from graph.model import Concept, GraphSnapshot, RelationType
from graph.stores.contract import GraphStore
from graph.text.scripts import language_of

BASE: Final = "urn:studyatlas:"
"""What all our IRIs begin with: ``concept:ID``, ``theme:ID``, ``term:uses`` …"""
CONCEPT: Final = f"{BASE}concept:"
TERM: Final = f"{BASE}term:"
"""Our own properties: the types of relations that SKOS does not have, and ``kind``."""

_CONTEXT: Final[Mapping[str, Any]] = {
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "dcterms": "http://purl.org/dc/terms/",
    "id": "@id",
    "type": "@type",
    "prefLabel": {"@id": "skos:prefLabel", "@container": "@language"},
    "altLabel": {"@id": "skos:altLabel", "@container": "@language"},
    "definition": {"@id": "skos:definition", "@container": "@language"},
    "notation": {"@id": "skos:notation"},
    "source": {"@id": "dcterms:source"},
    "kind": {"@id": f"{TERM}kind"},
    "inScheme": {"@id": "skos:inScheme", "@type": "@id"},
    "broader": {"@id": "skos:broader", "@type": "@id"},
    "related": {"@id": "skos:related", "@type": "@id"},
    "requires": {"@id": "dcterms:requires", "@type": "@id"},
    "member": {"@id": "skos:member", "@type": "@id"},
    **{kind.value: {"@id": f"{TERM}{kind.value}", "@type": "@id"} for kind in RelationType},
}


def to_skos(graph: GraphStore | GraphSnapshot) -> str:
    """The graph as JSON-LD with its context inside, so that nothing is fetched to read it; ends in a line break.

    - ``prefLabel``: the name, and the first alias in the other language (``zh``, ``en``); ``altLabel``: the others;
    - ``broader`` from ``is_a``; ``related`` from all other relations, save what is broader anyway (S27). Each relation
      also has a property of its own type (``urn:studyatlas:term:uses``), because SKOS does not have it;
    - ``dcterms:requires`` from prerequisites; ``definition`` with ``dcterms:source`` (``doc:line``);
    - ``notation``: the id;
    - themes are a ``skos:Collection`` each.
    """
    whole = snapshot_of(graph)
    iris = _iris([c.id for c in whole.concepts])
    broader, related, typed, needs = (defaultdict[str, set[str]](set) for _ in range(4))
    by_type: dict[tuple[str, str], set[str]] = defaultdict(set)
    for r in whole.relations:
        if r.type is RelationType.IS_A:
            broader[r.head].add(r.tail)
        else:
            related[r.head].add(r.tail)
            related[r.tail].add(r.head)
            by_type[r.head, r.type.value].add(r.tail)
            typed[r.head].add(r.type.value)
    for p in whole.prerequisites:
        needs[p.after].add(p.before)
    above = {c.id: _ancestors(c.id, broader) for c in whole.concepts}
    languages = {d.id: d.lang for d in whole.documents}
    items: list[Mapping[str, Any]] = [{"id": f"{BASE}scheme", "type": "skos:ConceptScheme"}]
    for c in whole.concepts:
        near = (o for o in related[c.id] if o not in above[c.id] and c.id not in above[o])
        said: dict[str, Any] = {
            "id": iris[c.id],
            "type": "skos:Concept",
            "inScheme": f"{BASE}scheme",
            **_labels(c),
            "notation": visible(c.id),
            "kind": c.kind.value,
        }
        if c.definition is not None:
            said["definition"] = {languages.get(c.definition.doc, "en"): visible(c.definition.quote)}
            said["source"] = visible(f"{c.definition.doc}:{c.definition.line}")
        said["broader"] = _sorted(iris, broader[c.id])
        said["related"] = _sorted(iris, near)
        said["requires"] = _sorted(iris, needs[c.id])
        for kind in sorted(typed[c.id]):
            said[kind] = _sorted(iris, by_type[c.id, kind])
        items.append({key: value for key, value in said.items() if value not in ([], {})})
    for community in whole.communities:
        title = one_line(community.title)
        items.append(
            {
                "id": f"{BASE}theme:{_escaped(community.id)}",
                "type": "skos:Collection",
                **({"prefLabel": {language_of(title): title}} if title else {}),
                "member": [iris[member] for member in community.members],
            }
        )
    return json.dumps({"@context": _CONTEXT, "@graph": items}, ensure_ascii=False, indent=1) + "\n"


def _labels(concept: Concept) -> dict[str, Any]:
    """``prefLabel`` and ``altLabel`` by language; names that look alike on one line are one."""
    preferred: dict[str, str] = {}
    others: dict[str, list[str]] = defaultdict(list)
    for name in dict.fromkeys(one_line(name) for name in concept.names):
        if name and preferred.setdefault(language_of(name), name) != name:
            others[language_of(name)].append(name)
    return {"prefLabel": preferred, "altLabel": dict(others)}


def _ancestors(concept: str, broader: Mapping[str, Iterable[str]]) -> set[str]:
    """All that is broader than ``concept``, directly and indirectly."""
    found: set[str] = set()
    stack = [concept]
    while stack:
        for other in broader.get(stack.pop(), ()):
            if other not in found:
                found.add(other)
                stack.append(other)
    return found


def _sorted(iris: Mapping[str, str], ids: Iterable[str]) -> list[str]:
    return sorted(iris[one] for one in ids)


def _iris(ids: Iterable[str]) -> dict[str, str]:
    return {one: CONCEPT + _escaped(one) for one in ids}


def _escaped(text: str) -> str:
    """``text`` as part of an IRI: letters of all scripts stay, all else is percent-encoded, lone surrogates too."""
    return "".join(
        c if c.isalnum() or c in "-._~" else quote(c.encode("utf-8", "surrogatepass"), safe="") for c in text
    )
