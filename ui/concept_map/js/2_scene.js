// The graph as the browser has it: concepts, edges and territories as objects that know each other.

function sceneOf(data) {
  const types = data.types.map(([code, name, colour, symmetric]) => ({ code, name, colour, symmetric: !!symmetric }));
  const kinds = data.kinds.map(([code, name, colour]) => ({ code, name, colour }));
  const territories = data.territories.map(([id, parent, title, count, x, y, r, colour, flat], i) => {
    const outline = [];
    for (let at = 0; at < flat.length; at += 2) outline.push([flat[at], flat[at + 1]]);
    return { i, id, parent, title, count, x, y, r, colour, outline, parts: [], members: [], nodes: [], top: null, depth: 0 };
  });
  for (const t of territories) {
    const above = t.parent < 0 ? null : territories[t.parent];
    t.above = above;
    t.top = above ? above.top : t;
    t.depth = above ? above.depth + 1 : 0;
    if (above) above.parts.push(t);
  }
  const n = data.nodes;
  const nodes = n.id.map((id, i) => ({
    i, id, name: n.name[i], zh: n.zh[i] || "", en: n.en[i] || "", x: n.x[i], y: n.y[i], w: n.w[i], s: n.s[i],
    kind: kinds[n.kind[i]], home: territories[n.home[i]] || null, says: n.says[i] || "", docs: n.docs[i] || [], edges: [],
    also: n.also[i] || "",
  }));
  for (const node of nodes) {
    for (let t = node.home; t; t = t.above) t.members.push(node);
    node.home?.nodes.push(node);
  }
  const heavy = (a, b) => b.w - a.w || a.i - b.i;
  for (const t of territories) { t.members.sort(heavy); t.nodes.sort(heavy); }
  const scene = {
    version: data.version, total: data.total, name: data.name, types, kinds, territories, nodes, docs: data.docs,
    tops: territories.filter((t) => !t.above), edges: [], links: [], byId: new Map(nodes.map((node) => [node.id, node])),
    small: data.total <= SMALL, ranked: [...nodes].sort(heavy),
  };
  const e = data.edges;
  for (let i = 0; i < e.a.length; i += 1) {
    addEdge(scene, {
      a: nodes[e.a[i]], b: nodes[e.b[i]], type: types[e.t[i]], sure: e.c[i], basis: e.k[i],
      says: e.says ? e.says[i] : "", place: e.place ? e.place[i] : "", why: "",
    });
  }
  for (const [a, b, counts, needs] of data.links) scene.links.push({ a: territories[a], b: territories[b], counts, needs });
  return scene;
}

function edgeKey(edge) {
  return `${edge.a.id}\u0000${edge.type.code}\u0000${edge.b.id}`;
}

function addEdge(scene, edge) {
  edge.needs = edge.type.code === NEEDS;
  edge.i = scene.edges.length;
  scene.edges.push(edge);
  edge.a.edges.push(edge);
  edge.b.edges.push(edge);
}

// What only the server knew: concepts beyond those that were sent, and the sentences of edges.
function extend(scene, extra) {
  if (!extra) return;
  const kindOf = new Map(scene.kinds.map((k) => [k.code, k]));
  const typeOf = new Map(scene.types.map((t) => [t.code, t]));
  const territoryOf = new Map(scene.territories.map((t) => [t.id, t]));
  for (const c of extra.nodes) {
    const known = scene.byId.get(c.id);
    if (known) { if (c.says) known.says = c.says; continue; }
    const home = territoryOf.get(c.home) || null;
    const node = { i: scene.nodes.length, ...c, kind: kindOf.get(c.kind), home, docs: [], edges: [], also: "", w: c.w || 0, s: 1 };
    scene.nodes.push(node);
    scene.ranked.push(node);
    scene.byId.set(node.id, node);
    for (let t = home; t; t = t.above) t.members.push(node);
    home?.nodes.push(node);
  }
  scene.keys ||= new Map(scene.edges.map((edge) => [edgeKey(edge), edge])); // needed only here, and 50 000 texts take time
  for (const [a, code, b, sure, basis, says, place, why] of extra.edges) {
    const edge = { a: scene.byId.get(a), b: scene.byId.get(b), type: typeOf.get(code), sure, basis, says, place, why };
    if (!edge.a || !edge.b || !edge.type) continue;
    const known = scene.keys.get(edgeKey(edge));
    if (known) Object.assign(known, { says, place, why });
    else { addEdge(scene, edge); scene.keys.set(edgeKey(edge), edge); }
  }
}

// What a person wants to see, as functions over concepts and edges.
function wanted(filters, hidden) {
  const kinds = new Set(filters.kinds), types = new Set(filters.types), themes = new Set(filters.themes);
  const docs = new Set(filters.documents);
  const all = !hidden.groups.size;
  const typed = (code) => (code === NEEDS ? filters.needs : types.size ? types.has(code) : code !== UNTYPED || filters.untyped);
  return {
    territory: (t) => (all || !hidden.groups.has(groupKey(t, null))) && (!themes.size || themes.has(t.top.id)),
    node: (node) => (all || (!hidden.groups.has(groupKey(node.home, node.kind)) && !hidden.groups.has(groupKey(node.home, null))))
      && (!kinds.size || kinds.has(node.kind.code)) && (!themes.size || (node.home !== null && themes.has(node.home.top.id)))
      && (!docs.size || node.docs.some((d) => docs.has(d))),
    type: (code) => typed(code) && !hidden.types.has(code),
    edge: (edge) => typed(edge.type.code) && !hidden.types.has(edge.type.code) && edge.sure >= filters.confidence,
    any: kinds.size + types.size + themes.size + docs.size > 0 || filters.confidence > 0,
    nodes: kinds.size + docs.size > 0,
  };
}

// The entry of the legend that a theme or kind belongs to.
function groupKey(territory, kind) {
  return kind ? `kind:${kind.code}` : `theme:${territory ? territory.top.id : ""}`;
}

// Names as they are written, or in one language where the notes have one.
function nameOf(node, names) {
  return (names === "zh" ? node.zh : names === "en" ? node.en : "") || node.name;
}

// Concepts called by a text: the same name, then prefixes, then the beginnings of words, then parts of names.
function search(scene, text, most) {
  const asked = text.trim().toLowerCase();
  if (!asked) return [];
  const rank = (node) => {
    let best = 9;
    for (const name of [node.name, ...node.also.split("\n")]) {
      const own = name.toLowerCase();
      if (!own) continue;
      const at = own.indexOf(asked);
      if (at < 0) continue;
      best = Math.min(best, own === asked ? 0 : at === 0 ? 1 : /[\s\-_/(（]/.test(own[at - 1]) ? 2 : 3);
    }
    return best;
  };
  return scene.ranked.map((node) => [rank(node), node]).filter(([r]) => r < 9).sort((a, b) => a[0] - b[0]).slice(0, most)
    .map(([, node]) => node);
}
