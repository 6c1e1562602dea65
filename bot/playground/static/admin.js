// What can the admins of the workspace do to the app?

import { make } from "./dom.js";
import { tell } from "./talk.js";

const dialog = document.getElementById("admin");
const SWITCHES = [
  ["editWindowClosed", "Messages can no longer be edited", "chat.update answers edit_window_closed"],
  ["dmsClosed", "The app may not write to people directly", "messages_tab_disabled"],
  ["rates", "Calls that come too often are turned away", "429 with Retry-After, as Slack does"],
  ["tokenTrouble", "The token of the app is revoked", "every method answers token_revoked"],
  ["down", "Slack is down", "no answer at all"],
];
let shown = "";

function toggle(name, hint, on, change) {
  return make("label", { class: "tick" },
    make("input", { type: "checkbox", role: "switch", checked: Boolean(on), data: { key: `admin/${name}` }, "aria-label": name, on: { change: (event) => change(event.target.checked) } }),
    make("span", {}, name, hint ? make("span", { class: "muted hint" }, hint) : null));
}

export function drawAdmin(state, me, trouble) {
  const send = (deed, body) => tell(deed, { as: me, ...body }).then((answer) => trouble(answer.trouble));
  const channels = state.channels.filter((one) => !one.direct && one.name);
  const content = JSON.stringify([state.admin, channels, state.people, me]);
  if (content === shown) return;
  shown = content;
  dialog.replaceChildren(make("form", { method: "dialog" },
    make("header", {}, make("h2", { id: "admin-title" }, "What admins can do"), make("button", { class: "close", "aria-label": "Dismiss" }, "×")),
    make("div", { class: "fields" },
      make("div", { class: "ticks" }, SWITCHES.map(([id, name, hint]) => toggle(name, hint, state.admin[id], (on) => send("switch", { switch: id, on })))),
      make("p", { class: "muted" }, `Calls turned away so far: ${state.admin.tooMany}`),
      channels.map((one) => make("fieldset", { class: "field" }, make("legend", {}, `# ${one.name}`), make("div", { class: "ticks" },
        toggle(`${one.name} is archived`, "", one.archived, (on) => send("channel", { channel: one.id, what: "archived", on })),
        toggle(`The app is in ${one.name}`, "", one.botIsIn, (on) => send("channel", { channel: one.id, what: "botIsIn", on }))))),
      make("fieldset", { class: "field" }, make("legend", {}, "People"), make("div", { class: "ticks" },
        state.people.filter((one) => !one.bot).map((one) => toggle(`${one.name} is a member`, "", !one.deleted, (on) => send("member", { user: one.id, on }))))))));
}

document.getElementById("admin-open").addEventListener("click", () => dialog.showModal());
