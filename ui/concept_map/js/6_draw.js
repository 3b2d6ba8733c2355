// One picture of what was chosen, with any pen. Layers: territories and links, then edges and dots, then names.

const DASHES = [[], [7, 4], [2, 4]]; // by basis: stated, inferred, general knowledge

function screen(m, x, y) {
  return [(x - m.camera.x) * m.camera.k + m.size.w / 2, (y - m.camera.y) * m.camera.k + m.size.h / 2];
}

// Corners with their edges rounded off: each corner is replaced by two points on its sides.
function rounded(points, times = 2) {
  let list = points;
  for (let round = 0; round < times; round += 1) {
    list = list.flatMap(([x, y], i) => {
      const [nx, ny] = list[(i + 1) % list.length];
      return [[x * 0.75 + nx * 0.25, y * 0.75 + ny * 0.25], [x * 0.25 + nx * 0.75, y * 0.25 + ny * 0.75]];
    });
  }
  return list;
}

function borderOf(m, t) {
  if (!t.border) {
    const points = t.outline.length >= 3 ? t.outline
      : Array.from({ length: 20 }, (_, i) => [t.x + t.r * Math.cos(i * Math.PI / 10), t.y + t.r * Math.sin(i * Math.PI / 10)]);
    t.border = rounded(points, points.length > 12 ? 0 : 2);
  }
  return t.border.map(([x, y]) => screen(m, x, y));
}

function colourOf(m, node) {
  return m.colour === "kind" ? node.kind.colour : node.home ? node.home.top.colour : m.rest;
}

function drawTerritories(pen, m, shown, look) {
  if (m.mode !== "atlas") return;
  const byKind = m.colour === "kind";
  for (const t of [...shown.open, ...shown.closed].sort((a, b) => a.depth - b.depth)) {
    const colour = byKind ? look.text : t.colour;
    const isShut = shown.shut.has(t);
    const lit = m.hot === t ? 0.12 : 0;
    pen.shape(borderOf(m, t), {
      fill: fade(colour, (look.dark ? (isShut ? 0.24 : 0.1) : isShut ? 0.17 : 0.07) * (byKind ? 0.4 : 1) + lit),
      stroke: fade(colour, isShut ? 0.55 : 0.3), width: m.hot === t ? 2 : 1,
    });
  }
  const most = Math.max(1, ...shown.links.map((l) => l.weight));
  for (const link of shown.links) {
    const [x1, y1] = screen(m, link.a.x, link.a.y), [x2, y2] = screen(m, link.b.x, link.b.y);
    const hot = m.hot === link.a || m.hot === link.b;
    const away = m.hot && m.hot.title !== undefined && !hot;
    link.middle = [(x1 + x2) / 2 - (y2 - y1) * 0.08, (y1 + y2) / 2 + (x2 - x1) * 0.08];
    pen.curve(x1, y1, (x1 + x2) / 2 - (y2 - y1) * 0.16, (y1 + y2) / 2 + (x2 - x1) * 0.16, x2, y2,
      { stroke: fade(look.text, away ? 0.06 : hot ? 0.42 : 0.14), width: 1 + 8 * Math.sqrt(link.weight / most) });
  }
}

function edgeEnds(m, edge, shown) {
  const a = placeOf(m, edge.a), b = placeOf(m, edge.b);
  if (!a || !b) return null;
  const [x1, y1] = screen(m, a.x, a.y), [x2, y2] = screen(m, b.x, b.y);
  const bend = shown.bends.get(edge) || 0;
  return [x1, y1, (x1 + x2) / 2 - (y2 - y1) * bend, (y1 + y2) / 2 + (x2 - x1) * bend, x2, y2];
}

function curveAt([x1, y1, cx, cy, x2, y2], t) {
  const u = 1 - t;
  return [u * u * x1 + 2 * u * t * cx + t * t * x2, u * u * y1 + 2 * u * t * cy + t * t * y2];
}

function edgeColour(edge, look) {
  return edge.needs ? look.text : look.dark ? mix(edge.type.colour, "#ffffff", 0.25) : edge.type.colour;
}

function drawEdge(pen, m, edge, shown, look, { alpha, width }) {
  const ends = edgeEnds(m, edge, shown);
  if (!ends) return;
  const r = radiusOf(m, edge.b) + 2;
  const [x1, y1, cx, cy, x2, y2] = ends;
  const away = Math.hypot(x2 - cx, y2 - cy) || 1;
  const arrow = !edge.type.symmetric && (m.mode !== "atlas" || alpha > 0.4 || m.scene.small);
  const size = arrow ? 6 + width : 0;
  const tip = [x2 - ((x2 - cx) / away) * r, y2 - ((y2 - cy) / away) * r];
  const end = [x2 - ((x2 - cx) / away) * (r + size * 0.8), y2 - ((y2 - cy) / away) * (r + size * 0.8)];
  const colour = fade(edgeColour(edge, look), alpha);
  pen.curve(x1, y1, cx, cy, end[0], end[1], { stroke: colour, width, dash: DASHES[edge.basis] });
  if (!arrow) return;
  const angle = Math.atan2(tip[1] - end[1], tip[0] - end[0]);
  pen.shape([0, 2.55, -2.55].map((turn) => (turn === 0 ? tip
    : [tip[0] + size * Math.cos(angle + turn), tip[1] + size * Math.sin(angle + turn)])), { fill: colour });
}

function isKnown(m, node) {
  return m.mode === "route" && (m.route.known.has(node) || m.route.done.has(node));
}

function drawDot(pen, m, node, look, { alpha = 1, ring = null } = {}) {
  const at = placeOf(m, node);
  if (!at) return;
  const [x, y] = screen(m, at.x, at.y);
  const r = radiusOf(m, node);
  const speck = shownSpeck(m, node) && !ring;
  const colour = isKnown(m, node) ? mix(look.ground, look.text, 0.35) : colourOf(m, node);
  pen.dot(x, y, r, { fill: fade(colour, speck ? 0.5 : alpha), stroke: ring || (speck ? null : fade(look.ground, 0.85 * alpha)), width: ring ? 3 : 1.2 });
  if (m.mode === "route" && m.route.steps.has(node)) {
    const done = m.route.done.has(node), left = x - 8, top = y - r - 22;
    pen.box(left, top, 16, 16, 4, { fill: done ? look.accent : look.ground, stroke: done ? look.accent : fade(look.text, 0.5), width: 1.4 });
    if (done) pen.line([[left + 3.5, top + 8.5], [left + 6.5, top + 11.5], [left + 12.5, top + 4]], { stroke: look.ground, width: 2.2 });
  }
}

function shownSpeck(m, node) {
  return m.mode === "atlas" && m.shown.specks.has(node) && node !== m.selected && node !== m.hover;
}

function baseAlpha(m, edge) {
  if (m.mode === "route") return 0.6;
  if (m.mode === "local") return edge.a === m.focus || edge.b === m.focus ? 0.6 : 0.16;
  return m.scene.small ? 0.42 : 0.32;
}

// Edges and dots, as they are while nothing is pointed at.
function drawBase(pen, m, shown, look) {
  for (const edge of shown.edges) drawEdge(pen, m, edge, shown, look, { alpha: baseAlpha(m, edge), width: m.mode === "atlas" ? 1.1 : 1.6 });
  for (let i = shown.dots.length - 1; i >= 0; i -= 1) drawDot(pen, m, shown.dots[i], look);
}

// What is pointed at or marked, with all that it is related to, over the dimmed rest.
function drawLit(pen, m, shown, look) {
  const centre = litCentre(m);
  if (m.hotEdge) drawEdge(pen, m, m.hotEdge, shown, look, { alpha: 1, width: 2.6 });
  if (centre && shown.inside.has(centre)) {
    const near = shown.near.get(centre) || new Set([centre]);
    for (const edge of shown.edges) {
      if (edge.a === centre || edge.b === centre) drawEdge(pen, m, edge, shown, look, { alpha: 0.85, width: 2 });
    }
    for (const node of near) if (node !== centre) drawDot(pen, m, node, look);
    drawDot(pen, m, centre, look, { ring: look.accent });
  }
  if (m.selected && m.selected !== centre && shown.inside.has(m.selected)) drawDot(pen, m, m.selected, look, { ring: look.accent });
  if (m.focus && m.mode === "local") drawDot(pen, m, m.focus, look, { ring: look.accent });
}

function litCentre(m) {
  return m.hover || (m.mode === "atlas" ? m.selected : null);
}

function lines(text, size, weight, room, most = 2) {
  const words = /\s/.test(text) ? text.split(/\s+/) : [text];
  const rows = [];
  for (const word of words) {
    const last = rows[rows.length - 1];
    if (last !== undefined && textWidth(`${last} ${word}`, size, weight) <= room) rows[rows.length - 1] = `${last} ${word}`;
    else rows.push(word);
  }
  const kept = rows.slice(0, most);
  if (rows.length > most) kept[most - 1] += "…";
  return kept.map((row) => {
    let fit = row;
    while (textWidth(fit, size, weight) > room && [...fit].length > 3) fit = `${[...fit.replace(/…$/, "")].slice(0, -1).join("")}…`;
    return fit;
  });
}

// Names keep their size on the screen, whatever the zoom, and never cover each other: territories first, then concepts in the
// order of their weight, as far as there is room. Coming closer makes room.
function drawNames(pen, m, shown, look) {
  const taken = [];
  const free = (box, own) => !taken.some((t) => t.id !== own && box.left < t.right && box.right > t.left && box.top < t.bottom && box.bottom > t.top);
  const boxAt = (x, y, width, size, id) => ({ id, left: x - width / 2, right: x + width / 2, top: y - size, bottom: y + size * 0.3 });
  const centre = litCentre(m);
  const near = centre && shown.inside.has(centre) ? shown.near.get(centre) || new Set([centre]) : null;
  const dims = near && m.hover;
  const halo = fade(look.ground, 0.88);
  const titled = [];
  for (const t of m.mode === "atlas" ? [...shown.closed, ...shown.open] : []) {
    const isShut = shown.shut.has(t), r = t.r * m.camera.k;
    if (r < 14 || (!isShut && t.parts.length && r > 1.6 * Math.min(m.size.w, m.size.h))) continue;
    const size = Math.max(11.5, Math.min(19, r / 4.2));
    const rows = lines(t.title || m.texts.other, size, 650, Math.max(60, r * 1.7), isShut ? 3 : 1);
    const [x, cy] = screen(m, t.x, t.y);
    const top = Math.min(...borderOf(m, t).map((p) => p[1]));
    const y = isShut ? cy - (rows.length * size) / 2 + size * 0.4 : Math.max(top + size + 4, 16);
    titled.push({ t, rows, x, y, size, isShut, r });
  }
  titled.sort((p, q) => q.isShut - p.isShut || q.r - p.r);
  m.titles = [];
  for (const { t, rows, x, y, size, isShut, r } of titled) {
    const width = Math.max(...rows.map((row) => textWidth(row, size, 650))) + 8;
    // Where another title is in the way, a little higher or lower.
    const boxes = [0, -1.4, 1.4, -2.8, 2.8].map((shift) => y + shift * size).map((at) => ({
      at, id: null, left: x - width / 2, right: x + width / 2, top: at - size, bottom: at + (rows.length - 1) * size * 1.15 + size * 0.4 + (isShut ? 15 : 0),
    }));
    const box = boxes.find((b) => free(b));
    if (!box) continue;
    const top = box.at;
    taken.push(box);
    m.titles.push(t.title || m.texts.other);
    const colour = fade(m.colour === "kind" ? look.text : inkOf(t.colour, look), dims ? 0.5 : isShut ? 1 : 0.85);
    rows.forEach((row, i) => pen.text(row, x, top + i * size * 1.15, { size, weight: 650, colour, halo }));
    if (isShut && r > 26) pen.text(String(t.count), x, top + (rows.length - 1) * size * 1.15 + 14, { size: 11, colour: fade(look.text, 0.6), halo });
  }
  for (const title of m.mode === "local" ? m.groupTitles : []) {
    const [x, y] = screen(m, title.x, title.y);
    const words = title.side ? m.texts[title.side === "left" ? "needs" : "unlocks"] : title.out ? `— ${title.type.name} →` : `→ ${title.type.name} →`;
    const width = textWidth(words, 12, 600);
    taken.push(boxAt(x, y, width + 8, 12, null));
    pen.text(words, x, y, { size: 12, weight: 600, colour: title.type ? edgeInk(title.type, look) : fade(look.text, 0.75), halo });
  }
  const points = new Map();
  for (const node of shown.dots) {
    const at = placeOf(m, node);
    const [x, y] = screen(m, at.x, at.y);
    if (x < 0 || y < 0 || x > m.size.w || y > m.size.h) continue;
    const r = radiusOf(m, node);
    points.set(node, [x, y, r]);
    const above = m.mode === "route" && m.route.steps.has(node) ? 24 : 0; // its box
    if (!shownSpeck(m, node)) taken.push({ id: node.id, left: x - r, right: x + r, top: y - r - above, bottom: y + r });
  }
  m.named = [];
  const name = (node, must) => {
    const [x, y, r] = points.get(node);
    const size = m.mode === "atlas" ? 11.5 + 3 * node.w : node === m.focus ? 15 : 12.5;
    const weight = must || node === m.focus || node.w > 0.8 ? 650 : 400;
    const text = short(nameOf(node, m.names), 34);
    const width = textWidth(text, size, weight) + 6;
    const aside = r + width / 2 + 1;
    const places = [[x, y + r + size + 1], [x, y - r - size * 0.3 - 2], [x + aside, y + size * 0.35], [x - aside, y + size * 0.35]];
    const fits = ([px, py]) => px - width / 2 > 0 && px + width / 2 < m.size.w && free(boxAt(px, py, width, size, node.id), node.id);
    const place = places.find(fits) || (must ? places[0] : null);
    if (!place) return;
    taken.push(boxAt(...place, width, size, null));
    m.named.push(node.id);
    const dim = dims && !near.has(node);
    pen.text(text, ...place, { size, weight, colour: fade(look.text, dim ? 0.35 : isKnown(m, node) ? 0.6 : 0.95), halo });
  };
  const first = [...new Set([m.hover, m.selected, m.focus])].filter((node) => node && points.has(node));
  for (const node of first) name(node, true);
  if (near) for (const node of [...near].sort((a, b) => b.w - a.w)) if (points.has(node) && !first.includes(node)) name(node, false);
  let tried = 0;
  for (const node of points.keys()) {
    if (first.includes(node) || (near && near.has(node))) continue;
    if (shownSpeck(m, node)) continue;
    if (m.mode === "atlas" && !m.scene.small && node.s > m.camera.k * 1.3) continue;
    tried += 1;
    if (tried > 450) break;
    name(node, m.mode === "route");
  }
  const told = m.mode === "route" ? shown.edges : m.hover ? shown.edges.filter((e) => e.a === m.hover || e.b === m.hover) : [];
  for (const edge of told) {
    const ends = edgeEnds(m, edge, shown);
    if (!ends) continue;
    const text = m.mode === "route" ? short(edge.why || edge.type.name, 36) : edge.type.name;
    const width = textWidth(text, 11, 400) + 6;
    const spots = [0.5, 0.4, 0.6, 0.3, 0.7].map((t) => curveAt(ends, t)).flatMap(([px, py]) => [[px, py], [px, py - 9], [px, py + 9]]);
    const spot = spots.find(([px, py]) => free(boxAt(px, py + 4, width, 11, null)));
    if (!spot) continue;
    const [x, y] = spot;
    taken.push(boxAt(x, y + 4, width, 11, null));
    pen.text(text, x, y + 4, { size: 11, colour: edge.needs ? fade(look.text, 0.75) : edgeInk(edge.type, look), halo });
  }
}

function edgeInk(type, look) {
  return inkOf(type.colour, look);
}
