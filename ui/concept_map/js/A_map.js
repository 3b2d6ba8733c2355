// One map in one element: its state, what a person does with it, and what follows. `send` tells the page; selection, hover,
// legend and filters need no answer from it.

const GRACE = 4000; // ms in which the page may still tell of what was before the last click

function makeMap(root, scene, send) {
  const m = {
    scene, root, mode: "atlas", camera: { x: 0, y: 0, k: 1 }, fitted: 1, size: { w: 1, h: 1, ratio: 1 }, look: colours(root),
    selected: null, hover: null, hot: null, hotEdge: null, focus: null, places: null, groupTitles: [],
    hidden: { groups: new Set(), types: new Set() }, filters: { kinds: [], types: [], themes: [], documents: [], confidence: 0, needs: false, untyped: false },
    colour: "theme", names: "written", texts: {}, route: null, undo: [], shown: null, named: [], titles: [], rest: "#8A8F98", control: null,
    sent: {}, table: false, depth: 1, theme: null,
  };
  let frame = 0, stale = true, painter = null, tween = 0, small = null, wheelEnd = 0;

  root.replaceChildren();
  const stage = element("div", "stage");
  stage.tabIndex = 0;
  stage.setAttribute("role", "application");
  const ground = element("canvas", "layer ground"), ink = element("canvas", "layer ink"), base = element("div", "layer base");
  const count = element("div", "count"), tip = element("div", "tip"), empty = element("div", "empty"), top = element("div", "top");
  const foot = element("div", "foot"), live = element("div", "live");
  live.setAttribute("aria-live", "polite");
  tip.hidden = true;
  empty.hidden = true;
  stage.append(ground, base, ink);
  root.append(stage, top, foot, tip, empty, live);

  // -- drawing ---------------------------------------------------------------------------------------------------------

  function draw(again = true) {
    stale ||= again;
    if (!frame) frame = requestAnimationFrame(paint);
  }

  function choosePainter(marks) {
    const wish = marks > MANY && globalThis.studyatlasSigma && webgl() === "hardware" && !m.lost ? "webgl" : "canvas";
    if (painter && painter.name === wish) return;
    painter?.destroy();
    painter = null;
    if (wish === "webgl") {
      try {
        painter = webglPainter(base, m, () => { m.lost = true; draw(); });
      } catch {
        m.lost = true; // no context to be had: the canvas draws the same
      }
    }
    painter ||= canvasPainter(base);
    root.dataset.drawer = painter.name;
  }

  function paint() {
    frame = 0;
    if (!root.isConnected || !m.control || m.size.w < 2) return;
    if (stale) {
      m.shown = choose(m);
      choosePainter(m.shown.dots.length + m.shown.closed.length);
      painter.update(m, m.shown, m.look);
      stale = false;
      furnish();
    }
    const { shown, look } = m;
    drawTerritories(canvasPen(cleared(ground, m)), m, shown, look);
    painter.frame(m, shown, look);
    const lit = (m.hover && shown.inside.has(m.hover)) || m.hotEdge;
    painter.dim(Boolean(lit));
    const pen = canvasPen(cleared(ink, m));
    for (const edge of shown.edges) if (painter.dashed(edge)) drawEdge(pen, m, edge, shown, look, { alpha: lit ? 0.1 : baseAlpha(m, edge), width: 1.1 });
    drawLit(pen, m, shown, look);
    drawNames(pen, m, shown, look);
    small?.draw();
    root.dataset.version = m.control.version;
    root.dataset.mode = m.mode;
    root.dataset.marks = String(shown.dots.length + shown.closed.length);
    root.dataset.frames = String(Number(root.dataset.frames || 0) + 1);
  }

  // The parts that are elements: only what changed is made anew.
  let furniture = "";
  function furnish() {
    const { shown } = m;
    const total = m.mode === "route" ? m.route.steps.size : m.scene.total;
    const words = fill(m.texts.count, { n: shown.dots.length, total, edges: shown.edges.length })
      + (shown.closed.length ? ` · ${fill(m.texts.closed, { n: shown.closed.length })}` : "")
      + (m.filters && wanted(m.filters, m.hidden).any ? ` · ${m.texts.filtered}` : "");
    count.textContent = words;
    stage.setAttribute("aria-label", `${m.texts.map}. ${words}. ${m.texts.keys}`);
    const nothing = !shown.dots.length && !shown.closed.length && m.mode === "atlas" && m.atHome;
    empty.hidden = !nothing;
    empty.textContent = m.texts.empty;
    const trail = within(m).map((t) => t.i).join(",");
    const key = JSON.stringify([m.mode, trail, m.focus?.id, m.colour, m.names, [...m.hidden.groups], [...m.hidden.types], words, m.undo.length > 0,
      m.filters, m.texts.count, m.table, m.route?.title, m.route?.only, m.menu]);
    if (key === furniture) return;
    furniture = key;
    const menu = m.mode === "atlas" && !m.scene.small && m.size.w > 560 ? (small ||= minimap(m, m.look, moveTo)) : null;
    const search = m.control.alone ? finder() : null;
    const had = root.activeElementOfMap?.();
    top.replaceChildren(...[search, breadcrumb(m, { whole: goWhole, open: goInto }), count].filter(Boolean));
    foot.replaceChildren(legend(m, shown, toggle), tools());
    if (menu && menu.canvas.parentNode !== root) root.append(menu.canvas);
    if (!menu && small) { small.canvas.remove(); small = null; }
    if (had) foot.querySelector(`[data-${had[0]}="${CSS.escape(had[1])}"]`)?.focus();
    root.querySelector(".table")?.remove();
    if (m.table) root.append(tableView(m, shown, { close: () => { m.table = false; draw(); stage.focus(); }, pick: (node) => { m.table = false; choosePicked(node, true); stage.focus(); }, open: (t) => { m.table = false; goInto(t); stage.focus(); } }));
    root.querySelector(".alone")?.remove();
    if (m.control.alone && m.selected) root.append(cardOf(m, (node) => choosePicked(node, true)));
  }
  // The entry of the legend that has the focus keeps it when the legend is made anew.
  root.activeElementOfMap = () => {
    const at = root.getRootNode().activeElement;
    return at?.dataset.group ? ["group", at.dataset.group] : at?.dataset.type ? ["type", at.dataset.type] : at?.dataset.tool ? ["tool", at.dataset.tool] : null;
  };

  function toggle(sort, key) {
    const set = m.hidden[sort];
    if (set.has(key)) set.delete(key); else set.add(key);
    small = small && (small.canvas.remove(), null);
    furniture = "";
    draw();
  }

  function tools() {
    const box = element("div", "tools");
    const add = (name, sign, title, act, pressed) => {
      const made = button("", sign, title, act);
      made.dataset.tool = name;
      if (pressed !== undefined) made.setAttribute("aria-pressed", String(pressed));
      box.append(made);
    };
    if (m.undo.length) add("undo", "↶", m.texts.undo, undo);
    if (m.mode === "route") add("only", "◫", m.texts.only, () => { m.route.only = !m.route.only; placeRoute(); furniture = ""; draw(); }, m.route.only);
    add("in", "+", m.texts.zoom_in, () => zoom(1.4));
    add("out", "−", m.texts.zoom_out, () => zoom(1 / 1.4));
    add("fit", "⤢", m.texts.fit, () => (m.mode === "atlas" ? goWhole() : fit(true)));
    add("table", "☰", m.texts.table, () => { m.table = !m.table; draw(); }, m.table);
    add("export", "↓", m.texts.export, () => { m.menu = !m.menu; draw(); }, Boolean(m.menu));
    if (m.menu) {
      const menu = element("div", "menu");
      menu.setAttribute("role", "menu");
      const name = "studyatlas-map";
      const files = [
        ["HTML", () => keep(`${name}.html`, "text/html", htmlOf(m))], ["SVG", () => keep(`${name}.svg`, "image/svg+xml", svgOf(m))],
        ["PNG", async () => keep(`${name}.png`, "image/png", await pngOf(m))], ["JSON", () => keep(`${name}.json`, "application/json", JSON.stringify(recordOf(m), null, 1))],
        ["GraphML", () => keep(`${name}.graphml`, "application/xml", graphmlOf(m))],
      ];
      for (const [label, act] of files) {
        if (label === "HTML" && m.control.alone) continue;
        const item = button("", label, `${m.texts.export}: ${label}`, () => { m.menu = false; draw(); act(); });
        item.setAttribute("role", "menuitem");
        item.dataset.export = label.toLowerCase();
        menu.append(item);
      }
      box.append(menu);
    }
    return box;
  }

  function finder() {
    const old = top.querySelector(".find");
    if (old) return old;
    const box = element("div", "find"), input = element("input"), list = element("div", "found");
    input.type = "search";
    input.placeholder = m.texts.find;
    input.setAttribute("aria-label", m.texts.find);
    input.oninput = () => {
      list.replaceChildren(...search(m.scene, input.value, 8).map((node) => button("", nameOf(node, m.names), "", () => {
        input.value = "";
        list.replaceChildren();
        choosePicked(node, true);
      })));
    };
    input.onkeydown = (event) => {
      event.stopPropagation();
      if (event.key === "Enter") list.querySelector("button")?.click();
      if (event.key === "Escape") { input.value = ""; list.replaceChildren(); stage.focus(); }
    };
    box.append(input, list);
    return box;
  }

  // -- camera ----------------------------------------------------------------------------------------------------------

  function bounds() {
    if (m.mode === "atlas") {
      const tops = m.scene.tops.map((t) => {
        const xs = t.outline.map((p) => p[0]), ys = t.outline.map((p) => p[1]);
        return xs.length ? { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) } : extent([[t.x, t.y, t.r]]);
      });
      if (tops.length) return { left: Math.min(...tops.map((b) => b.left)), right: Math.max(...tops.map((b) => b.right)), top: Math.min(...tops.map((b) => b.top)), bottom: Math.max(...tops.map((b) => b.bottom)) };
      return extent(m.scene.nodes.map((node) => [node.x, node.y, 60]));
    }
    return extent([...m.places].flatMap(([node, p]) => [[p.x - widthOf(nameOf(node, m.names), 11) / 3, p.y, 30], [p.x + widthOf(nameOf(node, m.names), 11) / 3, p.y, 40]])
      .concat(m.groupTitles.map((t) => [t.x, t.y, 24])));
  }

  function fittedTo(b, most) {
    const above = 44, below = m.size.w > 640 ? 82 : 56, aside = 24;
    const k = Math.min((m.size.w - 2 * aside) / Math.max(1, b.right - b.left), (m.size.h - above - below) / Math.max(1, b.bottom - b.top), most);
    return { x: (b.left + b.right) / 2, y: (b.top + b.bottom) / 2 + (below - above) / 2 / k, k };
  }

  function fit(smooth) {
    const to = fittedTo(bounds(), m.mode === "atlas" ? (m.scene.nodes.length < 40 ? 2.2 : 50) : 1.35);
    if (m.mode === "atlas") m.fitted = to.k;
    m.atHome = true;
    fly(to, smooth);
  }

  function fly(to, smooth) {
    cancelAnimationFrame(tween);
    if (!smooth || matchMedia("(prefers-reduced-motion: reduce)").matches) { Object.assign(m.camera, to); draw(); return; }
    const from = { ...m.camera }, start = performance.now(), time = 260;
    const step = (now) => {
      const share = Math.min(1, (now - start) / time), ease = 1 - (1 - share) ** 3;
      m.camera.k = from.k * (to.k / from.k) ** ease;
      m.camera.x = from.x + (to.x - from.x) * ease;
      m.camera.y = from.y + (to.y - from.y) * ease;
      draw(share === 1 || m.shown.dots.length < MANY);
      if (share < 1) tween = requestAnimationFrame(step);
    };
    tween = requestAnimationFrame(step);
  }

  function moveTo(x, y) { m.camera.x = x; m.camera.y = y; m.atHome = false; draw(); }

  function zoom(factor, at = null) {
    const [px, py] = at || [m.size.w / 2, m.size.h / 2];
    const least = m.mode === "atlas" ? m.fitted * 0.5 : 0.1, most = Math.max(6, m.fitted * 60);
    const k = Math.min(most, Math.max(least, m.camera.k * factor));
    const x = (px - m.size.w / 2) / m.camera.k + m.camera.x, y = (py - m.size.h / 2) / m.camera.k + m.camera.y;
    const to = { k, x: x - (px - m.size.w / 2) / k, y: y - (py - m.size.h / 2) / k };
    m.atHome = false;
    if (at) { Object.assign(m.camera, to); draw(); } else fly(to, true);
  }

  function goInto(t, told = true) {
    if (m.mode !== "atlas") leave();
    m.theme = t.id;
    const xs = t.outline.map((p) => p[0]), ys = t.outline.map((p) => p[1]);
    const b = xs.length ? { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) } : extent([[t.x, t.y, t.r]]);
    const to = fittedTo(b, 60);
    to.k = Math.max(to.k, (OPENS * 1.18 * Math.min(m.size.w, m.size.h)) / t.r);
    m.atHome = false;
    m.hot = null;
    fly(to, true);
    say(`${t.title || m.texts.other}, ${fill(m.texts.inside, { n: t.count })}`);
    if (told) tell("opened", { concept: t.id }, "theme", t.id);
  }

  function goWhole() {
    if (m.mode !== "atlas") { leave(); tell("focused", { concept: "" }, "focus", null); }
    else if (m.theme) tell("opened", { concept: "" }, "theme", null);
    m.theme = null;
    fit(true);
  }

  // -- views -----------------------------------------------------------------------------------------------------------

  function leave() {
    m.mode = "atlas";
    m.focus = null;
    m.places = null;
    m.groupTitles = [];
    m.undo = [];
    m.route = null;
    m.hover = m.hotEdge = m.hot = null;
    if (m.before) { Object.assign(m.camera, m.before); m.before = null; }
    draw();
  }

  function enterLocal(node, depth) {
    if (m.mode === "atlas") m.before = { ...m.camera };
    m.mode = "local";
    m.route = null;
    m.focus = node;
    m.depth = depth;
    m.undo = [];
    placeLocal();
    m.hover = m.hotEdge = m.hot = null;
    fit(false);
    say(fill(m.texts.around, { name: nameOf(node, m.names) }));
  }

  function placeLocal() {
    const made = localPlaces(m.focus, m.depth, wanted(m.filters, m.hidden), m.names);
    m.places = made.places;
    m.groupTitles = made.titles;
  }

  // More of one concept, in place: what is there already stays where it is.
  function expand(node) {
    const want = wanted(m.filters, m.hidden);
    const fresh = [...node.edges].filter((e) => want.edge(e) || e.needs).sort(surer).map((e) => other(e, node))
      .filter((c, i, all) => !m.places.has(c) && all.indexOf(c) === i && want.node(c)).slice(0, 14);
    if (!fresh.length) { say(m.texts.no_more); flash(m.texts.no_more); return; }
    m.undo.push(new Map([...m.places].map(([c, p]) => [c, { ...p }])));
    spread(m.places, fresh, m.names, m.focus, node);
    send("expanded", { concept: node.id });
    const b = bounds(), view = seen(m);
    if (b.left < view.left || b.right > view.right || b.top < view.top || b.bottom > view.bottom) fit(true);
    draw();
    say(fill(m.texts.expanded, { n: fresh.length }));
  }

  function undo() {
    const before = m.undo.pop();
    if (!before) return;
    m.places = before;
    furniture = "";
    draw();
  }

  function enterRoute(route) {
    if (m.mode === "atlas") m.before = { ...m.camera };
    const node = (id) => m.scene.byId.get(id);
    const types = new Map(m.scene.types.map((t) => [t.code, t]));
    const steps = new Map(route.steps.map((s) => [node(s.id), { ...s, node: node(s.id) }]).filter(([n]) => n));
    const edges = route.edges.map((e, i) => ({
      a: node(e.a), b: node(e.b), type: types.get(e.type), sure: e.sure, basis: e.basis, says: e.says, place: e.place, why: e.why, needs: e.type === NEEDS,
      i,
    })).filter((e) => e.a && e.b && e.type);
    const only = m.route?.only || false;
    m.mode = "route";
    m.focus = node(route.goal) || null;
    m.route = { ...route, steps, edges, only, done: new Set(route.done.map(node)), known: new Set(route.known.map(node)) };
    m.groupTitles = [];
    m.undo = [];
    placeRoute();
    fit(false);
  }

  function placeRoute() {
    const steps = [...m.route.steps.values()].filter((s) => !m.route.only || !m.route.known.has(s.node));
    m.places = routePlaces(steps, m.route.edges, m.names);
    fit(false);
  }

  // -- choices ---------------------------------------------------------------------------------------------------------

  // Tell the page, and take no older word of it for the time that its answer needs.
  function tell(event, value, about, expected) {
    m.sent[about] = { expected, until: performance.now() + GRACE };
    send(event, value);
  }

  function choosePicked(node, move = false) {
    if (m.selected !== node) {
      m.selected = node;
      tell("picked", { concept: node ? node.id : "" }, "selected", node ? node.id : null);
      if (node) say(`${nameOf(node, m.names)}, ${node.kind.name}, ${fill(m.texts.relations, { n: node.edges.length })}`);
    }
    if (node && move) show(node);
    furniture = m.control.alone ? "" : furniture;
    draw();
  }

  // Bring a concept into view, and near enough that it is drawn.
  function show(node) {
    if (m.mode !== "atlas") {
      if (m.places.has(node)) { const p = m.places.get(node); bring(p.x, p.y); return; }
      if (m.mode === "local" && m.control.alone) { leave(); } else return;
    }
    const home = node.home;
    const [x, y] = screen(m, node.x, node.y);
    const inside = x > 60 && y > 60 && x < m.size.w - 60 && y < m.size.h - 90;
    if (inside && m.shown?.inside.has(node)) return;
    const k = m.scene.small || !home ? m.camera.k : Math.max(m.camera.k, (OPENS * 1.1 * Math.min(m.size.w, m.size.h)) / home.r);
    m.atHome = false;
    fly({ x: node.x, y: node.y, k }, true);
  }

  function bring(x, y) {
    const [px, py] = screen(m, x, y);
    if (px < 40 || py < 40 || px > m.size.w - 40 || py > m.size.h - 60) fly({ x, y, k: m.camera.k }, true);
  }

  function focusOn(node) {
    if (m.mode === "local" && m.focus !== node) { expand(node); return; }
    if (m.mode === "local") return;
    if (m.mode === "route") { leave(); }
    m.selected = node;
    m.sent.selected = { expected: node.id, until: performance.now() + GRACE };
    enterLocal(node, m.depth || 1);
    tell("focused", { concept: node.id }, "focus", node.id);
  }

  function say(text) { live.textContent = text; }

  function flash(text) {
    count.textContent = text;
    furniture = "";
  }

  // -- pointer ---------------------------------------------------------------------------------------------------------

  function hit(px, py) {
    const { shown } = m;
    if (!shown) return {};
    let best = null, near = Infinity;
    for (const node of shown.dots) {
      const at = placeOf(m, node);
      const [x, y] = screen(m, at.x, at.y);
      if (m.mode === "route" && m.route.steps.has(node)) {
        const r = radiusOf(m, node);
        if (px > x - 10 && px < x + 10 && py > y - r - 24 && py < y - r - 5) return { tick: node };
      }
      const away = Math.hypot(x - px, y - py);
      // Among those that are touched the one whose middle is nearest: a small dot on a large one can be clicked.
      if (away - radiusOf(m, node) < (shownSpeck(m, node) ? 2 : 6) && away < near) { near = away; best = node; }
    }
    if (best) return { node: best };
    let edge = null, least = 5;
    for (const e of shown.edges) {
      const ends = edgeEnds(m, e, shown);
      if (!ends) continue;
      const [x1, y1, cx, cy, x2, y2] = ends;
      if (px < Math.min(x1, cx, x2) - 5 || px > Math.max(x1, cx, x2) + 5 || py < Math.min(y1, cy, y2) - 5 || py > Math.max(y1, cy, y2) + 5) continue;
      for (let i = 1; i < 24; i += 1) {
        const [x, y] = curveAt(ends, i / 24);
        const [nx, ny] = curveAt(ends, (i + 1) / 24);
        const d = toSegment(px, py, x, y, nx, ny);
        if (d < least) { least = d; edge = e; }
      }
    }
    if (edge) return { edge };
    for (const link of shown.links) if (link.middle && Math.hypot(link.middle[0] - px, link.middle[1] - py) < 14) return { link };
    const x = (px - m.size.w / 2) / m.camera.k + m.camera.x, y = (py - m.size.h / 2) / m.camera.k + m.camera.y;
    const territory = shown.closed.find((t) => contains(t, x, y));
    return territory ? { territory } : {};
  }

  function contains(t, x, y) {
    const points = t.border;
    if (!points) return Math.hypot(t.x - x, t.y - y) < t.r;
    let inside = false;
    for (let i = 0, j = points.length - 1; i < points.length; j = i, i += 1) {
      const [xi, yi] = points[i], [xj, yj] = points[j];
      if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
    }
    return inside;
  }

  function toSegment(px, py, x1, y1, x2, y2) {
    const dx = x2 - x1, dy = y2 - y1, length = dx * dx + dy * dy || 1;
    const t = Math.max(0, Math.min(1, ((px - x1) * dx + (py - y1) * dy) / length));
    return Math.hypot(px - x1 - t * dx, py - y1 - t * dy);
  }

  function point(px, py) {
    const found = hit(px, py);
    const hover = found.node || found.tick || null, hotEdge = found.edge || null, hot = found.territory || found.link || null;
    stage.style.cursor = hover || found.territory ? "pointer" : "grab";
    if (hover !== m.hover || hotEdge !== m.hotEdge || hot !== m.hot) {
      Object.assign(m, { hover, hotEdge, hot });
      draw(false);
    }
    const parts = hover ? nodeTip(m, hover) : hotEdge ? edgeTip(m, hotEdge) : found.territory ? territoryTip(m, hot) : found.link ? linkTip(m, found.link) : null;
    if (!parts) { tip.hidden = true; return; }
    tip.replaceChildren(...parts);
    tip.hidden = false;
    const x = Math.min(px + 14, m.size.w - tip.offsetWidth - 8);
    const y = py + 18 + tip.offsetHeight > m.size.h ? py - tip.offsetHeight - 12 : py + 18;
    tip.style.left = `${Math.max(8, x)}px`;
    tip.style.top = `${Math.max(8, y)}px`;
  }

  const pointers = new Map();
  let down = null, last = { time: 0, x: 0, y: 0 };
  const spot = (event) => { const box = stage.getBoundingClientRect(); return [event.clientX - box.left, event.clientY - box.top]; };

  stage.onpointerdown = (event) => {
    stage.focus({ preventScroll: true });
    stage.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, spot(event));
    down = pointers.size === 1 ? { at: spot(event), moved: false } : null;
    if (m.menu) { m.menu = false; draw(); }
  };
  stage.onpointermove = (event) => {
    const at = spot(event), before = pointers.get(event.pointerId);
    if (!before) { point(...at); return; }
    if (pointers.size === 2) {
      const [one, two] = [...pointers.values()], apartBefore = Math.hypot(one[0] - two[0], one[1] - two[1]);
      pointers.set(event.pointerId, at);
      const [a, b] = [...pointers.values()];
      zoom(Math.hypot(a[0] - b[0], a[1] - b[1]) / (apartBefore || 1), [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2]);
      return;
    }
    if (down && !down.moved && Math.hypot(at[0] - down.at[0], at[1] - down.at[1]) < 4) return;
    if (down) down.moved = true;
    tip.hidden = true;
    stage.style.cursor = "grabbing";
    m.camera.x -= (at[0] - before[0]) / m.camera.k;
    m.camera.y -= (at[1] - before[1]) / m.camera.k;
    m.atHome = false;
    pointers.set(event.pointerId, at);
    draw();
  };
  stage.onpointerup = stage.onpointercancel = (event) => {
    pointers.delete(event.pointerId);
    if (!down || down.moved || event.type === "pointercancel") { down = null; return; }
    down = null;
    const at = spot(event), now = performance.now();
    const twice = now - last.time < 400 && Math.hypot(at[0] - last.x, at[1] - last.y) < 8;
    last = { time: twice ? 0 : now, x: at[0], y: at[1] };
    click(hit(...at), twice, at);
  };
  stage.onpointerleave = () => { tip.hidden = true; if (m.hover || m.hot || m.hotEdge) { m.hover = m.hot = m.hotEdge = null; draw(false); } };
  stage.onwheel = (event) => {
    event.preventDefault();
    tip.hidden = true;
    zoom(Math.exp(-Math.max(-120, Math.min(120, event.deltaY)) * 0.0028), spot(event));
    clearTimeout(wheelEnd);
    wheelEnd = setTimeout(() => draw(), 120);
  };

  function click(found, twice, at) {
    tip.hidden = true;
    m.hot = m.hotEdge = null;
    if (found.tick) { tell("ticked", { concept: found.tick.id }, "tick", null); tickNow(found.tick); return; }
    if (found.node) { if (twice) focusOn(found.node); else choosePicked(found.node); return; }
    if (found.territory) { goInto(found.territory); last.time = 0; return; }
    if (found.edge || found.link) return;
    if (twice) { zoom(1.8, at); return; }
    choosePicked(null);
  }

  function tickNow(node) {
    if (m.route.done.has(node)) m.route.done.delete(node); else m.route.done.add(node);
    draw(false);
  }

  // -- keyboard --------------------------------------------------------------------------------------------------------

  const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  let cursor = null; // a closed territory that the arrows are at

  stage.onkeydown = (event) => {
    const way = WAYS[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (way) step(way);
    else if (event.key === "Enter") { if (cursor) { goInto(cursor); cursor = null; m.hot = null; } else if (m.selected) focusOn(m.selected); }
    else if (event.key === "Escape") back();
    else if (event.key === "+" || event.key === "=") zoom(1.4);
    else if (event.key === "-" || event.key === "_") zoom(1 / 1.4);
    else if (event.key === "0") fit(true);
    else if (event.key === " " && m.mode === "route" && m.selected) click({ tick: m.selected }, false, null);
    else if (event.key === "u" && m.undo.length) undo();
    else if (event.key === "/") {
      const box = root.querySelector(".find input") || document.querySelector('[data-testid="stMain"] input[role="combobox"]');
      if (!box) return;
      box.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };

  function back() {
    if (m.menu || m.table) { m.menu = m.table = false; draw(); return; }
    if (m.undo.length) { undo(); return; }
    if (m.mode !== "atlas") { leave(); tell("focused", { concept: "" }, "focus", null); return; }
    const trail = within(m);
    if (trail.length > 1) goInto(trail[trail.length - 2]);
    else if (trail.length) goWhole();
    else choosePicked(null);
  }

  // To the nearest mark in a direction: first among what the marked concept is related to, else among all.
  function step([dx, dy]) {
    const { shown } = m;
    const from = cursor ? screen(m, cursor.x, cursor.y) : m.selected && shown.inside.has(m.selected)
      ? screen(m, placeOf(m, m.selected).x, placeOf(m, m.selected).y) : [m.size.w / 2, m.size.h / 2];
    const marks = (list) => list.map((node) => ({ node, at: screen(m, placeOf(m, node).x, placeOf(m, node).y) }));
    const nearest = (all) => {
      let best = null, least = Infinity;
      for (const mark of all) {
        const x = mark.at[0] - from[0], y = mark.at[1] - from[1], ahead = x * dx + y * dy;
        if (ahead <= 2 || mark.node === m.selected || (mark.territory && mark.territory === cursor)) continue;
        const cost = ahead + 2.2 * Math.abs(x * dy - y * dx);
        if (cost < least) { least = cost; best = mark; }
      }
      return best;
    };
    const related = !cursor && m.selected ? [...(shown.near.get(m.selected) || [])] : [];
    const everything = [...marks(shown.dots), ...shown.closed.map((t) => ({ territory: t, at: screen(m, t.x, t.y) }))];
    const found = nearest(marks(related)) || nearest(everything);
    if (!found) return;
    if (found.territory) {
      cursor = found.territory;
      m.hot = cursor;
      say(`${cursor.title || m.texts.other}, ${fill(m.texts.inside, { n: cursor.count })}`);
      draw(false);
      return;
    }
    cursor = null;
    m.hot = null;
    choosePicked(found.node);
    const p = placeOf(m, found.node);
    bring(p.x, p.y);
  }

  // -- what the page says ----------------------------------------------------------------------------------------------

  // Whether the page's word on something is newer than what was done here.
  function heard(about, value) {
    const sent = m.sent[about];
    if (!sent) return true;
    if (sent.expected === value || performance.now() > sent.until) { delete m.sent[about]; return true; }
    return false;
  }

  function update(control) {
    const firstTime = !m.control;
    m.control = control;
    m.texts = control.texts;
    m.colour = control.colour;
    m.names = control.names;
    extend(scene, control.extra);
    const filters = JSON.stringify(control.filters);
    const changed = filters !== m.filtersKey;
    m.filters = control.filters;
    m.filtersKey = filters;
    if (firstTime && control.hidden) m.hidden = { groups: new Set(control.hidden.groups), types: new Set(control.hidden.types) };
    resize();
    const chosen = control.selected ? scene.byId.get(control.selected) || null : null;
    if (heard("selected", control.selected || null) && chosen !== m.selected) {
      m.selected = chosen;
      m.arriving = chosen;
    }
    const focus = control.focus ? scene.byId.get(control.focus) || null : null;
    const listens = heard("focus", control.focus || null);
    if (control.route) {
      const key = JSON.stringify(control.route);
      if (key !== m.routeKey || m.mode !== "route") {
        const again = m.mode === "route" && m.route?.goal === control.route.goal && m.routeShape === shapeOf(control.route);
        m.routeKey = key;
        m.routeShape = shapeOf(control.route);
        if (again) { m.route.done = new Set(control.route.done.map((id) => scene.byId.get(id))); } else enterRoute(control.route);
      }
    } else if (listens) {
      if (m.mode === "route") leave();
      if (focus && (m.mode !== "local" || m.focus !== focus || m.depth !== control.depth)) enterLocal(focus, control.depth);
      else if (!focus && m.mode === "local") leave();
      else if (focus && (changed || control.extra) && !m.undo.length) { placeLocal(); if (changed) fit(false); }
    }
    m.depth = control.depth;
    if (control.alone && firstTime && control.places && m.mode === "local") {
      m.places = new Map(control.places.map(([id, x, y]) => [scene.byId.get(id), { x, y }]).filter(([node]) => node));
    }
    if (firstTime && m.mode === "atlas") {
      fit(false);
      if (control.camera) Object.assign(m.camera, { x: control.camera.x, y: control.camera.y, k: control.camera.k * Math.min(m.size.w / control.camera.w, m.size.h / control.camera.h) });
    }
    if (heard("theme", control.theme || null) && (control.theme || null) !== m.theme && m.mode === "atlas") {
      const t = scene.territories.find((c) => c.id === control.theme);
      m.theme = control.theme || null;
      if (t) goInto(t, false); else if (!firstTime) fit(true);
    }
    if (m.arriving && m.mode === "atlas") { m.shown ||= choose(m); show(m.arriving); }
    m.arriving = null;
    furniture = "";
    small = small && (small.canvas.remove(), null);
    draw();
  }

  function shapeOf(route) { return JSON.stringify([route.goal, route.steps.map((s) => [s.id, s.layer])]); }

  function resize() {
    const w = root.clientWidth, h = root.clientHeight, ratio = Math.min(2, globalThis.devicePixelRatio || 1);
    if (w === m.size.w && h === m.size.h && ratio === m.size.ratio) return false;
    m.size = { w, h, ratio };
    return true;
  }

  const watch = new ResizeObserver(() => {
    const had = m.size.w;
    if (!resize() || !m.control) return;
    if (had < 2 || m.atHome) fit(false); else draw();
  });
  watch.observe(root);

  function relook() {
    const look = colours(root);
    if (look.key === m.look.key) return;
    m.look = look;
    small = small && (small.canvas.remove(), null);
    furniture = "";
    draw();
  }

  return {
    m, update, relook,
    destroy() { watch.disconnect(); cancelAnimationFrame(frame); cancelAnimationFrame(tween); painter?.destroy(); },
    // For tests, benchmarks and helpers that point at things.
    where(id) {
      const node = scene.byId.get(id), at = node && placeOf(m, node);
      if (!at) return null;
      const [x, y] = screen(m, at.x, at.y), box = stage.getBoundingClientRect();
      return { x: box.left + x, y: box.top + y };
    },
    whereTerritory(id) {
      const t = scene.territories.find((c) => c.id === id), box = stage.getBoundingClientRect();
      const [x, y] = screen(m, t.x, t.y);
      return { x: box.left + x, y: box.top + y };
    },
    view: () => ({ ...m.camera }),
    selected: () => m.selected?.id ?? null,
    colour: (id) => colourOf(m, scene.byId.get(id)),
    hidden: (id) => !m.shown.inside.has(scene.byId.get(id)),
    titles: () => [...m.titles].sort(), territories: () => [...m.shown.open, ...m.shown.closed].map((t) => t.title),
    shown: () => m.shown.dots.map((node) => node.id),
    closed: () => m.shown.closed.map((t) => t.id),
    edges: () => m.shown.edges.map((e) => [e.a.id, e.type.code, e.b.id, e.basis]),
    names: () => [...m.named],
    files: { html: () => htmlOf(m), svg: () => svgOf(m), json: () => recordOf(m), graphml: () => graphmlOf(m), png: () => pngOf(m) },
    show: (id) => show(scene.byId.get(id)),
    redraw: () => draw(), zoom, fit, open: (id) => goInto(scene.territories.find((t) => t.id === id)),
  };
}

// What a page without a server says about the marked concept.
function cardOf(m, pick) {
  const node = m.selected, box = element("aside", "alone");
  box.append(element("h2", "", nameOf(node, m.names)), element("div", "place", [node.kind.name, node.home?.title].filter(Boolean).join(" · ")));
  if (node.says) box.append(element("p", "quote", node.says));
  for (const edge of [...node.edges].sort(surer).slice(0, 40)) {
    const line = element("p", "edge"), to = other(edge, node);
    const name = (c) => (c === node ? element("b", "", nameOf(c, m.names)) : button("pick", nameOf(c, m.names), "", () => pick(to)));
    line.append(name(edge.a), document.createTextNode(` ${edge.type.name} `), name(edge.b));
    if (edge.says) line.append(element("div", "quote", `“${edge.says}”`), element("div", "place", edge.place));
    box.append(line);
  }
  return box;
}
