// The live list of what goes over the wire, newest first: filter, copy, save.

import {h} from "./dom.js";

const MOST = 500;
const $ = (id) => document.getElementById(id);
const ARROWS = {out: "→", in: "←"};
const WORDS = {out: "sent", in: "heard"};

const ID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{8}([0-9a-f]{4})/g;

const shown = (data) => (data === undefined ? "" : JSON.stringify(data));

/** Ids by their last four digits: a line is for reading, and opens to the whole. */
const short = (text) => text.replace(ID, "…$1");

export class Wire {
  constructor() {
    this._entries = [];
    this._rows = new Map();
    for (const id of ["wire-text", "wire-who", "wire-kind"]) {
      $(id).addEventListener("input", () => this._filter());
    }
    $("wire-copy").addEventListener("click", () => this._copy());
    $("wire-save").addEventListener("click", () => this._save());
    $("wire-clear").addEventListener("click", () => this._clear());
    this._filter();
  }

  /** Somebody whose frontend is tapped; gives the tap for each dialect of hers. */
  person(person, index) {
    $("wire-who").append(h("option", {value: person.id}, `${person.name}’s`));
    return (dialect) => (direction, kind, name, data) =>
      this._add({at: new Date(), person, index, dialect, direction, kind, name, data});
  }

  _add(entry) {
    this._entries.unshift(entry);
    const row = this._row(entry);
    this._rows.set(entry, row);
    row.hidden = !this._matches(entry);
    $("wire-rows").prepend(row);
    if (this._entries.length > MOST) this._forget(this._entries.pop());
    $("wire-none").hidden = this._visible().length > 0;
  }

  _forget(entry) {
    this._rows.get(entry).remove();
    this._rows.delete(entry);
  }

  _row({at, person, index, dialect, direction, kind, name, data}) {
    const text = shown(data);
    const line = [
      h("time", {datetime: at.toISOString()}, at.toTimeString().slice(0, 8)),
      h("span", {class: "who"}, person.name),
      h("span", {class: "arrow", "aria-hidden": "true"}, ARROWS[direction]),
      h("span", {class: "sr"}, WORDS[direction]),
      h("span", {class: "name"}, short(kind === "ack" ? `ack of ${name}` : name)),
      h("span", {class: "data"}, short(text)),
      h("span", {class: "dialect"}, dialect),
    ];
    const marks = {"data-direction": direction, "data-kind": kind, "data-person": index};
    if (!text) return h("li", {...marks, class: "row"}, h("div", {class: "line"}, ...line));
    const whole = h("pre", {tabindex: "0"}, `${name}\n${JSON.stringify(data, null, 2)}`);
    const details = h("details", {}, h("summary", {class: "line"}, ...line), whole);
    return h("li", {...marks, class: "row"}, details);
  }

  _matches({person, direction, kind, name, data, dialect}) {
    const who = $("wire-who").value;
    const which = $("wire-kind").value;
    const wanted = $("wire-text").value.trim().toLowerCase();
    if (who && String(person.id) !== who) return false;
    if (which === "rest" ? kind !== "rest" : which === "event" && kind === "rest") return false;
    if (ARROWS[which] && direction !== which) return false;
    return !wanted || `${name} ${dialect} ${shown(data)}`.toLowerCase().includes(wanted);
  }

  _filter() {
    for (const [entry, row] of this._rows) row.hidden = !this._matches(entry);
    $("wire-none").hidden = this._visible().length > 0;
    $("wire-none").textContent = this._entries.length ? "Nothing here matches." : "Nothing was said yet.";
  }

  /** What the filter lets through, oldest first. */
  _visible() {
    return this._entries.filter((entry) => this._matches(entry)).reverse();
  }

  async _copy() {
    const found = this._visible();
    const lines = found.map(
      (e) => `${e.at.toISOString()} ${e.person.name} (${e.dialect}) ${ARROWS[e.direction]} ${e.name} ${shown(e.data)}`.trim(),
    );
    try {
      await navigator.clipboard.writeText(lines.join("\n"));
      this._say(`${found.length} lines copied.`);
    } catch {
      this._say("The browser does not let this page copy: save the transcript instead.");
    }
  }

  _save() {
    const lines = this._visible().map(({at, person, dialect, direction, kind, name, data}) =>
      JSON.stringify({at, who: person.id, dialect, direction, kind, name, data}),
    );
    const file = new Blob([`${lines.join("\n")}\n`], {type: "application/x-ndjson"});
    const link = h("a", {href: URL.createObjectURL(file), download: "transcript.jsonl"});
    link.click();
    URL.revokeObjectURL(link.href);
    this._say(`${lines.length} lines saved in transcript.jsonl.`);
  }

  _clear() {
    this._entries = [];
    this._rows.clear();
    $("wire-rows").replaceChildren();
    this._filter();
    this._say("The list is empty.");
  }

  _say(text) {
    $("wire-said").textContent = text;
  }
}
