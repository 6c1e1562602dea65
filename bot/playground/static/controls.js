// How does each thing look that a person fills in or chooses from, and what do they hold?

import { make } from "./dom.js";
import { everybody, plain, textObject } from "./text.js";

let made = 0;

const choices = (element) => element.options || (element.option_groups || []).flatMap((group) => group.options);
const SEVERAL = ["checkboxes", "radio_buttons"];

export const initial = (element) => element.initial_value ?? element.initial_option?.value ?? element.initial_options?.map((one) => one.value)
  ?? element.initial_user ?? element.initial_users ?? element.initial_date ?? element.initial_time ?? "";

export function fromState(element, held) {
  if (!held) return initial(element);
  return held.value ?? held.selected_option?.value ?? held.selected_options?.map((one) => one.value) ?? held.selected_user ?? held.selected_users
    ?? held.selected_date ?? held.selected_time ?? "";
}

const option = (one, chosen) => make("option", { value: one.value, selected: chosen.includes(one.value) }, plain(one.text.text));

function list(element, props, held, several, options) {
  const chosen = [].concat(held || []);
  return make("select", { ...props, multiple: several, size: several ? Math.min(6, options.length) : null },
    several ? null : make("option", { value: "" }, element.placeholder?.text || "Choose"),
    element.option_groups
      ? element.option_groups.map((group) => make("optgroup", { label: plain(group.label.text) }, group.options.map((one) => option(one, chosen))))
      : options.map((one) => option(one, chosen)));
}

const people = () => everybody().map(([value, name]) => ({ value, text: { text: name } }));

const ticks = (kind) => (element, props, held) => {
  const chosen = [].concat(held || []);
  return make("div", { class: "ticks", role: props["aria-label"] ? (kind === "radio" ? "radiogroup" : "group") : null, "aria-label": props["aria-label"] },
    choices(element).map((one, index) => make("label", { class: "tick" },
      make("input", { type: kind, name: props.id, value: one.value, checked: chosen.includes(one.value), id: index ? null : props.id, "aria-describedby": props["aria-describedby"] }),
      make("span", {}, ...textObject(one.text), one.description ? make("span", { class: "muted hint" }, ...textObject(one.description)) : null))));
};

const CONTROLS = {
  plain_text_input: (element, props, held) => {
    const shared = { ...props, placeholder: element.placeholder?.text, maxlength: element.max_length };
    if (!element.multiline) return make("input", { ...shared, type: "text", value: held });
    const area = make("textarea", { ...shared, rows: 4 });
    area.value = held;
    return area;
  },
  static_select: (element, props, held) => list(element, props, held, false, element.options || []),
  multi_static_select: (element, props, held) => list(element, props, held, true, choices(element)),
  users_select: (element, props, held) => list(element, props, held, false, people()),
  multi_users_select: (element, props, held) => list(element, props, held, true, people()),
  checkboxes: ticks("checkbox"),
  radio_buttons: ticks("radio"),
  datepicker: (element, props, held) => make("input", { ...props, type: "date", value: held }),
  timepicker: (element, props, held) => make("input", { ...props, type: "time", value: held }),
};

const control = (element, props, held) => (CONTROLS[element.type] || CONTROLS.plain_text_input)(element, props, held);
const named = (block, element) => ({
  block: block.block_id, action: element.action_id, kind: element.type, ...(element.focus_on_load ? { focus: "" } : {}),
});

// An input block, with its label, its hint and a place for what is wrong with it.
export function field(block, held, changed) {
  const element = block.element;
  const id = `f${made += 1}`;
  const several = SEVERAL.includes(element.type);
  const label = [plain(block.label.text), block.optional ? make("span", { class: "muted" }, " (optional)") : null].filter(Boolean);
  const node = make(several ? "fieldset" : "div", { class: "field", data: named(block, element) },
    several ? make("legend", {}, ...label) : make("label", { for: id }, ...label),
    control(element, { id, "aria-describedby": `${id}-error` }, held),
    block.hint ? make("p", { class: "muted hint" }, plain(block.hint.text)) : null,
    make("p", { class: "error", id: `${id}-error`, "aria-live": "polite" }));
  if (block.dispatch_action) node.addEventListener("change", () => changed(element, block, valueOf(node)));
  return node;
}

// A picker that acts as soon as something is chosen. What is not confirmed goes back to what it was.
export function picker(element, block, label, held, use) {
  const node = make("span", { class: "picker", data: named(block, element) });
  let last = held;
  const draw = () => node.replaceChildren(control(element, { id: `p${made += 1}`, class: "button", "aria-label": label }, last));
  node.addEventListener("change", async () => {
    const value = valueOf(node);
    if (value === null || (element.confirm && !(await use.confirm(element.confirm)))) return draw();
    last = value;
    return use(element, block, value);
  });
  draw();
  return node;
}

function valueOf(group) {
  const { kind } = group.dataset;
  const checked = [...group.querySelectorAll("input:checked")].map((one) => one.value);
  if (kind === "checkboxes") return checked;
  if (kind === "radio_buttons") return checked[0] ?? null;
  const one = group.querySelector("input, textarea, select");
  return one.multiple ? [...one.selectedOptions].map((each) => each.value) : one.value || null;
}

// What everything inside holds, each under the names of its block and its action.
export function collect(root) {
  const groups = [...root.querySelectorAll("[data-block][data-action]")];
  return Object.fromEntries(groups.map((group) => [`${group.dataset.block}/${group.dataset.action}`, valueOf(group)]));
}
