"""What is shown instead of a page where the graph cannot be read: what happened, and what to do about it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

import streamlit as st

from ui.i18n import say
from ui.views.panels.asking import plain_label


def trouble_panel(sort: str, why: str, commands: Sequence[tuple[str, Sequence[str]]], *, lang: str, key: str) -> bool:
    """Draw it, and return whether "Try again" was pressed.

    Args:
        sort: ``no_graph``, ``no_server``, ``bad_graph``, ``store`` or ``fault``: the title and the advice are
            ``trouble_SORT`` and ``trouble_SORT_do``.
        why: what the error says.
        commands: (key of what it does, the words of the command line).
        lang: ``zh`` or ``en``.
        key: names this place on the page.
    """
    with st.container(key="trouble"):
        st.subheader(say(f"trouble_{sort}", lang), anchor=False)
        st.warning(plain_label(why), icon=None)
        st.write(say(f"trouble_{sort}_do", lang))
        for what, line in commands:
            st.caption(say(what, lang))
            st.code(shlex.join(line).replace("'NOTES'", "NOTES"), language="bash")
        return bool(st.button(say("trouble_again", lang), key=f"{key}.again", type="primary"))
