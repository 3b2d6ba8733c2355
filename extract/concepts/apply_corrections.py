"""The user's corrections at work: on candidates before names are joined and ranked, on names and kinds after.

Every concept that the user speaks of is in the graph, whatever its score, so that a correction does not come undone
when the notes or the models change; the ignored ones are not. A name that the notes do not contain is an error, because
it is a typing error or out of date.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from extract.concepts.candidates import Candidates
from extract.concepts.clusters import AliasLink, Clusters
from extract.concepts.drafts import ConceptDraft
from extract.concepts.forms import Form, FormDict, FormTable
from extract.knowledge.corrections import Corrections, Said
from extract.text.keys import key_of
from graph.model import ConceptKind
from graph.text.name_finder import NameFinder
from graph.text.names import fold, simplified
from graph.text.nearest import nearest_words

NAMED: Final = 0.02
"""Probability of a name that the candidates do not contain: just enough to take part in joining."""
KEPT: Final = 0.4
"""Least probability of a concept that the user asks for: as sure as one that counts towards the number of concepts of
its note."""


def with_named(
    corrections: Corrections,
    collection: Sequence[Candidates[FormTable]],
    scores: Sequence[Mapping[str, float]],
    *,
    partial: bool = False,
) -> tuple[list[Candidates[FormTable]], list[Mapping[str, float]]]:
    """Candidates and scores with every name of the user's among them, in each document where it is.

    Args:
        corrections: what the user says.
        collection: candidates of each document; they stay as they are.
        scores: for each document, its keys' probabilities.
        partial: the documents are only some of the folder's, so that a name may appear in the others.

    Raises:
        SettingsError: a name appears in no document, and ``partial`` is not set. The message names the nearest
            candidates.
    """
    asked = [*corrections.wanted, *corrections.ignore, *(alias for a in corrections.add for alias in a.aliases)]
    names = {said.key: said.name for said in reversed(asked)}
    found_forms: list[Candidates[FormTable]] = []
    tables: list[Mapping[str, float]] = []
    for candidates, table in zip(collection, scores, strict=True):
        missing = {key: name for key, name in names.items() if key not in candidates.forms or key not in table}
        writings = writings_of(candidates, missing)
        forms = {key: Form(key, surfaces=writing, count=writing.total()) for key, writing in writings.items()}
        found_forms.append(replace(candidates, forms=FormDict({**candidates.forms, **forms})) if forms else candidates)
        tables.append({**table, **dict.fromkeys(forms, NAMED)} if forms else table)
    if not partial:
        _all_stand(corrections, asked, {key for table in tables for key in table}, collection)
    return found_forms, tables


def writings_of(candidates: Candidates[FormTable], names: Mapping[str, str]) -> dict[str, Counter[str]]:
    """Key → how its name is written in the document, and how often; without names that do not appear there."""
    keys = sorted(names)
    finder = NameFinder((names[key], i) for i, key in enumerate(keys))
    found: dict[str, Counter[str]] = {}
    for block in candidates.doc.blocks if keys else ():
        for start, end, i in finder.find_all(block.text):
            found.setdefault(keys[i], Counter())[" ".join(block.text[start:end].split())] += 1
    return found


def _all_stand(
    corrections: Corrections,
    asked: Iterable[Said],
    standing: Collection[str],
    collection: Sequence[Candidates[FormTable]],
) -> None:
    optional = {alias for a in corrections.add for alias in a.aliases}
    for said in sorted(set(asked) - optional, key=lambda s: (s.line, s.name)):
        if said.key not in standing and not any(
            said == a.name and any(n.key in standing for n in a.aliases) for a in corrections.add
        ):
            raise corrections.refusal(
                said.line, f"The notes do not name {said.name!r}.{_nearest(said.key, collection)}"
            )


def _nearest(key: str, collection: Sequence[Candidates[FormTable]]) -> str:
    """The candidates most like ``key``, as a sentence with a space before it; empty where none is."""
    surfaces: dict[str, Counter[str]] = {}
    for candidates in collection:
        for other, form in candidates.forms.items():
            surfaces.setdefault(other, Counter()).update(form.surfaces)
    near = nearest_words(key, surfaces, limit=3)
    shown = [min(surfaces[k], key=lambda s: (-surfaces[k][s], s), default=k) for k in near]
    return f" Nearest: {', '.join(map(repr, shown))}." if shown else ""


def join_and_part(corrections: Corrections, clusters: Clusters, keys: Collection[str]) -> None:
    """Join and keep apart as the user says, before anything else joins.

    Names that are not among ``keys`` are left out.
    """
    for group in corrections.joined:
        here = [said for said in group if said.key in keys]
        for said in here[1:]:
            if said.key != here[0].key:
                clusters.join(AliasLink(here[0].key, said.key, here[0].name, said.name, "user"))
    for group in corrections.split:
        clusters.keep_apart(sorted({said.key for said in group if said.key in keys}))


def kept_keys(corrections: Corrections, collection: Sequence[Candidates[FormTable]]) -> set[str]:
    """Keys of the names whose concepts the graph must contain, as far as they appear in the documents."""
    asked = {said.key for said in corrections.wanted} | {alias.key for a in corrections.add for alias in a.aliases}
    return {key for candidates in collection for key in candidates.forms if key in asked} if asked else set()


def named(
    corrections: Corrections, keys: Collection[str], name: str, aliases: Sequence[str]
) -> tuple[str, tuple[str, ...]] | None:
    """The name and aliases that the user wants for the concept with these ``keys``.

    None where the user wants no such concept.

    A concept that is *called* by an ignored name is dropped; an ignored alias is only taken off.
    """
    if not corrections:
        return name, tuple(aliases)
    ignored = {said.key for said in corrections.ignore}
    if key_of(name) in ignored:
        return None
    shown = name
    for group in corrections.joined:
        if any(said.key in keys for said in group):
            shown = group[0].name
            break
    for old, new in corrections.rename:
        if old.key in keys:
            shown = new
            break
    others = [alias for alias in (name, *aliases) if not _same_writing(alias, shown) and key_of(alias) not in ignored]
    for addition in corrections.add:
        if any(said.key in keys for said in addition.names):
            others += [said.name for said in addition.names if said.key != key_of(shown)]
    distinct: dict[tuple[str, bool], str] = {}
    for alias in others:
        distinct.setdefault((fold(alias), alias == simplified(alias)), alias)
    return shown, tuple(distinct.values())


def _same_writing(one: str, other: str) -> bool:
    """Whether two names differ in case, spaces or plural at most.

    Traditional and Simplified characters are two writings.
    """
    return key_of(one) == key_of(other) and (one == simplified(one)) == (other == simplified(other))


def kind_said(corrections: Corrections, keys: Collection[str]) -> ConceptKind | None:
    """The kind that the user gives the concept with these ``keys``, None where none is given."""
    said = [(name.key, kind) for name, kind in corrections.kind]
    said += [(name.key, a.kind) for a in corrections.add if a.kind is not None for name in a.names]
    return next((kind for key, kind in said if key in keys), None)


def check_drafts(
    corrections: Corrections, drafts: Sequence[ConceptDraft], keys: Sequence[Collection[str]], found: Collection[int]
) -> None:
    """Make sure that the corrections came out as they were meant.

    Args:
        corrections: what the user says.
        drafts: all concepts, named.
        keys: for each draft, its keys.
        found: indexes of the drafts that some place of the notes names.

    Raises:
        SettingsError: two concepts go by one name after a renaming, or a concept that was asked for appears only inside
            longer names.
    """
    owners: dict[str, int] = {}
    for i, draft in enumerate(drafts):
        for name in draft.names:
            other = owners.setdefault(fold(name), i)
            if other != i:
                _refuse_two(corrections, name)
    place = {key: i for i, some in enumerate(keys) for key in some}
    for said in corrections.wanted:
        if said.key in place and place[said.key] not in found:
            raise corrections.refusal(
                said.line, f"{said.name!r} appears in the notes only as part of longer names of concepts."
            )


def _refuse_two(corrections: Corrections, name: str) -> None:
    """Fail where a correction made ``name`` a name of two concepts."""
    lines = [old.line for old, new in corrections.rename if fold(new) == fold(name)]
    lines += [said.line for a in corrections.add for said in a.names if fold(said.name) == fold(name)]
    if lines:
        raise corrections.refusal(
            min(lines), f"{name!r} is a name of another concept. Join the two under `merge`, or take another name."
        )
