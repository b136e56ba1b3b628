// The bell: notifications, how many are unread, and a way to be sent one.

import {h, time} from "./dom.js";

const BELL =
  "M12 3a6 6 0 0 0-6 6v3.5L4.4 16a1 1 0 0 0 .9 1.5h13.4a1 1 0 0 0 .9-1.5L18 12.5V9a6 6 0 0 0-6-6zm-2.2 16a2.3 2.3 0 0 0 4.4 0z";

function bell() {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", BELL);
  svg.append(path);
  return svg;
}

export class Notices {
  /** `readAll` marks all as read; `ring` lets the application send one; `wake` subscribes this browser. */
  constructor(person, {readAll, ring, wake}) {
    this._items = [];
    this._unread = 0;
    this._badge = h("span", {class: "badge", "aria-hidden": "true"});
    const id = `notices-${person.id}`;
    this.button = h(
      "button",
      {type: "button", class: "bell", "aria-expanded": "false", "aria-controls": id, onclick: () => this._toggle()},
      bell(),
      this._badge,
    );
    this._list = h("ul", {tabindex: "0", "aria-label": `${person.name}’s notifications`});
    this.panel = h(
      "div",
      {id, class: "notices", hidden: true, onkeydown: (event) => event.key === "Escape" && this._toggle()},
      this._list,
      h(
        "div",
        {class: "buttons"},
        h("button", {type: "button", onclick: readAll}, "Mark all read"),
        h("button", {type: "button", class: "quiet", onclick: ring}, `Notify ${person.name} from a backend`),
        (this._wake = h(
          "button",
          {type: "button", class: "quiet", hidden: true, onclick: wake},
          `Wake this browser for ${person.name}`,
        )),
      ),
      (this._said = h("p", {class: "said", role: "status"})),
    );
    this._draw();
  }

  /** This browser can be woken: let the reader choose that. */
  offerWaking() {
    this._wake.hidden = false;
  }

  say(text) {
    this._said.textContent = text;
  }

  set({items, unread}) {
    this._items = items;
    this._unread = unread;
    this._draw();
  }

  /** One that has just come, unless the list that was loaded had it already. */
  add(notice) {
    if (this._items.some((each) => each.id === notice.id)) return;
    this._items = [notice, ...this._items].slice(0, 20);
    this._unread += 1;
    this._draw();
  }

  allRead() {
    this._items = this._items.map((each) => ({...each, read: true}));
    this._unread = 0;
    this._draw();
  }

  _toggle() {
    this.panel.hidden = !this.panel.hidden;
    this.button.setAttribute("aria-expanded", String(!this.panel.hidden));
    if (this.panel.hidden) this.button.focus();
    else this._list.focus();
  }

  _draw() {
    this._badge.textContent = this._unread > 99 ? "99+" : this._unread || "";
    this._badge.hidden = !this._unread;
    this.button.setAttribute("aria-label", `Notifications, ${this._unread || "none"} unread`);
    const rows = this._items.map((each) =>
      h("li", {class: each.read ? "" : "unread"}, h("strong", {}, each.title), h("p", {}, each.text), time(each.at)),
    );
    this._list.replaceChildren(...(rows.length ? rows : [h("li", {class: "none"}, "Nothing yet.")]));
  }
}
