"""Take the pictures of the pages that README shows: ``python -m scripts.take_screenshots [FOLDER]`` (docs/img).

They show the graph of examples/notes, built anew. Needs Chromium, and fonts with Chinese signs (Debian: ``chromium``,
``fonts-noto-cjk`` or ``fonts-wqy-microhei``): the notes are in both languages. Colours are reduced to a palette, so
that all pictures together stay below 1.2 MB.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlencode

from PIL import Image

from ui.commands.app import free_port

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
PATIENCE = 60
"""Seconds that the app may take to start."""
SETTLED_MS = 2500
"""Milliseconds until the map has stopped moving, after all parts of a page are there."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: what the address names, and the window that shows it."""

    name: str
    view: dict[str, str | list[str]]
    ready: str
    """A CSS selector of what must be there."""
    size: tuple[int, int] = (1280, 800)
    look: Literal["light", "dark"] = "light"
    scale: float = 1.0


SHOTS = (
    Shot("map", {"page": "map", "lang": "en"}, ".atlas[data-version]"),
    Shot(
        "map-dark-zh",
        {"page": "map", "lang": "zh", "names": "zh", "concept": "lora"},
        ".reader .title",
        look="dark",
    ),
    Shot(
        "route",
        {"page": "map", "lang": "en", "route": ["qlora", "qlora"]},
        ".st-key-route_list [data-testid=stColumn] .quote",
    ),
    Shot("concept", {"page": "concept", "lang": "en", "concept": "dpo"}, ".reader .layers"),
    Shot("answer", {"page": "ask", "lang": "en", "q": "What is the difference between DPO and PPO?"}, ".reader .cite"),
    Shot("phone", {"page": "map", "lang": "en"}, ".atlas[data-version]", size=(390, 810), scale=1.5),
)


@contextmanager
def served(graph: Path) -> Iterator[str]:
    """The address of the pages of ``graph``, until the block ends."""
    port = free_port()
    line = [sys.executable, "-m", "ui.cli", "app", "--graph", str(graph), "--port", str(port), "--no-browser"]
    process = subprocess.Popen(line, cwd=ROOT, stdout=subprocess.DEVNULL)  # noqa: S603 our own interpreter
    try:
        for _ in range(PATIENCE * 10):
            if process.poll() is not None:
                raise SystemExit("studyatlas app ended before it listened")
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
            except OSError:
                time.sleep(0.1)
            else:
                break
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=30)


def take(browser: Browser, address: str, shot: Shot) -> bytes:
    """One picture, as PNG with a palette."""
    width, height = shot.size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        locale="en-US",
        color_scheme=shot.look,
        device_scale_factor=shot.scale,
    )
    page: Page = context.new_page()
    page.set_default_timeout(90_000)
    page.goto(f"{address}/?{urlencode(shot.view, doseq=True)}")
    page.locator(shot.ready).first.wait_for()
    page.locator(".search input").wait_for()
    page.wait_for_timeout(SETTLED_MS)
    taken = Image.open(BytesIO(page.screenshot())).convert("RGB")
    context.close()
    out = BytesIO()
    taken.quantize(256, kmeans=8, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


def main(folder: Path) -> None:
    """Build the example notes and write all pictures into ``folder``."""
    from playwright.sync_api import sync_playwright

    if CHROMIUM is None:
        raise SystemExit("There is no Chromium on this machine (Debian: apt-get install chromium).")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        graph = Path(made) / "notes.db"
        line = [sys.executable, "-m", "ui.cli", "build", "examples/notes", "--output", str(graph)]
        subprocess.run(line, cwd=ROOT, check=True)  # noqa: S603 our own interpreter
        with served(graph) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
            for shot in SHOTS:
                path = folder / f"{shot.name}.png"
                path.write_bytes(take(browser, address, shot))
                print(path, path.stat().st_size // 1024, "KB")  # noqa: T201 a script
            browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "img")
