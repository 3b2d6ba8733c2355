"""Changes to ``studyatlas.yaml`` that keep everything else in it: comments, order, writing.

An :class:`Edit` is applied twice: to the values that the file has, which says what the file must mean afterwards, and
to its text, one entry at a time, at the places that the YAML parser names. The text is accepted only where it reads as
those values, so that a way of writing that is not understood here is refused and never damaged.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import yaml

from extract.knowledge.corrections import FILE, KEYS, check_corrections
from extract.text.keys import key_of
from graph.errors import SettingsError

What = Literal["merge", "split", "rename", "ignore", "kind", "relate", "unrelate", "require", "unrequire", "add"]

_LISTS: Final = ("merge", "split", "ignore", "add", "relate", "unrelate", "packs")
_MOST_STEPS: Final = 10_000
"""Entries that one edit changes at most; more would be a loop."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One correction that is to be written."""

    what: What
    names: tuple[str, ...]
    """``merge``: the name that stays comes first. ``relate``, ``unrelate``: head and tail. ``require``, ``unrequire``:
    the concept, then what must (not) be understood before. ``add``: the name, then further names."""
    value: str = ""
    """The new name, the kind, or the type of a relation (``unrelate``: empty for all types)."""


@dataclass(frozen=True, slots=True)
class Change:
    """The text of a file before and after."""

    path: Path
    before: str | None
    """None where there is no file yet."""
    after: str


def planned_change(folder: Path, edits: Sequence[Edit]) -> Change:
    """What ``edits`` would make of the corrections in ``folder``; nothing is written.

    Raises:
        SettingsError: the file cannot be read, the result would contradict itself, or the file is written in a way that
            cannot be changed here.
    """
    path = folder / FILE
    before = _read(path)
    if before is not None:
        check_corrections(before, path)
    text = before or ""
    for edit in edits:
        text = edited(text, edit, path)
    check_corrections(text, path)
    return Change(path, before, text)


def write_change(change: Change) -> None:
    """Write the file in one step: it has either the old or the new text, whatever happens meanwhile.

    Raises:
        SettingsError: the file was changed since the change was planned, or cannot be written. It is as it was.
    """
    path = change.path.resolve()  # where it is a link, what it points to is replaced
    if _read(path) != change.before:
        raise SettingsError(f"{change.path} was changed meanwhile. Nothing was written; look at it and try again.")
    new = path.with_name(f"{path.name}.tmp-{os.getpid()}-{uuid.uuid4().hex[:8]}")
    try:
        with new.open("xb") as file:
            file.write(change.after.encode())
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            new.chmod(path.stat().st_mode & 0o7777)
        new.replace(path)
    except (OSError, UnicodeEncodeError) as error:
        raise SettingsError(f"{change.path} cannot be written: {error}.") from error
    finally:
        with suppress(OSError):
            new.unlink(missing_ok=True)


def undo_change(change: Change) -> None:
    """Put the text back that was there before, as long as nobody changed the file since.

    Raises:
        SettingsError: the file was changed since, or cannot be written.
    """
    if change.before is not None:
        write_change(Change(change.path, change.after, change.before))
        return
    if _read(change.path) != change.after:
        raise SettingsError(f"{change.path} was changed meanwhile. It stays as it is.")
    try:
        change.path.unlink()
    except OSError as error:
        raise SettingsError(f"{change.path} cannot be removed: {error.strerror}.") from error


def _read(path: Path) -> str | None:
    """The text of the file with its own ends of lines; None without a file."""
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}.") from error


def edited(text: str, edit: Edit, path: Path = Path(FILE)) -> str:
    r"""``text`` with ``edit``, all else as it is written.

    Raises:
        SettingsError: the text is not YAML, or is written in a way that cannot be changed here (anchors, one line of
            braces for the whole file …).

    >>> print(edited("ignore: [流程]  # a template\n", Edit("ignore", ("LoRA",))), end="")
    ignore: [流程, LoRA]  # a template
    """
    goal = _applied(_data(text, path), edit)
    for _ in range(_MOST_STEPS):
        now = _data(text, path)
        if _canonical(now) == _canonical(goal):
            return text
        changed = _step(text, now, goal, path)
        if changed == text:
            break
        text = changed
    raise SettingsError(
        f"{path} is written in a way that cannot be changed here. Write the correction into it by hand:"
        f" {edit.what} {', '.join(edit.names)} {edit.value}".rstrip()
        + "."
    )


# ---- what the file means -------------------------------------------------------------------------------------------


def _data(text: str, path: Path) -> dict[str, Any]:
    """The values of the file, without empty parts."""
    try:
        found = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 every scalar stays a string
    except yaml.YAMLError as error:
        raise SettingsError(f"{path} is not YAML any more: {error}.") from error
    if found in (None, ""):
        return {}
    if not isinstance(found, dict):
        raise SettingsError(f"{path} should be a mapping with the keys {', '.join(KEYS)}.")
    return {key: value for key, value in found.items() if value not in ("", "~", "null", [], {})}


def _canonical(data: Mapping[str, Any]) -> dict[str, Any]:
    """``data`` without the order of its entries, which means nothing, and without repeated ones."""
    return {key: {repr(item) for item in value} if isinstance(value, list) else value for key, value in data.items()}


def _applied(data: Mapping[str, Any], edit: Edit) -> dict[str, Any]:
    """``data`` as it must be after ``edit``: with it, and without the entries that say the opposite."""
    new: dict[str, Any] = {
        key: (dict(value) if isinstance(value, dict) else list(value)) for key, value in data.items()
    }
    keys = [key_of(name) for name in edit.names]
    match edit.what:
        case "rename":
            new["rename"] = _put(new.get("rename", {}), edit.names[0], edit.value)
        case "kind":
            new["kind"] = _put(new.get("kind", {}), edit.names[0], edit.value)
        case "ignore":
            _forget(new, keys[0])
            new.setdefault("ignore", []).append(edit.names[0])
        case "merge":
            _without_group(new, "split", keys)
            new.setdefault("merge", []).append(list(edit.names))
        case "split":
            _without_group(new, "merge", keys)
            new.setdefault("split", []).append(list(edit.names))
        case "add":
            new["add"] = _added(new.get("add", []), edit.names, edit.value)
        case "relate" | "unrelate":
            other = "unrelate" if edit.what == "relate" else "relate"
            new[other] = [item for item in new.get(other, []) if not _opposes(item, keys, edit.value)]
            head, tail = edit.names
            entry = [head, edit.value, tail] if edit.value else [head, tail]
            if entry not in new.setdefault(edit.what, []):
                new[edit.what].append(entry)
        case "require" | "unrequire":
            other = "unrequire" if edit.what == "require" else "require"
            after, before = edit.names
            new[other] = _less(new.get(other, {}), keys[0], keys[1])
            table = new.get(edit.what, {})
            written = next((name for name in table if key_of(name) == keys[0]), after)
            listed = table.get(written, [])
            new[edit.what] = {**table, written: [*listed, *([] if before in listed else [before])]}
    return {key: value for key, value in new.items() if value}


def _put(table: Mapping[str, str], name: str, value: str) -> dict[str, str]:
    """``table`` with a value for ``name``, in place of one for another writing of it."""
    written = next((other for other in table if key_of(other) == key_of(name)), name)
    return {**table, written: value}


def _added(items: Sequence[Any], names: Sequence[str], kind: str) -> list[Any]:
    """``items`` of the part ``add`` with a concept of these names; one that is there gets those that it lacks."""
    found = [dict(item) if isinstance(item, dict) else {"name": item} for item in items]
    place = next((n for n, item in enumerate(found) if key_of(item["name"]) == key_of(names[0])), None)
    entry = {"name": names[0]} if place is None else found[place]
    listed = list(entry.get("aliases", []))
    listed += [name for name in names[1:] if key_of(name) not in map(key_of, [entry["name"], *listed])]
    entry |= ({"aliases": listed} if listed else {}) | ({"kind": kind} if kind else {})
    if place is None:
        return [*items, entry]
    return [entry if n == place else item for n, item in enumerate(items)]


def _less(table: Mapping[str, Sequence[str]], after: str, before: str) -> dict[str, list[str]]:
    """``table`` without the prerequisite with these keys."""
    left = {
        name: [one for one in listed if key_of(name) != after or key_of(one) != before]
        for name, listed in table.items()
    }
    return {name: listed for name, listed in left.items() if listed}


def _opposes(item: Sequence[str], keys: Sequence[str], type_: str) -> bool:
    """Whether a relation of the file is between the same two concepts, and of the type that is meant."""
    same = {key_of(item[0]), key_of(item[-1])} == set(keys)
    return same and (not type_ or len(item) == 2 or item[1] == type_)


def _without_group(data: dict[str, Any], what: str, keys: Sequence[str]) -> None:
    """Take from the groups of ``what`` all of ``keys`` but the first where a group has several of them."""
    groups = []
    for group in data.get(what, []):
        here = [name for name in group if key_of(name) in keys]
        kept = [name for name in group if name not in here[1:]] if len({key_of(n) for n in here}) > 1 else list(group)
        if len({key_of(name) for name in kept}) > 1:
            groups.append(kept)
    data[what] = groups


def _forget(data: dict[str, Any], key: str) -> None:
    """Remove all that asks for the concept with this key, which is to be ignored."""
    for what in ("rename", "kind"):
        data[what] = {name: value for name, value in data.get(what, {}).items() if key_of(name) != key}
    for what in ("relate", "unrelate"):
        data[what] = [item for item in data.get(what, []) if key not in (key_of(item[0]), key_of(item[-1]))]
    for what in ("require", "unrequire"):
        left = {
            name: [one for one in listed if key_of(one) != key]
            for name, listed in data.get(what, {}).items()
            if key_of(name) != key
        }
        data[what] = {name: listed for name, listed in left.items() if listed}
    for what in ("merge", "split"):
        groups = [[name for name in group if key_of(name) != key] for group in data.get(what, [])]
        data[what] = [group for group in groups if len({key_of(name) for name in group}) > 1]
    data["add"] = [
        item for item in data.get("add", []) if key_of(item["name"] if isinstance(item, dict) else item) != key
    ]
    data["ignore"] = [name for name in data.get("ignore", []) if key_of(name) != key]


# ---- what the file says --------------------------------------------------------------------------------------------


def _step(text: str, now: Mapping[str, Any], goal: Mapping[str, Any], path: Path) -> str:
    """``text`` with one entry removed, replaced or added, on the way from ``now`` to ``goal``."""
    root = yaml.compose(text, Loader=yaml.BaseLoader)
    nodes = {key.value: (key, value) for key, value in root.value} if isinstance(root, yaml.MappingNode) else {}
    for key in KEYS:
        old, new = now.get(key), goal.get(key)
        if old == new or _canonical({key: old or []}) == _canonical({key: new or []}):
            continue
        if key not in nodes:
            return _with_part(text, root, key, new)
        name, value = nodes[key]
        if old is None:  # the key is there with nothing behind it
            return _with_first(text, name, value, new)
        if key in _LISTS:
            return _list_step(text, value, old, new or [])
        return _table_step(text, value, old, new or {})
    raise SettingsError(f"{path} has a part that is not known.")


def _list_step(text: str, node: yaml.SequenceNode, old: Sequence[Any], new: Sequence[Any]) -> str:
    for index, item in enumerate(old):
        if item in new and item not in old[:index]:
            continue
        if len(old) == len(new) and new[index] not in old:
            child = node.value[index]
            return text[: child.start_mark.index] + _written(new[index]) + text[_end(child) :]
        return _removed(text, node, [(child, child) for child in node.value], index)
    added = next(item for item in new if item not in old)
    return _appended(text, node, node.value, _written(added), "- ")


def _table_step(text: str, node: yaml.MappingNode, old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    for index, name in enumerate(old):
        if name not in new:
            return _removed(text, node, list(node.value), index)
        if new[name] != old[name]:
            value = node.value[index][1]
            return text[: value.start_mark.index] + _written(new[name]) + text[_end(value) :]
    name = next(name for name in new if name not in old)
    return _appended(text, node, [value for _, value in node.value], f"{_written(name)}: {_written(new[name])}", "")


def _removed(text: str, node: yaml.CollectionNode, items: Sequence[tuple[yaml.Node, yaml.Node]], index: int) -> str:
    """``text`` without one item of a list or one pair of a mapping."""
    start, end = items[index][0].start_mark.index, _end(items[index][1])
    if node.flow_style:
        if index + 1 < len(items):
            end = items[index + 1][0].start_mark.index
        elif index:
            start = _end(items[index - 1][1])
        return text[:start] + text[end:]
    start = text.rfind("\n", 0, start) + 1
    return text[:start] + text[_line_end(text, end) :]


def _appended(text: str, node: yaml.CollectionNode, items: Sequence[yaml.Node], entry: str, mark: str) -> str:
    """``text`` with ``entry`` after the last of ``items``."""
    if not items:  # [] or {}
        return text[: node.start_mark.index + 1] + entry + text[node.end_mark.index - 1 :]
    last = _end(items[-1])
    if node.flow_style:
        return text[:last] + f", {entry}" + text[last:]
    at = _line_end(text, last)
    return text[:at] + _break(text, at) + " " * node.start_mark.column + mark + entry + _newline(text) + text[at:]


def _with_part(text: str, root: yaml.Node | None, key: str, value: Any) -> str:
    """``text`` with a new part at its end."""
    if isinstance(root, yaml.CollectionNode) and root.flow_style:
        return text
    at = _line_end(text, _end(root)) if root is not None and root.value else len(text)
    if not text[at:].strip():  # nothing but blank lines follows
        at = len(text)
    indent = " " * (root.start_mark.column if root is not None else 0)
    lines = [f"{indent}{key}:", *(indent + line for line in _lines(value))]
    return text[:at] + _break(text, at) + _newline(text).join([*lines, ""]) + text[at:]


def _with_first(text: str, name: yaml.Node, value: yaml.Node, new: Any) -> str:
    """``text`` with the first entries behind a key that has none."""
    if isinstance(value, yaml.CollectionNode):
        entries = [line.removeprefix("- ").strip() for line in _lines(new)]
        return text[: value.start_mark.index + 1] + ", ".join(entries) + text[value.end_mark.index - 1 :]
    at = _line_end(text, name.end_mark.index)
    start = text.find(":", name.end_mark.index) + 1
    rest = text[start:at]
    if value.value:  # ~ or null
        rest = rest.replace(value.value, "", 1).rstrip(" ") if rest.lstrip().startswith(value.value) else rest
    lines = [" " * name.start_mark.column + line for line in _lines(new)]
    head = text[:start] + rest
    return head + _break(head, len(head)) + _newline(text).join([*lines, ""]) + text[at:]


def _lines(value: Any) -> list[str]:
    """The entries of a part, one a line."""
    if isinstance(value, dict):
        return [f"  {_written(name)}: {_written(inner)}" for name, inner in value.items()]
    return [f"- {_written(item)}" for item in value]


def _end(node: yaml.Node) -> int:
    """Index after the last character of ``node``; the parser's own mark of a block is behind the comments after it."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(last[1] if isinstance(last, tuple) else last)
    return int(node.end_mark.index)


def _line_end(text: str, at: int) -> int:
    """Index after the end of the line that ``at`` is on."""
    if at and text[at - 1] == "\n":  # a block scalar ends with its line
        return at
    found = text.find("\n", at)
    return len(text) if found < 0 else found + 1


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _break(text: str, at: int) -> str:
    """An end of line where the text before ``at`` has none."""
    return _newline(text) if at and text[at - 1] != "\n" else ""


def _written(value: Any) -> str:
    """A name, list or mapping as it is written on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_written(k)}: {_written(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_written, value)) + "]"
    name = str(value)
    return name if _is_plain(name) else _quoted(name)


def _quoted(name: str) -> str:
    written: str = yaml.safe_dump(name, default_style='"', allow_unicode=True, width=1_000_000)
    return written.rstrip("\n")


def _is_plain(name: str) -> bool:
    """Whether a name may be written without quotes, in a list and as a key."""
    try:
        found = yaml.load(f"- [{name}, {name}]\n- {name}: {name}\n", Loader=yaml.BaseLoader)  # noqa: S506
    except yaml.YAMLError:
        return False
    return bool(found == [[name, name], {name: name}]) and name[:1] not in "\"'"
