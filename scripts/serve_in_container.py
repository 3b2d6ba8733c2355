"""Serve the pages as `studyatlas app` does, but on all interfaces and port 8501: for the Dockerfile only.

A published port arrives on a container's own address, not on its loopback. The port itself must be published on the loopback of
the host only (``-p 127.0.0.1:8501:8501``), because the pages have no log-in.
"""

from __future__ import annotations

import os

from ui.commands.app import command

if __name__ == "__main__":
    line = [
        *command(8501, browser=False),
        "--server.address=0.0.0.0",
    ]  # of two options of one name Streamlit takes the last
    os.execv(line[0], line)  # noqa: S606 our own interpreter
