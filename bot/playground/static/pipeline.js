// What do the runs of the pipeline wait for, and what became of them?

import { make } from "./dom.js";
import { tell } from "./talk.js";
import { long, short } from "./time.js";

const at = (id) => document.getElementById(id);
const DEPLOY_SECONDS = 10;
const WORDS = {
  waiting: "Waiting for sign-off", deployed: "Deployed", deploying: "Deploying…", stopped: "Stopped", contradiction: "Two answers that contradict",
};
const arrivals = new Map();
let first = true;
let busy = false;

export function drawPipeline(state, user, trouble) {
  const pane = at("pipeline");
  pane.hidden = !state.pipeline;
  document.body.classList.toggle("no-pipeline", !state.pipeline);
  if (!state.pipeline) return;
  for (const run of state.pipeline) {
    if (run.state === "deployed" && !arrivals.has(run.key)) arrivals.set(run.key, first ? -DEPLOY_SECONDS : performance.now() / 1000);
  }
  first = false;
  const waiting = state.pipeline.filter((run) => run.state === "waiting").length;
  at("badge").hidden = waiting === 0;
  at("badge").textContent = waiting;
  at("runs").replaceChildren(...(state.pipeline.length ? state.pipeline.map(card) : [make("p", { class: "muted empty" }, "No runs yet.")]));
  at("wire").replaceChildren(...state.wire.map((line) => make("li", { class: line.way },
    make("span", { class: "way" }, line.way === "out" ? "Slack → bot" : "bot → Slack"), ` ${line.what} `, make("span", { class: "muted" }, line.status))));
  const button = at("new-change");
  button.hidden = !state.canSend;
  button.onclick = async () => {
    if (busy) return;
    busy = button.disabled = true;
    const answer = await tell("new-change", { as: user });
    busy = button.disabled = false;
    trouble(answer.trouble);
  };
}

function card(run) {
  const since = performance.now() / 1000 - (arrivals.get(run.key) ?? -DEPLOY_SECONDS);
  const shown = run.state === "deployed" && since < DEPLOY_SECONDS ? "deploying" : run.state;
  if (shown === "deploying") setTimeout(() => settle(run.key), (DEPLOY_SECONDS - since) * 1000);
  const status = run.status && run.status !== run.state ? ` (${run.status})` : "";
  return make("article", { class: `run ${shown}`, data: { run: run.key } },
    make("p", { class: "run-title" }, run.title),
    make("p", { class: "run-key" }, run.key),
    make("ol", { class: "steps", "aria-label": "Steps" }, ["Build", "Test", "Sign-off", "Deploy"].map((name, index) => make("li", { class: step(shown, index) }, name))),
    make("p", { class: "run-state" }, make("span", { class: "light", "aria-hidden": "true" }), make("span", { class: "run-word" }, WORDS[shown] + status),
      make("span", { class: "muted", title: long(run.decided || run.started) }, short(run.decided || run.started))),
    run.messageId ? make("p", { class: "run-id muted" }, "callback ", make("code", {}, run.messageId)) : null);
}

function step(shown, index) {
  if (index < 2) return "done";
  if (index === 2) return { waiting: "now", stopped: "bad", contradiction: "bad" }[shown] || "done";
  return { deployed: "done", deploying: "now" }[shown] || "";
}

function settle(key) {
  const node = document.querySelector(`[data-run="${CSS.escape(key)}"]`);
  if (!node?.classList.contains("deploying")) return;
  node.classList.replace("deploying", "deployed");
  node.querySelector(".run-word").textContent = node.querySelector(".run-word").textContent.replace(WORDS.deploying, WORDS.deployed);
  node.querySelector(".steps .now")?.classList.replace("now", "done");
}
