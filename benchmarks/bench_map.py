"""How long the concept map takes in a browser: first paint, a click, a focus, a frame.

    python -m benchmarks.bench_map GRAPH.db [--synthetic 11000] [--runs 7]

Serves the graph with `studyatlas app`, drives a headless Chromium, and prints one line for each measure: milliseconds
by the clock (median and worst) and by the processor (browser and server together). From the event to the frame in which
the map shows it, and to the card next to it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.synthetic import synthetic
from graph.layout.compute import lay_out
from graph.stores.sqlite.store import SqliteStore

if TYPE_CHECKING:
    from playwright.sync_api import Page

ARGUMENTS = ["--no-sandbox", "--disable-quic", "--disable-background-networking"]
FRAMES = 30


@dataclass(frozen=True, slots=True)
class Figure:
    """One measure."""

    name: str
    wall: list[float]
    """Milliseconds by the clock, one for each run."""
    cpu: list[float]
    """Milliseconds of the processor, of server and browser."""

    def line(self) -> str:
        """As a row of a table."""
        middle, worst = statistics.median(self.wall), max(self.wall)
        return f"{self.name:34} {middle:8.0f} {worst:8.0f} {statistics.median(self.cpu):8.0f}"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("graph", nargs="?", type=Path)
    options.add_argument("--synthetic", type=int, default=0, metavar="N", help="a graph of N concepts instead")
    options.add_argument("--runs", type=int, default=7)
    options.add_argument("--webgl", choices=["none", "software", "hardware"], default="none")
    options.add_argument("--json", type=Path)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        graph = chosen.graph
        if chosen.synthetic:
            graph = Path(folder) / "graph.db"
            made = synthetic(chosen.synthetic, 3 * chosen.synthetic)
            layout = lay_out(made.concepts, made.relations, made.prerequisites, made.communities)
            with SqliteStore(graph) as store:
                store.publish(replace(made, layout=layout))
        if graph is None:
            options.error("name a graph, or --synthetic N")
        figures = measure(graph, runs=chosen.runs, webgl=chosen.webgl)
    print(f"{'':34} {'median':>8} {'worst':>8} {'CPU':>8}")
    for figure in figures:
        print(figure.line())
    if chosen.json:
        chosen.json.write_text(json.dumps([vars_of(f) for f in figures], indent=1), encoding="utf-8")


def vars_of(figure: Figure) -> dict[str, Any]:
    """A figure as a record."""
    return {"name": figure.name, "wall": figure.wall, "cpu": figure.cpu}


@contextmanager
def served(graph: Path) -> Iterator[str]:
    """The address at which ``graph`` is served."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "ui.cli", "app", "--graph", str(graph), "--port", str(port), "--no-browser"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def measure(graph: Path, *, runs: int, webgl: str) -> list[Figure]:
    """All figures of one graph."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    gpu = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"] if webgl != "none" else ["--disable-gpu"]
    with served(graph) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=[*ARGUMENTS, *gpu])
        try:
            found: dict[str, Figure] = {}
            for run in range(runs + 1):
                context = browser.new_context(viewport={"width": 1400, "height": 900}, locale="en-US")
                page = context.new_page()
                page.add_init_script(f"globalThis.studyatlasWebgl = '{webgl}'")
                for name, wall, cpu in one_visit(page, address):
                    if run:  # the first visit waits for the server's imports
                        figure = found.setdefault(name, Figure(name, [], []))
                        figure.wall.append(wall)
                        figure.cpu.append(cpu)
                context.close()
            return list(found.values())
        finally:
            browser.close()


def one_visit(page: Page, address: str) -> Iterator[tuple[str, float, float]]:
    """(name, wall ms, CPU ms) of what a person does on one visit."""
    clock = Clock()
    page.goto(f"{address}/?lang=en", wait_until="commit")
    page.locator(".atlas[data-version]").wait_for()
    yield "first paint", *clock.read()
    page.locator(".reader").first.wait_for()
    page.wait_for_timeout(1500)

    target = page.locator(".atlas").evaluate(_CLICKABLE)
    for name, concept in (("click, marked on the map", target[0]), ("click again, another concept", target[1])):
        point = page.locator(".atlas").evaluate("(root, id) => root.atlas.where(id)", concept[0])
        clock = Clock()
        page.mouse.click(point["x"], point["y"])
        page.locator(".atlas").evaluate(_PAINTED, ["selected", concept[0]])
        yield name, *clock.read()
        page.locator(".reader .title", has_text=concept[1]).first.wait_for()
        yield name.split(",")[0] + ", card shown", *clock.read()
        page.wait_for_timeout(600)

    point = page.locator(".atlas").evaluate("(root, id) => root.atlas.where(id)", target[0][0])
    clock = Clock()
    page.mouse.dblclick(point["x"], point["y"])
    page.locator(".atlas").evaluate(_PAINTED, ["focus", target[0][0]])
    yield "focus, drawn", *clock.read()
    page.locator(".reader .title", has_text=target[0][1]).first.wait_for()
    yield "focus, card shown", *clock.read()
    page.wait_for_timeout(600)
    page.locator(".atlas .stage").press("Escape")
    page.wait_for_timeout(1000)

    entry = page.locator(".atlas .legend button[data-group]").first
    clock = Clock()
    entry.click()
    page.locator(".atlas").evaluate(_PAINTED, ["marks", ""])
    yield "legend, a theme hidden", *clock.read()
    entry.click()
    page.wait_for_timeout(300)
    clock = Clock()
    per_frame = page.locator(".atlas").evaluate(_FRAMES, FRAMES)
    _, cpu = clock.read()
    yield "one frame while moving", per_frame, cpu / FRAMES


class Clock:
    """Wall time and processor time since it was made, in milliseconds."""

    def __init__(self) -> None:
        self.wall, self.cpu = time.perf_counter(), self._spent()

    def read(self) -> tuple[float, float]:
        """(wall, CPU) of server and browsers."""
        now = self._spent()
        return (time.perf_counter() - self.wall) * 1000, sum(ms - self.cpu.get(pid, 0.0) for pid, ms in now.items())

    def _spent(self) -> dict[int, float]:
        """Process → its time, of all that this one started, theirs included (Linux); those that ended are left out."""
        ticks = os.sysconf("SC_CLK_TCK")
        spent: dict[int, tuple[int, float]] = {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            spent[int(stat.parent.name)] = (int(fields[1]), (int(fields[11]) + int(fields[12])) / ticks * 1000)
        mine = {os.getpid()}
        while more := {pid for pid, (parent, _) in spent.items() if parent in mine and pid not in mine}:
            mine |= more
        return {pid: spent[pid][1] for pid in sorted(mine) if pid in spent and pid != os.getpid()}


_CLICKABLE = """(root) => {
  const atlas = root.atlas, box = root.getBoundingClientRect();
  const free = atlas.shown().map((id) => [id, atlas.m.scene.byId.get(id).name, atlas.where(id)])
    .filter(([, , p]) => p.x > box.left + 80 && p.x < box.right - 170 && p.y > box.top + 120 && p.y < box.bottom - 130);
  return free.slice(0, 2).map(([id, name]) => [id, name]);
}"""
_PAINTED = """(root, [what, id]) => new Promise((done) => {
  const { m } = root.atlas;
  const look = () => {
    const at = what === "selected" ? m.selected : m.focus;
    const there = what === "marks" || (at && at.id === id);
    if (there) requestAnimationFrame(() => requestAnimationFrame(done)); else requestAnimationFrame(look);
  };
  look();
})"""
_FRAMES = """(root, frames) => new Promise((done) => {
  const atlas = root.atlas, start = performance.now();
  let left = frames;
  const next = () => {
    if (!left) { done((performance.now() - start) / frames); return; }
    left -= 1;
    atlas.m.camera.x += left % 2 ? 3 : -3;
    atlas.redraw();
    requestAnimationFrame(next);
  };
  next();
})"""

if __name__ == "__main__":
    main()
