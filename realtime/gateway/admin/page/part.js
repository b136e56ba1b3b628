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

  /** The head, and the filters with what the address says. What had the focus is made anew or gone:
      its like has it then, or the part. */
  open() {
    const {title, hint, filters} = this._part;
    const left = document.activeElement;
    document.title = `${title} · realtime admin`;
    $("part-title").textContent = title;
    $("part-hint").textContent = hint;
    $("filters").hidden = filters.length === 0;
    $("filters").replaceChildren(...filters.map((filter) => this._field(filter)), h("button", {type: "submit"}, this._part.verb ?? "Filter"));
    $("list").replaceChildren(h("p", {class: "none"}, "Looking …"));
    $("turn").hidden = true;
    $("missing").textContent = "";
    if (!left.isConnected) ($("filters").elements[left.name] ?? $("part")).focus({preventScroll: true});
  }

  /** Another page; a second press before that one is there turns no further. */
  turn(way) {
    if (way === "first") this._cursors = [undefined];
    else if (this._next) this._cursors.push(this._next);
    this._next = null;
    return this.look();
  }

  /** What there is now, unless a later look has asked since: that one knows more. */
  async look() {
    const asked = (this._asked = Symbol());
    const found = await (this._part.look?.(this._query) ?? this._list());
    if (!this._current || asked !== this._asked) return;
    if (!this._part.look) this._page(found);
    this._put(this._part.look ? found : this._shown(found));
  }

  _list() {
    return get(this._part.path, {...this._query, ...this._part.fixed, cursor: this._cursors.at(-1)});
  }

  _shown({items}) {
    return items.length ? this._part.show(items, this._act) : h("p", {class: "none"}, this._part.none);
  }

  _page({cursor, missing}) {
    const at = this._cursors.length;
    this._next = cursor;
    $("turn").hidden = at === 1 && cursor === null;
    $("first").disabled = at === 1;
    $("next").disabled = cursor === null;
    $("at").textContent = `Page ${at}`;
    $("missing").textContent = missing?.length ? `Without what ${missing.join(", ")} would say: no answer in time.` : "";
  }

  /** Put what was found in the list's place; what had the focus or was open is so again. Where
      what had the focus is gone, the list has it: the next Tab begins there. */
  _put(shown) {
    const list = $("list");
    const focused = list.contains(document.activeElement) ? document.activeElement.dataset.focus : undefined;
    const open = [...list.querySelectorAll("details[open]")].map((each) => each.dataset.focus);
    list.replaceChildren(shown);
    const named = (name) => list.querySelector(`[data-focus="${CSS.escape(name)}"]`);
    for (const name of open) named(name)?.setAttribute("open", "");
    if (focused) (named(focused) ?? $("part")).focus({preventScroll: true});
  }

  _field({name, label, choices}) {
    const value = this._query[name] ?? "";
    const input = choices
      ? h("select", {name}, ...Object.entries(choices).map(([key, words]) => h("option", {value: key, selected: key === value}, words)))
      : h("input", {name, value, type: "search", autocomplete: "off", spellcheck: "false"});
    return h("label", {class: "field"}, h("span", {}, label), input);
  }
}
