"""Words of the home page, of notes and of editing: key → (Chinese, English)."""

from collections.abc import Mapping
from typing import Final

PAGES: Final[Mapping[str, tuple[str, str]]] = {
    "sources_as_written": ("按原文显示", "Show as written"),
    "sources_properties": ("笔记属性", "Properties"),
    "sources_picture": ("图片 ", "picture "),
}
