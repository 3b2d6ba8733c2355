// How a map comes onto a page: as a component of the app, or alone in a file.

const WAIT_MS = 30;

function standalone(holder, state) {
  const root = element("div", "atlas");
  holder.append(root);
  const scene = sceneOf(state.scene);
  root.atlas = makeMap(root, scene, () => {});
  root.atlas.update(state.control);
}

function mountMap(component) {
  const { parentElement, data, setTriggerValue } = component;
  let root = parentElement.querySelector(".atlas");
  if (!root) {
    root = document.createElement("div");
    root.className = "atlas";
    parentElement.appendChild(root);
  }
  root.style.height = data.height ? `${data.height}px` : "";
  root.choose = (name, value) => setTriggerValue(name, value);
  let stopped = false;
  const start = () => {
    if (stopped) return;
    const sent = (globalThis.studyatlasScenes || {})[data.scene];
    if (!sent) { setTimeout(start, WAIT_MS); return; }
    if (root.sceneKey !== data.scene) {
      root.atlas?.destroy();
      root.sceneKey = data.scene;
      const made = JSON.parse(sent);
      root.atlas = makeMap(root, Object.assign(sceneOf(made), { css: made.css, source: made.source }), (name, value) => root.choose(name, value));
      const theme = new MutationObserver(() => root.atlas?.relook());
      theme.observe(document.documentElement, { attributes: true, attributeFilter: ["style", "class"] });
    }
    root.atlas.relook();
    root.atlas.update(data);
  };
  start();
  return () => { stopped = true; };
}
