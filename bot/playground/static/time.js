// What time does the workspace think it is, and how does Slack write a moment?

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

const LOOK_AGAIN = 1000; // milliseconds
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

const two = (n) => String(n).padStart(2, "0");
const date = (seconds) => new Date(seconds * 1000);
const clock = (at, secs = "") => `${at.getHours() % 12 || 12}:${two(at.getMinutes())}${secs} ${at.getHours() < 12 ? "AM" : "PM"}`;
const numeric = (at) => `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;

function ordinal(n) {
  const ending = n % 100 > 10 && n % 100 < 14 ? "th" : { 1: "st", 2: "nd", 3: "rd" }[n % 10] || "th";
  return `${n}${ending}`;
}

const inYear = (at) => (at.getFullYear() === date(now()).getFullYear() ? "" : `, ${at.getFullYear()}`);
const dayOf = (at) => `${MONTHS[at.getMonth()]} ${ordinal(at.getDate())}`;
const shortly = (at) => `${MONTHS[at.getMonth()].slice(0, 3)} ${ordinal(at.getDate())}${inYear(at)}`;
const medium = (at) => `${dayOf(at)}${inYear(at)}`;
const whole = (at) => `${DAYS[at.getDay()]}, ${dayOf(at)}, ${at.getFullYear()}`;

// By the calendar of the reader, and not by 24 hours.
function near(at) {
  const midnight = (day) => new Date(day.getFullYear(), day.getMonth(), day.getDate()).getTime();
  return { "-1": "yesterday", 0: "today", 1: "tomorrow" }[Math.round((midnight(at) - midnight(date(now()))) / DAY / 1000)];
}

function ago(at) {
  const passed = now() - at.getTime() / 1000;
  const long = Math.abs(passed);
  const [size, unit] = long < HOUR ? [MINUTE, "minute"] : long < DAY ? [HOUR, "hour"] : [DAY, "day"];
  const amount = `${Math.floor(long / size)} ${unit}${Math.floor(long / size) === 1 ? "" : "s"}`;
  return passed < 0 ? `in ${amount}` : `${amount} ago`;
}

// https://docs.slack.dev/reference/block-kit/block-elements/date-element
const TOKENS = {
  date_num: numeric, date_slash: (at) => `${two(at.getDate())}/${two(at.getMonth() + 1)}/${at.getFullYear()}`,
  date: medium, date_pretty: (at) => near(at) || medium(at),
  date_short: shortly, date_short_pretty: (at) => near(at) || shortly(at),
  date_long: whole, date_long_pretty: (at) => near(at) || whole(at),
  date_long_full: (at) => `${MONTHS[at.getMonth()]} ${at.getDate()}, ${at.getFullYear()}`,
  day_divider_pretty: (at) => near(at) || `${DAYS[at.getDay()]}, ${medium(at)}`,
  time: (at) => clock(at), time_secs: (at) => clock(at, `:${two(at.getSeconds())}`), ago,
};

// A date begins with a capital letter, wherever in a sentence it stands. So does Slack write it.
export function formatted(seconds, format) {
  const text = format.replace(/\{(\w+)\}/g, (token, name) => TOKENS[name]?.(date(seconds)) ?? token);
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export const short = (seconds) => clock(date(seconds));
export const long = (seconds) => formatted(seconds, "{date_long} at {time_secs}");

export function moment(seconds, format) {
  const node = document.createElement("time");
  node.dateTime = date(seconds).toISOString();
  node.title = long(seconds);
  node.dataset.at = seconds;
  node.dataset.format = format;
  write(node);
  return node;
}

// Today becomes yesterday.
function write(node) {
  const text = formatted(Number(node.dataset.at), node.dataset.format);
  if (node.textContent !== text) node.textContent = text;
}

setInterval(() => document.querySelectorAll("time[data-at]").forEach(write), LOOK_AGAIN);
