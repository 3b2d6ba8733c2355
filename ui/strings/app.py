"""Words of the pages: key → (Chinese, English)."""

from collections.abc import Mapping
from typing import Final

APP: Final[Mapping[str, tuple[str, str]]] = {}
