"""The names of HTML elements."""

from __future__ import annotations

from typing import Final

_NAMES: Final = """
a abbr address article aside audio b base bdi bdo big blockquote body br button canvas caption center cite code col
colgroup dd del details dfn div dl dt em embed figcaption figure font footer form h1 h2 h3 h4 h5 h6 head header hr
html i iframe img input ins kbd label legend li link main mark meta nav noscript object ol p param picture pre q rp rt
ruby s samp script section select small source span strike strong style sub summary sup svg table tbody td template
textarea tfoot th thead time title tr tt u ul var video wbr
"""
HTML_TAGS: Final = frozenset(_NAMES.split())
"""Names that are markup between ``<`` and ``>``. Others, such as ``<eos>``, are what the note talks about."""
