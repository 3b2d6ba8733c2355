// Who draws edges and dots: a 2D canvas, or WebGL (sigma.js) for large views where a graphics card does it.

const MANY = 300; // marks from which on WebGL draws

function canvasPainter(holder) {
  const canvas = element("canvas", "layer base");
  holder.append(canvas);
  return {
    name: "canvas",
    update() {},
    frame(m, shown, look) { drawBase(canvasPen(cleared(canvas, m)), m, shown, look); },
    dim(on) { canvas.style.opacity = on ? "0.22" : "1"; },
    dashed() { return false; },
    destroy() { canvas.remove(); },
  };
}

function cleared(canvas, m) {
  const ratio = m.size.ratio, w = Math.round(m.size.w * ratio), h = Math.round(m.size.h * ratio);
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
    canvas.style.width = `${m.size.w}px`;
    canvas.style.height = `${m.size.h}px`;
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, m.size.w, m.size.h);
  return context;
}

// "hardware", "software" (drawn by the processor, slower than a 2D canvas) or "none".
function webgl() {
  if (globalThis.studyatlasWebgl) return globalThis.studyatlasWebgl; // tests and benchmarks choose
  const context = document.createElement("canvas").getContext("webgl2");
  let found = "none";
  if (context) {
    const info = context.getExtension("WEBGL_debug_renderer_info");
    const name = info ? String(context.getParameter(info.UNMASKED_RENDERER_WEBGL)) : "";
    found = /swiftshader|llvmpipe|software|basic render/i.test(name) ? "software" : "hardware";
    context.getExtension("WEBGL_lose_context")?.loseContext();
  }
  globalThis.studyatlasWebgl = found;
  return found;
}

function webglPainter(holder, m, onLost) {
  const { Graph, Sigma, EdgeLineProgram, EdgeArrowProgram } = globalThis.studyatlasSigma;
  const box = element("div", "layer gl");
  holder.append(box);
  const graph = new Graph({ multi: true, type: "directed" });
  const half = 1.2 * Math.max(1, ...m.scene.tops.map((t) => Math.max(Math.abs(t.x), Math.abs(t.y)) + t.r));
  let sigma;
  try {
    sigma = new Sigma(graph, box, {
      allowInvalidContainer: true, renderLabels: false, renderEdgeLabels: false, enableCameraZooming: false, enableCameraPanning: false,
      enableCameraRotation: false, stagePadding: 0, zoomToSizeRatioFunction: () => 1, minEdgeThickness: 0.8, zIndex: false,
      minCameraRatio: null, maxCameraRatio: null, edgeProgramClasses: { line: EdgeLineProgram, arrow: EdgeArrowProgram },
    });
  } catch (error) {
    box.remove();
    throw error;
  }
  sigma.setCustomBBox({ x: [-half, half], y: [-half, half] });
  for (const canvas of box.querySelectorAll("canvas")) canvas.addEventListener("webglcontextlost", onLost);
  box.style.pointerEvents = "none";
  return {
    name: "webgl",
    update(_, shown, look) {
      graph.clear();
      for (let i = shown.dots.length - 1; i >= 0; i -= 1) {
        const node = shown.dots[i], at = placeOf(m, node);
        graph.addNode(node.id, { x: at.x, y: -at.y, size: radiusOf(m, node), color: shownSpeck(m, node) ? mix(look.ground, colourOf(m, node), 0.5) : colourOf(m, node) });
      }
      for (const edge of shown.edges) {
        if (edge.basis) continue;
        graph.addEdge(edge.a.id, edge.b.id, {
          size: 1.1, type: edge.type.symmetric ? "line" : "arrow", color: mix(look.ground, edgeColour(edge, look), baseAlpha(m, edge)),
        });
      }
    },
    frame() {
      sigma.resize();
      sigma.getCamera().setState({ x: 0.5 + m.camera.x / (2 * half), y: 0.5 - m.camera.y / (2 * half), ratio: Math.min(m.size.w, m.size.h) / (2 * half * m.camera.k) });
      sigma.refresh({ schedule: false, skipIndexation: false });
    },
    dim(on) { box.style.opacity = on ? "0.22" : "1"; },
    dashed(edge) { return edge.basis > 0; },
    destroy() { sigma.kill(); box.remove(); },
  };
}
