// Places of views that are not the atlas: the surroundings of one concept, and a route from left to right.

function widthOf(name, size) {
  let width = 0;
  for (const letter of name) width += letter.codePointAt(0) > 0x2e7f ? size : size * 0.56;
  return width;
}

// Push boxes apart on the axis of less overlap; what is in `fixed` stays where it is.
function apart(boxes, fixed, rounds = 90) {
  for (let round = 0; round < rounds; round += 1) {
    let moved = false;
    for (let i = 0; i < boxes.length; i += 1) {
      for (let j = i + 1; j < boxes.length; j += 1) {
        const a = boxes[i], b = boxes[j];
        const stuckA = fixed.has(a.node), stuckB = fixed.has(b.node);
        if (stuckA && stuckB) continue;
        const dx = b.x - a.x, dy = b.y - a.y;
        const ox = (a.w + b.w) / 2 - Math.abs(dx), oy = (a.h + b.h) / 2 - Math.abs(dy);
        if (ox <= 0.5 || oy <= 0.5) continue;
        moved = true;
        const along = ox / (a.w + b.w) < oy / (a.h + b.h) * 0.8 ? "x" : "y";
        const way = (along === "x" ? dx : dy) >= 0 ? 1 : -1;
        const push = (along === "x" ? ox : oy) * way * (stuckA || stuckB ? 1 : 0.5);
        if (!stuckA) a[along] -= push;
        if (!stuckB) b[along] += push;
      }
    }
    if (!moved) return;
  }
}

function boxOf(node, x, y, names) {
  return { node, x, y, w: Math.min(190, widthOf(nameOf(node, names), 13)) + 26, h: 44 };
}

function other(edge, node) {
  return edge.a === node ? edge.b : edge.a;
}

// Typed before untyped, what the notes state before general knowledge, sure before doubtful.
function surer(e, f) {
  return (e.type.code === UNTYPED) - (f.type.code === UNTYPED) || (e.basis === 2) - (f.basis === 2) || f.sure - e.sure || e.i - f.i;
}

// Concepts around one: those within `depth` edges, the surest first, at most `most` of them; needs and unlocks always at depth 1.
function around(node, depth, want, most = 70) {
  const found = new Map([[node, 0]]);
  let ring = [node];
  for (let hop = 1; hop <= depth; hop += 1) {
    const next = [];
    for (const at of ring) {
      const edges = at.edges.filter((e) => want.edge(e) || (hop === 1 && e.needs)).sort(surer);
      for (const edge of edges.slice(0, hop === 1 ? most : 8)) {
        const to = other(edge, at);
        if (found.has(to) || found.size >= most || !want.node(to)) continue;
        found.set(to, hop);
        next.push(to);
      }
    }
    ring = next;
  }
  return found;
}

// Needs on the left, unlocks on the right, related concepts above and below, those of one type side by side.
// Returns Map of concept → {x, y} and the headings of the groups.
function localPlaces(node, depth, want, names) {
  const hops = around(node, depth, want);
  const places = new Map([[node, { x: 0, y: 0 }]]);
  const side = new Map();
  const left = [], right = [], groups = new Map();
  for (const edge of [...node.edges].sort(surer)) {
    const to = other(edge, node);
    if (!hops.has(to) || side.has(to) || to === node) continue;
    const needs = node.edges.find((e) => e.needs && other(e, node) === to);
    if (needs) {
      side.set(to, needs.b === node ? "left" : "right");
      (needs.b === node ? left : right).push(to);
    } else if (want.edge(edge)) {
      side.set(to, "group");
      const key = `${edge.type.code}|${edge.type.symmetric || edge.a === node ? "out" : "in"}`;
      if (!groups.has(key)) groups.set(key, { edge, out: edge.type.symmetric || edge.a === node, members: [] });
      groups.get(key).members.push(to);
    }
  }
  const titles = [];
  const wing = (list, way) => {
    const rows = Math.max(1, Math.min(list.length, 9));
    const columns = Math.ceil(list.length / rows);
    let x = way * 150;
    for (let column = 0; column < columns; column += 1) {
      const part = list.slice(column * rows, (column + 1) * rows);
      const wide = Math.max(...part.map((c) => boxOf(c, 0, 0, names).w));
      x += way * wide / 2;
      part.forEach((c, row) => places.set(c, { x, y: (row - (part.length - 1) / 2) * 58 }));
      if (!column) titles.push({ side: way < 0 ? "left" : "right", x, y: -((part.length - 1) / 2) * 58 - 40 });
      x += way * (wide / 2 + 20);
    }
  };
  if (left.length) wing(left, -1);
  if (right.length) wing(right, 1);
  // Blocks of one type, in rows above and below in turn, each row as wide as a screen.
  const blocks = [...groups.values()].map((group) => {
    const wide = Math.max(...group.members.map((c) => boxOf(c, 0, 0, names).w));
    const columns = Math.max(1, Math.min(4, Math.ceil(Math.sqrt(group.members.length / 1.6))));
    return { ...group, wide, columns, w: wide * columns + 30, h: Math.ceil(group.members.length / columns) * 50 + 46 };
  }).sort((p, q) => q.members.length - p.members.length);
  const halves = { above: [], below: [] };
  const height = { above: 0, below: 0 };
  for (const block of blocks) {
    const half = height.above <= height.below ? "above" : "below";
    const row = halves[half][halves[half].length - 1];
    if (row && row.w + block.w <= 900) { row.blocks.push(block); row.w += block.w; row.h = Math.max(row.h, block.h); }
    else { halves[half].push({ blocks: [block], w: block.w, h: block.h }); }
    height[half] = halves[half].reduce((sum, r) => sum + r.h, 0);
  }
  for (const [half, way] of [["above", -1], ["below", 1]]) {
    const clear = Math.max(70, (Math.min(9, Math.max(left.length, right.length)) * 58) / 2 * 0);
    let y = way * clear;
    for (const row of halves[half]) {
      let x = -row.w / 2;
      for (const block of row.blocks) {
        const top = way > 0 ? y : y - block.h;
        titles.push({ type: block.edge.type, out: block.out, x: x + block.w / 2, y: top + 18 });
        block.members.forEach((c, i) => places.set(c, {
          x: x + 15 + block.wide * ((i % block.columns) + 0.5), y: top + 48 + Math.floor(i / block.columns) * 50,
        }));
        x += block.w;
      }
      y += way * (row.h + 16);
    }
  }
  // Wings keep clear of the blocks: they begin where the widest row ends if rows would cross them.
  const widest = Math.max(0, ...halves.above.concat(halves.below).map((r) => r.w / 2));
  const tall = Math.max(Math.min(9, left.length), Math.min(9, right.length)) * 58 / 2;
  if (tall > 70 && widest > 130) {
    const shift = Math.max(0, widest - 110);
    for (const c of left) places.get(c).x -= shift;
    for (const c of right) places.get(c).x += shift;
    for (const t of titles) if (t.side === "left") t.x -= shift; else if (t.side === "right") t.x += shift;
  }
  const far = [...hops].filter(([c, hop]) => hop > 1 && !places.has(c));
  spread(places, far.map(([c]) => c), names, node);
  return { places, titles };
}

// New concepts around those that are there already, which stay where they are: outwards, seen from the middle.
function spread(places, fresh, names, middle, from = null) {
  const origin = places.get(middle) || { x: 0, y: 0 };
  const counts = new Map();
  const boxes = [];
  for (const node of fresh) {
    if (places.has(node)) continue;
    const parent = from || node.edges.map((e) => other(e, node)).find((c) => places.has(c) && c !== middle)
      || node.edges.map((e) => other(e, node)).find((c) => places.has(c)) || middle;
    const at = places.get(parent);
    const turn = counts.get(parent) || 0;
    counts.set(parent, turn + 1);
    let angle = Math.atan2(at.y - origin.y, at.x - origin.x);
    if (parent === middle) angle = turn * 2.4;
    angle += (turn % 2 ? 1 : -1) * Math.ceil(turn / 2) * 0.42;
    boxes.push(boxOf(node, at.x + Math.cos(angle) * 190, at.y + Math.sin(angle) * 130, names));
  }
  const old = [...places].map(([node, p]) => boxOf(node, p.x, p.y, names));
  apart([...old, ...boxes], new Set(places.keys()));
  for (const box of boxes) places.set(box.node, { x: box.x, y: box.y });
}

// A route in layers from left to right; within a layer near what it rests on.
function routePlaces(steps, edges, names) {
  const layers = new Map();
  for (const step of steps) {
    if (!layers.has(step.layer)) layers.set(step.layer, []);
    layers.get(step.layer).push(step);
  }
  const places = new Map();
  let x = 0;
  for (const layer of [...layers.keys()].sort((a, b) => a - b)) {
    const row = layers.get(layer);
    const pull = (step) => {
      const ys = edges.filter((e) => e.b === step.node && places.has(e.a)).map((e) => places.get(e.a).y);
      return ys.length ? ys.reduce((s, y) => s + y, 0) / ys.length : 0;
    };
    const ordered = row.map((step, i) => [pull(step), i, step]).sort((a, b) => a[0] - b[0] || a[1] - b[1]).map((r) => r[2]);
    const wide = Math.max(...row.map((s) => boxOf(s.node, 0, 0, names).w));
    x += wide / 2;
    // Every other layer is half a row lower: arrows over two layers do not run through a dot.
    const lower = ((layer % 2) + 2) % 2 ? 22 : 0;
    ordered.forEach((step, i) => places.set(step.node, { x, y: (i - (ordered.length - 1) / 2) * 92 + lower }));
    x += wide / 2 + 130;
  }
  const shift = x / 2 - 65;
  for (const place of places.values()) place.x -= shift;
  return places;
}
