// What lies over the drawing: the way back, the legend, tools, tips, the small map and the table.

function breadcrumb(m, act) {
  const box = element("nav", "crumbs");
  box.setAttribute("aria-label", m.texts.where);
  const add = (text, go) => {
    if (box.childNodes.length) box.append(element("span", "sep", "›"));
    box.append(go ? button("crumb", text, "", go) : element("span", "crumb here", text));
  };
  const trail = m.mode === "atlas" ? within(m) : [];
  const deeper = trail.length > 0 || m.mode !== "atlas";
  add(m.texts.whole, deeper ? () => act.whole() : null);
  trail.forEach((t, i) => add(t.title || m.texts.other, i < trail.length - 1 ? () => act.open(t) : null));
  if (m.mode === "local") add(fill(m.texts.around, { name: nameOf(m.focus, m.names) }), null);
  if (m.mode === "route") add(m.route.title, null);
  return box;
}

// The territories that one has gone into, coarsest first.
function within(m) {
  const trail = [];
  let list = m.scene.tops;
  for (;;) {
    const t = list.find((c) => Math.hypot(c.x - m.camera.x, c.y - m.camera.y) < c.r && c.r * m.camera.k > 0.34 * Math.min(m.size.w, m.size.h));
    if (!t) return trail;
    trail.push(t);
    list = t.parts;
  }
}

function legend(m, shown, toggle) {
  const box = element("div", "legend");
  const counts = new Map(), first = new Map();
  const want = wanted(m.filters, { groups: new Set(), types: new Set() });
  const all = m.mode === "atlas" ? m.scene.nodes.filter(want.node) : [...(m.places?.keys() || [])];
  for (const node of all) {
    const key = groupKey(node.home, m.colour === "kind" ? node.kind : null);
    counts.set(key, (counts.get(key) || 0) + 1);
    first.set(key, node);
  }
  const groups = m.colour === "kind"
    ? m.scene.kinds.map((k) => ({ key: groupKey(null, k), name: k.name, colour: k.colour }))
    : [...m.scene.tops.map((t) => ({ key: groupKey(t, null), name: t.title || m.texts.other, colour: t.colour })), { key: "theme:", name: m.texts.other, colour: m.rest }];
  const kept = groups.filter((g) => counts.get(g.key));
  for (const group of kept.slice(0, 14)) {
    const made = button("", undefined, `${group.name} · ${m.texts.toggle}`, () => toggle("groups", group.key));
    made.setAttribute("aria-pressed", String(!m.hidden.groups.has(group.key)));
    made.dataset.group = group.key;
    const dot = element("i");
    dot.style.background = group.colour;
    made.append(dot, element("span", "name", group.name), element("span", "count", String(counts.get(group.key))));
    box.append(made);
  }
  const drawn = new Map(), bases = new Set();
  for (const edge of shown.edges) {
    drawn.set(edge.type.code, (drawn.get(edge.type.code) || 0) + 1);
    bases.add(edge.basis);
  }
  for (const type of m.scene.types) {
    const off = m.hidden.types.has(type.code);
    if (!drawn.get(type.code) && !off) continue;
    const made = button("edge", undefined, `${type.name} · ${m.texts.toggle}`, () => toggle("types", type.code));
    made.setAttribute("aria-pressed", String(!off));
    made.dataset.type = type.code;
    const line = element("i");
    line.style.borderTopColor = type.code === NEEDS ? "currentColor" : type.colour;
    made.append(line, element("span", "name", type.name), element("span", "count", String(drawn.get(type.code) || 0)));
    box.append(made);
  }
  for (const [basis, words] of [[1, m.texts.inferred], [2, m.texts.general]]) {
    if (!bases.has(basis)) continue;
    const entry = element("span", `line basis${basis}`);
    entry.append(element("i"), element("span", "name", words), element("span", "count", String(shown.edges.filter((e) => e.basis === basis).length)));
    box.append(entry);
  }
  return box;
}

function minimap(m, look, go) {
  const canvas = element("canvas", "minimap");
  const w = 132, h = 92;
  canvas.setAttribute("aria-hidden", "true");
  canvas.width = w * 2; canvas.height = h * 2;
  const bounds = extent(m.scene.tops.map((t) => [t.x, t.y, t.r]));
  const k = Math.min(w / (bounds.right - bounds.left), h / (bounds.bottom - bounds.top)) * 0.94;
  const at = (x, y) => [(x - (bounds.left + bounds.right) / 2) * k + w / 2, (y - (bounds.top + bounds.bottom) / 2) * k + h / 2];
  const draw = () => {
    const context = canvas.getContext("2d");
    context.setTransform(2, 0, 0, 2, 0, 0);
    context.clearRect(0, 0, w, h);
    const pen = canvasPen(context);
    for (const t of m.scene.tops) {
      if (m.hidden.groups.has(groupKey(t, null))) continue;
      const points = (t.border || t.outline).map(([x, y]) => at(x, y));
      if (points.length > 2) pen.shape(points, { fill: fade(t.colour, 0.55) });
      else pen.dot(...at(t.x, t.y), t.r * k, { fill: fade(t.colour, 0.55) });
    }
    const view = seen(m);
    const [x1, y1] = at(view.left, view.top), [x2, y2] = at(view.right, view.bottom);
    pen.shape([[x1, y1], [x2, y1], [x2, y2], [x1, y2]], { stroke: look.accent, width: 1.5 });
  };
  const move = (event) => {
    const box = canvas.getBoundingClientRect();
    go((event.clientX - box.left - w / 2) / k + (bounds.left + bounds.right) / 2, (event.clientY - box.top - h / 2) / k + (bounds.top + bounds.bottom) / 2);
  };
  canvas.onpointerdown = (event) => { event.stopPropagation(); canvas.setPointerCapture(event.pointerId); move(event); };
  canvas.onpointermove = (event) => { if (event.buttons) move(event); };
  return { canvas, draw };
}

function extent(circles) {
  const box = { left: Infinity, right: -Infinity, top: Infinity, bottom: -Infinity };
  for (const [x, y, r] of circles) {
    box.left = Math.min(box.left, x - r); box.right = Math.max(box.right, x + r);
    box.top = Math.min(box.top, y - r); box.bottom = Math.max(box.bottom, y + r);
  }
  return circles.length ? box : { left: -100, right: 100, top: -100, bottom: 100 };
}

function nodeTip(m, node) {
  const parts = [element("b", "", nameOf(node, m.names)), element("span", "", `  ${node.kind.name}`)];
  if (node.says) parts.push(element("div", "quote", node.says));
  const about = [node.home?.title, fill(m.texts.relations, { n: node.edges.filter((e) => e.type.code !== UNTYPED).length })].filter(Boolean);
  parts.push(element("div", "place", about.join(" · ")));
  return parts;
}

function edgeTip(m, edge) {
  const parts = [element("b", "", nameOf(edge.a, m.names)), element("span", "", ` ${edge.type.name} `), element("b", "", nameOf(edge.b, m.names))];
  if (edge.basis) parts.push(element("div", "note", edge.basis === 2 ? m.texts.general_note : m.texts.inferred_note));
  if (edge.why) parts.push(element("div", "note", edge.why));
  if (edge.says) parts.push(element("div", "quote", `“${edge.says}”`));
  if (edge.place) parts.push(element("div", "place", edge.place));
  return parts;
}

function territoryTip(m, t) {
  const parts = [element("b", "", t.title || m.texts.other), element("span", "", `  ${fill(m.texts.inside, { n: t.count })}`)];
  const names = t.members.slice(0, 5).map((node) => nameOf(node, m.names)).join(" · ");
  if (names) parts.push(element("div", "quote", names));
  parts.push(element("div", "place", m.texts.opens));
  return parts;
}

function linkTip(m, link) {
  const parts = [element("b", "", link.a.title || m.texts.other), element("span", "", " – "), element("b", "", link.b.title || m.texts.other)];
  const words = [...link.counts].sort((p, q) => q[1] - p[1]).map(([type, n]) => `${m.scene.types[type].name} ${n}`);
  if (link.needs) words.push(`${m.scene.types.find((t) => t.code === NEEDS).name} ${link.needs}`);
  parts.push(element("div", "quote", words.join(" · ")));
  return parts;
}

// The map as a table, for people who cannot see it.
function tableView(m, shown, act) {
  const box = element("div", "table");
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", m.texts.table);
  box.append(button("close", "×", m.texts.close, act.close));
  const add = (caption, heads, rows) => {
    if (!rows.length) return;
    const table = element("table");
    table.append(element("caption", "", caption));
    const head = element("tr");
    for (const words of heads) { const cell = element("th", "", words); cell.scope = "col"; head.append(cell); }
    const top = element("thead"), body = element("tbody");
    top.append(head);
    for (const row of rows) {
      const line = element("tr");
      row.forEach((cell, i) => {
        const made = element(i ? "td" : "th");
        if (!i) made.scope = "row";
        made.append(cell instanceof Node ? cell : document.createTextNode(cell));
        line.append(made);
      });
      body.append(line);
    }
    table.append(top, body);
    box.append(table);
  };
  const pick = (node) => button("pick", nameOf(node, m.names), "", () => act.pick(node));
  add(m.texts.themes, [m.texts.theme, m.texts.concepts], shown.closed.map((t) => [button("pick", t.title || m.texts.other, "", () => act.open(t)), String(t.count)]));
  const dots = shown.dots.slice(0, 500);
  add(fill(m.texts.table_concepts, { n: dots.length, total: m.scene.total }), [m.texts.concept, m.texts.kind, m.texts.theme, m.texts.relation],
    dots.map((node) => [pick(node), node.kind.name, node.home?.top.title || m.texts.other, String(node.edges.length)]));
  add(m.texts.table_edges, [m.texts.concept, m.texts.relation, m.texts.concept, m.texts.sentence],
    shown.edges.slice(0, 500).map((e) => [pick(e.a), e.type.name, pick(e.b), e.says || e.why]));
  return box;
}
