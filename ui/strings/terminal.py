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
    "not_read": ("未读取：{n} 个文件（{endings}）", "Not read: {n} file ({endings})|Not read: {n} files ({endings})"),
    "not_read_without_extra": (
        "{n} 个 {ending} 文件未读取：{remedy}",
        "{n} {ending} file not read: {remedy}|{n} {ending} files not read: {remedy}",
    ),
    "packs_chosen": (
        "知识包：{packs}（按笔记内容选出；用 --packs 指定，用 --no-packs 关闭）",
        "Knowledge packs: {packs} (chosen from the notes; --packs to choose, --no-packs to build without)",
    ),
    "packs_asked": ("知识包：{packs}", "Knowledge packs: {packs}"),
    "packs_none": ("无", "none"),
    "packs_field": ("领域", "Field"),
    "packs_names": ("名称", "Names"),
    "packs_needs": ("先修", "Needs"),
    "packs_compiled": ("已编译", "Compiled"),
    "packs_yes": ("是", "yes"),
    "packs_stale": ("否（make packs）", "no (make packs)"),
    "packs_all": ("合计", "all"),
    "packs_right": ("{n} 个条目，没有问题。", "{n} entry, no problem.|{n} entries, no problems."),
    "packs_problems": ("{n} 个问题。", "{n} problem.|{n} problems."),
    "whole_file": ("整个文件", "whole file"),
    "more": ("另有 {n} 处", "{n} more"),
    "stage.read": ("读取", "read"),
    "stage.extract": ("抽取", "extract"),
    "stage.resolve": ("归并", "resolve"),
    "stage.relate": ("关系", "relate"),
    "stage.order": ("先修", "order"),
    "stage.themes": ("主题", "themes"),
    "stage.layout": ("地图", "map"),
    "stage.vectors": ("向量", "vectors"),
    "stage.store": ("写入", "store"),
    "seconds": ("用时 {total} 秒（{stages}）", "{total} s ({stages})"),
    "poor_model": (
        "注意：模型 {model} 认不出笔记里 {share} 的汉字，找不好中文段落。请换一个多语种模型，或不用 --embedder。",
        (
            "Note: the model {model} cannot read {share} of the notes' Chinese characters. "
            "Choose a multilingual model, or "
            "leave out --embedder."
        ),
    ),
    "setting": ("设置", "Settings"),
    "no_hits": ("没有找到“{text}”。", "Nothing found for {text}."),
    "hops": ("路径 {n}：{hops} 跳", "Path {n}: {hops} hops"),
    "one_hop": ("路径 {n}：1 跳", "Path {n}: 1 hop"),
    "same_concept": ("这是同一个概念。", "Both names mean the same concept."),
    "seen_above": ("（见上）", "(see above)"),
    "known_all": ("已经全部掌握。", "You know all of it already."),
    "no_themes": ("没有主题。", "There are no themes."),
    "no_merges": ("没有合并。", "No names were merged."),
    "verified": (
        "核对 {n} 条引文，全部属实。",
        "Checked {n} quote: it is on its line.|Checked {n} quotes: all are on their lines.",
    ),
    "not_verified": (
        "核对 {n} 条引文，{bad} 条不在所指的行上：",
        "Checked {n} quotes; {bad} are not on their lines:",
    ),
    "changed": ("构建之后改动过", "changed since the build"),
    "missing": ("找不到文件", "file not found"),
    "unreadable": ("无法读取", "cannot be read"),
    "rebuild": ("可重新构建：studyatlas build {folder}", "Build again: studyatlas build {folder}"),
    "url": ("在浏览器中打开：{url}（按 Ctrl-C 结束）", "Open in a browser: {url} (Ctrl-C ends it)"),
    "exported": ("已写入 {path}", "Wrote {path}"),
    "connection": ("两者的联系", "How they are connected"),
    "no_graphs": ("{where} 中没有图谱。", "There are no graphs in {where}."),
    "drop_sure": (
        "删除 {where} 中的图谱 {graph}（{concepts} 个概念）？此操作不可撤销。",
        "Remove the graph {graph} ({concepts} concepts) from {where}? This cannot be undone.",
    ),
    "dropped": ("已删除图谱 {graph}。", "Removed the graph {graph}."),
    "cypher_more": (
        "只显示前 {n} 行；用 --limit 可显示更多。",
        "Only the first {n} rows are shown; use --limit for more.",
    ),
}
