"""Where things are, for tests that look at files of the repository or beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
"""The repository."""
APP: Final = ROOT / "ui" / "app.py"
SEEDS: Final = ROOT.parent / "shared" / "seeds"
"""Real notes, which are not part of the repository and may not be there."""
