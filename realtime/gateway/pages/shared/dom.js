// Elements in one call: h("button", {class: "quiet", onclick: close}, "Close").

export function h(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** "14:05" in the reader's own way; the whole date is the title. */
export function time(at) {
  const date = new Date(at);
  const shown = date.toLocaleTimeString([], {hour: "2-digit", minute: "2-digit"});
  return h("time", {datetime: date.toISOString(), title: date.toLocaleString()}, shown);
}
