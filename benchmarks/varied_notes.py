"""Collections of any size that read like notes and repeat none: the same for the same seed.

The sections of the example notes are the skeletons: headings, lists, tables, definitions, ordinary sentences. In each
note the names in them are exchanged for names of one field of the knowledge packs, or for made-up ones, and a third of
the ordinary words for other words of the language. Names follow Zipf's law: a few are in very many notes, most in a
few, and new ones keep coming, as in real collections."""

from __future__ import annotations

import bisect
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Final

from wordfreq import top_n_list

from extract.text.segment import tokenize
from graph.text.name_finder import NameFinder
from graph.text.scripts import has_han

ROOT: Final = Path(__file__).resolve().parents[1]
PACKS: Final = ROOT / "extract" / "knowledge" / "packs"
SKELETONS: Final = ROOT / "examples" / "notes"
SIZE: Final = 10_000
"""Bytes of a note, about."""
NAMES: Final = 24
"""Names that a note takes from its field."""
NEW: Final = 0.12
"""Share of them that no note before has had."""
EXCHANGED: Final = 0.35
"""Share of the ordinary words of a note that are exchanged."""
LARGEST: Final = 4_000_000
"""Bytes in one folder."""
_SYLLABLES: Final = [
    "ba",
    "co",
    "di",
    "fu",
    "ge",
    "ha",
    "ki",
    "lo",
    "mu",
    "ne",
    "po",
    "ra",
    "si",
    "tu",
    "ve",
    "wo",
    "xa",
    "yu",
    "zi",
    "dra",
    "kel",
    "mon",
    "tri",
]
_HEADS: Final = ["method", "model", "theorem", "transform", "layer", "index", "protocol", "effect", "cycle"]
_HEADS_ZH: Final = ["算法", "模型", "定理", "变换", "机制", "协议", "效应", "循环", "结构"]
_SIGNS: Final = "沃拉塔米科诺维伦巴德萨基莫林贝克尔图".strip()


@dataclass(frozen=True)
class _Piece:
    """A piece of a skeleton."""

    text: str
    kind: str = ""
    """``name``, ``word``, or empty for what stays as it is."""
    han: bool = False


class _Zipf:
    """Draws items of a list that may grow, the n-th with a probability of about 1 / n."""

    def __init__(self, items: list[str]) -> None:
        self.items = items
        self._sums = list(accumulate(1 / (n + 8) for n in range(len(items))))

    def add(self, item: str) -> None:
        self.items.append(item)
        self._sums.append(self._sums[-1] + 1 / (len(self.items) + 7))

    def draw(self, random_: random.Random) -> str:
        return self.items[bisect.bisect(self._sums, random_.random() * self._sums[-1])]


def write_varied(target: Path, size: int, *, seed: int = 7, note: int = SIZE) -> int:
    """Fill the folder ``target`` with at least ``size`` bytes of notes of about ``note`` bytes; returns the bytes."""
    written = 0
    folder = target
    for number, text in enumerate(varied_notes(seed, note)):
        if written >= size:
            break
        if number % max(1, LARGEST // note) == 0:
            folder = target / f"{number:06}"
            folder.mkdir(parents=True)
        data = text.encode()
        (folder / f"{number:06}.md").write_bytes(data)
        written += len(data)
    return written


def varied_notes(seed: int, size: int) -> Iterator[str]:
    """Notes without end."""
    random_ = random.Random(seed)
    fields = [_Zipf(names) for names in _fields(random_)]
    sections = _sections()
    words = {han: _Zipf(_words(han)) for han in (False, True)}
    while True:
        yield _note(random_, random_.choice(fields), sections, words, size)


def _note(
    random_: random.Random, field: _Zipf, sections: list[list[_Piece]], words: dict[bool, _Zipf], size: int
) -> str:
    names: list[str] = []
    for _ in range(NAMES):
        if random_.random() < NEW:
            field.add(_made_up(random_))
            names.append(field.items[-1])
        else:
            names.append(field.draw(random_))
    by_script = {han: [name for name in names if has_han(name) == han] or names for han in (False, True)}
    exchanged: dict[str, str] = {}
    title = random_.choice(names)
    parts = [f"# {title}\n\n"]
    length = 0
    while length < size * random_.uniform(0.5, 1.5):
        text = "".join(_written(piece, random_, by_script, words, exchanged) for piece in random_.choice(sections))
        parts.append(text)
        length += len(text.encode())
    return "".join(parts)


def _written(
    piece: _Piece,
    random_: random.Random,
    names: dict[bool, list[str]],
    words: dict[bool, _Zipf],
    exchanged: dict[str, str],
) -> str:
    if not piece.kind:
        return piece.text
    found = exchanged.get(piece.text)
    if found is None:
        if piece.kind == "name":
            found = random_.choice(names[piece.han])
        else:
            found = words[piece.han].draw(random_) if random_.random() < EXCHANGED else piece.text
            found = found.capitalize() if piece.text[:1].isupper() else found
        exchanged[piece.text] = found
    return found


def _made_up(random_: random.Random) -> str:
    if random_.random() < 0.5:
        return (
            "".join(random_.choices(_SYLLABLES, k=random_.choice((2, 3)))).capitalize() + " " + random_.choice(_HEADS)
        )
    return "".join(random_.choices(_SIGNS, k=random_.choice((2, 3)))) + random_.choice(_HEADS_ZH)


def _fields(random_: random.Random) -> list[list[str]]:
    """The names of each pack in an order of their own: its first are the ones that most notes have."""
    found = []
    for path in sorted(PACKS.glob("*.jsonl")):
        entries = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        names = sorted({name for entry in entries for name in (entry["name"], *entry.get("aliases", ())[:3])})
        random_.shuffle(names)
        found.append(names)
    return found


def _sections() -> list[list[_Piece]]:
    """The example notes, cut before each heading, in pieces."""
    lines = (PACKS / "machine-learning.jsonl").read_text(encoding="utf-8").splitlines()
    entries = [json.loads(line) for line in lines if line.strip()]
    names = [name for entry in entries for name in (entry["name"], *entry.get("aliases", ()))]
    finder = NameFinder((name, name) for name in names if len(name) > 2)
    found: list[list[_Piece]] = []
    for path in sorted(SKELETONS.glob("*.md")):
        for line in path.read_text(encoding="utf-8").splitlines(keepends=True):
            if line.startswith("#") or not found:
                line = "\n#" + line if line.startswith("# ") else "\n" + line  # one title a note
                found.append([])
            found[-1] += _pieces(line, finder)
    return [section for section in found if len(section) > 20]


def _pieces(line: str, finder: NameFinder[str]) -> Iterator[_Piece]:
    at = 0
    for start, end, _ in finder.find(line):
        yield from _plain(line[at:start])
        yield _Piece(line[start:end], "name", has_han(line[start:end]))
        at = end
    yield from _plain(line[at:])


def _plain(text: str) -> Iterator[_Piece]:
    at = 0
    for token in tokenize(text):
        ordinary = token.pos[:1] in ("n", "v", "a") if token.script == "C" else token.pos[:2] in ("NN", "JJ", "VB")
        written = text[token.start : token.end]
        if not ordinary or len(written) < 2 or not written.isalpha():
            continue
        yield _Piece(text[at : token.start])
        yield _Piece(written, "word", token.script == "C")
        at = token.end
    yield _Piece(text[at:])


def _words(han: bool) -> list[str]:
    """The commonest words of Chinese or English that have at least two characters, or four letters."""
    words = top_n_list("zh" if han else "en", 20_000)
    return [word for word in words if word.isalpha() and has_han(word) == han and len(word) >= (2 if han else 4)]
