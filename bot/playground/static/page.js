// What is on the page now, for the person you are?

import { drawAdmin } from "./admin.js";
import { renderBlocks } from "./blocks.js";
import { collect, field, fromState } from "./controls.js";
import { make } from "./dom.js";
import { menuButton } from "./menu.js";
import { ask, closeModal, drawModal } from "./modal.js";
import { avatar, drawPeople } from "./people.js";
import { drawPipeline } from "./pipeline.js";
import { listen, tell } from "./talk.js";
import { emoji, mrkdwn, nameOf, setPeople } from "./text.js";
import { heartbeat, long, now, short } from "./time.js";

const at = (id) => document.getElementById(id);
const HOME = "home";
let state = null;
let me = new URLSearchParams(location.search).get("as") || "";
let here = location.hash.slice(1).split("/")[0];
let seen = JSON.parse(sessionStorage.getItem("seen") || "{}");
let drawn = new Map();
let told = new Set();
let lastCards = 0;
let lastPlace = null;
let replying = null;

const trouble = (text) => {
  if (!text || text === "not_sent") return;
  const node = make("div", { class: "toast" }, text);
  at("toasts").append(node);
  setTimeout(() => node.remove(), 6000);
};

function become(id) {
  if (id === me) return;
  me = id;
  told = new Set();
  drawn = new Map();
  closeModal();
  history.replaceState(null, "", `?as=${id}#${here}`);
  start();
}

function places() {
  const channels = state.channels.filter((one) => !one.direct && one.name).map((one) => ({ id: one.id, name: `# ${one.name}`, note: noteOn(one) }));
  const direct = state.channels.find((one) => one.direct);
  return [
    ...channels,
    ...(direct ? [{ id: direct.id, name: "Countersign", note: "Direct messages with the app", app: true }] : []),
    { id: HOME, name: "Home", note: "The app’s Home tab", app: true },
  ];
}

const noteOn = (one) => [
  `${one.members.length} people`,
  one.private && "private", one.shared && "shared with another company", one.archived && "archived", !one.botIsIn && "the app is not in it",
].filter(Boolean).join(", ");

const inPlace = (id) => [...state.messages, ...state.ephemerals].filter((one) => one.channel === id).sort((a, b) => a.ts.localeCompare(b.ts));

function drawPlaces() {
  const all = places();
  if (!all.some((one) => one.id === here)) here = all[0].id;
  const entry = (one) => {
    const fresh = inPlace(one.id).filter((message) => message.ts > (seen[`${me}/${one.id}`] || "") && message.user !== me).length;
    return make("button", {
      type: "button", class: "place-button", "aria-current": one.id === here ? "page" : null,
      data: { key: `place/${one.id}` }, on: { click: () => go(one.id) },
    }, make("span", {}, one.name), fresh && one.id !== here ? make("span", { class: "badge", "aria-label": `${fresh} new` }, fresh) : null);
  };
  at("places").replaceChildren(
    make("h2", {}, "Channels"), ...all.filter((one) => !one.app).map(entry),
    make("h2", {}, "App"), ...all.filter((one) => one.app).map(entry));
  const current = all.find((one) => one.id === here);
  at("place-name").textContent = current.name;
  at("place-note").textContent = current.note;
  at("composer").hidden = here === HOME;
}

function go(id) {
  here = id;
  drawn = new Map();
  reply(null);
  history.replaceState(null, "", `${location.search}#${id}`);
  showPane("chat");
  draw();
  toNewestCard();
  if (id === HOME) tell("home", { as: me }).then((answer) => trouble(answer.trouble));
}

function use(where, state) {
  const home = where.where === "home";
  const act = async (element, block, value) => {
    const answers = home ? collect(at("timeline")) : undefined;
    const answer = await tell("click", { as: me, ...where, action_id: element.action_id, block_id: block.block_id, value, answers });
    trouble(answer.trouble && friendly(answer.trouble));
  };
  act.where = where.where || where.ts;
  act.confirm = ask;
  act.held = (element, block) => fromState(element, state?.values?.[block.block_id]?.[element.action_id]);
  act.input = (block) => field(block, act.held(block.element, block), act);
  return act;
}

// What can be done with a message: the shortcuts of the app, a reply, and what an admin can do.
function messageMenu(one) {
  const send = (deed, body) => tell(deed, { as: me, channel: one.channel, ts: one.ts, ...body }).then((answer) => trouble(answer.trouble && friendly(answer.trouble)));
  const items = [
    ...state.shortcuts.filter((each) => each.onMessage).map((each) => ({ text: each.name, hint: "Countersign", chosen: () => send("message-shortcut", { callback_id: each.callback_id }) })),
    { text: "Reply in thread", chosen: () => reply(one.thread || one.ts) },
    ...(one.user === state.bot ? [{ text: "Delete message", hint: "As an admin", danger: true, chosen: () => send("remove") }] : []),
  ];
  return menuButton("Message actions", "⋯", items, { class: "ghost more", data: { key: `menu/${one.ts}` } });
}

function reply(ts) {
  replying = ts;
  at("replying").hidden = !ts;
  if (ts) at("line").focus();
}

function drawShortcuts() {
  const offered = state.shortcuts.filter((one) => !one.onMessage);
  if (drawn.get("shortcuts")?.content === JSON.stringify(offered)) return;
  drawn.set("shortcuts", { content: JSON.stringify(offered) });
  const items = offered.map((one) => ({ text: one.name, hint: "Countersign", chosen: () => tell("shortcut", { as: me, callback_id: one.callback_id }).then((answer) => trouble(answer.trouble && friendly(answer.trouble))) }));
  at("shortcuts").replaceChildren(...(items.length ? [menuButton("Shortcuts", "⚡", items, { class: "button", title: "Shortcuts" })] : []));
}

const friendly = (text) => ({
  http_timeout: "The app did not answer within three seconds.",
  connection_failed: "The app could not be reached.",
  http_error: "The app answered with an error.",
}[text] || text);

function message(one, follows) {
  const person = state.people.find((each) => each.id === one.user) || { id: "", name: "Playground", bot: true };
  return make("article", { class: `message ${one.onlyForYou ? "only" : ""} ${one.source} ${follows ? "reply" : ""}`, id: `m-${one.ts}`, "aria-label": `${person.name}, ${short(Number(one.ts))}` },
    one.onlyForYou ? make("p", { class: "only-note" }, "Only visible to you") : null,
    avatar(person, state.bot),
    make("div", { class: "body" },
      make("p", { class: "by" }, make("strong", {}, person.name), person.bot ? make("span", { class: "tag" }, "App") : null,
        make("span", { class: "muted", title: long(Number(one.ts)) }, short(Number(one.ts))), one.edited ? make("span", { class: "muted" }, "(edited)") : null,
        one.onlyForYou ? null : messageMenu(one)),
      ...(one.blocks.length ? [make("div", { class: "card" }, renderBlocks(one.blocks, use({ channel: one.channel, ts: one.ts })))] : [make("div", { class: "b-text" }, ...mrkdwn(one.text))]),
      one.reactions.length ? make("p", { class: "reactions" }, one.reactions.map(([name, user]) => make("span", { class: "reaction", title: nameOf(user) }, `${emoji(name)} 1`))) : null));
}

function keyed(one, follows) {
  const key = `${one.channel}/${one.ts}`;
  const content = JSON.stringify(one);
  const old = drawn.get(key);
  if (old?.content === content) return old.node;
  const node = message(one, follows);
  drawn.set(key, { content, node });
  return node;
}

function drawTimeline() {
  if (here === HOME) {
    const home = state.home;
    const content = JSON.stringify(home && home.blocks);
    if (drawn.get(HOME)?.content === content) return;
    drawn.set(HOME, { content });
    at("timeline").replaceChildren(home ? make("div", { class: "home", role: "region", "aria-label": "Home" }, renderBlocks(home.blocks, use({ where: "home" }, home.state))) : empty("The app has not drawn its Home tab for you yet."));
    return;
  }
  const all = inPlace(here);
  const content = JSON.stringify([here, all]);
  if (drawn.get("place")?.content === content) return; // an open menu stays open
  drawn.set("place", { content });
  const below = (ts) => all.filter((one) => one.thread === ts && one.ts !== ts);
  const tops = all.filter((one) => !one.thread);
  const lost = [...new Set(all.filter((one) => one.thread && !tops.some((top) => top.ts === one.thread)).map((one) => one.thread))];
  const nodes = [
    ...tops.map((top) => [top.ts, [keyed(top, false)]]),
    ...lost.map((ts) => [ts, [make("p", { class: "muted gone" }, "This message was deleted.")]]),
  ].sort(([a], [b]) => a.localeCompare(b)).flatMap(([ts, top]) => [...top, ...(below(ts).length ? [thread(below(ts))] : [])]);
  at("timeline").replaceChildren(...(nodes.length ? nodes : [empty("Nothing here yet.")]));
}

const thread = (replies) => make("section", { class: "thread", "aria-label": "Thread" },
  make("p", { class: "muted thread-note" }, replies.length === 1 ? "1 reply" : `${replies.length} replies`), ...replies.map((one) => keyed(one, true)));

const empty = (text) => make("p", { class: "empty muted" }, text);

function toEnd() {
  const box = at("timeline");
  box.scrollTop = here === HOME ? 0 : box.scrollHeight;
}

// The newest card from its head on, if it and what follows do not fit.
function toNewestCard() {
  toEnd();
  const card = [...at("timeline").querySelectorAll(":scope > .message .card")].at(-1)?.closest(".message");
  const box = at("timeline");
  if (card && here !== HOME) box.scrollTop = Math.min(box.scrollTop, card.offsetTop - box.offsetTop - 8);
}

// The message a permalink names.
function toMessage() {
  const node = document.getElementById(`m-${location.hash.split("/")[1]}`);
  node?.scrollIntoView({ block: "start" });
  return Boolean(node);
}

function notices() {
  for (const one of state.ephemerals) {
    if (one.source !== "notice" || one.channel || told.has(one.ts)) continue;
    told.add(one.ts);
    if (now() - Number(one.ts) < 10) trouble(one.text);
  }
}

function draw() {
  if (!state) return;
  const box = at("timeline");
  const wasAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 80;
  const cards = state.messages.filter((one) => one.channel === here && one.blocks.length && !one.thread).length;
  const newCard = cards > lastCards && lastPlace === here;
  [lastCards, lastPlace] = [cards, here];
  const focus = document.activeElement?.dataset?.key;
  drawPeople(state, me, become);
  drawPlaces();
  drawShortcuts();
  drawTimeline();
  const last = inPlace(here).at(-1)?.ts;
  if (last) seen[`${me}/${here}`] = last;
  sessionStorage.setItem("seen", JSON.stringify(seen));
  drawModal(state.modal, { user: me, trouble: (text) => trouble(friendly(text)) });
  drawPipeline(state, me, trouble);
  drawAdmin(state, me, trouble);
  notices();
  if (focus) document.querySelector(`[data-key="${CSS.escape(focus)}"]`)?.focus({ preventScroll: true });
  if (newCard) toNewestCard();
  else if (wasAtEnd) toEnd();
}

function showPane(pane) {
  document.body.dataset.pane = pane;
  for (const button of document.querySelectorAll("[data-pane]")) {
    if (button.tagName === "BUTTON") button.setAttribute("aria-pressed", String(button.dataset.pane === pane));
  }
}

function start() {
  listen(me, (picture) => {
    const first = !state || state.viewer !== picture.viewer;
    state = picture;
    me = picture.viewer;
    document.body.classList.remove("silent");
    heartbeat(picture.now);
    setPeople(picture.people);
    draw();
    if (first) toMessage() || toNewestCard();
  }, heartbeat, () => document.body.classList.add("silent"));
}

at("composer").addEventListener("submit", async (event) => {
  event.preventDefault();
  const line = at("line");
  const text = line.value.trim();
  if (!text) return;
  line.value = "";
  const answer = await tell(text.startsWith("/") ? "command" : "say", { as: me, channel: here, text, thread: replying });
  trouble(answer.trouble && friendly(answer.trouble));
  reply(null);
  toEnd();
});
at("not-replying").addEventListener("click", () => reply(null));

for (const button of document.querySelectorAll(".panes button")) button.addEventListener("click", () => showPane(button.dataset.pane));
showPane("chat");
start();
