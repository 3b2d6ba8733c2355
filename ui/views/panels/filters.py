"""The filters that are set, where nobody can overlook them, and the button that clears them."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from ui.i18n import say
from ui.views.panels.asking import plain_label

LONGEST = 60
"""Characters of one filter that are shown."""


def filters_panel(filters: Sequence[str], *, lang: str, key: str) -> bool:
    """Name the filters, and return whether they are to be cleared."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="active_filters"):
        for words in filters:
            shown = words if len(words) <= LONGEST else words[: LONGEST - 1] + "…"
            st.badge(plain_label(shown), color="blue")
        return bool(st.button(say("filters_clear", lang), key=f"{key}.clear", type="tertiary"))
