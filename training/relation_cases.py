"""Gold notes as the relation and prerequisite stages meet them: with the gold's concepts, or some of them lost and wrong ones added."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from extract.blocks import parse
from extract.concepts import parsed_doc
from extract.drafts import ConceptDraft
from extract.kinds import kind_of
from extract.lexicon import default_lexicon
from extract.occurrences import Occurrence, ParsedDoc, locate
from extract.segment import Token, tokenize
from graph.names import fold
from training.gold import GoldPart, normal


@dataclass(frozen=True)
class Case:
    """One gold part with one set of concepts."""

    part: GoldPart
    doc: ParsedDoc
    drafts: tuple[ConceptDraft, ...]
    gold_of: tuple[int, ...]
    """For each draft the number of its gold concept, -1 for a wrong one."""
    occurrences: tuple[Occurrence, ...]
    relations: Mapping[tuple[int, int], frozenset[tuple[str, int]]]
    """Gold (head, tail) → {(type, line)}."""
    prerequisites: frozenset[tuple[int, int]]


def parsed(part: GoldPart) -> ParsedDoc:
    """The part's document, lines outside of it blank."""
    return parsed_doc(part.path.name, parse(part.text, suffix=part.path.suffix))


def gold_case(part: GoldPart, doc: ParsedDoc) -> Case:
    """The part with its own concepts."""
    drafts, owners = [], []
    for number, concept in enumerate(part.concepts):
        drafts.append(_draft(concept["name"], tuple(concept.get("aliases", [])), {"core": 0.9, "normal": 0.6}.get(concept["weight"], 0.3)))
        owners.append(number)
    return with_drafts(part, doc, drafts, owners)


def noisy_case(part: GoldPart, doc: ParsedDoc, *, seed: int, lost: float = 0.25, wrong: float = 0.4) -> Case:
    """The part with a share ``lost`` of its concepts (minor ones first) gone and ``wrong`` · n frequent word sequences added."""
    rng = random.Random(f"{seed} {part.name}")
    drafts, owners = [], []
    for number, concept in enumerate(part.concepts):
        odds = {"core": 0.4, "normal": 1.0}.get(concept["weight"], 1.6) * lost
        if rng.random() >= odds:
            aliases = tuple(a for a in concept.get("aliases", []) if rng.random() < 0.6)
            drafts.append(_draft(concept["name"], aliases, min(1.0, max(0.1, rng.gauss(0.75, 0.2)))))
            owners.append(number)
    taken = set(part.forms)
    for name in _sequences(doc, rng):
        if len(drafts) >= len(owners) + 0:
            pass
        if owners.count(-1) >= wrong * len(part.concepts):
            break
        if normal(name) and normal(name) not in taken:
            taken.add(normal(name))
            drafts.append(_draft(name, (), min(1.0, max(0.1, rng.gauss(0.45, 0.2)))))
            owners.append(-1)
    return with_drafts(part, doc, drafts, owners)


def with_drafts(part: GoldPart, doc: ParsedDoc, drafts: Sequence[ConceptDraft], owners: Sequence[int]) -> Case:
    """The part with any concepts; ``owners`` as in :attr:`Case.gold_of`."""
    occurrences = locate([doc], ((n, i) for i, d in enumerate(drafts) for n in d.names))
    relations: dict[tuple[int, int], set[tuple[str, int]]] = {}
    for record in part.relations:
        head, tail = part.forms.get(normal(record["head"])), part.forms.get(normal(record["tail"]))
        if head is not None and tail is not None and head != tail:
            relations.setdefault((head, tail), set()).add((record["relation"], int(record["line"])))
    before = set()
    for record in part.prerequisites:
        first, second = part.forms.get(normal(record["before"])), part.forms.get(normal(record["after"]))
        if first is not None and second is not None and first != second:
            before.add((first, second))
    return Case(
        part,
        doc,
        tuple(drafts),
        tuple(owners),
        tuple(occurrences),
        {pair: frozenset(found) for pair, found in relations.items()},
        frozenset(before),
    )


def _draft(name: str, aliases: tuple[str, ...], salience: float) -> ConceptDraft:
    return ConceptDraft(fold(name), name, aliases, kind_of((name, *aliases), None, default_lexicon()), round(salience, 4))


def _sequences(doc: ParsedDoc, rng: random.Random) -> list[str]:
    """Content word sequences of one to three words, the more frequent the sooner (but not strictly)."""
    counts: Counter[str] = Counter()
    for block in doc.blocks:
        run: list[str] = []
        for token in [*tokenize(block.text), None]:
            if token is not None and _is_content(token):
                run.append(token.text)
                continue
            for size in (1, 2, 3):
                for start in range(len(run) - size + 1):
                    words = run[start : start + size]
                    name = "".join(words) if all(re.search(r"[一-鿿]", w) for w in words) else " ".join(words)
                    if len(name) >= 2:
                        counts[name] += 1
            run = []
    return sorted(counts, key=lambda n: (-counts[n] * rng.uniform(0.2, 1.0), n))


def _is_content(token: Token) -> bool:
    return token.pos[:1] in ("n", "v") if token.script == "C" else token.script == "L" and token.pos[:2] in ("NN", "JJ", "VB")
