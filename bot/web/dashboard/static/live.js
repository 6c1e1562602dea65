// Parts with hx-trigger="changed from:body" are fetched again when something has changed. A page that
// nobody looks at hears nothing: a browser opens six connections only, to all pages of ours together.
"use strict";
let heard = null;
const tell = () => htmx.trigger(document.body, "changed");
const listen = () => {
  heard = new EventSource(document.body.dataset.live);
  heard.addEventListener("changed", tell);
};
document.addEventListener("visibilitychange", () => {
  if (heard) heard.close();
  heard = null;
  if (!document.hidden) { listen(); tell(); }
});
if (!document.hidden) listen();

// A part that is replaced takes the focus with it, and a line that is replaced is not read out. So the
// link of the same address has the focus again, and what the line says now is said by one that stays.
const line = (part) => part?.querySelector("[aria-live]")?.textContent.trim() ?? "";
document.addEventListener("htmx:before:swap", (event) => {
  const { id } = event.target, before = line(event.target), there = document.activeElement;
  const held = event.target.contains(there) && !there.id ? there.getAttribute("href") : null;
  requestAnimationFrame(() => {
    const part = document.getElementById(id), now = line(part);
    if (now !== before) document.getElementById("said").textContent = now;
    const same = [...(part?.querySelectorAll("a[href]") ?? [])].find((it) => it.getAttribute("href") === held);
    if (held && document.activeElement === document.body) same?.focus({ preventScroll: true });
  });
});
