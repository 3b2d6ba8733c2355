"""Notes that somebody made to be slow: four times the text may take little more than four times the time of a build.

Only ratios are bounded, so that the speed of the machine does not matter. A quadratic step gives 16.
"""

from __future__ import annotations

import gc
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from extract.pipeline import build
from graph.errors import InputError, NoNotesError
from graph.stores.memory import MemoryStore
from queries.answer.answerer import Answerer
from queries.answer.ask import LONGEST_QUESTION

SIZE = 8_000
"""Characters of the smaller text."""
MOST = 8.0
"""How many times as long four times the text may take."""
LEAST_SECONDS = 0.05
"""Shorter times are measured too badly to be divided by."""
WARM = "# Gradient descent\n\nGradient descent minimizes the **loss function**. 梯度下降（GD）用于训练神经网络。\n" * 3


def run_of(piece: str) -> Callable[[int], str]:
    return lambda size: (piece * (size // len(piece) + 1))[:size] + "\n"


def word(number: int) -> str:
    """A word of its own for each number."""
    letters = ""
    number += 700
    while number:
        letters += "bcdfghjklmnprstv"[number % 16] + "aeiou"[number % 5]
        number //= 16
    return letters


def words(form: str, *, of: Callable[[int], str] = word) -> Callable[[int], str]:
    """``form`` again and again, each time with another word."""

    def text(size: int) -> str:
        pieces: list[str] = []
        held = 0
        while held < size:
            pieces.append(form.format(of(len(pieces))))
            held += len(pieces[-1])
        return "".join(pieces) + "\n"

    return text


def han(number: int) -> str:
    characters = ""
    number += 900
    while number:
        characters += chr(0x4E00 + number * 7919 % 6000)
        number //= 40
    return characters


def nested(marker: str) -> Callable[[int], str]:
    """Lists 500 deep, or as deep as the size allows."""

    def text(size: int) -> str:
        depth = min(500, int(size**0.5))
        return "".join("  " * (i % depth) + marker + word(i % 50) + "\n" for i in range(size // depth))

    return text


RUNS = (
    "[", "![", "[a](", "[[", "[[a|", "](", "[^1]", "(", "（", "（（（", "《", "「", "“", '"', "*", "**", "_", "a_",
    "`", "` ", "`a", "$", "$a", "\\(", "\\[", "<", "<a", "<a href=", "<sup>", "<!--", "&", "&amp;", "&#", "|",
    "|a", ">", "> - ", "- ", "1. ", "# ", "::", "{{", "{%", "、", "，", "。", "：", "是", "是是是…", "又称", "(又称",
    "  又称", "also called", "X（Y）", "A、B、", "A, B, ", "a", "a ", "梯", "ab/", "http://", "http://a ", "www.a/",
    "a@b.c ", "#a ", "e.g. ", "\u200b", "🎉", "\u3000a", "A -> B ", "is a ",
)  # fmt: skip
TEXTS: dict[str, Callable[[int], str]] = {
    **{f"run of {piece!r}": run_of(piece) for piece in RUNS},
    **{
        f"lines of {line!r}": run_of(line + "\n")
        for line in (
            "a",
            "[",
            "```",
            "---",
            "> a",
            "- a",
            "[^1]: a",
            "[a]: b",
            "| a | b |",
            "$$",
            "<div>",
            "<!--",
            "a: b",
            "**A**：b",
        )
    },
    "spaces in a cell": lambda n: f"| a | b |\n|---|---|\n| x{' ' * n}y | z |\n",
    "wide spaces in a cell": lambda n: f"| a | b |\n|---|---|\n| x{chr(0x3000) * n}y | z |\n",
    "columns": lambda n: f"|{'a|' * (n // 6)}\n|{'-|' * (n // 6)}\n|{'b|' * (n // 6)}\n",
    "rows": lambda n: "| a | b |\n|---|---|\n" + "| c | d |\n" * (n // 10),
    "nested bullets": nested("- "),
    "nested numbers": nested("1. "),
    "front matter": lambda n: "---\n" + "a: b\n" * (n // 5),
    "brackets in front matter": lambda n: f"---\na: {'[' * n}\n---\nx\n",
    "an enumeration": words("{}, "),
    "a Chinese enumeration": words("{}、", of=han),
    "a list of terms": words("- **{}**: about it\n"),
    "headings": words("# {}\n"),
    "wiki links": words("[[{}]] "),
    "footnotes": words("a[^{0}]\n\n[^{0}]: b\n\n"),
    "references": words("[{}]: http://a/b\n"),
    "second names": words("{}又称甲。", of=han),
    "formulas": words("${}$ "),
}


@pytest.fixture(scope="module", autouse=True)
def _warm(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Load models and dictionaries before anything is measured."""
    folder = tmp_path_factory.mktemp("warm")
    (folder / "a.md").write_text(WARM, encoding="utf-8")
    build(folder, workers=1)


def seconds(folder: Path, text: str) -> float:
    """Processor time of a build of ``text``, without the garbage collector.

    Which looks through what other tests left.
    """
    folder.mkdir(parents=True)
    (folder / "a.md").write_text(text, encoding="utf-8")
    gc.disable()
    begun = time.process_time()
    try:
        with suppress(NoNotesError):  # nothing but markup
            build(folder, workers=1)
        return time.process_time() - begun
    finally:
        gc.enable()


@pytest.mark.parametrize("name", TEXTS)
def test_a_build_takes_time_in_proportion(name: str, tmp_path: Path) -> None:
    ratios = []
    for attempt in range(3):  # a quadratic step shows every time, another process on the machine does not
        small = max(seconds(tmp_path / f"{attempt}" / "small", TEXTS[name](SIZE)), LEAST_SECONDS)
        ratios.append(seconds(tmp_path / f"{attempt}" / "large", TEXTS[name](4 * SIZE)) / small)
        if ratios[-1] < MOST:
            return
    pytest.fail(f"Four times the text took {', '.join(f'{ratio:.1f}' for ratio in ratios)} times as long.")


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of a child's memory is known on Linux")
def test_a_long_line_takes_no_more_memory_than_short_ones(tmp_path: Path) -> None:
    line = "The gradient descent algorithm minimizes the loss function. 梯度下降用于训练神经网络。"
    large = peak(tmp_path / "line", line * (400_000 // len(line)))
    paragraphs = peak(tmp_path / "paragraphs", (line + "\n\n") * (400_000 // len(line)))
    assert large < 1.3 * paragraphs


def peak(folder: Path, text: str) -> int:
    """Kilobytes that a build of ``text`` takes beyond what this process has."""
    import resource

    folder.mkdir()
    (folder / "a.md").write_text("# Gradient descent\n\n" + text, encoding="utf-8")
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        try:
            build(folder, workers=1)
            after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            os.write(writer, str(after - before).encode())
        finally:
            os._exit(0)
    os.close(writer)
    said = os.read(reader, 100)
    os.close(reader)
    os.waitpid(child, 0)
    return int(said)


def test_a_question_is_bounded(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(WARM, encoding="utf-8")
    answerer = Answerer.from_store(MemoryStore(build(tmp_path, workers=1).snapshot))
    assert answerer.ask("x\udcffy").plan == answerer.ask("x\ufffdy").plan
    for piece in ("梯度下降和损失函数有什么区别", "gradient descent ", "qwzx plmk ", "的", "？", "（"):
        taken = []
        for size in (LONGEST_QUESTION // 4, LONGEST_QUESTION):
            question = run_of(piece)(size - 1)[:size]
            begun = time.process_time()
            answerer.ask(question)
            taken.append(max(time.process_time() - begun, LEAST_SECONDS))
        assert taken[1] < 10 * taken[0], piece
    with pytest.raises(InputError, match="20000 characters"):
        answerer.ask("a" * 20_000)
