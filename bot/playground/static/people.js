// Who is there, and who are you?

import { make } from "./dom.js";

const AVATAR_HUES = [158, 24, 262, 338, 200, 46, 100, 300];
const at = (id) => document.getElementById(id);

const initials = (name) => name.split(/\s+/).map((word) => word[0]).slice(0, 2).join("").toUpperCase();

export function avatar(person, bot) {
  const hue = AVATAR_HUES[[...person.id].reduce((sum, char) => sum + char.charCodeAt(0), 0) % AVATAR_HUES.length];
  if (person.id === bot) return make("span", { class: "avatar bot" }, make("img", { src: "/static/mark.svg", alt: "" }));
  return make("span", { class: `avatar hue-${hue}`, "aria-hidden": "true" }, initials(person.name));
}

export function drawPeople(state, me, become) {
  at("people").replaceChildren(...state.people.filter((one) => !one.bot && !one.deleted).map((one) => {
    const chosen = one.id === me;
    return make("button", {
      type: "button", role: "radio", "aria-checked": chosen ? "true" : "false", tabindex: chosen ? 0 : -1, class: "who",
      data: { key: `who/${one.id}` }, on: { click: () => become(one.id), keydown: arrows },
    }, avatar(one, state.bot), make("span", { class: "who-text" },
      make("span", { class: "who-name" }, one.name),
      make("span", { class: "who-role" }, tag(one.guest, "Guest"), tag(one.stranger, "Other company"), one.title || (one.guest || one.stranger ? "" : "Member"))));
  }));
}

const tag = (yes, text) => (yes ? make("span", { class: "tag" }, text) : null);

function arrows(event) {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const all = [...at("people").children];
  const next = all[(all.indexOf(event.currentTarget) + step + all.length) % all.length];
  next.focus();
  next.click();
}
