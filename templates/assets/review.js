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
  const NONE = { old: 0, new: 0 };
  let turns = { ...NONE };
  let flipped = false;
  const STEPS = [1, 1.5, 2, 3, 4, 6];
  const show = () => {
    for (const pane of panes) {
      const image = pane.querySelector("img");
      const { naturalWidth: width, naturalHeight: height } = image;
      // Shown again when it has come.
      if (!width || !height) continue;
      const turn = turns[pane.dataset.pane];
      const lies = turn % 180 !== 0;
      // A turned picture keeps its own layout box: the box has the turned sides, the picture lies in the middle of it.
      const box = image.parentElement;
      box.style.width = `${zoom * 100}%`;
      box.style.aspectRatio = lies ? `${height} / ${width}` : `${width} / ${height}`;
      image.style.width = lies ? `${(width / height) * 100}%` : "100%";
      image.style.transform = `translate(-50%, -50%) rotate(${turn}deg)`;
      box.classList.add("placed");
    }
    area.classList.toggle("flipped", flipped);
    const flip = tools.querySelector("[data-tool=flip]");
    if (flip) flip.setAttribute("aria-pressed", String(flipped));
    line.textContent = `${Math.round(zoom * 100)}%${turns.new ? ` ${turns.new}°` : ""}${turns.old ? (english ? ` present ${turns.old}°` : ` 今の方 ${turns.old}°`) : ""}${flipped ? (english ? " flipped" : " 入れ替え中") : ""}`;
  };
  for (const pane of panes) pane.querySelector("img").addEventListener("load", () => show());
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
  const turn = (which) => (turns[which] = (turns[which] + 90) % 360);
  const acts = {
    in: () => step(1),
    out: () => step(-1),
    rotate: () => turn("new"),
    "rotate-old": () => turn("old"),
    flip: () => (flipped = panes.length > 1 && !flipped),
    reset: () => ([zoom, turns, flipped] = [1, { ...NONE }, false]),
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
      let act = keys[event.key];
      if (!act) return;
      // The key turns the picture that has the focus, else the new one.
      if (act === "rotate" && event.target.closest("[data-pane=old]")) act = "rotate-old";
      event.preventDefault();
      acts[act]();
      show();
    });
  }
  tools.hidden = false;
  show();
})();
