// What time does the workspace think it is, and how far off is a moment?

let anchorServer = Date.now() / 1000;
let anchorLocal = performance.now() / 1000;
let rate = 1;

// The workspace may live on a fast clock: its speed is learned from its heartbeats.
export function heartbeat(serverNow) {
  const local = performance.now() / 1000;
  const passed = local - anchorLocal;
  if (passed > 0.8) rate = Math.max(0, (serverNow - anchorServer) / passed);
  if (passed > 0.8 || Math.abs(serverNow - now()) > 2) {
    anchorServer = serverNow;
    anchorLocal = local;
  }
}

export function now() {
  return anchorServer + (performance.now() / 1000 - anchorLocal) * rate;
}

const clockTime = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

export const short = (seconds) => clockTime.format(new Date(seconds * 1000));
export const long = (seconds) => full.format(new Date(seconds * 1000));

const two = (n) => String(n).padStart(2, "0");

export function distance(seconds) {
  const left = Math.max(0, Math.ceil(seconds - now()));
  if (left >= 86400) return `in ${Math.floor(left / 86400)} d ${Math.floor((left % 86400) / 3600)} h`;
  if (left >= 3600) return `in ${Math.floor(left / 3600)}:${two(Math.floor((left % 3600) / 60))}:${two(left % 60)}`;
  return `in ${Math.floor(left / 60)}:${two(left % 60)}`;
}

const FIELDS = {
  date_num: { year: "numeric", month: "2-digit", day: "2-digit" },
  date: { dateStyle: "long" }, date_short: { dateStyle: "medium" }, date_long: { dateStyle: "full" },
  date_pretty: { dateStyle: "long" }, date_short_pretty: { dateStyle: "medium" }, date_long_pretty: { dateStyle: "full" },
  day_divider_pretty: { dateStyle: "long" }, time: { timeStyle: "short" }, time_secs: { timeStyle: "medium" },
};

export function formatted(seconds, format) {
  return format.replace(/\{(\w+)\}/g, (whole, name) => {
    if (name === "ago") return seconds > now() ? distance(seconds) : `${Math.max(0, Math.round((now() - seconds) / 60))} min ago`;
    return FIELDS[name] ? new Intl.DateTimeFormat(undefined, FIELDS[name]).format(new Date(seconds * 1000)) : whole;
  });
}

// Each moment on the page counts down by itself while it lies in the future.
export function moment(seconds, format) {
  const node = document.createElement("time");
  node.dateTime = new Date(seconds * 1000).toISOString();
  node.title = long(seconds);
  node.dataset.at = seconds;
  node.dataset.format = format;
  tick(node);
  return node;
}

function tick(node) {
  const at = Number(node.dataset.at);
  const future = at > now();
  node.classList.toggle("future", future);
  node.classList.toggle("soon", future && at - now() < 60);
  const text = future ? distance(at) : formatted(at, node.dataset.format);
  if (node.textContent !== text) node.textContent = text;
}

setInterval(() => document.querySelectorAll("time[data-at]").forEach(tick), 250);
