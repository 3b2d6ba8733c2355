// The search box of every page. `/` puts the cursor into it, from wherever nothing is being written. While the names of the
// graph are few, they are all here (globalThis.studyatlasNames) and suggestions need no server; otherwise, and where nothing
// here is like what is typed, the server is asked. Rows: [id, [names, the concept's own first], [pinyin]], most important first.
// The order of suggestions is that of graph/text/name_search.py.

const SHOWN = 8;
const PATIENCE = 90; // milliseconds between the last key and the question to the server

export default function (component) {
  const { parentElement, data, setTriggerValue } = component;
  document.documentElement.lang = data.lang;
  let root = parentElement.querySelector(".search");
  if (!root) {
    root = make();
    parentElement.appendChild(root);
  }
  const box = root.box;
  box.send = setTriggerValue;
  box.data = data;
  box.input.placeholder = data.texts.hint;
  box.input.setAttribute("aria-label", data.texts.label);
  if (data.answers && fold(data.answers.text) === fold(box.input.value) && box.open) box.show(data.answers.items);
  listen(box);
  watch(data.texts);
  return () => { if (globalThis.studyatlasSearch === box) globalThis.studyatlasSearch = null; };
}

// Where the program behind the page has ended, Streamlit asks whether the internet is there. We say what happened, and go on
// when the program is back.
function watch(texts) {
  globalThis.studyatlasGone = texts;
  if (globalThis.studyatlasWatch) return;
  let missed = 0;
  globalThis.studyatlasWatch = setInterval(async () => {
    const there = await fetch("_stcore/health", { cache: "no-store" }).then((answer) => answer.ok, () => false);
    if (there && missed > 1) location.reload();
    missed = there ? 0 : missed + 1;
    if (missed === 2) document.body.append(gone(globalThis.studyatlasGone));
  }, 2500);
}

function gone(texts) {
  const made = document.createElement("div");
  made.id = "studyatlas-gone";
  made.setAttribute("role", "alertdialog");
  made.style.cssText = "position:fixed;inset:0;z-index:2000000;display:grid;place-content:center;gap:10px;padding:24px;text-align:center;"
    + "background:color-mix(in srgb, Canvas 94%, transparent);color:CanvasText;font:16px/1.6 system-ui,sans-serif;";
  made.style.colorScheme = getComputedStyle(document.querySelector(".stApp") || document.body).colorScheme;
  const title = document.createElement("strong");
  title.style.fontSize = "22px";
  title.textContent = texts.gone_title;
  const words = document.createElement("span");
  words.textContent = texts.gone_do;
  made.append(title, words);
  return made;
}

// One listener for the whole document, whichever box is there.
function listen(box) {
  globalThis.studyatlasSearch = box;
  if (globalThis.studyatlasSlash) return;
  globalThis.studyatlasSlash = true;
  document.addEventListener("keydown", (event) => {
    const there = globalThis.studyatlasSearch;
    if (!there || event.isComposing || event.altKey) return;
    const command = (event.ctrlKey || event.metaKey) && event.key === "k";
    const slash = event.key === "/" && !event.ctrlKey && !event.metaKey && !writes(event.composedPath()[0]);
    if (!command && !slash) return;
    event.preventDefault();
    there.input.focus();
    there.input.select();
  });
}

function writes(element) {
  return element instanceof Element && (element.isContentEditable || element.matches("input:not([type=radio]):not([type=checkbox]), textarea, select"));
}

function make() {
  const root = document.createElement("div");
  root.className = "search";
  const input = document.createElement("input");
  input.type = "search";
  input.maxLength = 200;
  input.autocomplete = "off";
  input.spellcheck = false;
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-expanded", "false");
  input.setAttribute("aria-controls", "studyatlas-found");
  const list = document.createElement("div");
  list.id = "studyatlas-found";
  list.className = "found";
  list.setAttribute("role", "listbox");
  list.hidden = true;
  const key = document.createElement("kbd");
  key.textContent = "/";
  root.append(input, key, list);

  const box = { input, list, items: [], at: 0, open: false, timer: 0, composing: false };
  root.box = box;
  box.close = () => {
    box.open = false;
    box.items = [];
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  box.show = (found) => {
    const text = input.value.trim();
    box.items = found.map((item) => ({ ...item, value: { concept: item.id } }));
    box.items.push({ name: `${box.data.texts.ask} ${text}`, value: { question: text }, asks: true });
    box.at = 0;
    box.open = true;
    list.replaceChildren(...box.items.map((item, index) => line(item, index, box)));
    if (!found.length) list.prepend(note(box.data.texts.none));
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    mark(box);
  };
  input.oninput = () => { if (!box.composing) look(box); };
  input.addEventListener("compositionstart", () => { box.composing = true; });
  input.addEventListener("compositionend", () => { box.composing = false; look(box); });
  input.onfocus = () => { if (input.value.trim()) look(box); };
  input.onblur = () => setTimeout(box.close, 150); // a click on a line comes first
  input.onkeydown = (event) => press(event, box);
  return root;
}

function note(text) {
  const made = document.createElement("div");
  made.className = "note";
  made.textContent = text;
  return made;
}

function line(item, index, box) {
  const made = document.createElement("div");
  made.id = `studyatlas-found-${index}`;
  made.className = item.asks ? "line asks" : "line";
  made.setAttribute("role", "option");
  const name = document.createElement("span");
  name.textContent = item.name;
  made.append(name);
  if (item.also) {
    const also = document.createElement("span");
    also.className = "also";
    also.textContent = item.also;
    made.append(also);
  }
  made.onmousedown = (event) => { event.preventDefault(); choose(item, box); };
  made.onmousemove = () => { if (box.at !== index) { box.at = index; mark(box); } };
  return made;
}

function mark(box) {
  [...box.list.querySelectorAll(".line")].forEach((each, index) => {
    each.setAttribute("aria-selected", String(index === box.at));
    if (index === box.at) each.scrollIntoView({ block: "nearest" });
  });
  box.input.setAttribute("aria-activedescendant", `studyatlas-found-${box.at}`);
}

function press(event, box) {
  if (event.isComposing) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    if (!box.items.length) return;
    event.preventDefault();
    box.at = (box.at + (event.key === "ArrowDown" ? 1 : box.items.length - 1)) % box.items.length;
    mark(box);
  } else if (event.key === "Enter") {
    const text = box.input.value.trim();
    if (!text) return;
    event.preventDefault();
    const current = box.open && box.shownFor === fold(text) ? box.items[box.at] : null;
    const local = current && (!current.asks || box.at > 0) ? current : found(box.data.local, text)[0];
    choose(local ? local.value ? local : { value: { concept: local.id } } : { value: { text } }, box);
  } else if (event.key === "Escape") {
    if (box.open) box.close(); else { box.input.value = ""; box.input.blur(); }
  }
}

function choose(item, box) {
  clearTimeout(box.timer);
  box.input.value = "";
  box.close();
  box.input.blur();
  box.send("chosen", item.value);
}

// Suggestions for what is typed now.
function look(box) {
  clearTimeout(box.timer);
  const text = box.input.value.trim();
  if (!text) { box.close(); return; }
  const here = found(box.data.local, text);
  box.shownFor = fold(text);
  if (here.length) { box.show(here); return; }
  box.open = true;
  if (box.data.local) box.show([]);
  box.timer = setTimeout(() => box.send("wanted", text), PATIENCE);
}

function fold(text) {
  const lower = text.normalize("NFKC").toLowerCase();
  return lower.replace(/[^\p{L}\p{M}\p{N}+#]+/gu, "") || lower.trim();
}

let prepared = { rows: null, entries: [] };

// The keys of all names, computed once.
function entries() {
  const rows = globalThis.studyatlasNames || [];
  if (prepared.rows !== rows) {
    prepared = { rows, entries: rows.map(([id, names, sounds]) => ({
      id, names, sounds,
      keys: names.map(fold),
      words: names.map((name) => {
        const parts = name.split(/[^\p{L}\p{M}\p{N}]+/u).filter(Boolean).slice(0, 8);
        return parts.slice(1).map((_, index) => fold(parts.slice(index + 1).join(" ")));
      }),
    })) };
  }
  return prepared.entries;
}

function found(local, text) {
  const key = fold(text);
  if (!local || !key) return [];
  const inside = key.length > 1 || /\p{Script=Han}/u.test(key);
  const hits = [];
  entries().forEach((entry, rank) => {
    const best = place(entry, key, inside);
    if (best) hits.push({ ...best, rank, entry });
  });
  hits.sort((a, b) => a.tier - b.tier || a.part - b.part || a.rank - b.rank);
  return hits.slice(0, SHOWN).map(({ entry, form }) => ({ id: entry.id, name: entry.names[0], also: form ? entry.names[form] : "" }));
}

// How `key` names an entry: the tier, whether it is only a part, and which of its names it is.
function place(entry, key, inside) {
  let best = null;
  const take = (tier, part, form) => { if (!best || tier < best.tier || (tier === best.tier && part < best.part)) best = { tier, part, form }; };
  entry.keys.forEach((own, form) => {
    if (own === key) take(form ? 1 : 0, 0, form);
    else if (own.startsWith(key)) take(2, 1, form);
    else if (inside && own.includes(key)) take(5, 1, form);
    for (const word of entry.words[form]) if (word.startsWith(key)) take(3, word === key ? 0 : 1, form);
  });
  for (const [sound, form] of entry.sounds) if (sound.startsWith(key)) take(4, sound === key ? 0 : 1, form);
  return best;
}
