// The current view as a file. Made here, in the browser: nothing is asked of any server.

function keep(name, type, content) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

// The drawing with title and legend below, in any pen; returns its height.
const HEAD = 54;

function poster(m, look, width, height, penOf) {
  const entries = legendEntries(m);
  const rows = [];
  let x = 24;
  for (const entry of entries) {
    const wide = textWidth(entry.name, 13, 400) + 44;
    if (!rows.length || x + wide > width - 24) { rows.push([]); x = 24; }
    rows[rows.length - 1].push({ ...entry, x });
    x += wide;
  }
  const total = HEAD + height + 20 + rows.length * 24;
  const view = { ...m, size: { ...m.size, w: width, h: height }, hover: null, hot: null, hotEdge: null,
    camera: { ...m.camera, k: m.camera.k * Math.min(width / m.size.w, height / m.size.h) } };
  const shown = choose(view);
  view.shown = shown;
  const pen = penOf(total);
  const shifted = shiftedPen(pen, 0, HEAD);
  drawTerritories(shifted, view, shown, look);
  drawBase(shifted, view, shown, look);
  drawNames(shifted, view, shown, look);
  pen.box(0, 0, width, HEAD, 0, { fill: look.ground });
  pen.box(0, HEAD + height, width, total - HEAD - height, 0, { fill: look.ground });
  pen.text(posterTitle(m), 24, 35, { size: 22, weight: 700, colour: look.text, align: "left" });
  rows.forEach((row, i) => row.forEach((entry) => {
    const y = HEAD + height + 26 + i * 24;
    if (entry.line) pen.line([[entry.x, y - 4], [entry.x + 16, y - 4]], { stroke: entry.colour, width: 2.5 });
    else pen.dot(entry.x + 8, y - 4, 6, { fill: entry.colour });
    pen.text(entry.name, entry.x + 22, y, { size: 13, colour: look.text, align: "left" });
  }));
  return pen;
}

function posterTitle(m) {
  const part = m.mode === "local" ? fill(m.texts.around, { name: nameOf(m.focus, m.names) }) : m.mode === "route" ? m.route.title
    : within(m).map((t) => t.title || m.texts.other).join(" › ");
  return part ? `${m.scene.name} — ${part}` : m.scene.name;
}

function legendEntries(m) {
  const seenKeys = new Set(), entries = [];
  for (const node of m.shown.dots) {
    const key = groupKey(node.home, m.colour === "kind" ? node.kind : null);
    if (!seenKeys.has(key)) {
      seenKeys.add(key);
      entries.push({ name: m.colour === "kind" ? node.kind.name : node.home?.top.title || m.texts.other, colour: colourOf(m, node) });
    }
  }
  for (const type of m.scene.types) {
    if (m.shown.edges.some((e) => e.type === type)) entries.push({ name: type.name, colour: edgeColour({ type, needs: type.code === NEEDS }, m.look), line: true });
  }
  return entries;
}

function shiftedPen(pen, dx, dy) {
  const move = (points) => points.map(([x, y]) => [x + dx, y + dy]);
  return {
    shape: (points, style) => pen.shape(move(points), style),
    line: (points, style) => pen.line(move(points), style),
    curve: (x1, y1, cx, cy, x2, y2, style) => pen.curve(x1 + dx, y1 + dy, cx + dx, cy + dy, x2 + dx, y2 + dy, style),
    dot: (x, y, r, style) => pen.dot(x + dx, y + dy, r, style),
    box: (x, y, w, h, r, style) => pen.box(x + dx, y + dy, w, h, r, style),
    text: (text, x, y, style) => pen.text(text, x + dx, y + dy, style),
  };
}

function pngOf(m) {
  const width = 2000, height = Math.round((2000 * m.size.h) / m.size.w);
  let canvas;
  poster(m, m.look, width, height, (total) => {
    canvas = document.createElement("canvas");
    canvas.width = width;
    canvas.height = total;
    const context = canvas.getContext("2d");
    context.fillStyle = m.look.ground;
    context.fillRect(0, 0, width, total);
    return canvasPen(context);
  });
  return new Promise((done) => { canvas.toBlob(done); });
}

function svgOf(m) {
  const width = 1400, height = Math.round((1400 * m.size.h) / m.size.w);
  return poster(m, m.look, width, height, (total) => svgPen(width, total, m.look.ground, posterTitle(m))).done();
}

const BASES = ["extracted", "inferred", "background"];

function recordOf(m) {
  return {
    title: posterTitle(m), graph: m.scene.name, shown: m.shown.dots.length, total: m.scene.total,
    concepts: m.shown.dots.map((node) => ({
      id: node.id, name: node.name, kind: node.kind.code, theme: node.home?.top.title || "", importance: node.w,
      x: placeOf(m, node).x, y: placeOf(m, node).y, definition: node.says,
    })),
    relations: m.shown.edges.map((e) => ({
      head: e.a.id, type: e.type.code, tail: e.b.id, confidence: e.sure, basis: BASES[e.basis], quote: e.says, place: e.place,
    })),
    themes: m.shown.closed.map((t) => ({ id: t.id, title: t.title, concepts: t.count })),
  };
}

function graphmlOf(m) {
  const record = recordOf(m);
  const nodeKeys = ["name", "kind", "theme", "importance", "x", "y", "definition"];
  const edgeKeys = ["type", "confidence", "basis", "quote", "place"];
  const numbers = new Set(["importance", "x", "y", "confidence"]);
  const key = (domain) => (name) => `  <key id="${domain}.${name}" for="${domain}" attr.name="${name}" attr.type="${numbers.has(name) ? "double" : "string"}"/>`;
  const data = (domain, names, record_) => names.map((name) => `      <data key="${domain}.${name}">${xml(record_[name] ?? "")}</data>`).join("\n");
  return `${[
    '<?xml version="1.0" encoding="UTF-8"?>', '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">',
    ...nodeKeys.map(key("node")), ...edgeKeys.map(key("edge")), '  <graph edgedefault="directed">',
    ...record.concepts.map((c) => `    <node id="${xml(c.id)}">\n${data("node", nodeKeys, c)}\n    </node>`),
    ...record.relations.map((r) => `    <edge source="${xml(r.head)}" target="${xml(r.tail)}">\n${data("edge", edgeKeys, r)}\n    </edge>`),
    "  </graph>", "</graphml>",
  ].join("\n")}\n`;
}

// A page that needs nothing but itself: this script, its styles, what is drawn and what is around it.
function htmlOf(m) {
  const inside = m.mode === "atlas" ? new Set(m.scene.nodes) : m.shown.inside;
  const state = {
    scene: compact(m.scene, inside, m.mode === "route" ? m.route.edges : null),
    control: {
      ...m.control, selected: m.selected?.id || null, focus: m.mode === "local" ? m.focus.id : null, extra: null,
      camera: { ...m.camera, w: m.size.w, h: m.size.h }, hidden: { groups: [...m.hidden.groups], types: [...m.hidden.types] },
      places: m.mode === "local" ? [...m.places].map(([node, p]) => [node.id, p.x, p.y]) : null, height: null, alone: true,
    },
  };
  // In JSON "<" can be written as an escape: no text of notes can end the script or begin a comment.
  const json = JSON.stringify(state).replace(/</g, "\\u003c").replace(/\u2028/g, "\\u2028").replace(/\u2029/g, "\\u2029");
  const vars = `:root{--st-text-color:${m.look.text};--st-background-color:${m.look.ground};--st-primary-color:${m.look.accent};`
    + `--st-border-color:${fade(m.look.text, 0.18)};--st-font:system-ui,sans-serif}`
    + "html,body{margin:0;height:100%;background:var(--st-background-color)}#here .atlas{height:100vh;max-height:none;border:0;border-radius:0}";
  const css = m.scene.css.replace(/<\//g, "<\\/");
  return "<!doctype html>\n<html lang=\"" + xml(m.control.lang) + "\"><head><meta charset=\"utf-8\">"
    + "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data: blob:\">"
    + `<meta name="viewport" content="width=device-width, initial-scale=1"><title>${xml(posterTitle(m))}</title>`
    + `<style>${vars}${css}</style></head><body><div id="here"></div>`
    + `<script type="application/json" id="state">${json}</script>`
    + `<script>${m.scene.source.replace(/<\/(script)/gi, "<\\/$1")}\nstandalone(document.getElementById("here"), JSON.parse(document.getElementById("state").textContent));\n</script></body></html>\n`;
}

// A scene as columns again, with these concepts only.
function compact(scene, inside, edges) {
  const nodes = scene.nodes.filter((node) => inside.has(node));
  const at = new Map(nodes.map((node, i) => [node, i]));
  const kept = (edges || scene.edges).filter((e) => at.has(e.a) && at.has(e.b));
  const type = new Map(scene.types.map((t, i) => [t, i])), kind = new Map(scene.kinds.map((k, i) => [k, i]));
  const column = (of) => nodes.map(of);
  return {
    version: scene.version, total: scene.total, name: scene.name, docs: [],
    types: scene.types.map((t) => [t.code, t.name, t.colour, t.symmetric]), kinds: scene.kinds.map((k) => [k.code, k.name, k.colour]),
    territories: scene.territories.map((t) => [t.id, t.parent, t.title, t.count, t.x, t.y, t.r, t.colour, t.outline.flat()]),
    links: scene.links.map((l) => [l.a.i, l.b.i, l.counts, l.needs]),
    nodes: {
      id: column((c) => c.id), name: column((c) => c.name), zh: column((c) => c.zh), en: column((c) => c.en), x: column((c) => c.x), y: column((c) => c.y),
      w: column((c) => c.w), s: column((c) => c.s), kind: column((c) => kind.get(c.kind)), home: column((c) => (c.home ? c.home.i : -1)),
      says: column((c) => c.says), docs: column(() => []), also: column((c) => c.also),
    },
    edges: {
      a: kept.map((e) => at.get(e.a)), b: kept.map((e) => at.get(e.b)), t: kept.map((e) => type.get(e.type)), c: kept.map((e) => e.sure),
      k: kept.map((e) => e.basis), says: kept.map((e) => e.says), place: kept.map((e) => e.place),
    },
  };
}
