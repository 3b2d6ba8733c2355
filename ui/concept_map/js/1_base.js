// Draws the concept map. Everything that comes from notes is drawn on a canvas or set as textContent, never as HTML.
// The files of this folder are joined in the order of their names (ui/concept_map/__init__.py): no build step, no imports.

const FACE = '"Source Sans", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", "Segoe UI", sans-serif'; // a canvas takes no "inherit"
const MOST_MARKS = 1500; // dots and closed territories that are drawn at once
const MOST_EDGES = 3000;
const EDGES_EACH = 4; // relations that are drawn for each concept of the atlas: its most certain ones
const SMALL = 300; // a graph of at most so many concepts is shown whole
const NEEDS = "prerequisite_of";
const UNTYPED = "related_to";

function element(tag, name, text) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text !== undefined) made.textContent = text;
  return made;
}

function button(name, text, title, act) {
  const made = element("button", name, text);
  made.type = "button";
  if (title) { made.title = title; made.setAttribute("aria-label", title); }
  made.onclick = act;
  return made;
}

function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, key) => (key in values ? String(values[key]) : whole));
}

const CHANNELS = new Map(); // colour → its red, green and blue: reading a pixel is slow, and every name asks at every frame

function channels(colour) {
  if (!CHANNELS.has(colour)) {
    const hex = /^#([0-9a-f]{6})$/i.exec(colour);
    if (hex) CHANNELS.set(colour, [0, 2, 4].map((at) => parseInt(hex[1].slice(at, at + 2), 16)));
    else {
      const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
      probe.fillStyle = colour;
      probe.fillRect(0, 0, 1, 1);
      CHANNELS.set(colour, [...probe.getImageData(0, 0, 1, 1).data.slice(0, 3)]);
    }
  }
  return CHANNELS.get(colour);
}

function luminance(colour) {
  const [r, g, b] = channels(colour);
  return (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
}

function fade(colour, alpha) {
  return `rgba(${channels(colour).join(",")},${Math.round(alpha * 1000) / 1000})`;
}

// A colour between two others: 0 is the first, 1 the second.
function mix(from, to, share) {
  const a = channels(from), b = channels(to);
  return `#${a.map((v, i) => Math.round(v + (b[i] - v) * share).toString(16).padStart(2, "0")).join("")}`;
}

function colours(root) {
  const style = getComputedStyle(root);
  const text = style.getPropertyValue("--st-text-color").trim() || "#1f2328";
  const ground = style.getPropertyValue("--st-background-color").trim() || "#ffffff";
  const accent = style.getPropertyValue("--st-primary-color").trim() || "#2563eb";
  return { text, ground, accent, dark: luminance(ground) < 0.4, key: `${text}|${ground}|${accent}` };
}

// Writing on a colour of the palette: darker on white, lighter on black, so that it can be read.
function inkOf(colour, look) {
  return look.dark ? mix(colour, "#ffffff", 0.45) : mix(colour, "#000000", 0.35);
}

function short(text, most) {
  const letters = [...text];
  return letters.length <= most ? text : `${letters.slice(0, most - 1).join("")}…`;
}
