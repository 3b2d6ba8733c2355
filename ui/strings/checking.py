"""Words of the verbs that check and explain a graph (aliases, evaluate, explain): key → (Chinese, English)."""

from collections.abc import Mapping
from typing import Final

CHECKING: Final[Mapping[str, tuple[str, str]]] = {
    "all_pieces": ("全部", "All"),
    "mean": ("平均", "mean"),
    "as_one": ("合为一体", "all as one"),
    "missed_core": ("遗漏的核心概念", "Core concepts that are missing"),
    "spurious": ("标注中没有的概念", "Concepts that the annotation does not have"),
    "duplicates": ("重复的概念", "Second concepts for one annotated concept"),
    "figure.predicted_in_scope": ("标注范围内的概念数", "concepts within the annotated lines"),
    "figure.gold_concepts": ("标注的概念数", "annotated concepts"),
    "figure.concept_recall_core": ("核心召回", "core concepts found"),
    "figure.concept_recall_normal": ("一般召回", "normal concepts found"),
    "figure.concept_recall_minor": ("次要召回", "minor concepts found"),
    "figure.concept_precision": ("概念精确率", "concepts that are right"),
    "figure.concept_f1": ("概念 F1", "concepts F1"),
    "figure.alias_recall": ("别名召回", "aliases joined"),
    "figure.merge_errors": ("误并（越低越好）", "wrong merges (less is better)"),
    "figure.relation_pair_precision": ("关系对精确率", "related pairs that are right"),
    "figure.relation_pair_recall": ("关系对召回", "related pairs found"),
    "figure.relation_pair_f1": ("关系对 F1", "pairs F1"),
    "figure.relation_typed_precision": ("带类型关系精确率", "typed relations that are right"),
    "figure.relation_typed_recall": ("带类型关系召回", "typed relations found"),
    "figure.relation_typed_f1": ("带类型关系 F1", "typed F1"),
    "figure.prereq_predicted": ("先修关系数", "prerequisites between annotated concepts"),
    "figure.prereq_precision": ("先修精确率", "prerequisites that are right"),
    "figure.prereq_recall": ("先修召回", "prerequisites found"),
    "figure.prereq_f1": ("先修 F1", "prerequisites F1"),
    "figure.prereq_direction": ("先修方向", "prerequisites the right way round"),
    "figure.prereq_acyclic": ("先修无环", "prerequisites without a cycle"),
}
