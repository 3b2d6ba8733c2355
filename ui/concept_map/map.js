// Draws the concept map with vis-network. Everything that comes from notes is drawn on the canvas or set as textContent, never as HTML.
// The network object stays on the element: a click rebuilds nothing, so zoom and place are kept; only a new data version rebuilds.

const WAIT_MS = 40;
const FACE = '"Source Sans", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif'; // a canvas takes no "inherit"

export default function (component) {
  const { parentElement, data, setTriggerValue } = component;
  let root = parentElement.querySelector(".atlas");
  if (!root) {
    root = document.createElement("div");
    root.className = "atlas";
    root.setAttribute("role", "application");
    parentElement.appendChild(root);
  }
  root.setAttribute("aria-label", data.texts.count);
  root.style.height = `${data.height}px`;
  root.choose = (name, value) => setTriggerValue(name, value);
  root.latest = data;
  let stopped = false;
  const start = () => {
    if (stopped) return;
    if (!globalThis.vis || !globalThis.vis.Network) { setTimeout(start, WAIT_MS); return; }
    const look = colours(root);
    if (root.drawn !== data.version || root.look !== look.key) {
      draw(root, data, look);
      root.drawn = data.version;
      root.look = look.key;
    }
    root.atlas?.select(data.selected);
  };
  start();
  return () => { stopped = true; };
}

function colours(root) {
  const style = getComputedStyle(root);
  const text = style.getPropertyValue("--st-text-color").trim() || "#222";
  const ground = style.getPropertyValue("--st-background-color").trim() || "#fff";
  const accent = style.getPropertyValue("--st-primary-color").trim() || "#2563eb";
  return { text, ground, accent, dark: luminance(ground) < 0.4, key: `${text}|${ground}|${accent}` };
}

const CHANNELS = new Map(); // colour → its red, green and blue: reading a pixel is slow, and every name asks at every frame

function channels(colour) {
  if (!CHANNELS.has(colour)) {
    const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    probe.fillStyle = colour;
    probe.fillRect(0, 0, 1, 1);
    CHANNELS.set(colour, probe.getImageData(0, 0, 1, 1).data.slice(0, 3));
  }
  return CHANNELS.get(colour);
}

function luminance(colour) {
  const [r, g, b] = channels(colour);
  return (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
}

function fade(colour, alpha) {
  return `rgba(${channels(colour).join(",")},${alpha})`;
}

function element(tag, name, text) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text !== undefined) made.textContent = text;
  return made;
}

function draw(root, data, look) {
  const keepView = root.atlas && root.atlas.mode === data.mode ? root.atlas.view() : null;
  root.atlas?.network.destroy();
  root.replaceChildren();
  const canvas = element("div", "canvas");
  const tip = element("div", "tip");
  tip.hidden = true;
  root.append(canvas, element("div", "count", data.texts.count), tip);
  if (!data.nodes.length) {
    root.append(element("div", "empty", data.texts.empty));
    root.atlas = null;
    return;
  }
  const hiddenGroups = new Set();
  const nodes = new vis.DataSet(data.nodes.map((node) => styledNode(node, look)));
  const edges = new vis.DataSet(data.edges.map((edge) => styledEdge(edge, look)));
  const network = new vis.Network(canvas, { nodes, edges }, data.options);
  const byId = new Map(data.nodes.map((node) => [node.id, node]));
  const edgeById = new Map(data.edges.map((edge) => [edge.id, edge]));
  const near = new Map(data.nodes.map((node) => [node.id, new Set([node.id])]));
  for (const edge of data.edges) {
    near.get(edge.from)?.add(edge.to);
    near.get(edge.to)?.add(edge.from);
  }
  const ranked = [...data.nodes].sort((a, b) => b.fontSize - a.fontSize);
  let selected = null;
  let shownFor = null;

  function emphasise(id) {
    if (shownFor === id) return;
    shownFor = id;
    const lit = id === null ? null : near.get(id);
    // The drawn objects themselves are changed: DataSet.update parses every option of every node anew, half a second for a thousand.
    for (const node of data.nodes) {
      Object.assign(network.body.nodes[node.id].options, nodeLight(node, lit === null || lit.has(node.id), node.id === selected, look));
    }
    for (const edge of data.edges) {
      const { width, color } = edgeLight(edge, id, look);
      const drawn = network.body.edges[edge.id].options;
      drawn.width = width;
      Object.assign(drawn.color, color);
    }
    network.redraw();
  }

  network.on("hoverNode", ({ node, pointer }) => {
    emphasise(node);
    showTip(root, tip, pointer.DOM, nodeTip(byId.get(node)));
  });
  network.on("blurNode", () => { tip.hidden = true; emphasise(selected); });
  network.on("hoverEdge", ({ edge, pointer }) => showTip(root, tip, pointer.DOM, edgeTip(edgeById.get(edge), byId)));
  network.on("blurEdge", () => { tip.hidden = true; });
  network.on("dragStart", () => { tip.hidden = true; });
  network.on("click", ({ nodes: hit }) => {
    if (!hit.length) { select(null); return; }
    select(hit[0]);
    root.choose("picked", { concept: hit[0] });
  });
  network.on("doubleClick", ({ nodes: hit }) => { if (hit.length) root.choose("focused", { concept: hit[0] }); });
  network.on("beforeDrawing", (context) => drawRegions(context, data.regions, look));
  network.on("afterDrawing", (context) => drawNames(context, {
    regions: data.regions, nodes: ranked, edges: shownFor ? data.edges.filter((e) => e.from === shownFor || e.to === shownFor) : [], lit: shownFor ? near.get(shownFor) : null, first: [shownFor, selected],
    at: (id) => network.body.nodes[id], middle: (id) => network.body.edges[id]?.edgeType?.getPoint(0.5), hidden: (node) => hiddenGroups.has(node.group), view: seen(canvas, network), scale: network.getScale(), look,
  }));

  function select(id) {
    const known = id !== null && byId.has(id) ? id : null;
    if (known === selected) return;
    selected = known;
    network.selectNodes(known === null ? [] : [known], false);
    shownFor = undefined;
    emphasise(known);
  }

  root.append(legend(data, (group, on) => {
    if (on) hiddenGroups.delete(group); else hiddenGroups.add(group);
    nodes.update(data.nodes.map((node) => ({ id: node.id, hidden: hiddenGroups.has(node.group) })));
    network.redraw();
  }), tools(root, network, data));
  if (keepView) network.moveTo({ ...keepView, animation: false });
  else fit(root, network, data, 0);
  root.atlas = {
    network, select, mode: data.mode,
    view: () => ({ position: network.getViewPosition(), scale: network.getScale() }),
    // Where a concept is drawn, in pixels of the page: for tests and for helpers that point at things.
    where: (id) => {
      const inside = network.canvasToDOM(network.getPosition(id));
      const box = canvas.getBoundingClientRect();
      return { x: box.left + inside.x, y: box.top + inside.y };
    },
  };
  root.dataset.version = data.version;
}

function styledNode(node, look) {
  const { label, ...rest } = node; // names are drawn by drawNames
  return { ...rest, shape: "dot", borderWidth: 1.5, borderWidthSelected: 3, ...nodeLight(node, true, false, look) };
}

function nodeLight(node, lit, selected, look) {
  const colour = fade(node.colour, lit ? 1 : 0.18);
  const border = selected || node.focus ? look.accent : fade(look.ground, lit ? 0.9 : 0.1);
  return {
    color: { background: colour, border, highlight: { background: colour, border: look.accent }, hover: { background: colour, border: look.accent } },
  };
}

function styledEdge(edge, look) {
  return {
    ...edge, arrows: edge.symmetric ? "" : { to: { enabled: true, scaleFactor: 0.45 } }, dashes: edge.general ? [2, 4] : edge.needs ? [7, 5] : false,
    ...edgeLight(edge, null, look),
  };
}

function edgeLight(edge, centre, look) {
  const on = centre !== null && (edge.from === centre || edge.to === centre);
  const base = edge.needs ? look.accent : look.text;
  const alpha = centre === null ? (edge.needs ? 0.55 : 0.22) : on ? 0.5 : 0.05;
  return { width: on ? 1.8 : 1, color: { color: fade(base, alpha), hover: fade(base, 0.9), highlight: fade(base, 0.9) } };
}

// Show everything that is drawn, themes and their names included; small maps are not blown up.
function fit(root, network, data, duration) {
  const box = { left: Infinity, right: -Infinity, top: Infinity, bottom: -Infinity };
  const take = (left, top, right, bottom) => {
    box.left = Math.min(box.left, left); box.right = Math.max(box.right, right);
    box.top = Math.min(box.top, top); box.bottom = Math.max(box.bottom, bottom);
  };
  for (const node of data.nodes) take(node.x - 70, node.y - 40, node.x + 70, node.y + 60);
  for (const region of data.regions) take(region.x - region.r, region.y - region.r * 1.08, region.x + region.r, region.y + region.r);
  const below = (root.querySelector(".legend")?.offsetHeight || 0) + 12;
  const scale = Math.min((root.clientWidth - 110) / (box.right - box.left), (root.clientHeight - below - 34) / (box.bottom - box.top), 1.4);
  const position = { x: (box.left + box.right) / 2, y: (box.top + box.bottom) / 2 + (below - 26) / 2 / scale };
  network.moveTo({ position, scale, animation: duration ? { duration } : false });
}

function drawRegions(context, regions, look) {
  for (const region of regions) {
    context.beginPath();
    context.arc(region.x, region.y, region.r, 0, 2 * Math.PI);
    context.fillStyle = fade(region.colour, look.dark ? 0.11 : 0.075);
    context.fill();
  }
}

// The edges of what is seen, in the map's own coordinates: no name is cut off by them, and what lies beyond is not worked on.
function seen(canvas, network) {
  const [wide, high] = [canvas.clientWidth / 2 / network.getScale(), canvas.clientHeight / 2 / network.getScale()];
  const { x, y } = network.getViewPosition();
  return { left: x - wide, right: x + wide, top: y - high, bottom: y + high };
}

// Names keep their size on the screen, whatever the zoom, and never cover each other: themes come first while the map is seen from
// afar, then concepts in the order of their weight, as far as there is room. Coming closer makes room.
function drawNames(context, { regions, nodes, edges, lit, first, at, middle, hidden, view, scale, look }) {
  const taken = [];
  const free = (box, own) => !taken.some((t) => t.id !== own && box.left < t.right && box.right > t.left && box.top < t.bottom && box.bottom > t.top);
  const put = (text, x, y, size, colour) => {
    context.lineWidth = 3.5 / scale;
    context.strokeStyle = fade(look.ground, 0.85);
    context.strokeText(text, x, y);
    context.fillStyle = colour;
    context.fillText(text, x, y);
  };
  const measure = (text, size, weight) => {
    context.font = `${weight} ${size / scale}px ${FACE}`;
    return context.measureText(text).width + 6 / scale;
  };
  const boxAt = (x, y, width, size, id) => ({ id, left: x - width / 2, right: x + width / 2, top: y - size / scale, bottom: y + (size * 0.3) / scale });
  context.save();
  context.textAlign = "center";
  context.textBaseline = "alphabetic";
  context.lineJoin = "round";
  const inside = (dot) => dot && dot.x > view.left && dot.x < view.right && dot.y > view.top && dot.y < view.bottom;
  const shown = nodes.filter((node) => inside(at(node.id)) && !hidden(node));
  const alpha = Math.max(0, Math.min(1, 2.4 - scale * 1.6)) * (lit ? 0.3 : 1);
  for (const region of alpha > 0.05 ? regions : []) {
    const size = Math.max(13, Math.min(18, (region.r * scale) / 4.5));
    const width = measure(region.title, size, 700);
    const box = boxAt(region.x, region.y - region.r - 4 / scale, width, size, null);
    if (!free(box)) continue;
    taken.push(box);
    put(region.title, region.x, region.y - region.r - 4 / scale, size, fade(look.dark ? lighter(region.colour) : region.colour, alpha));
  }
  for (const node of shown) {
    const dot = at(node.id);
    taken.push({ id: node.id, left: dot.x - node.size, right: dot.x + node.size, top: dot.y - node.size, bottom: dot.y + node.size });
  }
  // A name stands below its dot, or above, or beside it: where there is room first.
  const name = (node, must) => {
    const dot = at(node.id);
    const size = 11.5 + Math.max(0, node.fontSize - 15) * 0.13 + (node.focus ? 3 : 0);
    const width = measure(node.label, size, node.focus || node.fontSize > 27 || must ? 650 : 400);
    const aside = node.size + width / 2 + 1 / scale;
    const places = [
      [dot.x, dot.y + node.size + (size + 1) / scale], [dot.x, dot.y - node.size - (size * 0.3 + 1) / scale],
      [dot.x + aside, dot.y + (size * 0.35) / scale], [dot.x - aside, dot.y + (size * 0.35) / scale],
    ];
    const fits = ([x, y]) => {
      const box = boxAt(x, y, width, size, node.id);
      return box.left > view.left && box.right < view.right && free(box, node.id);
    };
    const place = places.find(fits) || (must ? places[0] : null);
    if (!place) return;
    taken.push({ ...boxAt(...place, width, size), id: null });
    put(node.label, ...place, size, fade(look.text, 0.95));
  };
  const byId = new Map(shown.map((node) => [node.id, node]));
  for (const id of new Set(first)) if (id && byId.has(id)) name(byId.get(id), true);
  for (const node of shown) if ((!lit || lit.has(node.id)) && !first.includes(node.id)) name(node, false);
  for (const edge of edges) {
    const point = byId.has(edge.from) && byId.has(edge.to) ? middle(edge.id) : null;
    if (!point) continue;
    const width = measure(edge.name, 11.5, 400);
    const box = boxAt(point.x, point.y + 4 / scale, width, 11.5, null);
    if (!free(box)) continue;
    taken.push(box);
    put(edge.name, point.x, point.y + 4 / scale, 11.5, fade(edge.needs ? look.accent : look.text, 0.75));
  }
  context.restore();
}

function lighter(colour) {
  return `color-mix(in srgb, ${colour} 70%, white)`;
}

function legend(data, toggle) {
  const box = element("div", "legend");
  for (const entry of data.legend) {
    const button = element("button");
    button.type = "button";
    button.title = `${entry.name} · ${data.texts.toggle}`;
    button.setAttribute("aria-pressed", "true");
    const dot = element("i");
    dot.style.background = entry.colour;
    button.append(dot, element("span", "name", entry.name), element("span", "count", String(entry.count)));
    button.onclick = () => {
      const on = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(on));
      toggle(entry.group, on);
    };
    box.append(button);
  }
  for (const line of data.lines) {
    const entry = element("span", "line");
    entry.append(element("i"), element("span", "name", line.name), element("span", "count", String(line.count)));
    box.append(entry);
  }
  return box;
}

function tools(root, network, data) {
  const box = element("div", "tools");
  const zoom = (factor) => network.moveTo({ scale: network.getScale() * factor, animation: { duration: 150 } });
  const actions = [
    ["+", data.texts.zoom_in, () => zoom(1.3)],
    ["−", data.texts.zoom_out, () => zoom(1 / 1.3)],
    ["⤢", data.texts.fit, () => fit(root, network, data, 300)],
    ["↓", data.texts.picture, () => save(root.querySelector("canvas"), root)],
  ];
  for (const [sign, title, act] of actions) {
    const button = element("button", "", sign);
    button.type = "button";
    button.title = title;
    button.setAttribute("aria-label", title);
    button.onclick = act;
    box.append(button);
  }
  return box;
}

function save(canvas, root) {
  const copy = document.createElement("canvas");
  copy.width = canvas.width;
  copy.height = canvas.height;
  const context = copy.getContext("2d");
  context.fillStyle = colours(root).ground;
  context.fillRect(0, 0, copy.width, copy.height);
  context.drawImage(canvas, 0, 0);
  copy.toBlob((blob) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = "studyatlas.png";
    link.click();
    URL.revokeObjectURL(link.href);
  });
}

function nodeTip(node) {
  const parts = [element("b", "", node.label)];
  if (node.kindName) parts.push(element("span", "", `  ${node.kindName}`));
  if (node.says) parts.push(element("div", "quote", node.says));
  return parts;
}

function edgeTip(edge, byId) {
  const parts = [element("b", "", byId.get(edge.from).label), element("span", "", ` ${edge.name} `), element("b", "", byId.get(edge.to).label)];
  if (edge.note) parts.push(element("div", "note", edge.note));
  if (edge.says) parts.push(element("div", "quote", `“${edge.says}”`));
  if (edge.place) parts.push(element("div", "place", edge.place));
  return parts;
}

function showTip(root, tip, at, parts) {
  tip.replaceChildren(...parts);
  tip.hidden = false;
  const x = Math.min(at.x + 14, root.clientWidth - tip.offsetWidth - 8);
  const y = at.y + 18 + tip.offsetHeight > root.clientHeight ? at.y - tip.offsetHeight - 12 : at.y + 18;
  tip.style.left = `${Math.max(8, x)}px`;
  tip.style.top = `${Math.max(8, y)}px`;
}
