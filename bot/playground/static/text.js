// How does mrkdwn, plain text or an emoji name read?

import { anchor, make } from "./dom.js";
import { moment } from "./time.js";

const EMOJI = {
  white_check_mark: "✅", heavy_check_mark: "✔️", x: "❌", no_entry: "⛔", no_entry_sign: "🚫", warning: "⚠️", hourglass: "⌛",
  hourglass_flowing_sand: "⏳", alarm_clock: "⏰", robot_face: "🤖", eyes: "👀", lock: "🔒", rocket: "🚀", bell: "🔔", memo: "📝",
  large_green_circle: "🟢", large_yellow_circle: "🟡", large_orange_circle: "🟠", red_circle: "🔴", white_circle: "⚪",
  bust_in_silhouette: "👤", busts_in_silhouette: "👥", link: "🔗", page_facing_up: "📄", shield: "🛡️", mag: "🔍", tada: "🎉",
  arrows_counterclockwise: "🔄", leftwards_arrow_with_hook: "↩️", question: "❓", exclamation: "❗", information_source: "ℹ️",
  thumbsup: "👍", "+1": "👍", thumbsdown: "👎", "-1": "👎", sparkles: "✨", fire: "🔥", package: "📦", wastebasket: "🗑️",
  lock_with_ink_pen: "🔏", black_nib: "✒️", lower_left_fountain_pen: "🖋️", raised_hand: "✋", wave: "👋", bulb: "💡", gear: "⚙️",
  checkered_flag: "🏁", octagonal_sign: "🛑", clock1: "🕐", stopwatch: "⏱️", bar_chart: "📊", building_construction: "🏗️", scales: "⚖️",
};

export const emoji = (name) => EMOJI[name] || `:${name}:`;

const unescape = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
const withEmoji = (text) => text.replace(/:([a-z0-9_+-]+):/g, (whole, name) => EMOJI[name] || whole);

export const plain = (text) => withEmoji(text);

let people = new Map();
export const setPeople = (list) => { people = new Map(list.map((person) => [person.id, person])); };
export const everybody = () => [...people.values()].filter((one) => !one.bot && !one.deleted).map((one) => [one.id, one.name]);
export const nameOf = (id) => people.get(id)?.name || id;

export const mention = (id) => make("span", { class: "mention" }, `@${nameOf(id)}`);

const CODE = /```([\s\S]+?)```|`([^`\n]+)`|<([^<>\n]+)>/g;

// Code and <…> first: nothing inside them is formatting.
export function mrkdwn(text) {
  const nodes = [];
  let at = 0;
  for (const found of text.matchAll(CODE)) {
    nodes.push(...styled(text.slice(at, found.index)));
    if (found[1] !== undefined) nodes.push(make("pre", {}, unescape(found[1])));
    else if (found[2] !== undefined) nodes.push(make("code", {}, unescape(found[2])));
    else nodes.push(angled(found[3]));
    at = found.index + found[0].length;
  }
  nodes.push(...styled(text.slice(at)));
  return nodes;
}

function angled(inner) {
  const [target, label] = inner.split("|", 2);
  if (/^@[UW]/.test(target)) return mention(target.slice(1));
  if (target.startsWith("#")) return make("span", { class: "mention" }, `#${label || target.slice(1)}`);
  const date = /^!date\^(\d+)\^([^^]+)/.exec(target);
  if (date) return moment(Number(date[1]), unescape(date[2]));
  if (target.startsWith("!")) return make("span", { class: "mention loud" }, `@${label || target.slice(1)}`);
  return anchor(unescape(target), label === undefined ? undefined : unescape(label));
}

const STYLES = [["*", "strong"], ["_", "em"], ["~", "s"]];

function styled(text) {
  for (const [mark, tag] of STYLES) {
    const m = mark === "*" ? "\\*" : mark;
    const found = new RegExp(`(^|[\\s([{"'>])${m}(?=\\S)([^${m}\\n]*[^\\s${m}])${m}(?=$|[\\s.,;:!?)\\]}"'<])`).exec(text);
    if (!found) continue;
    const start = found.index + found[1].length;
    return [
      ...styled(text.slice(0, start)),
      make(tag, {}, ...styled(found[2])),
      ...styled(text.slice(found.index + found[0].length)),
    ];
  }
  return lines(text);
}

function lines(text) {
  const parts = withEmoji(unescape(text)).split("\n");
  return parts.flatMap((part, index) => (index ? [document.createElement("br"), part] : [part])).filter((part) => part !== "");
}

export function textObject(object) {
  return object.type === "mrkdwn" ? quoted(object.text) : lines(object.text.replaceAll("&", "&amp;"));
}

function quoted(text) {
  if (!/^(&gt;|>)/m.test(text)) return mrkdwn(text);
  const groups = [];
  for (const line of text.split("\n")) {
    const quote = /^(?:&gt;|>) ?/.exec(line);
    const last = groups.at(-1);
    const body = quote ? line.slice(quote[0].length) : line;
    if (last && last.quote === Boolean(quote)) last.lines.push(body);
    else groups.push({ quote: Boolean(quote), lines: [body] });
  }
  return groups.map((group) => make(group.quote ? "blockquote" : "div", {}, ...mrkdwn(group.lines.join("\n"))));
}
