"""Write the compiled form of the knowledge packs (``make packs``); docs/packs.md says what the packs are."""

from __future__ import annotations

import sys

from extract.knowledge.compiled import COMPILED
from extract.knowledge.pack_check import check_packs
from extract.knowledge.pack_compile import compile_packs
from extract.knowledge.pack_sources import read_pack, source_files


def main() -> int:
    """Check the sources, then write; nothing is written where the check finds a problem."""
    problems = check_packs([read_pack(path) for path in source_files()])
    for problem in problems:
        sys.stderr.write(f"{problem}\n")
    if problems:
        return 1
    COMPILED.mkdir(exist_ok=True)
    files = compile_packs(source_files())
    for path in COMPILED.glob("*.json"):
        if path.name not in files:
            path.unlink()
    for name, text in sorted(files.items()):
        (COMPILED / name).write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
