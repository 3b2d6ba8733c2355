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
    "reused": (
        "{notes} 篇笔记中有 {reused} 篇沿用了上次的结果",
        "{reused} of {notes} notes were unchanged and not read anew",
    ),
    "watching": ("正在留意 {folder} 中的改动（按 Ctrl-C 结束）。", "Watching {folder} for changes (Ctrl-C to end)."),
    "watch_changed": ("有改动：{names}。重新构建。", "Changed: {names}. Building again."),
    "cache_damaged": (
        "缓存中有 {n} 条结果已损坏，已重新生成。",
        "{n} results in the cache were damaged and were made anew.",
    ),
    "cache_no_secret": (
        "无法写入 {path}，因此没有使用缓存；图谱不受影响，只是下次构建会慢一些。",
        "{path} cannot be written, so that no cache was used; the graph is complete, only the next build takes longer.",
    ),
    "cache_unused": (
        "未能使用缓存 {path}（{why}）；图谱不受影响，只是下次构建会慢一些。",
        "The cache {path} could not be used ({why}); the graph is complete, only the next build takes longer.",
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
    "pace_files": ("每秒 {rate} 个文件", "{rate} files/s"),
    "pace_left": ("还需 {time}", "{time} left"),
    "stage.read": ("读取", "read"),
    "stage.extract": ("抽取", "extract"),
    "stage.resolve": ("归并", "resolve"),
    "stage.relate": ("关系", "relate"),
    "stage.order": ("先修", "order"),
    "stage.themes": ("主题", "themes"),
    "stage.layout": ("地图", "map"),
    "stage.vectors": ("向量", "vectors"),
    "stage.model": ("语言模型阅读（词元）", "language model (tokens)"),
    "llm_cost": (
        "语言模型：{asked} 个请求，约 {questions} 词元的提问和 {answers} 词元的回答（另有 {kept} 个已有答案）。",
        (
            "Language model: {asked} requests, about {questions} tokens of questions and {answers} of answers "
            "({kept} more are answered already)."
        ),
    ),
    "llm_money": ("约 {money}。", "About {money} in money."),
    "llm_go_on": ("继续吗？[y/N]", "Go on? [y/N]"),
    "llm_read": (
        "{model} 读出 {concepts} 个概念、{relations} 条关系、{needs} 条先修（各节相加）",
        "{model} read {concepts} concepts, {relations} relations and {needs} prerequisites (over all sections)",
    ),
    "llm_took": (
        "{requests} 个请求，本次询问 {asked} 个；提问 {questions} 词元，回答 {answers} 词元",
        "{requests} requests, {asked} of them asked now; {questions} tokens of questions, {answers} of answers",
    ),
    "llm_failed": (
        "{n} 个请求没有可用的回答；这些部分按不用语言模型的方式处理",
        (
            "{n} request has no usable answer; its part is as it is without a language model"
            "|{n} requests have no usable answer; their parts are as they are without a language model"
        ),
    ),
    "llm_dropped": (
        "去掉模型的 {n} 条说法：{reasons}",
        "Dropped {n} statement of the model: {reasons}|Dropped {n} statements of the model: {reasons}",
    ),
    "llm_dropped.name": ("笔记中没有这个名称", "name not in the notes"),
    "llm_dropped.alias": ("笔记中没有这个别名", "alias not in the notes"),
    "llm_dropped.quote": ("笔记中没有这句引文", "quote not in the notes"),
    "llm_dropped.type": ("没有这种关系类型", "no such type"),
    "llm_dropped.self": ("与自身的关系", "relation to itself"),
    "llm_dropped.undeclared": ("说的不是它列出的概念", "about something that it did not list"),
    "llm_dropped.unrelated": ("引文没有提到两者", "quote does not name both"),
    "llm_dropped.form": ("格式不符", "not of the form asked for"),
    "llm_not_worded": (
        "没有采用语言模型的回答（{reason}）；以下是笔记原文。",
        "The language model's answer is not used ({reason}); these are the notes' own words.",
    ),
    "llm_sentences_dropped": (
        "去掉了语言模型的 {n} 句话：所引的行不支持它们。",
        (
            "Dropped {n} sentence of the language model that its lines do not support."
            "|Dropped {n} sentences of the language model that their lines do not support."
        ),
    ),
    "pack_drafted": (
        "已将 {n} 个条目（{links} 个名称与关系）写入 {path}",
        (
            "Wrote {n} entry ({links} names and relations) to {path}"
            "|Wrote {n} entries ({links} names and relations) to {path}"
        ),
    ),
    "pack_next": (
        "请通读并修改，再用：studyatlas packs check {path}；studyatlas build {notes} --packs {path}",
        "Read and edit it, then: studyatlas packs check {path}; studyatlas build {notes} --packs {path}",
    ),
    "pack_dropped.value": ("指向的不是条目", "value that is not an entry"),
    "pack_dropped.self": ("与自身的关系", "relation to itself"),
    "pack_dropped.pair": ("同一对的第二种关系", "second type for a pair"),
    "pack_dropped.circle": ("先修成环", "prerequisite in a circle"),
    "pack_dropped.name": ("别的条目的名称", "name of another entry"),
    "pack_dropped.form": ("格式不符", "not of the form asked for"),
    "llm_requests": ("已将 {n} 个请求写入 {path}", "Wrote {n} request to {path}|Wrote {n} requests to {path}"),
    "llm_no_requests": ("所有请求都已有答案", "Every request is answered already"),
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
    "served": (
        "HTTP 接口：{url}（说明：{url}/docs；按 Ctrl-C 结束）",
        "HTTP API: {url} (described at {url}/docs; Ctrl-C ends it)",
    ),
    "url": ("在浏览器中打开：{url}（按 Ctrl-C 结束）", "Open in a browser: {url} (Ctrl-C ends it)"),
    "corrections_none": ("库中没有改动。", "The vault says nothing else than what was exported."),
    "corrections_unknown": (
        "{n} 篇笔记不是导出的，未处理：{names}",
        "{n} note was not exported and is left alone: {names}|{n} notes were not exported and are left alone: {names}",
    ),
    "corrections_written": (
        "已写入 {path}；重新构建才生效：studyatlas build {folder}",
        "Wrote {path}; build again to apply it: studyatlas build {folder}",
    ),
    "lexicon_imported": (
        "{n} 个条目已写入 {path}",
        "Wrote {n} entry to {path}|Wrote {n} entries to {path}",
    ),
    "lexicon_left_out": ("未收入：{what}", "Left out: {what}"),
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
