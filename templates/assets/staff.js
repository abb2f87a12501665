// Enhancements of the staff pages; everything works without this file.
// New tickets are counted on a line, Ctrl+Enter sends, single keys move (when the person has not turned them off).
(() => {
  "use strict";
  const body = document.body;

  // ---- 新着: one stream a page, closed while the tab is hidden so that background tabs hold no connection.
  const line = document.querySelector("[data-fresh]");
  const seen = new Set();
  let last = Number(body.dataset.event || 0);
  let stream = null;
  const show = () => {
    if (!line || seen.size === 0) return;
    const link = document.createElement("a");
    link.className = "chip key";
    link.href = location.pathname.startsWith("/staff/tickets/") ? location.href : "/staff/tickets";
    link.textContent = `${line.dataset.one} ${seen.size}${line.dataset.many}`;
    line.replaceChildren(link);
  };
  const open = () => {
    if (stream || !line || document.hidden || !("EventSource" in window)) return;
    stream = new EventSource(`/staff/events?after=${last}`);
    stream.addEventListener("ticket", (event) => {
      last = Number(event.lastEventId) || last;
      for (const id of JSON.parse(event.data).tickets) seen.add(id);
      show();
    });
  };
  const close = () => {
    if (stream) stream.close();
    stream = null;
  };
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  addEventListener("pagehide", close);
  if (body.dataset.event !== undefined) open();

  // ---- Ctrl+Enter sends the form it is pressed in; not while an input method is composing (keyCode 229: Safari).
  const composing = (event) => event.isComposing || event.keyCode === 229;
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || composing(event)) return;
    const form = event.target.closest && event.target.closest("form[data-send]");
    if (!form) return;
    event.preventDefault();
    form.requestSubmit();
  });

  // ---- Single keys (WCAG 2.1.4: can be turned off in the settings).
  if (body.dataset.shortcuts !== "on") return;
  const rows = () => [...document.querySelectorAll(".queue .subject a")];
  const move = (step) => {
    const all = rows();
    if (all.length === 0) return;
    const at = all.indexOf(document.activeElement);
    const next = at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + step));
    all[next].focus();
  };
  const choose = (id) => {
    const radio = document.getElementById(id);
    if (!radio) return;
    radio.checked = true;
    document.getElementById("body").focus();
  };
  const keys = {
    "/": () => document.getElementById("q").focus(),
    j: () => move(1),
    k: () => move(-1),
    u: () => location.assign("/staff/tickets"),
    r: () => choose("mode-reply"),
    n: () => choose("mode-note"),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || composing(event)) return;
    const target = event.target;
    if (event.key === "Escape" && target.blur) target.blur();
    if (target.closest && target.closest("input, select, textarea, [contenteditable]")) return;
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
})();
