// Draws text of notes: definitions, quotes, answers, whole notes. Strings become text nodes and nothing else, so a note that holds
// HTML, Markdown or scripts shows them as it wrote them. What is clicked goes back to Python as {concept} or {doc, line, quote}.

export default function (component) {
  const { parentElement, data, setTriggerValue } = component;
  let root = parentElement.querySelector(".reader");
  if (!root) {
    root = document.createElement("div");
    root.className = "reader";
    parentElement.appendChild(root);
  }
  const words = JSON.stringify(data.blocks);
  root.choose = (value) => setTriggerValue("chosen", value);
  if (root.words === words) return;
  root.words = words;
  if (data.height) { root.dataset.height = data.height; root.style.maxHeight = `${data.height}px`; }
  root.replaceChildren(...data.blocks.map((block) => build(block, root)));
  root.scrollTop = 0;
  requestAnimationFrame(() => root.querySelectorAll(".source, .note").forEach(reveal));
}

// Scroll a note to the line that is marked in it.
function reveal(box) {
  const line = box.querySelector(".marked");
  if (line) box.scrollTop += line.getBoundingClientRect().top - box.getBoundingClientRect().top - box.clientHeight / 3;
}

function make(tag, name, ...content) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  made.append(...content); // strings become text nodes
  return made;
}

function press(name, root, value, ...content) {
  const made = make("button", name, ...content);
  made.type = "button";
  made.onclick = () => root.choose(value);
  return made;
}

const BUILD = {
  title: (b, root) => make("div", `title ${b.small ? "small" : ""}`, b.value ? press("leads", root, b.value, b.text) : make("span", "", b.text), ...b.tags.map(tag)),
  heading: (b) => make("div", "heading", b.text),
  para: (b, root) => make("p", b.look || "", ...b.runs.map((run) => inline(run, root))),
  list: (b, root) => make("ul", "", ...b.items.map((item) => make("li", "", ...item.map((run) => inline(run, root))))),
  quote,
  chips: (b, root) => make("div", "chips", ...b.items.map((item) => item.value
    ? press(`chip ${item.strong ? "strong" : ""}`, root, item.value, item.text) : make("span", "chip", item.text))),
  row: (b, root) => make("div", "row", make("div", "", ...b.runs.map((run) => inline(run, root))), ...b.blocks.map((inner) => build(inner, root))),
  card: (b, root) => {
    const card = make("section", `card ${b.colour ? "accent" : ""}`, ...b.blocks.map((inner) => build(inner, root)));
    if (b.colour) card.style.setProperty("--card-accent", b.colour);
    return card;
  },
  grid: (b, root) => make("div", "grid", ...b.cards.map((inner) => build(inner, root))),
  split: (b, root) => make("div", "split", make("div", "", ...b.left.map((inner) => build(inner, root))),
    make("div", "", ...b.right.map((inner) => build(inner, root)))),
  flow: (b, root) => make("div", "flow", ...b.steps.map((step) => make("div", "step",
    node(step.head, root), make("span", "arrow", `— ${step.label} →`), node(step.tail, root)))),
  notice: (b) => make("div", `notice ${b.look || ""}`, b.text),
  details: (b, root) => make("details", "", make("summary", "", b.text), ...b.blocks.map((inner) => build(inner, root))),
  source,
  copy,
  small_map: smallMap,
  note: (b, root) => drawNote(b, root),
  layers,
};

function build(block, root) {
  return BUILD[block.kind](block, root);
}

function tag(item) {
  const made = make("span", `tag ${item.colour ? "colour" : ""}`, item.text);
  if (item.colour) {
    made.style.background = item.colour;
    made.style.color = bright(item.colour) ? "#1c1b19" : "#fff";
  }
  return made;
}

// Whether dark words are easier to read on a colour ("#rrggbb") than white ones: its relative luminance (WCAG 2.2) is
// above .3 (both have the same contrast at .18, but white is easier to read on middle colours).
function bright(colour) {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.3;
}

function inline(run, root) {
  if (typeof run === "string") return document.createTextNode(run);
  if (run.cite !== undefined) {
    const made = press("cite", root, run.value, String(run.cite));
    made.title = run.title;
    return made;
  }
  if (run.value) return press("concept", root, run.value, run.text);
  return make(run.strong ? "b" : "span", run.dim ? "dim" : "", run.text);
}

function node(end, root) {
  return end.value ? press("node", root, end.value, end.text) : make("span", "node", end.text);
}

function quote(b, root) {
  const content = [];
  if (b.number) content.push(make("span", "number", `[${b.number}]`));
  content.push(make("span", "words", b.text), make("span", "place", b.place));
  const made = press(`quote ${b.look || ""}`, root, { doc: b.doc, line: b.line, quote: b.text }, ...content);
  made.dataset.doc = b.doc;
  made.dataset.line = b.line;
  return made;
}

function source(b, root) {
  const box = make("div", "source");
  box.style.maxHeight = `${b.height}px`;
  let fenced = false;
  b.lines.forEach((text, index) => {
    const number = b.first + index;
    const fence = /^\s*(`{3,}|~{3,})/.test(text);
    if (fence) fenced = !fenced;
    const depth = fenced || fence ? 0 : (/^(#{1,6})\s/.exec(text) || ["", ""])[1].length;
    const look = fenced || fence ? "text code" : depth ? `text h${Math.min(depth, 3)}` : "text";
    const marked = number >= b.marked[0] && number <= b.marked[1];
    const line = make("div", marked ? "line marked" : "line", make("span", "number", String(number)), make("span", look, ...linked(text, marked ? b.quote : "", b.links[number] || [], root)));
    line.dataset.line = number;
    box.append(line);
  });
  return box;
}

// The line, with its links to other notes as buttons.
function linked(text, quote, links, root) {
  const made = [];
  let reached = 0;
  for (const [written, value] of links) {
    const at = text.indexOf(written, reached);
    if (at < 0) continue;
    made.push(...pieces(text.slice(reached, at), quote), press("link", root, value, written));
    reached = at + written.length;
  }
  return [...made, ...pieces(text.slice(reached), quote)];
}

// The line, with the quoted words marked where they stand literally.
function pieces(text, quote) {
  const at = quote ? text.indexOf(quote) : -1;
  return at < 0 ? [text] : [text.slice(0, at), make("mark", "", quote), text.slice(at + quote.length)];
}

function copy(b) {
  const made = make("button", "copy", b.label);
  made.type = "button";
  made.onclick = () => navigator.clipboard.writeText(b.text).then(() => {
    made.textContent = b.done;
    setTimeout(() => { made.textContent = b.label; }, 2000);
  });
  return made;
}

// Some concepts and what is between them. Names are buttons over the lines, so they can be reached by keyboard.
function smallMap(b, root) {
  const box = make("div", "small-map");
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", b.label);
  box.style.height = `${Math.max(110, 46 * Math.ceil(b.nodes.length / 1.6))}px`;
  const lines = make("canvas", "");
  const at = Object.fromEntries(b.nodes.map((each) => [each.id, each]));
  new ResizeObserver(() => connect(lines, b.edges.map((edge) => [at[edge.from], at[edge.to], edge.stated]))).observe(box);
  box.append(lines);
  for (const edge of b.edges) {
    const [a, c] = [at[edge.from], at[edge.to]];
    const words = make("span", "between", `${edge.text} ${Math.abs(a.x - c.x) < 0.05 ? (c.y > a.y ? "↓" : "↑") : c.x > a.x ? "→" : "←"}`);
    words.style.left = `${50 * (a.x + c.x)}%`;
    words.style.top = `${50 * (a.y + c.y)}%`;
    box.append(words);
  }
  for (const each of b.nodes) {
    const made = press(`node ${each.main ? "main" : ""}`, root, each.value, each.text);
    made.title = each.text;
    made.style.left = `${100 * each.x}%`;
    made.style.top = `${100 * each.y}%`;
    box.append(made);
  }
  return box;
}

// Lines between the places of concepts, dashed where only general knowledge knows of them.
function connect(canvas, edges) {
  const [width, height, scale] = [canvas.clientWidth, canvas.clientHeight, window.devicePixelRatio || 1];
  canvas.width = width * scale;
  canvas.height = height * scale;
  const pen = canvas.getContext("2d");
  pen.scale(scale, scale);
  pen.strokeStyle = getComputedStyle(canvas).color;
  pen.globalAlpha = 0.32;
  pen.lineWidth = 1.4;
  for (const [a, c, stated] of edges) {
    pen.setLineDash(stated ? [] : [4, 4]);
    pen.beginPath();
    pen.moveTo(a.x * width, a.y * height);
    pen.lineTo(c.x * width, c.y * height);
    pen.stroke();
  }
}
