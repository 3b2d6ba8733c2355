"""From which scale on each name has room on the map: :attr:`graph.model.Layout.scale`.

Names that appear once stay while one comes closer, and where two would overlap the more important concept comes first
(the active ranges of Been, Daiches & Yap 2006, https://doi.org/10.1109/TVCG.2006.136), at scales a factor of √2 apart.
"""

from __future__ import annotations

import math
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from graph.model import Territory

LONGEST: Final = 40
"""Characters of a name that are shown on the map."""
LEAST_FONT: Final = 12.0
FONT_RANGE: Final = 10.0
"""The most important name is so many pixels larger than the least important one."""
TITLE_FONTS: Final = (11.0, 26.0)
"""Smallest and largest font size of the title of a territory."""
GAP: Final = 8.0
"""Pixels between two names."""
BELOW: Final = 18.0
"""Pixels of the dot above a name, and of the space below."""
FIRST_WIDTH: Final = 320.0
"""Width in pixels of the whole map at the smallest scale: a phone."""
STEP: Final = math.sqrt(2.0)
LARGEST: Final = 8.0
"""At this scale every name has room."""
TRIED: Final = 6
"""How many times as many names are tried at a scale as could have room."""
_BUCKET: Final = (96.0, 36.0)
_USUAL: Final = 60.0 * 32.0
"""Area of a short name in square pixels."""

Floats = NDArray[np.float64]


def label_width(name: str, size: float) -> float:
    """Rough width of ``name`` in pixels at font size ``size``; a full-width character is as wide as the size."""
    return sum(size if unicodedata.east_asian_width(c) in "WF" else 0.56 * size for c in name[:LONGEST])


def font_size(importance: float) -> float:
    """Font size in pixels of a concept's name, at any scale."""
    return LEAST_FONT + FONT_RANGE * importance * importance


def title_font(title: str, radius: float, scale: float) -> float:
    """Font size in pixels of the title of a territory at ``scale``, so that it fits inside; ``radius`` in map units."""
    fits = 1.7 * radius * scale / max(label_width(title, 1.0), 1.0)
    return min(max(min(radius * scale / 4.5, fits), TITLE_FONTS[0]), TITLE_FONTS[1])


def scales(names: Sequence[str], positions: Floats, importance: Floats, *, titles: Sequence[Territory] = ()) -> Floats:
    """For each name the scale, in pixels per map unit, from which it overlaps no name that is shown already.

    Names are centred below their dots, in :func:`font_size`; the titles of the territories that the whole map is
    divided into come first, centred on their places, in :func:`title_font`.
    """
    found = np.full(len(names), LARGEST)
    if not len(names):
        return found
    fonts = [font_size(i) for i in importance.tolist()]
    halves = [(label_width(n, f) / 2.0 + GAP / 2.0, (f + BELOW) / 2.0) for n, f in zip(names, fonts, strict=True)]
    waiting = np.lexsort((np.arange(len(names)), -importance))
    width, height = np.maximum(np.ptp(positions, axis=0), 1.0).tolist()
    half = np.array(halves)
    scale = min(FIRST_WIDTH / width, 1.0)
    shown = np.zeros(0, dtype=np.int64)
    while len(waiting) and scale < LARGEST:
        room = TRIED * (1 + int(width * height * scale * scale / _USUAL))
        top = [(t, title_font(t.title, t.radius, scale)) for t in titles if t.parent is None and t.title]
        taken = _Taken()
        for box in [(t.x * scale, t.y * scale, label_width(t.title, font) / 2.0, font / 2.0) for t, font in top]:
            taken.add(*_with_buckets(np.array([box])))
        tried = waiting[:room]
        taken.add(*_with_buckets(np.hstack([positions[shown] * scale, half[shown]])))
        free = taken.take(*_with_buckets(np.hstack([positions[tried] * scale, half[tried]])))
        found[tried[free]] = scale
        shown = np.concatenate([shown, tried[free]])
        waiting = np.concatenate([tried[~free], waiting[room:]])
        scale *= STEP
    return found


_Box = tuple[float, float, float, float]
"""Centre, and half of width and height."""
_Range = tuple[int, int, int, int]
"""First and last column and row of the buckets that a box is in."""


def _with_buckets(boxes: Floats) -> tuple[list[_Box], list[_Range]]:
    """Boxes with the buckets that they are in; shape (boxes, 4)."""
    centre, half = boxes[:, :2], boxes[:, 2:]
    first, last = (np.floor_divide(edge, _BUCKET).astype(np.int64) for edge in (centre - half, centre + half))
    ranges = np.stack([first[:, 0], last[:, 0], first[:, 1], last[:, 1]], axis=1)
    return list(map(tuple, boxes.tolist())), list(map(tuple, ranges.tolist()))


class _Taken:
    """Boxes on a grid of buckets, to find what one overlaps without looking at all others."""

    def __init__(self) -> None:
        self._buckets: defaultdict[tuple[int, int], list[_Box]] = defaultdict(list)

    def add(self, boxes: Sequence[_Box], ranges: Sequence[_Range]) -> None:
        """Put boxes on the grid, whatever they overlap."""
        buckets = self._buckets
        for box, (left, right, top, bottom) in zip(boxes, ranges, strict=True):
            for column in range(left, right + 1):
                for row in range(top, bottom + 1):
                    buckets[column, row].append(box)

    def take(self, boxes: Sequence[_Box], ranges: Sequence[_Range]) -> NDArray[np.bool_]:
        """Put those boxes on the grid that overlap none before; which ones those are."""
        free = [self._take(box, around) for box, around in zip(boxes, ranges, strict=True)]
        return np.asarray(free, dtype=bool)

    def _take(self, box: _Box, around: _Range) -> bool:
        x, y, width, height = box
        left, right, top, bottom = around
        here = [(column, row) for column in range(left, right + 1) for row in range(top, bottom + 1)]
        for bucket in here:
            for ox, oy, ow, oh in self._buckets.get(bucket, ()):
                if abs(x - ox) < width + ow and abs(y - oy) < height + oh:
                    return False
        for bucket in here:
            self._buckets[bucket].append(box)
        return True
