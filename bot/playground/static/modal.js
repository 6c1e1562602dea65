// How does an open modal look, and how are its answers collected?

import { renderBlocks } from "./blocks.js";
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
}

export function drawModal(view, around) {
  context = around;
  if (!view) return closeModal();
  const version = `${view.id}/${view.hash}`;
  if (version === shown) return undefined;
  const kept = dialog.open ? answers() : {};
  shown = version;
  dialog.replaceChildren(form(view, kept));
  if (!dialog.open) dialog.showModal();
  dialog.querySelector("textarea, input, select")?.focus();
  return undefined;
}

dialog.addEventListener("cancel", (event) => {
  event.preventDefault();
  dismiss();
});

const dismiss = () => tell("dismiss", { as: context.user }).then((answer) => context.trouble(answer.trouble));

function form(view, kept) {
  const use = async (element, block, value) => {
    const answer = await tell("click", { as: context.user, where: "modal", action_id: element.action_id, block_id: block.block_id, value, answers: answers() });
    context.trouble(answer.trouble);
  };
  use.confirm = ask;
  use.input = (block) => field(block, view.state?.values?.[block.block_id], kept);
  return make("form", { method: "dialog", on: { submit: submit } },
    make("header", {}, make("h2", { id: "modal-title" }, plain(view.title.text)),
      make("button", { type: "button", class: "close", "aria-label": "Close", on: { click: dismiss } }, "×")),
    make("div", { class: "fields" }, renderBlocks(view.blocks, use)),
    make("footer", {},
      make("button", { type: "button", class: "button", on: { click: dismiss } }, view.close ? plain(view.close.text) : "Close"),
      view.submit ? make("button", { type: "submit", class: "button primary", data: { submit: "" } }, plain(view.submit.text)) : null));
}

async function submit(event) {
  event.preventDefault();
  const button = dialog.querySelector("[data-submit]");
  button.disabled = true;
  const answer = await tell("submit", { as: context.user, answers: answers() });
  button.disabled = false;
  showErrors(answer.errors || {});
  context.trouble(answer.trouble);
}

function showErrors(errors) {
  for (const group of dialog.querySelectorAll("[data-block]")) {
    const text = errors[group.dataset.block] || "";
    group.classList.toggle("wrong", Boolean(text));
    group.querySelector(".error").textContent = text;
    group.querySelectorAll("input, textarea, select").forEach((one) => one.setAttribute("aria-invalid", String(Boolean(text))));
  }
  dialog.querySelector(".wrong")?.querySelector("input, textarea, select")?.focus();
}

function field(block, state, kept) {
  const element = block.element;
  const id = `f-${block.block_id}`;
  const held = kept[element.action_id] ?? fromState(element, state?.[element.action_id]);
  const control = (CONTROLS[element.type] || CONTROLS.plain_text_input)(element, id, held);
  const several = ["checkboxes", "radio_buttons"].includes(element.type);
  const label = [plain(block.label.text), block.optional ? make("span", { class: "muted" }, " (optional)") : null];
  return make(several ? "fieldset" : "div", { class: "field", data: { block: block.block_id, action: element.action_id, kind: element.type } },
    several ? make("legend", {}, ...label.filter(Boolean)) : make("label", { for: id }, ...label.filter(Boolean)),
    control,
    block.hint ? make("p", { class: "muted hint" }, plain(block.hint.text)) : null,
    make("p", { class: "error", id: `${id}-error`, "aria-live": "polite" }));
}

function fromState(element, held) {
  if (!held) return first(element);
  return held.value ?? held.selected_option?.value ?? held.selected_options?.map((one) => one.value) ?? held.selected_user ?? held.selected_users ?? held.selected_date ?? held.selected_time ?? first(element);
}

const first = (element) => element.initial_value ?? element.initial_option?.value ?? element.initial_options?.map((one) => one.value)
  ?? element.initial_user ?? element.initial_users ?? element.initial_date ?? element.initial_time ?? "";

const described = (id) => ({ id, "aria-describedby": `${id}-error` });
const choices = (element) => element.options || (element.option_groups || []).flatMap((group) => group.options);
const people = () => context.people?.() || [];

function list(element, id, held, several, options) {
  const chosen = [].concat(held || []);
  return make("select", { ...described(id), multiple: several, size: several ? Math.min(6, options.length) : null },
    several ? null : make("option", { value: "" }, element.placeholder?.text || "Choose"),
    options.map(([value, text]) => make("option", { value, selected: chosen.includes(value) }, text)));
}

const ticks = (kind) => (element, id, held) => make("div", { class: "ticks" }, choices(element).map((option, index) => {
  const chosen = [].concat(held || []).includes(option.value);
  return make("label", { class: "tick" },
    make("input", { type: kind, name: id, value: option.value, checked: chosen, id: index ? null : id }),
    make("span", {}, ...textObject(option.text), option.description ? make("span", { class: "muted hint" }, ...textObject(option.description)) : null));
}));

const pairs = (element) => choices(element).map((option) => [option.value, plain(option.text.text)]);

const CONTROLS = {
  plain_text_input: (element, id, held) => {
    const shared = { ...described(id), placeholder: element.placeholder?.text, maxlength: element.max_length };
    if (!element.multiline) return make("input", { ...shared, type: "text", value: held });
    const area = make("textarea", { ...shared, rows: 4 });
    area.value = held;
    return area;
  },
  static_select: (element, id, held) => list(element, id, held, false, pairs(element)),
  multi_static_select: (element, id, held) => list(element, id, held, true, pairs(element)),
  users_select: (element, id, held) => list(element, id, held, false, people()),
  multi_users_select: (element, id, held) => list(element, id, held, true, people()),
  checkboxes: ticks("checkbox"),
  radio_buttons: ticks("radio"),
  datepicker: (element, id, held) => make("input", { ...described(id), type: "date", value: held }),
  timepicker: (element, id, held) => make("input", { ...described(id), type: "time", value: held }),
};

function answers() {
  const found = {};
  for (const group of dialog.querySelectorAll("[data-block]")) {
    const { action, kind } = group.dataset;
    const checked = [...group.querySelectorAll("input:checked")].map((one) => one.value);
    if (kind === "checkboxes") found[action] = checked;
    else if (kind === "radio_buttons") found[action] = checked[0] ?? null;
    else {
      const control = group.querySelector("input, textarea, select");
      found[action] = control.multiple ? [...control.selectedOptions].map((one) => one.value) : control.value || null;
    }
  }
  return found;
}

// The question a button may ask before it does anything.
export function ask(confirm) {
  return new Promise((resolve) => {
    const finish = (yes) => () => { question.close(); resolve(yes); };
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
