// How does a button open a menu, by mouse and by keyboard?

import { make } from "./dom.js";

const GAP = 4;
const EDGE = 8;

// `items`: [{ text, hint, danger, chosen() }]. Each is a menu item of its own name.
export function menuButton(label, face, items, props = {}) {
  const menu = make("div", { class: "menu", role: "menu", popover: "auto", "aria-label": label });
  const button = make("button", { type: "button", ...props, "aria-label": label, "aria-haspopup": "menu", "aria-expanded": "false" }, face);
  menu.append(...items.map((item) => entry(item, menu, button)));
  button.addEventListener("click", () => (menu.matches(":popover-open") ? menu.hidePopover() : open(menu, button)));
  button.addEventListener("keydown", (event) => {
    if (!["ArrowDown", "ArrowUp"].includes(event.key)) return;
    event.preventDefault();
    open(menu, button, event.key === "ArrowUp" ? -1 : 0);
  });
  menu.addEventListener("toggle", (event) => button.setAttribute("aria-expanded", String(event.newState === "open")));
  menu.addEventListener("keydown", (event) => move(event, menu, button));
  return make("span", { class: "menu-place" }, button, menu);
}

function entry(item, menu, button) {
  const choose = () => {
    menu.hidePopover();
    button.focus();
    item.chosen();
  };
  return make("button", { type: "button", role: "menuitem", tabindex: -1, class: item.danger ? "danger" : null, on: { click: choose } },
    item.text, item.hint ? make("span", { class: "muted" }, item.hint) : null);
}

function open(menu, button, first = 0) {
  menu.showPopover();
  const at = button.getBoundingClientRect();
  const [wide, high] = [menu.offsetWidth, menu.offsetHeight];
  const below = at.bottom + GAP + high < innerHeight - EDGE;
  menu.style.top = `${below ? at.bottom + GAP : Math.max(EDGE, at.top - GAP - high)}px`;
  menu.style.left = `${Math.max(EDGE, Math.min(at.left, innerWidth - EDGE - wide))}px`;
  [...menu.children].at(first)?.focus();
}

function move(event, menu, button) {
  const all = [...menu.children];
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const target = step ? all[(all.indexOf(document.activeElement) + step + all.length) % all.length]
    : { Home: all[0], End: all.at(-1) }[event.key];
  if (target) {
    event.preventDefault();
    target.focus();
  } else if (event.key === "Escape") {
    event.preventDefault(); // the dialog around it stays open
    event.stopPropagation();
    menu.hidePopover();
    button.focus();
  } else if (event.key === "Tab") {
    menu.hidePopover();
    button.focus();
  }
}
