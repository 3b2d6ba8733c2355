// Two pens with the same strokes: one draws on a canvas, one writes SVG. All measures are pixels of the picture.

const RULER = document.createElement("canvas").getContext("2d");

const WIDTHS = new Map(); // measuring is the slowest part of a frame, and most names are the same in the next

function textWidth(text, size, weight) {
  const key = `${weight} ${text}`;
  let width = WIDTHS.get(key);
  if (width === undefined) {
    if (WIDTHS.size > 20_000) WIDTHS.clear();
    RULER.font = `${weight} 16px ${FACE}`;
    width = RULER.measureText(text).width / 16;
    WIDTHS.set(key, width);
  }
  return width * size;
}

function canvasPen(context) {
  const path = (points, closed) => {
    context.beginPath();
    points.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
    if (closed) context.closePath();
  };
  const paint = ({ fill: inner, stroke, width = 1 }) => {
    if (inner) { context.fillStyle = inner; context.fill(); }
    if (stroke) { context.strokeStyle = stroke; context.lineWidth = width; context.stroke(); }
  };
  return {
    shape(points, style) { context.setLineDash(style.dash || []); path(points, true); paint(style); context.setLineDash([]); },
    line(points, style) { context.setLineDash(style.dash || []); path(points, false); paint(style); context.setLineDash([]); },
    curve(x1, y1, cx, cy, x2, y2, style) {
      context.setLineDash(style.dash || []);
      context.beginPath();
      context.moveTo(x1, y1);
      if (Math.abs((cx - x1) * (y2 - y1) - (cy - y1) * (x2 - x1)) < 1) context.lineTo(x2, y2); // straight: cheaper to draw
      else context.quadraticCurveTo(cx, cy, x2, y2);
      paint(style);
      context.setLineDash([]);
    },
    dot(x, y, r, style) { context.beginPath(); context.arc(x, y, r, 0, 2 * Math.PI); paint(style); },
    box(x, y, w, h, r, style) { context.beginPath(); context.roundRect(x, y, w, h, r); paint(style); },
    text(text, x, y, { size, weight = 400, colour, halo, align = "center" }) {
      context.font = `${weight} ${size}px ${FACE}`;
      context.textAlign = align;
      context.textBaseline = "alphabetic";
      if (halo) {
        context.lineJoin = "round";
        context.lineWidth = 3.5;
        context.strokeStyle = halo;
        context.strokeText(text, x, y);
      }
      context.fillStyle = colour;
      context.fillText(text, x, y);
    },
  };
}

function xml(text) {
  // Characters that XML does not allow, not even escaped, are left out.
  return String(text).replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "")
    .replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}

function svgPen(width, height, ground, title) {
  const out = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${xml(title)}</title>`, `<rect width="100%" height="100%" fill="${xml(ground)}"/>`,
  ];
  const n = (value) => Math.round(value * 10) / 10;
  const look = ({ fill: inner, stroke, width: wide = 1, dash }) => `fill="${xml(inner || "none")}"`
    + (stroke ? ` stroke="${xml(stroke)}" stroke-width="${n(wide)}"` : "")
    + (dash && dash.length ? ` stroke-dasharray="${dash.join(" ")}"` : "");
  const points = (list) => list.map(([x, y]) => `${n(x)},${n(y)}`).join(" ");
  return {
    shape(list, style) { out.push(`<polygon points="${points(list)}" ${look(style)}/>`); },
    line(list, style) { out.push(`<polyline points="${points(list)}" ${look(style)}/>`); },
    curve(x1, y1, cx, cy, x2, y2, style) {
      out.push(`<path d="M${n(x1)} ${n(y1)}Q${n(cx)} ${n(cy)} ${n(x2)} ${n(y2)}" ${look(style)}/>`);
    },
    dot(x, y, r, style) { out.push(`<circle cx="${n(x)}" cy="${n(y)}" r="${n(r)}" ${look(style)}/>`); },
    box(x, y, w, h, r, style) {
      out.push(`<rect x="${n(x)}" y="${n(y)}" width="${n(w)}" height="${n(h)}" rx="${n(r)}" ${look(style)}/>`);
    },
    text(text, x, y, { size, weight = 400, colour, halo, align = "center" }) {
      const anchor = { center: "middle", left: "start", right: "end" }[align];
      out.push(`<text x="${n(x)}" y="${n(y)}" font-family="${xml(FACE.replaceAll('"', "'"))}" font-size="${n(size)}" font-weight="${weight}"`
        + ` text-anchor="${anchor}" fill="${xml(colour)}"${halo ? ` stroke="${xml(halo)}" stroke-width="3" paint-order="stroke" stroke-linejoin="round"` : ""}`
        + `>${xml(text)}</text>`);
    },
    done() { return `${out.join("\n")}\n</svg>\n`; },
  };
}
