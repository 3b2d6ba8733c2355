"""Words of the command line: key → (Chinese, English)."""

from collections.abc import Mapping
from typing import Final

TERMINAL: Final[Mapping[str, tuple[str, str]]] = {
    "graph": ("图谱", "Graph"),
    "notes_folder": ("笔记目录", "Notes"),
    "build": ("构建", "Build"),
    "built": ("已写入 {path}", "Wrote {path}"),
    "file": ("文件", "File"),
    "n_lines": ("行数", "Lines"),
    "encoding": ("编码", "Encoding"),
    "skipped": ("未收入", "Left out"),
    "skipped_places": ("{reason}：{n} 处（{where}）", "{reason}: {n} place ({where})|{reason}: {n} places ({where})"),
    "whole_file": ("整个文件", "whole file"),
    "more": ("另有 {n} 处", "{n} more"),
    "seconds": ("用时 {total} 秒（{stages}）", "{total} s ({stages})"),
    "setting": ("设置", "Settings"),
    "no_hits": ("没有找到“{text}”。", "Nothing found for {text}."),
    "hops": ("路径 {n}：{hops} 跳", "Path {n}: {hops} hops"),
    "one_hop": ("路径 {n}：1 跳", "Path {n}: 1 hop"),
    "same_concept": ("这是同一个概念。", "These are one and the same concept."),
    "seen_above": ("（见上）", "(see above)"),
    "known_all": ("已经全部掌握。", "You know all of it already."),
    "over_time": (
        "需要约 {needed} 分钟，超过给定的 {minutes} 分钟；每一步都不可少。",
        "This takes about {needed} minutes, more than the {minutes} there are; every step is needed.",
    ),
    "no_themes": ("没有主题。", "There are no themes."),
    "no_merges": ("没有合并。", "No names were merged."),
    "verified": ("核对 {n} 条引文，全部属实。", "Checked {n} quote: it stands on its line.|Checked {n} quotes: all stand on their lines."),
    "not_verified": ("核对 {n} 条引文，{bad} 条不在所指的行上：", "Checked {n} quotes; {bad} do not stand on their lines:"),
    "changed": ("构建之后改动过", "changed since the build"),
    "missing": ("找不到文件", "file not found"),
    "unreadable": ("无法读取", "cannot be read"),
    "rebuild": ("可重新构建：studyatlas build {folder}", "Build again: studyatlas build {folder}"),
    "url": ("在浏览器中打开：{url}（按 Ctrl-C 结束）", "Open in a browser: {url} (Ctrl-C ends it)"),
    "exported": ("已写入 {path}", "Wrote {path}"),
    "connection": ("两者的联系", "How they are connected"),
}
