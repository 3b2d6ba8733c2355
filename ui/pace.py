"""How far a build is: which stage, how much is done, how fast, and how long the stage will still take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Final

from extract.pipeline import READING, STAGES

ALL_STAGES: Final = (*STAGES, "store")
"""Names of the stages in order."""
OF_FILES: Final = ("read", "extract")
"""Stages that count files."""
SETTLED: Final = 2.0
"""Seconds of a stage after which its speed says anything."""
_SHARES: Final = {
    "read": 4,
    "extract": 34,
    "resolve": 16,
    "relate": 18,
    "order": 12,
    "themes": 6,
    "layout": 2,
    "vectors": 5,
    "store": 3,
}
"""How much of the time each stage takes, about, in percent."""


def share_done(stage: str, done: int, total: int) -> float:
    """How much of a whole build is done, 0..1, by the usual shares of the stages."""
    if stage == READING:  # a stage of its own where somebody reads: nobody knows how long it takes
        return sum(_SHARES[s] for s in OF_FILES) / 100
    before = sum(_SHARES[s] for s in ALL_STAGES[: ALL_STAGES.index(stage)]) if stage in _SHARES else 0
    return min(1.0, (before + _SHARES.get(stage, 0) * done / max(1, total)) / 100)


@dataclass(frozen=True, slots=True)
class Told:
    """One moment of a build."""

    stage: str
    done: int
    total: int
    share: float
    """Of the whole build, 0..1: see :func:`share_done`."""
    rate: float | None = None
    """Files per second in this stage; None where it counts no files, or has only begun."""
    left: float | None = None
    """Seconds that this stage will still take at this speed; None where that is not known."""

    def record(self) -> dict[str, str | int | float]:
        """The values as ``build --progress json`` writes them; what is not known is left out."""
        found: dict[str, str | int | float] = {
            "stage": self.stage,
            "done": self.done,
            "total": self.total,
            "share": round(self.share, 4),
        }
        if self.rate is not None:
            found["files_per_second"] = round(self.rate, 2)
        if self.left is not None:
            found["seconds_left"] = round(self.left, 1)
        return found


class Pace:
    """Measures how fast stages go on."""

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        self._stage = ""
        self._started = 0.0
        self._begun_with = 0

    def told(self, stage: str, done: int, total: int) -> Told:
        """What there is to say when ``done`` of ``total`` parts of a stage are done."""
        now = self._now()
        if stage != self._stage:
            self._stage, self._started, self._begun_with = stage, now, done
        taken = now - self._started
        share = share_done(stage, done, total)
        new = done - self._begun_with  # what was there already, from a cache, says nothing of the speed
        if new <= 0 or taken < SETTLED:
            return Told(stage, done, total, share)
        rate = new / taken if stage in OF_FILES else None
        return Told(stage, done, total, share, rate, taken * (total - done) / new)
