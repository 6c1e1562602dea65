// How does an open modal look, and how are its answers collected?

import { renderBlocks } from "./blocks.js";
import { collect, field, fromState } from "./controls.js";
import { make } from "./dom.js";
import { tell } from "./talk.js";
import { plain, textObject } from "./text.js";

const dialog = document.getElementById("modal");
const question = document.getElementById("confirm");
let shown = "";
let context = null;

export function closeModal() {
  shown = "";
  if (dialog.open) dialog.close();
  dialog.replaceChildren(); // a search by label finds nothing that is not on the screen
}

export function drawModal(view, around) {
  context = around;
  if (!view) return closeModal();
  const version = `${view.id}/${view.hash}`;
  if (version === shown) return undefined;
  const again = shown.startsWith(`${view.id}/`);
  const kept = dialog.open ? collect(dialog) : {};
  const held = again && dialog.contains(document.activeElement) ? document.activeElement.closest("[data-block]") : null;
  shown = version;
  dialog.replaceChildren(form(view, kept));
  if (!dialog.open) dialog.showModal();
  focus(held ? `[data-block="${CSS.escape(held.dataset.block)}"]` : "[data-focus]");
  return undefined;
}

// As in Slack, nothing is focused unless the view asks for it. What one was in stays so when the view is drawn anew.
function focus(group) {
  const inside = dialog.querySelector(`.field${group}`)?.querySelector("textarea, input, select");
  (inside || dialog.querySelector(".fields")).focus();
}

dialog.addEventListener("cancel", (event) => {
  event.preventDefault();
  dismiss();
});

const dismiss = () => tell("dismiss", { as: context.user }).then((answer) => context.trouble(answer.trouble));

function form(view, kept) {
  const use = async (element, block, value) => {
    const answer = await tell("click", { as: context.user, where: "modal", action_id: element.action_id, block_id: block.block_id, value, answers: collect(dialog) });
    context.trouble(answer.trouble);
  };
  use.where = "modal";
  use.confirm = ask;
  use.held = (element, block) => kept[`${block.block_id}/${element.action_id}`] ?? fromState(element, view.state?.values?.[block.block_id]?.[element.action_id]);
  use.input = (block) => field(block, use.held(block.element, block), use);
  return make("form", { method: "dialog", on: { submit: submit } },
    make("header", {}, make("h2", { id: "modal-title" }, plain(view.title.text)),
      make("button", { type: "button", class: "close", "aria-label": "Dismiss", on: { click: dismiss } }, "×")),
    make("div", { class: "fields", tabindex: -1 }, renderBlocks(view.blocks, use)),
    make("footer", {},
      make("button", { type: "button", class: "button", on: { click: dismiss } }, view.close ? plain(view.close.text) : "Close"),
      view.submit ? make("button", { type: "submit", class: "button primary", data: { submit: "" } }, plain(view.submit.text)) : null));
}

async function submit(event) {
  event.preventDefault();
  const button = dialog.querySelector("[data-submit]");
  button.disabled = true;
  const answer = await tell("submit", { as: context.user, answers: collect(dialog) });
  button.disabled = false;
  showErrors(answer.errors || {});
  context.trouble(answer.trouble);
}

function showErrors(errors) {
  for (const group of dialog.querySelectorAll(".field[data-block]")) {
    const text = errors[group.dataset.block] || "";
    group.classList.toggle("wrong", Boolean(text));
    group.querySelector(".error").textContent = text;
    group.querySelectorAll("input, textarea, select").forEach((one) => one.setAttribute("aria-invalid", String(Boolean(text))));
  }
  dialog.querySelector(".wrong")?.querySelector("input, textarea, select")?.focus();
}

// The question a button may ask before it does anything.
export function ask(confirm) {
  return new Promise((resolve) => {
    const finish = (yes) => () => { question.close(); question.replaceChildren(); resolve(yes); };
    question.replaceChildren(make("form", { method: "dialog" },
      make("header", {}, make("h2", { id: "confirm-title" }, plain(confirm.title.text))),
      make("div", { class: "fields" }, make("p", {}, ...textObject(confirm.text))),
      make("footer", {},
        make("button", { type: "button", class: "button", on: { click: finish(false) } }, plain(confirm.deny.text)),
        make("button", { type: "button", class: `button ${confirm.style || "primary"}`, on: { click: finish(true) } }, plain(confirm.confirm.text)))));
    question.oncancel = () => resolve(false);
    question.showModal();
  });
}
