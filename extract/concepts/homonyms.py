"""One name for two things: PEFT the method and the PEFT library, the Transformer and the Transformers library.

Only what the notes call by an explicit phrase is told apart: ``X 库``, ``the X library``. The phrase then is a name of
its own, and its places go to the library, since the longest name at a place is the one that counts; a bare ``X`` stays
with the other thing. It takes two cues: the phrase, and something that says that X itself is not a library (``X 方法``,
``X method``, or the lexicon). Names that mean two things in two chapters without any such phrase (a generator in a GAN
and in RAG) are not told apart: headings are too weak a sign.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from extract.concepts.clusters import AliasLink, Clusters
from extract.knowledge.lexicon import Lexicon
from extract.text.keys import key_of
from graph.model import ConceptKind

_BASE: Final = r"(?P<base>[A-Za-z][A-Za-z0-9.+#]*(?:[ -][A-Za-z0-9.+#]+){0,2}?)[\s-]*"
_LIBRARY: Final = re.compile(_BASE + r"(?:库|代码库|工具库|工具包|软件包|library|package|toolkit)", re.IGNORECASE)
_OTHERWISE: Final = re.compile(
    _BASE
    + r"(?:方法|技术|算法|机制|范式|策略|架构|模型|微调"
    + r"|(?:method|technique|approach|mechanism|strategy|architecture|model)s?)",
    re.IGNORECASE,
)


_LIBRARY_ENDS: Final = ("库", "工具包", "软件包", "library", "package", "toolkit")
_OTHERWISE_ENDS: Final = (
    "方法", "技术", "算法", "机制", "范式", "策略", "架构", "模型", "微调", "method", "technique", "approach",
    "mechanism", "strategy", "architecture", "model", "methods", "techniques", "approachs", "mechanisms", "strategys",
    "architectures", "models",
)  # fmt: skip
"""How every match of the two patterns ends, in lower case."""


def separate_libraries(clusters: Clusters, surfaces: Mapping[str, str], lexicon: Lexicon | None) -> None:
    """Keep libraries apart from what else their names mean.

    And the names of one library together (PEFT 库, PEFT library).

    Args:
        clusters: of all forms, before others are joined.
        surfaces: key → main writing of all forms.
        lexicon: see :func:`libraries_apart`.
    """
    first: dict[str, str] = {}
    for library, other in libraries_apart(surfaces, lexicon):
        same = first.setdefault(other, library)
        if same != library:
            clusters.join(AliasLink(same, library, surfaces[same], surfaces[library], "spelling"))
        clusters.keep_apart([library, other], guard="homonym")


def libraries_apart(surfaces: Mapping[str, str], lexicon: Lexicon | None) -> list[tuple[str, str]]:
    """(key of the library, key of the other thing) of the names that mean both, by the library's key.

    Args:
        surfaces: key → main writing of all forms.
        lexicon: says what sort of thing a name is; None: only the notes do.
    """
    libraries = {key: surface for key, surface in surfaces.items() if surface.lower().endswith(_LIBRARY_ENDS)}
    if not libraries:
        return []
    others = (surface for surface in surfaces.values() if surface.lower().endswith(_OTHERWISE_ENDS))
    called_otherwise = {key_of(found["base"]) for surface in others if (found := _OTHERWISE.fullmatch(surface))}
    apart = []
    for key, surface in sorted(libraries.items()):
        found = _LIBRARY.fullmatch(surface)
        base = key_of(found["base"]) if found else ""
        if base in surfaces and base != key and (base in called_otherwise or _is_no_tool(base, lexicon)):
            apart.append((key, base))
    return apart


def _is_no_tool(key: str, lexicon: Lexicon | None) -> bool:
    kind = lexicon.kind(key) if lexicon is not None else None
    return kind is not None and kind is not ConceptKind.TOOL
