"""Pages of docs/ as tests see them: their examples, and the names that their tables document."""

from __future__ import annotations

import ast
import doctest
import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.places import ROOT

FENCE = re.compile(r"^```.*$", re.MULTILINE)
SECTION = re.compile(r"^## `(\w+)`$(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
ROW = re.compile(r"^\| `([^`]+)` \| \S.*\|$", re.MULTILINE)

Parameter = tuple[str, object, bool]
"""(name, default, whether it can only be given by name); a required one has :attr:`inspect.Parameter.empty`."""


def failures(page: Path) -> tuple[int, str]:
    """(number of examples, what went wrong) of the examples of a page, run in the working directory as one session."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    test = doctest.DocTestParser().get_doctest(text, {}, page.name, str(page), 0)
    trouble: list[str] = []
    doctest.DocTestRunner(verbose=False).run(test, out=trouble.append)
    return len(test.examples), "".join(trouble)


@dataclass(frozen=True)
class Entry:
    """A row of a table."""

    name: str
    parameters: tuple[Parameter, ...] | None
    """None where the row has no parentheses."""


def public(page: str = "docs/python.md") -> Iterator[tuple[str, list[Entry]]]:
    """(package, its documented names in the order of the page) for each section of the page that is about a package."""
    for section in SECTION.finditer((ROOT / page).read_text(encoding="utf-8")):
        yield section[1], [_entry(row[1]) for row in ROW.finditer(section[2])]


def _entry(written: str) -> Entry:
    if not written.endswith(")"):
        return Entry(written, None)
    (function,) = ast.parse(f"def {written}: ...").body
    assert isinstance(function, ast.FunctionDef)
    given = function.args
    required = [inspect.Parameter.empty] * (len(given.args) - len(given.defaults))
    defaults = [*required, *map(ast.literal_eval, given.defaults)]
    keywords = [
        (a.arg, ast.literal_eval(d), True) for a, d in zip(given.kwonlyargs, given.kw_defaults, strict=True) if d
    ]
    assert len(keywords) == len(given.kwonlyargs), f"{written}: what can only be given by name has a default"
    return Entry(function.name, (*((a.arg, d, False) for a, d in zip(given.args, defaults, strict=True)), *keywords))


def parameters(callable_: Callable[..., object]) -> tuple[Parameter, ...]:
    """The parameters of a function, or of a class's constructor, as the page should give them."""
    found = inspect.signature(callable_).parameters.values()
    return tuple((p.name, p.default, p.kind is inspect.Parameter.KEYWORD_ONLY) for p in found)
