"""Words of study paths, next steps, progress and gaps, in the terminal, on the pages and in exports.

Key → (Chinese, English).
"""

from collections.abc import Mapping
from typing import Final

STUDY: Final[Mapping[str, tuple[str, str]]] = {
    "background": (
        "背景知识：{n} 个概念，可能已经会；不会的话先读（约 {minutes} 分钟）：",
        "Background that you may already know; if not, read it first ({n}, about {minutes} min): ",
    ),
    "background_how": ("加 --all 可逐步列出。", "Use --all to plan it step by step."),
    "background_more": (
        "此外还有 {n} 个更基础或关系不明确的概念未列出。",
        "{n} more basic or less certain concept is left out.|{n} more basic or less certain concepts are left out.",
    ),
    "because.is_a": ("{after} 是一种 {before}。", "{after} is a kind of {before}."),
    "because.part_of": ("{before} 是 {after} 的一部分。", "{before} is part of {after}."),
    "because.based_on": ("{after} 基于 {before}。", "{after} is based on {before}."),
    "because.uses": ("{after} 用到 {before}。", "{after} uses {before}."),
    "because.defined_with": ("{after} 的定义用到 {before}。", "The definition of {after} uses {before}."),
    "because.named_after": ("{after} 的名称里有 {before}。", "{after} has {before} in its name."),
    "because.reference": (
        "你的笔记讲 {after} 时提到 {before}。",
        "What your notes say about {after} refers to {before}.",
    ),
    "because.order": ("你的笔记先讲 {before}，再讲 {after}。", "Your notes introduce {before} before {after}."),
    "because.cue": ("你的笔记说，学 {after} 之前要先学 {before}。", "Your notes say to learn {before} before {after}."),
    "because.user": ("你指定学 {after} 之前要先学 {before}。", "You set that {before} comes before {after}."),
    "because.background": (
        "学 {after} 要先懂 {before}（常识；你的笔记在此处同时提到两者）。",
        "{after} builds on {before}. This is general knowledge; your notes mention both here.",
    ),
    "because.background_only": (
        "学 {after} 要先懂 {before}（常识）。",
        "{after} builds on {before}. This is general knowledge.",
    ),
    "definition_of": ("什么是 {name}？", "What is {name}?"),
    "known_more": (
        "{names}（以及它们所依赖的 {n} 个概念）",
        "{names} (and {n} that they depend on)",
    ),
    "known_progress": (
        "其中 {n} 个来自学习进度（--no-progress 不计入）",
        "{n} of them from your progress (ignore it with --no-progress)",
    ),
    "unlocks_short": ("之后可学", "Opens"),
    "unlocks_more": ("等 {n} 个", "and {n} more"),
    "read_again": ("前面已读", "read above"),
    "left_out": ("时间不够，未安排", "No time for"),
    "fits_all": ("{minutes} 分钟内可完成全部 {n} 步。", "All {n} steps fit into {minutes} minutes."),
    "fits_some": ("{minutes} 分钟内可完成 {done} / {n} 步。", "{done} of {n} steps fit into {minutes} minutes."),
    "fits_left": (
        "另有约 {left} 分钟的阅读没有排进来，见各步。",
        "About {left} more minutes of reading do not fit; see the steps.",
    ),
    "for_later": (
        "留待以后：{n} 步（约 {minutes} 分钟）",
        "Left for later: {n} step (about {minutes} min)|Left for later: {n} steps (about {minutes} min)",
    ),
    "steps": ("步骤", "Steps"),
    "start_same": ("起点就是目标。", "The start is the goal."),
    "start_before": (
        "从 {start} 到 {goal}：前者是后者的先修。",
        "From {start} to {goal}: {start} is a prerequisite of {goal}.",
    ),
    "start_after": (
        "{goal} 是 {start} 的先修：会 {start}，就已经会 {goal}。",
        "{goal} is a prerequisite of {start}: if you know {start}, you know {goal}.",
    ),
    "start_related": (
        "从 {start} 到 {goal}：两者互不为先修，它们这样联系：",
        "From {start} to {goal}: neither is a prerequisite of the other. They are connected like this:",
    ),
    "start_apart": (
        "从 {start} 到 {goal}：两者互不为先修，笔记里也找不到四跳以内的联系。",
        (
            "From {start} to {goal}: neither is a prerequisite of the other, "
            "and no chain of up to four relations connects "
            "them."
        ),
    ),
    "speed": (
        "时间按每分钟 300 个汉字或 220 个英文单词估算。",
        "Reading time assumes 300 Chinese characters or 220 English words per minute.",
    ),
    "next": ("现在可以学", "What you can learn now"),
    "next_for": ("现在可以学（目标：{goal}）", "What you can learn now, on the way to {goal}"),
    "next_ready": (
        "共 {n} 个概念不缺先修",
        "{n} concept is ready to learn|{n} concepts are ready to learn",
    ),
    "next_nothing_known": (
        "还没有标记任何已会的概念，先从这些基础开始；标记：studyatlas progress --know 名称",
        (
            "You have not marked anything as known yet, so these are foundations. "
            "Mark what you know: studyatlas progress "
            "--know NAME"
        ),
    ),
    "next_nothing": (
        "没有可学的了：笔记里的概念都已经会。",
        "There is nothing left to learn: you know every concept in these notes.",
    ),
    "next_goal_known": ("目标已经会了。", "You already know the goal."),
    "next_why": ("为什么是现在", "Why now"),
    "next_goal": ("通往（可选）", "Towards (optional)"),
    "next_anywhere": ("任意方向", "anywhere"),
    "next_begin": (
        "还没有标记已会的概念，先从这些基础开始。",
        "You have not marked anything as known yet, so these are foundations.",
    ),
    "next_builds": ("接着已会的 {name}", "builds on {name}, which you know"),
    "next_needs_nothing": ("不需要先学别的", "needs nothing else"),
    "next_completes": ("学完即可学", "Then you can learn"),
    "next_theme": ("与已会的概念同属主题“{theme}”", "in a theme you have started: {theme}"),
    "progress": ("学习进度", "Progress"),
    "progress_counts": (
        "已会 {known} / {total} 个概念（标记 {marked} 个，由此推得 {implied} 个）",
        "{known} of {total} concepts known ({marked} marked, {implied} implied)",
    ),
    "progress_none": (
        "还没有标记。标记已会的概念：studyatlas progress --know 名称",
        "You have not marked anything yet. Mark what you know: studyatlas progress --know NAME",
    ),
    "progress_marked": ("已标记", "Marked"),
    "progress_unknown": (
        "图谱中没有（保留在文件里，不计入）",
        "Not in this graph (kept in the file, not counted)",
    ),
    "progress_renamed": ("原名 {name}", "marked as {name}"),
    "progress_themes": ("按主题", "By theme"),
    "gaps": ("笔记的空白", "Gaps"),
    "gaps_none": ("没有发现空白。", "No gaps were found."),
    "gaps_themes": ("几乎没有联系的主题", "Themes that your notes hardly connect"),
    "gaps_unexplained": ("用到却没有解释的概念", "Concepts that are used but never explained"),
    "gaps_rootless": ("看起来缺先修的概念", "Concepts that seem to lack prerequisites"),
    "gaps_some": ("{shown} / {n}", "{shown} of {n}"),
    "gap_theme": (
        "只有 {n} 条关系；按两边的规模，预计约 {expected} 条；内容相近度 {likeness}",
        "{n} relation, about {expected} expected for themes of this size; similarity {likeness}|"  # noqa: ISC004
        "{n} relations, about {expected} expected for themes of this size; similarity {likeness}",
    ),
    "gap_bridge": ("可以查查：{a} 与 {b} 有什么关系？", "Look up: how are {a} and {b} related?"),
    "gap_unexplained": (
        "{documents} 篇笔记里有 {n} 行提到它，没有一行定义它，也没有以它为题的小节",
        "mentioned on {n} line (notes: {documents}); no line defines it and no section is about it|"  # noqa: ISC004
        "mentioned on {n} lines (notes: {documents}); no line defines it and no section is about it",
    ),
    "gap_needed_by": ("要理解它才能理解", "Needed for"),
    "gap_rootless": (
        "没有先修，但笔记说它涉及 {names}",
        "has no prerequisites, though your notes say that it involves {names}",
    ),
    "gap_rootless_short": (
        "没有先修，但笔记说它涉及：",
        "It has no prerequisites, though your notes say that it involves:",
    ),
    "study_view": ("视图", "View"),
    "study_view.path": ("去一个目标", "To a goal"),
    "study_view.next": ("接下来学什么", "What next"),
    "study_view.gaps": ("笔记的空白", "Gaps"),
    "study_marked_hint": (
        "标记会保存在笔记目录下，重新构建后仍在",
        "Saved in the folder of your notes; survives rebuilds",
    ),
    "study_implied": ("由已会的概念推得", "implied by what you know"),
    "study_csv": ("下载为 CSV", "Download as CSV"),
    "study_anki": ("下载为 Anki 卡片", "Download as Anki deck"),
    "study_not_kept": ("进度没有保存：{why}", "Your progress was not saved: {why}"),
    "undefined": ("笔记没有给出定义；提到它的地方：", "Your notes do not define it. They say about it:"),
}
