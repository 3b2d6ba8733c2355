"""Hooks of MkDocs (mkdocs.yml): the reference of the command line, and pages from outside of docs/.

The reference is generated from the Typer app, so that it cannot differ from ``studyatlas VERB --help``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any, Final, get_args

ROOT: Final = Path(__file__).resolve().parents[1]
OUTSIDE: Final = {
    "CHANGELOG.md": "CHANGELOG.md",
    "CONTRIBUTING.md": "CONTRIBUTING.md",
    "examples/README.md": "examples.md",
}
"""Page of the repository → its name on the site."""
_LINK: Final = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\((?!https?:|mailto:|#)([^)\s#]*)(#[^)\s]*)?\)")
_CODE: Final = re.compile(r"(^```.*?^```$|`[^`\n]+`)", re.MULTILINE | re.DOTALL)


def command_line_page() -> str:
    """The page of all verbs with their arguments and options, in the order of ``--help``."""
    import typer

    from ui.cli import app

    group: Any = typer.main.get_command(app)
    lines = ["# Command line", "", _plain(group.help), "", _plain(group.epilog or ""), ""]
    for name, command in group.commands.items():
        if getattr(command, "commands", None):
            lines += [f"## studyatlas {name}", "", _plain(command.help), ""]
            for inner, verb in command.commands.items():
                lines += _verb(f"{name} {inner}", verb, "###")
        else:
            lines += _verb(name, command, "##")
    return "\n".join(lines)


def _verb(name: str, command: Any, mark: str) -> Iterator[str]:
    """The section of one verb."""
    shown = [p for p in command.params if not getattr(p, "hidden", False) and p.name != "help"]
    arguments = [p for p in shown if p.param_type_name == "argument"]
    words = " ".join(_metavar(p) if p.required else f"[{_metavar(p)}]" for p in arguments)
    yield from (f"{mark} studyatlas {name}", "", _plain(command.help or ""), "")
    yield from ("```text", f"studyatlas {name} {words}".rstrip() + (" [OPTIONS]" if shown else ""), "```", "")
    if shown:
        yield from ("| | |", "|---|---|")
        for p in shown:
            names = (
                ", ".join(n for n in (*p.opts, *p.secondary_opts) if n.strip()) if p not in arguments else _metavar(p)
            )
            choices = _choices(p)
            said = _plain(p.help or "") + (f" One of: {', '.join(choices)}." if choices else "")
            yield f"| `{names}` | {said.replace('|', chr(92) + '|')} |"
        yield ""


def _choices(parameter: Any) -> list[str]:
    """The values of an option that has a few; where they are kept depends on the version of Typer."""
    known = getattr(getattr(parameter, "type", None), "choices", None)
    if known:
        return [str(getattr(choice, "value", choice)) for choice in known]
    annotation = getattr(getattr(parameter, "type_descriptor", None), "annotation", None)
    for kind in (annotation, *get_args(annotation)):
        if isinstance(kind, type) and issubclass(kind, Enum):
            return [str(member.value) for member in kind]
    return []


def _metavar(argument: Any) -> str:
    return str(argument.metavar or argument.name.upper())


def _plain(text: str) -> str:
    """Help text as Markdown that shows it as it is."""
    return re.sub(r"([<>\[\]*_])", r"\\\1", " ".join(text.split())) if text else ""


def on_files(files: Any, config: Any) -> Any:
    """Add the generated page and those from outside of docs/."""
    from mkdocs.structure.files import File

    files.append(File.generated(config, "command-line.md", content=command_line_page()))
    for source, target in OUTSIDE.items():
        files.append(File.generated(config, target, content=(ROOT / source).read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:  # noqa: ARG001 the names are MkDocs'
    """Make links within the repository links of the site; those to what the site does not have become text."""
    source = next((s for s, t in OUTSIDE.items() if t == page.file.src_uri), f"docs/{page.file.src_uri}")
    parts = _CODE.split(markdown)
    return "".join(
        part if n % 2 else _LINK.sub(lambda m: _linked(m, source, files), part) for n, part in enumerate(parts)
    )


def _linked(found: re.Match[str], source: str, files: Any) -> str:
    mark, text, target, anchor = found[1], found[2], found[3], found[4] or ""
    path = (ROOT / source).parent.joinpath(target).resolve()
    try:
        place = path.relative_to(ROOT).as_posix()
    except ValueError:
        return text
    page = OUTSIDE.get(place, place.removeprefix("docs/") if place.startswith("docs/") else "")
    if not target or (page and files.get_file_from_path(page) is not None):
        return f"{mark}[{text}]({page if target else ''}{anchor})"
    return text
