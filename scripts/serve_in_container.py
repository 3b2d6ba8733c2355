"""Serve the pages as `studyatlas app` does, but on all interfaces: for the Dockerfile only.

Usage: ``serve_in_container.py [PORT]``. A published port arrives on a container's own address, not on its loopback. The
port itself must be published on the loopback of the host only (``-p 127.0.0.1:8501:8501``): the pages have no log-in.
"""

from __future__ import annotations

import os
import sys

from ui.commands.app import command

PORT = 8501

if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else PORT
    line = [*command(port), "--server.address=0.0.0.0"]  # of two options of one name Streamlit takes the last
    os.execv(line[0], line)  # noqa: S606 our own interpreter
