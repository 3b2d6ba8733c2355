// A note as a page: built from nodes and text nodes only. The one exception is what KaTeX makes of a formula, which it builds
// itself, with trust off: no address, class or picture of a note gets into it.
// The component puts this file into a function that gives `note`; make, press and reveal are those of reader.js.

const FORMULA = { throwOnError: false, trust: false, maxExpand: 200, maxSize: 40, strict: "ignore", errorColor: "currentColor" };
const LETTER = /[\p{L}\p{N}]/u;
const MARKS = { b: "b", i: "em", s: "s", mark: "mark", sub: "sub", sup: "sup", kbd: "kbd", u: "u", code: "code" };

function note(b, root) {
  const box = make("div", "note");
  box.style.maxHeight = `${b.height}px`;
  box.tabIndex = 0;
  const card = make("div", "hover");
  card.setAttribute("role", "tooltip");
  card.hidden = true;
  const context = { b, root, box, card };
  box.append(...b.blocks.map((inner) => block(inner, context)), card);
  mark(context);
  typeset(box);
  box.addEventListener("scroll", () => { card.hidden = true; }, { passive: true });
  return box;
}

// ---- blocks

function block(node, context) {
  switch (node.t) {
    case "h": return lineOf(make(`h${Math.min(node.level, 6)}`, "line"), node.line, inline(node.c, context));
    case "p": return make("p", "", ...paragraph(node, context));
    case "ul": case "ol": {
      const list = make(node.t, "");
      if (node.t === "ol") list.start = node.start;
      list.append(...node.items.map((item) => listItem(item, context)));
      return list;
    }
    case "quote": {
      const made = make("blockquote", node.call ? "call" : "");
      if (node.call) made.append(make("div", "calls", node.call));
      made.append(...node.c.map((inner) => block(inner, context)));
      return made;
    }
    case "code": return code(node);
    case "table": return table(node, context);
    case "math": {
      const made = lineOf(make("div", "tex line"), node.line, []);
      made.dataset.last = node.last;
      made.dataset.display = "true";
      made.append(node.tex);
      return made;
    }
    case "hr": return make("hr", "");
    case "front": {
      const made = make("details", "front", make("summary", "", context.b.texts.properties));
      made.append(code(node));
      return made;
    }
    default: return make("p", "");
  }
}

function listItem(item, context) {
  const made = make("li", item.done === null ? "" : "task");
  if (item.done !== null) {
    const tick = make("input", "");
    tick.type = "checkbox";
    tick.checked = item.done;
    tick.disabled = true;
    made.append(tick);
  }
  for (const inner of item.c) {
    // the text of an item is no paragraph of its own
    made.append(...(inner.t === "p" ? paragraph(inner, context) : [block(inner, context)]));
  }
  return made;
}

function code(node) {
  const made = make("pre", "", ...node.lines.map((text, index) => lineOf(make("code", "line"), node.first + index, [text || " "])));
  if (node.lang) made.dataset.lang = node.lang;
  return made;
}

function table(node, context) {
  const made = make("table", "");
  for (const row of node.rows) {
    const line = lineOf(make("tr", "line"), row.line, []);
    line.append(...row.cells.map((cell) => make(row.head ? "th" : "td", "", ...inline(cell, context))));
    made.append(line);
  }
  return make("div", "wide", made);
}

// The lines of a paragraph, each in an element that knows its number.
function paragraph(node, context) {
  const lines = [[node.line, []]];
  for (const piece of node.c) {
    if (piece.t !== "nl") lines.at(-1)[1].push(piece);
    else if (!piece.soft) lines.push([piece.line, []]);
  }
  return lines.map(([number, pieces]) => lineOf(make("span", "line"), number, inline(pieces, context)));
}

function lineOf(element, number, content) {
  element.dataset.line = number;
  element.append(...content);
  return element;
}

// ---- in lines

function inline(pieces, context) {
  return pieces.map((piece) => (typeof piece === "string" ? document.createTextNode(piece) : INLINE[piece.t]
    ? INLINE[piece.t](piece, context) : make(MARKS[piece.t] || "span", "", ...inline(piece.c, context))));
}

const INLINE = {
  nl: () => make("br", ""),
  tex: (piece) => {
    const made = make("span", piece.display ? "tex wide" : "tex", piece.tex);
    made.dataset.display = piece.display;
    return made;
  },
  img: (piece, context) => make("span", "picture", context.b.texts.picture, ...inline(piece.c, context)),
  a: (piece, context) => {
    const content = inline(piece.c, context);
    if (piece.value) return press("link", context.root, piece.value, ...content);
    if (!piece.href) return make("span", "", ...content);
    const made = make("a", "", ...content);
    made.href = piece.href; // http, https or mailto: chosen by the server
    made.target = "_blank";
    made.rel = "noopener noreferrer";
    made.title = piece.href;
    return made;
  },
  concept: (piece, context) => {
    const found = context.b.cards[piece.id];
    if (!found) return document.createTextNode(piece.c[0]);
    // No <button>: that is a box of its own, after which lines break where the text has no space, as before a comma.
    const made = make("span", "known", piece.c[0]);
    made.role = "button";
    made.tabIndex = 0;
    made.onclick = () => context.root.choose(found.value);
    made.onkeydown = (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      made.click();
    };
    made.onmouseenter = made.onfocus = () => show(made, found, context);
    made.onmouseleave = made.onblur = () => { context.card.hidden = true; };
    return made;
  },
};

// ---- the card of a concept

function show(at, found, { card, box, b }) {
  card.replaceChildren(
    make("div", "name", found.name, make("span", "tag", found.kind)),
    ...(found.aliases ? [make("div", "dim", found.aliases)] : []),
    make("div", found.definition ? "words" : "dim", found.definition || b.texts.no_definition),
    ...(found.place ? [make("div", "dim", found.place)] : []),
  );
  card.hidden = false;
  const here = at.getBoundingClientRect();
  const frame = box.getBoundingClientRect();
  const left = Math.min(here.left - frame.left, box.clientWidth - card.offsetWidth - 8);
  const below = here.bottom - frame.top + 6;
  const above = here.top - frame.top - card.offsetHeight - 6;
  card.style.left = `${Math.max(4, left)}px`;
  card.style.top = `${box.scrollTop + (below + card.offsetHeight > box.clientHeight && above > 0 ? above : below)}px`;
}

// ---- the cited line

function mark({ b, box }) {
  const [first, last] = b.marked;
  if (!first) return;
  const lines = [...box.querySelectorAll(".line")];
  const start = (line) => Number(line.dataset.line);
  const found = lines.filter((line) => start(line) <= last && Number(line.dataset.last || line.dataset.line) >= first);
  const shown = found.length ? found : lines.filter((line) => start(line) <= first).slice(-1);
  for (const line of shown) {
    line.classList.add("marked");
    const folded = line.closest("details");
    if (folded) folded.open = true;
  }
  if (b.quote && found.length) markWords(found, b.quote);
}

// Marks the quoted words: letters and digits count, for the quote has no markup and its own spaces.
function markWords(lines, quote) {
  const wanted = [...quote.normalize("NFKC")].filter((c) => LETTER.test(c)).join("");
  const places = [];
  let letters = "";
  for (const line of lines) {
    const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
    for (let text = walker.nextNode(); text; text = walker.nextNode()) {
      for (let i = 0; i < text.data.length; i += 1) {
        for (const c of text.data[i].normalize("NFKC")) {
          if (LETTER.test(c)) { letters += c; places.push([text, i]); }
        }
      }
    }
  }
  const at = wanted ? letters.indexOf(wanted) : -1;
  if (at < 0) return;
  const ranges = new Map();
  for (const [text, i] of places.slice(at, at + wanted.length)) {
    const range = ranges.get(text);
    if (range) range[1] = i + 1; else ranges.set(text, [i, i + 1]);
  }
  const texts = [...ranges.keys()];
  for (const [text, [first, end]] of ranges) { // what is between two pieces of the quote is quoted as well
    const from = text === texts[0] ? first : 0;
    const to = text === texts.at(-1) ? end : text.data.length;
    if (text.parentElement.closest(".tex")) { text.parentElement.closest(".tex").classList.add("quoted"); continue; }
    const words = text.splitText(from);
    words.splitText(to - from);
    const made = make("mark", "");
    words.replaceWith(made);
    made.append(words);
  }
}

// ---- formulas

function typeset(box) {
  if (!box.querySelector(".tex")) return;
  if (!globalThis.katex) {
    document.addEventListener("studyatlas-katex", () => { typeset(box); reveal(box); }, { once: true });
    return;
  }
  for (const made of box.querySelectorAll(".tex:not([data-done])")) {
    made.dataset.done = "true";
    const tex = made.textContent;
    try {
      globalThis.katex.render(tex, made, { ...FORMULA, displayMode: made.dataset.display === "true" });
    } catch (error) {
      made.textContent = tex; // a formula that KaTeX cannot read is shown as it is written
      made.title = String(error.message || error);
    }
  }
}
