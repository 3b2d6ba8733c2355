// Draws the concept map with vis-network. Everything that comes from notes is drawn on the canvas or set as textContent, never as HTML.
// The network object stays on the element: a click rebuilds nothing, so zoom and place are kept; only a new data version rebuilds.

const WAIT_MS = 40;

export default function (component) {
  const { parentElement, data, setTriggerValue } = component;
  let root = parentElement.querySelector(".atlas");
  if (!root) {
    root = document.createElement("div");
    root.className = "atlas";
    root.setAttribute("role", "application");
    parentElement.appendChild(root);
  }
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

function luminance(colour) {
  const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  probe.fillStyle = colour;
  probe.fillRect(0, 0, 1, 1);
  const [r, g, b] = probe.getImageData(0, 0, 1, 1).data;
  return (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
}

function fade(colour, alpha) {
  const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  probe.fillStyle = colour;
  probe.fillRect(0, 0, 1, 1);
  const [r, g, b] = probe.getImageData(0, 0, 1, 1).data;
  return `rgba(${r},${g},${b},${alpha})`;
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
  let selected = null;
  let shownFor = null;

  function emphasise(id) {
    if (shownFor === id) return;
    shownFor = id;
    const lit = id === null ? null : near.get(id);
    nodes.update(data.nodes.map((node) => ({ id: node.id, ...nodeLight(node, lit === null || lit.has(node.id), node.id === selected, look) })));
    edges.update(data.edges.map((edge) => ({ id: edge.id, ...edgeLight(edge, id, look) })));
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
  network.on("beforeDrawing", (context) => drawRegions(context, data.regions, look, network.getScale()));

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
  }), tools(root, network, data));
  if (keepView) network.moveTo({ ...keepView, animation: false });
  else network.fit({ animation: false });
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
  return { ...node, shape: "dot", borderWidth: 1.5, borderWidthSelected: 3, ...nodeLight(node, true, false, look) };
}

function nodeLight(node, lit, selected, look) {
  const alpha = lit ? 1 : 0.16;
  const colour = fade(node.colour, alpha);
  const border = selected || node.focus ? look.accent : fade(look.ground, lit ? 0.9 : 0.1);
  return {
    color: { background: colour, border, highlight: { background: colour, border: look.accent }, hover: { background: colour, border: look.accent } },
    font: { size: node.fontSize, color: fade(look.text, lit ? 0.95 : 0.12), strokeWidth: lit ? 4 : 0, strokeColor: look.ground, face: "inherit" },
  };
}

function styledEdge(edge, look) {
  return {
    ...edge, label: "", arrows: edge.symmetric ? "" : { to: { enabled: true, scaleFactor: 0.45 } }, dashes: edge.needs ? [7, 5] : false,
    font: { size: 12, color: look.text, strokeWidth: 4, strokeColor: look.ground, align: "top" }, ...edgeLight(edge, null, look),
  };
}

function edgeLight(edge, centre, look) {
  const on = centre !== null && (edge.from === centre || edge.to === centre);
  const base = edge.needs ? look.accent : look.text;
  const alpha = centre === null ? (edge.needs ? 0.55 : 0.22) : on ? 0.85 : 0.05;
  return { label: on ? edge.name : "", width: on ? 2 : 1, color: { color: fade(base, alpha), hover: fade(base, 0.9), highlight: fade(base, 0.9) } };
}

function drawRegions(context, regions, look, scale) {
  for (const region of regions) {
    context.beginPath();
    context.arc(region.x, region.y, region.r, 0, 2 * Math.PI);
    context.fillStyle = fade(region.colour, look.dark ? 0.09 : 0.07);
    context.fill();
    // The theme's name shows while the map is seen from afar and gives way to the concepts when one comes closer.
    const alpha = Math.max(0, Math.min(0.75, (1.1 - scale) * 1.1));
    if (alpha < 0.05) continue;
    const size = Math.min(17 / scale, region.r / 3.2);
    context.font = `650 ${size}px sans-serif`;
    context.textAlign = "center";
    context.fillStyle = fade(region.colour, alpha);
    context.fillText(region.title, region.x, region.y - region.r - size * 0.35);
  }
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
  return box;
}

function tools(root, network, data) {
  const box = element("div", "tools");
  const zoom = (factor) => network.moveTo({ scale: network.getScale() * factor, animation: { duration: 150 } });
  const actions = [
    ["+", data.texts.zoom_in, () => zoom(1.3)],
    ["−", data.texts.zoom_out, () => zoom(1 / 1.3)],
    ["⤢", data.texts.fit, () => network.fit({ animation: { duration: 300 } })],
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
