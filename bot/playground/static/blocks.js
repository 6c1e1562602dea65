// How does each Block Kit block look?
// `use(element, block, value)` is called when somebody touches one; `use.held` says what it holds, `use.confirm` asks
// first, `use.input` draws an input block, `use.where` names the message or view.

import { picker } from "./controls.js";
import { anchor, make } from "./dom.js";
import { menuButton } from "./menu.js";
import { emoji, mention, plain, textObject } from "./text.js";
import { moment } from "./time.js";

export function renderBlocks(blocks, use) {
  return blocks.map((block) => BLOCKS[block.type]?.(block, use) ?? make("p", { class: "muted" }, `(${block.type})`));
}

const picture = (url, alt) => (url.startsWith("data:image/")
  ? make("img", { src: url, alt, class: "small" })
  : make("span", { class: "muted", title: url }, `[${alt}]`));

const BLOCKS = {
  header: (block) => make("h3", { class: "b-header" }, plain(block.text.text)),
  divider: () => make("hr"),
  section: (block, use) => make("div", { class: "b-section" },
    make("div", { class: "b-main" },
      block.text ? make("div", { class: "b-text" }, ...textObject(block.text)) : null,
      block.fields ? make("div", { class: "b-fields" }, block.fields.map((field) => make("div", {}, ...textObject(field)))) : null),
    block.accessory ? element(block.accessory, block, use) : null),
  context: (block) => make("div", { class: "b-context" }, block.elements.map((one) => (
    one.type === "image" ? picture(one.image_url, one.alt_text) : make("span", {}, ...textObject(one))))),
  actions: (block, use) => make("div", { class: "b-actions" }, block.elements.map((one) => element(one, block, use))),
  image: (block) => make("figure", {}, picture(block.image_url, block.alt_text), block.title ? make("figcaption", {}, plain(block.title.text)) : null),
  rich_text: (block) => make("div", { class: "b-rich" }, block.elements.map(rich)),
  input: (block, use) => use.input(block),
};

const RICH = {
  rich_text_section: (one) => make("div", {}, one.elements.map(leaf)),
  rich_text_quote: (one) => make("blockquote", {}, one.elements.map(leaf)),
  rich_text_preformatted: (one) => make("pre", {}, one.elements.map(leaf)),
  rich_text_list: (one) => make(one.style === "ordered" ? "ol" : "ul", { class: `indent-${one.indent || 0}`, start: one.offset ? one.offset + 1 : null },
    one.elements.map((item) => make("li", {}, item.elements.map(leaf)))),
};
const rich = (one) => RICH[one.type](one);

const LEAVES = {
  text: (one) => make("span", { class: "pre" }, one.text),
  link: (one) => anchor(one.url, one.text),
  user: (one) => mention(one.user_id),
  date: (one) => moment(one.timestamp, one.format),
  emoji: (one) => document.createTextNode(emoji(one.name)),
};

function leaf(one) {
  let node = (LEAVES[one.type] || (() => document.createTextNode("")))(one);
  for (const [style, tag] of [["code", "code"], ["bold", "strong"], ["italic", "em"], ["strike", "s"]]) {
    if (one.style?.[style]) node = make(tag, {}, node);
  }
  return node;
}

function element(one, block, use) {
  if (one.type === "button") return button(one, block, use);
  if (one.type === "image") return picture(one.image_url, one.alt_text);
  if (one.type === "overflow") return overflow(one, block, use);
  return picker(one, block, one.placeholder?.text || block.text?.text || "Choose", use.held(one, block), use);
}

const keyOf = (one, block, use) => `${use.where}/${block.block_id}/${one.action_id}`;

function overflow(one, block, use) {
  const choose = (option) => async () => {
    if (one.confirm && !(await use.confirm(one.confirm))) return;
    if (option.url) window.open(option.url, "_blank", "noopener");
    await use(one, block, option.value);
  };
  return menuButton("More options", "⋯", one.options.map((option) => ({
    text: plain(option.text.text), hint: option.description && plain(option.description.text), chosen: choose(option),
  })), { class: "button more", data: { key: keyOf(one, block, use) } });
}

function button(one, block, use) {
  const node = make("button", {
    type: "button", class: `button ${one.style || ""}`, "aria-label": one.accessibility_label, data: { key: keyOf(one, block, use) },
  }, plain(one.text.text));
  node.addEventListener("click", async () => {
    if (one.confirm && !(await use.confirm(one.confirm))) return;
    if (one.url) window.open(one.url, "_blank", "noopener");
    node.classList.add("busy");
    node.disabled = true;
    await use(one, block, one.value ?? null);
    node.disabled = false;
    node.classList.remove("busy");
  });
  return node;
}
