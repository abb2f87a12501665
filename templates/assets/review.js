// Two pictures with one zoom and one place, turned and flipped by button or key. Everything can be reached without this file:
// each picture opens in a window of its own.
(() => {
  "use strict";
  const area = document.querySelector("[data-compare]");
  const tools = document.querySelector("[data-compare-tools]");
  if (!area || !tools) return;
  const panes = [...area.querySelectorAll("[data-pane]")];
  const english = document.documentElement.lang === "en";
  const line = tools.querySelector("[data-compare-state]");
  let zoom = 1;
  let turn = 0;
  let flipped = false;
  const STEPS = [1, 1.5, 2, 3, 4, 6];
  const show = () => {
    for (const pane of panes) {
      const image = pane.querySelector("img");
      image.style.width = `${zoom * 100}%`;
      image.style.maxWidth = "none";
      image.style.transform = pane.dataset.pane === "new" && turn ? `rotate(${turn}deg)` : "";
    }
    area.classList.toggle("flipped", flipped);
    const flip = tools.querySelector("[data-tool=flip]");
    if (flip) flip.setAttribute("aria-pressed", String(flipped));
    line.textContent = `${Math.round(zoom * 100)}%${turn ? ` ${turn}°` : ""}${flipped ? (english ? " flipped" : " 入れ替え中") : ""}`;
  };
  // The same place in both, in parts of the whole.
  let leader = null;
  for (const pane of panes) {
    pane.addEventListener("scroll", () => {
      if (leader && leader !== pane) return;
      leader = pane;
      const x = pane.scrollLeft / Math.max(1, pane.scrollWidth - pane.clientWidth);
      const y = pane.scrollTop / Math.max(1, pane.scrollHeight - pane.clientHeight);
      for (const other of panes) {
        if (other === pane) continue;
        other.scrollLeft = x * (other.scrollWidth - other.clientWidth);
        other.scrollTop = y * (other.scrollHeight - other.clientHeight);
      }
      requestAnimationFrame(() => (leader = null));
    });
  }
  const step = (by) => {
    const at = STEPS.indexOf(zoom);
    zoom = STEPS[Math.min(STEPS.length - 1, Math.max(0, at + by))];
  };
  const acts = {
    in: () => step(1),
    out: () => step(-1),
    rotate: () => (turn = (turn + 90) % 360),
    flip: () => (flipped = panes.length > 1 && !flipped),
    reset: () => ([zoom, turn, flipped] = [1, 0, false]),
  };
  tools.addEventListener("click", (event) => {
    const button = event.target.closest("[data-tool]");
    if (!button) return;
    acts[button.dataset.tool]();
    show();
  });
  if (document.body.dataset.shortcuts === "on") {
    const keys = { "+": "in", ";": "in", "-": "out", r: "rotate", f: "flip", 0: "reset" };
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
      if (event.target.closest("input, select, textarea, [contenteditable]")) return;
      const act = keys[event.key];
      if (!act) return;
      event.preventDefault();
      acts[act]();
      show();
    });
  }
  tools.hidden = false;
  show();
})();
