// Which marks are drawn: at most MOST_MARKS dots and closed territories, whatever the size of the graph.

const SPECKS = 900; // concepts that closed territories show together, at most
const ROOM = 2600; // pixels² for each concept of a territory whose inside is shown
const OPENS = 0.3; // a territory opens when its radius reaches this share of the shorter side of the map

function seen(m) {
  const { x, y, k } = m.camera, w = m.size.w / 2 / k, h = m.size.h / 2 / k;
  return { left: x - w, right: x + w, top: y - h, bottom: y + h };
}

function inView(view, x, y, r) {
  return x + r > view.left && x - r < view.right && y + r > view.top && y - r < view.bottom;
}

// How large a dot is drawn, in pixels: by importance, and slowly growing as one comes closer.
function radiusOf(m, node) {
  if (m.mode !== "atlas") return node === m.focus ? 13 : 5.5 + 5 * node.w;
  if (m.shown?.specks.has(node) && node !== m.selected && node !== m.hover) return 1.3 + 2.6 * node.w;
  const grow = Math.min(1.7, Math.max(0.75, (m.camera.k / m.fitted) ** 0.35));
  return (2.4 + 9.5 * node.w ** 1.6) * (m.scene.small ? 1.15 : 1) * grow;
}

function placeOf(m, node) {
  return m.places ? m.places.get(node) || null : node;
}

// Whether a territory is near enough to show its inside: it fills the map, or its concepts have room for their names.
function opens(t, radius, short) {
  return radius >= OPENS * short || (!t.parts.length && radius > 40 && (Math.PI * radius * radius) / Math.max(1, t.count) > ROOM);
}

function chooseAtlas(m, want) {
  const view = seen(m), short = Math.min(m.size.w, m.size.h), k = m.camera.k;
  const closed = [], open = [], candidates = new Set();
  const visit = (t) => {
    if (!inView(view, t.x, t.y, t.r * 1.5)) return;
    if (!t.parts.length && !t.count) return;
    if (!m.scene.small && !opens(t, t.r * k, short)) {
      if (!want.territory(t)) return;
      if (want.nodes && !t.members.some(want.node)) return;
      closed.push(t);
      return;
    }
    if (want.territory(t)) open.push(t);
    if (t.parts.length) t.parts.forEach(visit);
    for (const node of t.nodes) {
      if (want.node(node) && inView(view, node.x, node.y, 40 / k)) candidates.add(node);
    }
  };
  m.scene.tops.forEach(visit);
  for (const node of m.scene.nodes) if (!node.home && want.node(node)) candidates.add(node);
  // What is marked is always drawn, with what it is related to as far as it is near.
  const related = m.selected ? [...m.selected.edges].filter(want.edge).sort(surer).slice(0, 12).map((e) => other(e, m.selected)) : [];
  const first = [...new Set([m.selected, ...related])].filter((node) => node && want.node(node));
  // Closed territories show their most important concepts as specks: the landmarks of the map, and how dense it is.
  const specks = new Set();
  const within = closed.reduce((sum, t) => sum + t.members.length, 0) || 1;
  const room = Math.max(0, SPECKS - candidates.size);
  for (const t of closed) {
    let left = Math.ceil((room * t.members.length) / within);
    for (const node of t.members) {
      if (left <= 0) break;
      if (!want.node(node)) continue;
      left -= 1;
      candidates.add(node);
      if (node.s > k && !related.includes(node)) specks.add(node);
    }
  }
  const dots = [...first, ...[...candidates].filter((node) => !first.includes(node)).sort((a, b) => b.w - a.w || a.i - b.i)]
    .slice(0, Math.max(50, MOST_MARKS - closed.length));
  const inside = new Set(dots);
  const shut = new Set(closed);
  const closedIn = (node) => { for (let t = node.home; t; t = t.above) if (shut.has(t)) return true; return false; };
  return { closed, open, shut, specks, dots, inside, edges: edgesBetween(m, inside, want, (e) => !(closedIn(e.a) && closedIn(e.b)) || e.a === m.selected || e.b === m.selected),
    links: linksBetween(m, shut, want) };
}

// The relations between what is drawn that are among the few surest of one of their ends.
function edgesBetween(m, inside, want, allowed) {
  const taken = new Map(), edges = [];
  const found = [];
  for (const node of inside) {
    for (const edge of node.edges) {
      if (edge.a === node && inside.has(edge.b) && want.edge(edge) && allowed(edge)) found.push(edge);
    }
  }
  found.sort(surer);
  for (const edge of found) {
    const a = taken.get(edge.a) || 0, b = taken.get(edge.b) || 0;
    if ((a < EDGES_EACH || b < EDGES_EACH || edge.needs) && edges.length < MOST_EDGES) {
      edges.push(edge);
      taken.set(edge.a, a + 1);
      taken.set(edge.b, b + 1);
    }
  }
  return edges;
}

// Aggregated edges between closed territories of one parent; those of open ones are drawn one by one.
function linksBetween(m, shut, want) {
  const types = m.scene.types.filter((type) => want.type(type.code)).map((type) => type.code);
  const key = types.join();
  if (m.weighed?.key !== key) {
    const counted = new Set(types), links = [];
    for (const link of m.scene.links) {
      let weight = counted.has(NEEDS) ? link.needs : 0;
      for (const [type, count] of link.counts) if (counted.has(m.scene.types[type].code)) weight += count;
      if (weight) links.push({ ...link, weight });
    }
    m.weighed = { key, links: links.sort((p, q) => q.weight - p.weight || p.a.i - q.a.i || p.b.i - q.b.i) };
  }
  // Each territory keeps its strongest links; all of them would be a cobweb.
  const kept = new Map();
  return m.weighed.links.filter((link) => {
    if (!shut.has(link.a) || !shut.has(link.b)) return false;
    const a = kept.get(link.a) || 0, b = kept.get(link.b) || 0;
    if (a >= 2 && b >= 2) return false;
    kept.set(link.a, a + 1);
    kept.set(link.b, b + 1);
    return true;
  });
}

function choosePlaces(m, want) {
  const dots = [...m.places.keys()].filter((node) => node === m.focus || m.mode === "route" || want.node(node));
  const inside = new Set(dots);
  let edges;
  if (m.mode === "route") edges = m.route.edges.filter((e) => inside.has(e.a) && inside.has(e.b));
  else {
    const found = new Set();
    for (const node of inside) {
      for (const edge of node.edges) {
        if (!inside.has(edge.a) || !inside.has(edge.b)) continue;
        if (want.edge(edge) || (edge.needs && (edge.a === m.focus || edge.b === m.focus))) found.add(edge);
      }
    }
    edges = [...found];
  }
  return { closed: [], open: [], shut: new Set(), specks: new Set(), dots, inside, edges, links: [] };
}

// Everything that is drawn, and how edges between the same two concepts bend away from each other.
function choose(m) {
  const want = wanted(m.filters, m.hidden);
  const shown = m.mode === "atlas" ? chooseAtlas(m, want) : choosePlaces(m, want);
  const pairs = new Map();
  for (const edge of shown.edges) {
    const key = edge.a.i < edge.b.i ? `${edge.a.i} ${edge.b.i}` : `${edge.b.i} ${edge.a.i}`;
    if (!pairs.has(key)) pairs.set(key, []);
    pairs.get(key).push(edge);
  }
  shown.bends = new Map();
  for (const group of pairs.values()) {
    group.forEach((edge, i) => {
      const way = edge.a.i < edge.b.i ? 1 : -1;
      shown.bends.set(edge, (i - (group.length - 1) / 2) * way * 0.24 + (m.mode === "route" ? 0.04 : group.length === 1 && m.mode === "local" ? 0.06 : 0));
    });
  }
  shown.near = new Map();
  for (const edge of shown.edges) {
    for (const [one, two] of [[edge.a, edge.b], [edge.b, edge.a]]) {
      if (!shown.near.has(one)) shown.near.set(one, new Set([one]));
      shown.near.get(one).add(two);
    }
  }
  return shown;
}
