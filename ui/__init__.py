"""What people touch: the command line, the pages, files for other programs. The only code that reads the environment.

The names in ``__all__`` are the public interface (docs/python.md). The modules below are private: they may change in
any version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from graph.lazy import lazy_names

if TYPE_CHECKING:
    from ui.cli import main
    from ui.commands.app import serve
    from ui.exports.study_exports import write_study_path

__all__ = [
    "main",
    "serve",
    "write_study_path",
]

if not TYPE_CHECKING:  # a checker that saw __getattr__ would take any name
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "ui.cli": ("main",),
            "ui.commands.app": ("serve",),
            "ui.exports.study_exports": ("write_study_path",),
        },
    )
