"""Answers as text: the notes' own sentences in the frame of the question's language.

Each followed by the [n] of its citation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from graph.model import Basis, Concept, ConceptPath, Evidence, LineKind, Prerequisite, Relation, RelationType
from graph.text.names import fold
from graph.text.scripts import count_han
from queries.question.asked_things import asked_objects
from queries.question.forms import parts as asked_parts
from queries.question.model import Form, LinkMethod, Plan, QuestionKind
from queries.question.words import tokens
from queries.retrieval.lines import ROWS, Line

LONGEST: Final = {"zh": 260, "en": 520}
"""Characters that a quote may have before it is cut down to its sentences that matter."""

ANNOUNCED: Final = 4
"""Lines that the quote of an announcing line runs on over, at most."""
ALSO: Final = 3
"""Further places of a quote that are named, at most."""
NEIGHBOURS: Final = 2
"""Lines that any other quote runs on over, at most."""

_BREAK: Final = re.compile(r"\s*\\n\s*")
"""A line break in a cell, as some programs write it."""
_SENTENCE: Final = re.compile(r"[^。！？!?；;]*?(?:[。！？；;]+|[.!?]+(?=\s|$)|$)")
_FRAMES: Final[Mapping[str, tuple[str, str]]] = {
    # key: (zh, en)
    "explained": ("笔记没有给出 {a} 的定义；关于它写的是：", "Your notes do not define {a}. What they say about it:"),
    "more": ("笔记中还有：", "More in your notes:"),
    "no_path": (
        "笔记没有直接说明 {a} 与 {b} 的联系；相关内容：",
        "The notes do not connect {a} and {b} directly. Related lines:",
    ),
    "compare": ("对比 {names}：", "Comparing {names}:"),
    "prerequisites": ("学习 {a} 之前，先了解 {names}。", "Before {a}, understand {names}."),
    "no_prerequisites": (
        "笔记没有列出 {a} 的先修知识；它的解释涉及：",
        "The notes name no prerequisites of {a}. Its explanation:",
    ),
    "study_path": ("学习顺序：{names}。", "Study in this order: {names}."),
    "known_prerequisites": (
        "常识上还要先了解 {names}；你的笔记只是同时提到它们。",
        "General knowledge adds {names}; your notes only mention them together.",
    ),
    "known_order": (
        "其中这些先后来自常识，你的笔记只是同时提到它们：{pairs}。",
        "This part of the order is general knowledge; your notes only mention them together: {pairs}.",
    ),
    "known_study_path": (
        "学习顺序（来自常识，你的笔记没有说明先后）：{names}。",
        "Study in this order (general knowledge; your notes do not say so): {names}.",
    ),
    "known_hop": (
        "{hop}（常识；你的笔记在此处同时提到两者 [{n}]）",
        "{hop} (general knowledge; your notes mention both here [{n}])",
    ),
    "known_hop_uncited": (
        "{hop}（常识；你的笔记没有这样说）",
        "{hop} (general knowledge; your notes do not say so)",
    ),
    "global": ("笔记涵盖的主题：", "The notes cover these themes:"),
    "under": ("（涉及 {names}）", " (on {names})"),
    "also_in": ("（另见 {places}）", " (also in {places})"),
    "unknown": ("笔记里没有提到{words}。", "The notes do not mention {words}."),
    "nothing": ("笔记里没有可以回答这个问题的内容。", "Your notes do not answer this question."),
    "uncovered": (
        "笔记提到了 {names}，但没有讲到所问的内容。",
        "The notes mention {names}, but not what is asked about it.",
    ),
    "markup": (
        "这是标记或代码，不是问题。请用一句话提问。",
        "This is markup or code, not a question. Ask in a sentence.",
    ),
    "attribute": (
        "笔记提到了 {name}，但没有写到它的“{attribute}”。",
        "Your notes mention {name}, but nothing about its “{attribute}”.",
    ),
    "unmet": (
        "笔记提到了 {name}，但讲它的地方没有提到“{attribute}”。",
        "Your notes mention {name}, but say nothing of “{attribute}” there.",
    ),
    "attribute_number": (
        "笔记提到了 {name} 和“{attribute}”，但没有写到数值。",
        "Your notes mention {name} and “{attribute}”, but give no number.",
    ),
    "attribute_there": ("关于 {name}，笔记写的是：“{quote}” [1]。", "What they say about {name}: “{quote}” [1]."),
    "attribute_of": ("“{attribute}”只在讲 {names} 的地方出现。", "They speak of “{attribute}” only with {names}."),
    "property": ("笔记提到了 {names}，但没有写到{words}。", "The notes mention {names}, but not {words}."),
    "known_part": ("笔记里有的是：{names}。", "They do mention: {names}."),
    "nearest": ("最接近的概念：{names}。", "Nearest concepts: {names}."),
}


@dataclass(frozen=True, slots=True)
class Cited:
    """A line that an answer quotes."""

    n: int
    row: int
    """Row of the line that it begins on."""
    lines: tuple[Line, ...]
    """That line, and those that it runs on over."""
    quote: str
    """Their text; lines are separated by ``\\n``."""
    also: tuple[tuple[str, int], ...] = ()
    """(document, line) of other notes that contain the first line word for word."""

    @property
    def line(self) -> Line:
        """The line that it begins on."""
        return self.lines[0]


def phrase(key: str, lang: str, **values: str) -> str:
    """A frame's words in ``lang`` with ``values`` filled in."""
    return _FRAMES[key][0 if lang == "zh" else 1].format(**values)


def listing(names: Sequence[str], lang: str) -> str:
    """Names one after the other as the language writes it: ``A、B 和 C``, ``A, B and C``."""
    if len(names) < 2:
        return "".join(names)
    comma, last = ("、", " 和 ") if lang == "zh" else (", ", " and ")
    return comma.join(names[:-1]) + last + names[-1]


def excerpt(text: str, wanted: Mapping[str, float], centre: str = "") -> str:
    """The part of a line to quote.

    All of it, or of a long one the run of whole sentences that contains most of ``wanted``.

    Args:
        text: the line.
        wanted: tokens of the question, with their weights.
        centre: a sentence of the line that it begins with; empty: none.
    """
    limit = LONGEST[_script(text)]
    if len(text) <= limit:
        return text
    sentences = [m.span() for m in _SENTENCE.finditer(text) if m.group().strip()]
    if len(sentences) < 2:
        return text
    held = [set(tokens(text[a:b])) for a, b in sentences]
    begins = [i for i, (a, b) in enumerate(sentences) if centre and text[a:b].strip() == centre]
    best: tuple[float, int, int] = (-1.0, 0, 1)
    for first in begins or range(len(sentences)):
        covered: set[str] = set()
        for last in range(first, len(sentences)):
            if sentences[last][1] - sentences[first][0] > limit and last > first:
                break
            covered |= held[last]
            value = (
                sum(w for t, w in wanted.items() if t in covered)
                + (0.05 if first == 0 else 0.0)
                + 0.002 * (last - first)
            )
            if value > best[0] + 1e-9:
                best = (value, first, last + 1)
    return text[sentences[best[1]][0] : sentences[best[2] - 1][1]].strip()


def run_on(lines: Sequence[Line], row: int, *, wanted: Collection[int], taken: Collection[int]) -> list[int]:
    """Rows that a quote beginning at ``row`` takes in: the line, and those right below that complete it.

    A line that announces others (a heading, ``Steps:``) takes in what it announces, any other line at most two
    neighbours that are ``wanted``. Never beyond :data:`LONGEST`, another heading, or a row that is ``taken`` by another
    quote.
    """
    first = lines[row]
    if first.kind is LineKind.CODE:
        return [row]
    announces = first.kind in (LineKind.HEADING, LineKind.HEADER) or first.text.endswith((":", "："))
    limit = LONGEST[_script(first.text)]
    own, size = [row], len(first.text)
    while len(own) <= (ANNOUNCED if announces else NEIGHBOURS):
        here, following = lines[own[-1]], own[-1] + 1
        if following >= len(lines) or following in taken:
            break
        other = lines[following]
        size += len(other.text)
        apart = other.number - here.number
        if (
            other.doc != first.doc
            or other.kind is LineKind.CODE
            or (
                other.kind is LineKind.HEADING and not (first.kind is LineKind.LABEL and other.section == first.section)
            )
            or apart > (3 if announces else 2)
            or size > limit
        ):
            break
        rows = (here.kind in ROWS, other.kind in ROWS)
        if rows == (True, False) or (
            rows == (False, True) and not announces
        ):  # what is after a table is not a part of it
            break
        if not announces and following not in wanted:
            break
        own.append(following)
    return own


def _script(text: str) -> str:
    """``zh`` where a third of the characters are Chinese, else ``en``."""
    return "zh" if count_han(text) * 3 > len(text) else "en"


def statement(cited: Cited, lang: str = "en") -> str:
    """A quote as one statement of the answer.

    Its lines one after the other, table cells with the header that names them, code as such. Other notes that say the
    same word for word are named behind it in ``lang``.
    """
    return f"{_told(cited)}{also_in(cited, lang)} [{cited.n}]"


def also_in(cited: Cited, lang: str) -> str:
    """Where else the notes say the same; empty where they do not."""
    if not cited.also:
        return ""
    places = listing([f"{doc}:{line}" for doc, line in cited.also[:ALSO]], lang)
    return phrase("also_in", lang, places=places)


def _told(cited: Cited) -> str:
    if len(cited.lines) == 1 and cited.quote != cited.line.text:
        return cited.quote
    lines = cited.lines
    if any(line.kind is LineKind.ROW for line in lines):
        lines = tuple(line for line in lines if line.kind is not LineKind.HEADER)  # each row names its cells
    parts = [told_cells(line) for line in lines]
    joined = parts[0]
    for part in parts[1:]:
        chinese = _script(joined + part) == "zh"
        gap = (
            ""
            if joined.endswith(("：", "；", "。"))
            else " "
            if joined.endswith((":", ";", ".", ","))
            else "；"
            if chinese
            else "; "
        )
        joined += gap + part
    return joined


def told_cells(line: Line) -> str:
    """A line's text; a table's row as ``criterion: A …; B …``, each cell named by its column; code as code."""
    if line.kind is LineKind.CODE:
        return f"`{line.text}`"
    if line.kind is not LineKind.ROW:
        return line.text
    line = replace(line, text=_BREAK.sub(" ", line.text))
    titles = line.context.split("\n")[0]
    text = f" {line.text}" if line.text.startswith("| ") else line.text  # an empty first cell
    cells, header = (
        text.split(" | "),
        (f" {titles}" if titles.startswith("| ") else titles).split(" | "),
    )  # no title above the first
    if len(header) < len(cells) or len(cells) < 2:
        return line.text
    named = [f"{h.strip()} {c.strip()}".strip() for h, c in zip(header[1:], cells[1:], strict=False) if c.strip()]
    chinese = _script(line.text) == "zh"
    first = cells[0].strip() + ("：" if chinese else ": ") if cells[0].strip() else ""
    return first + ("；" if chinese else "; ").join(named)


@dataclass(frozen=True, slots=True)
class Composed:
    """The text of an answer in two pieces."""

    lead: str
    """What answers the question."""
    more: str
    """What else the notes say about it, under a line that says so; empty where there is nothing."""

    @property
    def text(self) -> str:
        """Both, one below the other."""
        return f"{self.lead}\n{self.more}" if self.more else self.lead


def compose(
    plan: Plan,
    cited: Sequence[Cited],
    *,
    leading: Collection[int],
    listed: bool = False,
    defined: bool,
    about: str = "",
    subjects: Sequence[Concept],
    name_of: Callable[[str], str],
    paths: Sequence[ConceptPath] = (),
    needs: Sequence[Prerequisite] = (),
    steps: Sequence[str] = (),
    stating: int = -1,
    cite: Callable[[str, int], int | None],
    names_at: Callable[[int], Sequence[str]],
    under: Mapping[int, Sequence[str]],
    titles: Mapping[int, str],
) -> Composed:
    """The answer's text: what answers first, then what else the notes say.

    Args:
        plan: the question.
        cited: the quoted lines in the order of their numbers.
        leading: rows of the lines that answer; the others are more of the same.
        listed: whether they are the members of a list.
        defined: whether the first line defines what is asked about, where a definition is asked for.
        about: what a definition is asked of, in the words of the question; empty: the first of ``subjects``.
        subjects: what the question names.
        name_of: concept id → name.
        paths: chains between the subjects.
        needs: prerequisite edges to tell.
        steps: ids of a study path.
        stating: row of a line that itself says what to learn before what, and goes first; -1: none.
        cite: (document, line) → number of the citation of that line, None where it is not cited.
        names_at: row of a line → ids of the concepts that it names.
        under: row of a cited heading → ids of the concepts that its section is about.
        titles: row of a line that tells of a theme → the theme's title.
    """
    lang = plan.lang
    if plan.kind is QuestionKind.GLOBAL and not listed:
        themes = [_theme(c, [name_of(i) for i in under.get(c.row, ())], lang, titles.get(c.row)) for c in cited]
        return Composed("\n".join([phrase("global", lang), *themes]), "")
    said = [c for c in cited if c.row in leading] or list(cited[:1])
    bullets = [f"- {statement(c, lang)}" for c in said]
    rest = [f"- {statement(c, lang)}" for c in cited if c not in said]
    first = subjects[0].name if subjects else ""
    head = [b for c, b in zip(said, bullets, strict=True) if c.row == stating]
    tail = [b for c, b in zip(said, bullets, strict=True) if c.row != stating]
    match plan.kind:
        case _ if listed:
            parts = bullets
        case QuestionKind.DEFINITION if asked_parts(plan)[0].form is Form.DEFINITION:
            parts = _definition(plan, said, subjects, about=about, defined=defined)
        case QuestionKind.RELATION if len(subjects) > 1:
            hops = _hops(paths, name_of, lang, cite)
            known = _known_hops(paths, name_of, lang, cite)
            apart = not hops and not _both(cited, subjects, names_at)
            none = [phrase("no_path", lang, a=first, b=subjects[1].name)] if apart else []
            parts = [*none, *hops, *bullets, *known]
        case QuestionKind.COMPARE if len(subjects) > 1:
            parts = [phrase("compare", lang, names=listing(_compared(plan, subjects), lang)), *bullets]
        case QuestionKind.PREREQUISITES if subjects:
            stated = [e for e in needs if not _is_known(e)]
            names = [name_of(e.before) for e in stated]
            line = (
                phrase("prerequisites", lang, a=first, names=listing(names, lang))
                if names
                else phrase("no_prerequisites", lang, a=first)
            )
            line = "" if head and not names else line + _numbers(stated, cite)
            parts = [*head, *([line] if line else []), *tail, *_known_needs(needs, name_of, lang, cite)]
        case QuestionKind.STUDY_PATH if len(steps) > 1:
            stated = [e for e in needs if not _is_known(e)]
            only_known = bool(needs) and not stated
            order = phrase(
                "known_study_path" if only_known else "study_path",
                lang,
                names=" → ".join(name_of(s) for s in steps),
            )
            marked = [] if only_known else _known_order(needs, name_of, lang, cite)
            numbers = _numbers(stated, cite) or "".join(f" [{c.n}]" for c in said if c.row == stating)
            parts = [*head, order + numbers, *tail, *marked]
        case _:
            parts = bullets if len(bullets) > 1 else [b.removeprefix("- ") for b in bullets]
    return Composed("\n".join(parts), "\n".join([phrase("more", lang), *rest]) if rest else "")


def _theme(cited: Cited, names: Sequence[str], lang: str, title: str | None) -> str:
    """A heading as a theme with what is under it, or the title of a theme with a line that tells of it."""
    if title is not None:
        on = phrase("under", lang, names=listing(names, lang)) if names else ""
        return f"- {title}{on}{'：' if lang == 'zh' else ': '}{statement(cited, lang)}"
    if cited.line.kind is not LineKind.HEADING or len(cited.lines) > 1 or not names:
        return f"- {statement(cited, lang)}"
    return f"- {cited.quote}{phrase('under', lang, names=listing(names, lang))} [{cited.n}]"


_ARTICLE: Final = re.compile(r"^(?:an?|the)\s+", re.IGNORECASE)


def _compared(plan: Plan, subjects: Sequence[Concept]) -> list[str]:
    """What is compared: the names of ``subjects``; in the words of the question where one is only part of a side."""
    objects = asked_objects(plan.question, plan.kind)
    vague = [k for k in plan.links if k.method is LinkMethod.FUZZY]
    if len(objects) < 2 or all(fold(k.form) in {fold(o.text) for o in objects} for k in vague):
        return [c.name for c in subjects]
    return [_ARTICLE.sub("", plan.question[o.start : o.end].strip()) for o in objects]


def _definition(
    plan: Plan, said: Sequence[Cited], subjects: Sequence[Concept], *, about: str, defined: bool
) -> list[str]:
    """The defining line first; where none defines, the lines that explain it best, marked as such."""
    lang = plan.lang
    lines = [f"- {statement(c, lang)}" for c in said]
    own = about or (subjects[0].name if subjects else "")
    if not defined and own:
        return [phrase("explained", lang, a=own), *lines]
    if not said:
        return []
    head = statement(said[0], lang)
    names = [own, *(n for c in subjects for n in c.names if own in (c.name, *c.names))]
    if own and not any(fold(name) in fold(said[0].quote) for name in names):
        head = f"{own}：{head}" if lang == "zh" else f"{own}: {head}"
    return [head, *lines[1:]]


def _hops(
    paths: Sequence[ConceptPath], name_of: Callable[[str], str], lang: str, cite: Callable[[str, int], int | None]
) -> list[str]:
    """Each hop of the best path, where all of them say how two concepts are related and a cited line states it."""
    found: list[str] = []
    for relation in paths[0].relations if paths else ():
        if _is_known(relation):
            continue  # told apart, as what the notes do not say
        number = _number(relation.evidence, cite)
        if number is None or relation.type is RelationType.RELATED_TO:
            return []
        found.append(f"- {_hop(relation, name_of, lang)} [{number}]")
    return found


def _known_hops(
    paths: Sequence[ConceptPath], name_of: Callable[[str], str], lang: str, cite: Callable[[str, int], int | None]
) -> list[str]:
    """The hops of the best path that only general knowledge makes, each named as such."""
    found = []
    for relation in paths[0].relations if paths else ():
        if _is_known(relation):
            number = _number(relation.evidence, cite)
            key = "known_hop_uncited" if number is None else "known_hop"
            found.append("- " + phrase(key, lang, hop=_hop(relation, name_of, lang), n=str(number)))
    return found


def _hop(relation: Relation, name_of: Callable[[str], str], lang: str) -> str:
    return f"{name_of(relation.head)} {relation.type.label(lang)} {name_of(relation.tail)}"


def _is_known(statement: Relation | Prerequisite) -> bool:
    return statement.basis is Basis.BACKGROUND


def _number(evidence: Sequence[Evidence], cite: Callable[[str, int], int | None]) -> int | None:
    """The number of the first citation of ``evidence``; None where none of it is cited."""
    return next((n for e in evidence if (n := cite(e.doc, e.line)) is not None), None)


def _known_needs(
    needs: Sequence[Prerequisite],
    name_of: Callable[[str], str],
    lang: str,
    cite: Callable[[str, int], int | None],
) -> list[str]:
    """A sentence with the prerequisites that only general knowledge gives, if there are any."""
    known = [e for e in needs if _is_known(e)]
    names = listing([name_of(e.before) for e in known], lang)
    return [phrase("known_prerequisites", lang, names=names) + _numbers(known, cite)] if known else []


def _known_order(
    needs: Sequence[Prerequisite],
    name_of: Callable[[str], str],
    lang: str,
    cite: Callable[[str, int], int | None],
) -> list[str]:
    """A sentence with the steps whose order only general knowledge gives, if there are any."""
    known = [e for e in needs if _is_known(e)]
    pairs = ", ".join(f"{name_of(e.before)} → {name_of(e.after)}" for e in known)
    return [phrase("known_order", lang, pairs=pairs) + _numbers(known, cite)] if known else []


def _both(cited: Sequence[Cited], subjects: Sequence[Concept], names_at: Callable[[int], Sequence[str]]) -> bool:
    """Whether a cited line names the first two subjects."""
    wanted = {c.id for c in subjects[:2]}
    return any(wanted <= set(names_at(c.row)) for c in cited)


def _numbers(needs: Sequence[Prerequisite], cite: Callable[[str, int], int | None]) -> str:
    """The citations of the edges, as `` [1][3]``."""
    found = sorted({n for edge in needs for e in edge.evidence if (n := cite(e.doc, e.line)) is not None})
    return " " + "".join(f"[{n}]" for n in found) if found else ""


def refusal(
    plan: Plan, reason: str, *, known: Sequence[str], nearest: Sequence[str], missing: Sequence[str] = ()
) -> str:
    """What an answer says where the notes contain none.

    Which part is missing, which part they do hold, what comes nearest.

    Args:
        plan: the question.
        reason: as :func:`queries.answer.refusal.reason_to_abstain` gives it.
        known: names of the concepts that the question names.
        nearest: names that look or mean alike.
        missing: what of the question the notes do not contain, where the reason is ``property`` or ``uncovered``.
    """
    lang = plan.lang
    if reason == "markup":
        return phrase("markup", lang)
    if reason == "unknown":
        words = [f"“{w}”" for w in plan.unknown]
        parts = [phrase("unknown", lang, words=listing(words, lang))]
    elif reason in ("property", "uncovered") and known:
        words = list(missing) if reason == "property" else [f"“{w}”" for w in missing]
        key = "property" if words else "uncovered"
        parts = [phrase(key, lang, names=listing(known, lang), words=listing(words, lang))]
    else:
        parts = [phrase("nothing", lang)]
    if known and reason not in ("property", "uncovered"):
        parts.append(phrase("known_part", lang, names=listing(known, lang)))
    others = [n for n in nearest if n not in known]
    if others:
        parts.append(phrase("nearest", lang, names=listing(others, lang)))
    return ("" if lang == "zh" else " ").join(parts)
