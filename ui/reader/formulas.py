"""KaTeX for the pages: bundled, so that formulas are typeset without a request to any other machine.

Its script and its fonts are a component of their own that has no content: Streamlit sends an unchanged message only
as its hash, so that they travel once while notes change with every click. The fonts are handed to the browser as data,
because a style sheet inside of a component can neither name files nor declare fonts.
"""

from __future__ import annotations

import base64
import json
import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

VENDOR: Final = Path(__file__).parent / "vendor" / "katex"
_FONT_FACE: Final = re.compile(r"@font-face\{[^{}]*\}")
_FONT_FILE: Final = re.compile(r"(KaTeX_[A-Za-z0-9]+)-([A-Za-z]+)\.woff2")


def formula_style() -> str:
    """KaTeX's style sheet without its fonts."""
    return _FONT_FACE.sub("", (VENDOR / "katex.min.css").read_text(encoding="utf-8"))


def fonts() -> list[tuple[str, str, str, str]]:
    """Of each font: family, weight, style and its bytes in base64."""
    found = []
    for path in sorted((VENDOR / "fonts").glob("*.woff2")):
        match = _FONT_FILE.fullmatch(path.name)
        if match is not None:
            weight = "bold" if "Bold" in match[2] else "normal"
            style = "italic" if "Italic" in match[2] else "normal"
            found.append((match[1], weight, style, base64.b64encode(path.read_bytes()).decode()))
    return found


@lru_cache(maxsize=1)
def formula_library() -> ComponentRenderer:
    """The component whose script defines ``globalThis.katex`` and its fonts."""
    import streamlit as st

    script = (VENDOR / "katex.min.js").read_text(encoding="utf-8")
    loader = (Path(__file__).parent / "formulas.js").read_text(encoding="utf-8")
    return st.components.v2.component(
        "studyatlas_katex", js=f"{script}\nconst FONTS = {json.dumps(fonts())};\n{loader}"
    )
