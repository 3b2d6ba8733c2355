const SVG = "http://www.w3.org/2000/svg";

function draw(name, attributes, ...content) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...content);
  return made;
}

// A small graph in columns. The arrows are drawn over the boxes' places, and again whenever these change.
function layers(b, root) {
  const box = make("div", "layers");
  const lines = draw("svg", { "aria-hidden": "true" });
  const boxes = new Map();
  const columns = b.columns.map((column) => make("div", "column", ...column.map((item) => {
    const made = item.value ? press("step", root, item.value, item.text) : make("span", "step here", item.text);
    boxes.set(item.id, made);
    return made;
  })));
  box.append(lines, ...columns);
  const redraw = () => {
    const frame = box.getBoundingClientRect();
    if (!frame.width) return;
    lines.setAttribute("width", box.scrollWidth);
    lines.setAttribute("height", box.scrollHeight);
    lines.replaceChildren(...b.edges.flatMap((edge) => {
      const [from, to] = [boxes.get(edge.from), boxes.get(edge.to)];
      if (!from || !to) return [];
      const a = from.getBoundingClientRect();
      const z = to.getBoundingClientRect();
      const x1 = a.right - frame.left + box.scrollLeft;
      const y1 = (a.top + a.bottom) / 2 - frame.top;
      const x2 = z.left - frame.left + box.scrollLeft;
      const y2 = (z.top + z.bottom) / 2 - frame.top;
      const bend = Math.max(14, (x2 - x1) / 2);
      const path = `M${x1},${y1} C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2 - 5},${y2}`;
      return [
        draw("path", { d: path, class: edge.general ? "line general" : "line" }, draw("title", {}, edge.title)),
        draw("path", { d: `M${x2},${y2} l-7,-4 l0,8 z`, class: "head" }),
      ];
    }));
  };
  new ResizeObserver(redraw).observe(box);
  requestAnimationFrame(redraw);
  return box;
}
