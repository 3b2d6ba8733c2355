"""What optional tests need.

They are skipped with a reason where it is missing, or fail where nothing may be skipped.
"""

from __future__ import annotations

import importlib
import os
from types import ModuleType
from typing import Any, NoReturn

import pytest


def need(module: str, why: str) -> ModuleType:
    """The module, imported; without it the test is skipped, or fails where ``STUDYATLAS_STRICT`` is set."""
    try:
        return importlib.import_module(module)
    except ImportError as e:
        missing(f"{why}: {e}")


def missing(why: str) -> NoReturn:
    """Skip the test with this reason, or fail where ``STUDYATLAS_STRICT`` is set.

    As it is where everything is installed.
    """
    act: Any = pytest.fail if os.environ.get("STUDYATLAS_STRICT") else pytest.skip
    act(why)
    raise AssertionError("unreachable")
