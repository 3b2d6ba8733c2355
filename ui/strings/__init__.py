"""The words themselves, by where they are used: everywhere, in the terminal, on the pages."""

from ui.strings.app import APP
from ui.strings.checking import CHECKING
from ui.strings.common import COMMON
from ui.strings.study import STUDY
from ui.strings.terminal import TERMINAL

__all__ = ["APP", "CHECKING", "COMMON", "STUDY", "TERMINAL"]
