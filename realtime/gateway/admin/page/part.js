// One part of the page: its filters, its list, page after page, and what can be done to who is there.

import {get} from "./api.js";
import {h} from "./dom.js";

const $ = (id) => document.getElementById(id);

/** Shows a part as the address says, and again whenever it is asked to. */
export class Part {
  /** `act` makes buttons, see `acts.js`. */
  constructor(part, query, act) {
    this._part = part;
    this._query = query;
    this._act = act;
    this._cursors = [undefined];
    this._current = true;
  }

  /** Another part has its place: what is still under way is shown no more. */
  leave() {
    this._current = false;
  }

  /** The head, and the filters with what the address says. */
  open() {
    const {title, hint, filters} = this._part;
    document.title = `${title} · realtime admin`;
    $("part-title").textContent = title;
    $("part-hint").textContent = hint;
    $("filters").hidden = filters.length === 0;
    $("filters").replaceChildren(...filters.map((filter) => this._field(filter)), h("button", {type: "submit"}, this._part.verb ?? "Filter"));
    $("list").replaceChildren(h("p", {class: "none"}, "Looking …"));
    $("turn").hidden = true;
    $("missing").textContent = "";
  }

  turn(way) {
    if (way === "first") this._cursors = [undefined];
    else this._cursors.push(this._next);
    return this.look();
  }

  async look() {
    if (this._part.look) return this._put(await this._part.look(this._query));
    const page = await get(this._part.path, {...this._query, ...this._part.fixed, cursor: this._cursors.at(-1)});
    if (!this._current) return undefined;
    this._next = page.cursor;
    this._page(page);
    const shown = page.items.length ? this._part.show(page.items, this._act) : h("p", {class: "none"}, this._part.none);
    return this._put(shown);
  }

  _page({cursor, missing}) {
    const at = this._cursors.length;
    $("turn").hidden = at === 1 && cursor === null;
    $("first").disabled = at === 1;
    $("next").disabled = cursor === null;
    $("at").textContent = `Page ${at}`;
    $("missing").textContent = missing?.length ? `Without what ${missing.join(", ")} would say: no answer in time.` : "";
  }

  /** Put what was found in the list's place; what had the focus or was open is so again. */
  _put(shown) {
    if (!this._current) return;
    const list = $("list");
    const focused = list.contains(document.activeElement) ? document.activeElement.dataset.focus : undefined;
    const open = [...list.querySelectorAll("details[open]")].map((each) => each.dataset.focus);
    list.replaceChildren(shown);
    const named = (name) => list.querySelector(`[data-focus="${CSS.escape(name)}"]`);
    for (const name of open) named(name)?.setAttribute("open", "");
    if (focused) named(focused)?.focus();
  }

  _field({name, label, choices}) {
    const value = this._query[name] ?? "";
    const input = choices
      ? h("select", {name}, ...Object.entries(choices).map(([key, words]) => h("option", {value: key, selected: key === value}, words)))
      : h("input", {name, value, type: "search", autocomplete: "off", spellcheck: "false"});
    return h("label", {class: "field"}, h("span", {}, label), input);
  }
}
