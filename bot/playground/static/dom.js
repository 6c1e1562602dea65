// How is an element made? Text only ever goes in as text.

export function make(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "on") {
      for (const [event, handler] of Object.entries(value)) node.addEventListener(event, handler);
    } else if (name === "class") node.className = value;
    else if (name === "data") Object.assign(node.dataset, value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

// Only addresses a browser may follow become links.
export function anchor(url, text) {
  if (!/^(https?:\/\/|mailto:)/i.test(url)) return document.createTextNode(text || url);
  return make("a", { href: url, target: "_blank", rel: "noopener noreferrer nofollow" }, text || url);
}
