"""A study path as one HTML file to hand on: it needs no server, no network and no other file.

Ticks are kept by the browser of whoever opens it. All text of notes is escaped.
"""

from __future__ import annotations

from html import escape
from typing import Final

from queries.study.model import StudyStep
from ui.exports.sheet import Sheet, where
from ui.i18n import because, say, shown_lines
from ui.places import place_text

_STYLE: Final = """
:root { color-scheme: light dark; --line: color-mix(in srgb, CanvasText 18%, Canvas); --accent: #3B6FD4; }
body { font: 16px/1.65 system-ui, "PingFang SC", "Microsoft YaHei", sans-serif; }
body { max-width: 46rem; margin: 2.5rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; line-height: 1.3; margin: 0; }
h2 { font-size: 1.05rem; margin: 2rem 0 .6rem; }
.dim { opacity: .65; font-size: .9rem; }
li { list-style: none; border: 1px solid var(--line); border-radius: 12px; padding: .7rem 1rem; margin: .6rem 0; }
ol { padding: 0; }
label { font-weight: 650; font-size: 1.08rem; cursor: pointer; }
li:has(input:checked) { opacity: .55; }
li:has(input:checked) > :not(label) { display: none; }
blockquote { margin: .4rem 0; padding: .2rem .8rem; border-left: 3px solid var(--accent); }
p { margin: .3rem 0; }
progress { width: 100%; accent-color: var(--accent); }
"""
_SCRIPT: Final = """
const boxes = [...document.querySelectorAll("input")];
const key = "studyatlas " + document.title;
let kept = [];
try { kept = JSON.parse(localStorage.getItem(key) || "[]"); } catch { kept = []; } // a file may not keep anything
const show = () => { document.querySelector("progress").value = boxes.filter((box) => box.checked).length; };
for (const box of boxes) {
  if (kept.includes(box.id)) box.checked = true;
  box.onchange = () => {
    show();
    const ticked = boxes.filter((each) => each.checked).map((each) => each.id);
    try { localStorage.setItem(key, JSON.stringify(ticked)); } catch { kept = ticked; }
  };
}
show();
"""


def html_page(sheet: Sheet) -> str:
    """The page: steps with boxes, definitions, reasons and what to read, level by level in the order of the path."""
    path, lang = sheet.path, sheet.lang
    title = f"{say('study_path', lang)}: {sheet.names.get(path.goal, path.goal)}"
    total = sum(r.minutes for s in path.proper for r in (*s.reading, *s.left_out))
    counted = f"{say('n_steps', lang, n=len(path.proper))} · {say('minutes', lang, n=f'{total:g}')}"
    parts = [
        f'<h1>{escape(title)}</h1><p class="dim">{escape(counted)} · {escape(say("speed", lang))}</p>',
        f'<progress max="{max(1, len(path.steps))}" value="0"></progress>',
    ]
    if path.background:
        words = say("background", lang, n=len(path.background), minutes=f"{path.background_minutes:g}")
        parts += [f"<h2>{escape(words.rstrip(': ：'))}</h2>", _list(path.background, sheet)]
        parts.append(f"<h2>{escape(say('steps', lang))}</h2>")
    parts.append(_list(tuple(s for s in path.proper if not s.later), sheet))
    if path.later:
        words = say("for_later", lang, n=len(path.later), minutes=f"{path.later_minutes:g}")
        parts += [f"<h2>{escape(words)}</h2>", _list(path.later, sheet)]
    body = "\n".join(parts)
    return (
        f'<!DOCTYPE html>\n<html lang="{"zh-Hans" if lang == "zh" else "en"}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
        "script-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>\n<body>\n{body}\n"
        f"<script>{_SCRIPT}</script></body></html>\n"
    )


def _list(steps: tuple[StudyStep, ...], sheet: Sheet) -> str:
    return "<ol>" + "\n".join(_item(step, sheet) for step in steps) + "</ol>"


def _item(step: StudyStep, sheet: Sheet) -> str:
    lang = sheet.lang
    done = " checked" if step.concept in sheet.done else ""
    lines = [
        f'<label><input type="checkbox" id="{escape(step.concept, quote=True)}"{done}> {escape(step.name)}</label>'
        + (
            f' <span class="dim">{escape(say("minutes_short", lang, n=f"{step.minutes:g}"))}</span>'
            if step.minutes
            else ""
        )
    ]
    said = step.definition or sheet.said.get(step.concept)
    if said is not None:
        lines.append(_quote(said.quote, said.doc, said.line))
    for edge in step.why[:3]:
        lines.append(f"<p>{escape(because(edge, sheet.names, lang))}</p>")
        lines += [_quote(e.quote, e.doc, e.line) for e in shown_lines(edge) if e != said][:1]
    if step.reading:
        places = ", ".join(where(reading) for reading in step.reading)
        lines.append(f'<p class="dim">{escape(say("read", lang))}: {escape(places)}</p>')
    return "<li>" + "\n".join(lines) + "</li>"


def _quote(text: str, doc: str, line: int) -> str:
    return f'<blockquote>{escape(text)}<br><span class="dim">{escape(place_text(doc, line))}</span></blockquote>'
