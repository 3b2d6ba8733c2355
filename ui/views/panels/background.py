"""The switch for what only general knowledge says: the same on every page that shows relations."""

from __future__ import annotations

import streamlit as st

from ui.i18n import say


def background_toggle(*, lang: str, key: str) -> None:
    """Draw the switch. What it is set to is in the session under ``key``."""
    st.toggle(say("show_background", lang), key=key, help=say("show_background_hint", lang))
