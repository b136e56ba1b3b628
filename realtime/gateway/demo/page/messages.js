// The messages of an open chat: kept in order, drawn once, changed in place.

import {h, time} from "./dom.js";

const STATES = {waiting: "Waiting for the network", failed: "Not sent", unanswered: "No answer: it may have been sent", read: "Read", sent: "Sent"};

export class Messages {
  /** `mine` is the id of whose page this is. */
  constructor(mine, name) {
    this._mine = String(mine);
    this._all = [];
    this._deleted = new Set();
    this._list = h("ol");
    this.root = h("div", {class: "messages", role: "log", tabindex: "0", "aria-label": `Messages with ${name}`}, this._list);
  }

  get empty() {
    return this._all.length === 0;
  }

  /** Several at once, as a history brings them: what is here already is brought up to date. */
  addAll(messages) {
    for (const message of messages) this.add(message);
  }

  add(message) {
    if (this._deleted.has(message.id)) return; // an answer of before its deletion
    const known = this._find(message);
    if (known) {
      // A receipt may overtake the answer to what was sent: what is read stays read.
      Object.assign(known, message, {state: message.state, read: known.read || message.read});
      this._draw(known);
      return;
    }
    const added = {...message, row: h("li")};
    this._all.push(added);
    this._all.sort((a, b) => new Date(a.at) - new Date(b.at));
    const next = this._all[this._all.indexOf(added) + 1];
    this._draw(added);
    this._list.insertBefore(added.row, next?.row ?? null);
    this.root.scrollTop = this.root.scrollHeight;
  }

  read(ids) {
    for (const message of this._all.filter((each) => ids.includes(each.id))) {
      message.read = true;
      this._draw(message);
    }
  }

  deleted(id) {
    this._deleted.add(id);
    this._all.find((each) => each.id === id)?.row.remove();
    this._all = this._all.filter((each) => each.id !== id);
  }

  /** By its id, by the id that we gave it, or as what we sent and have not heard of yet. */
  _find(message) {
    const {id, clientId, text} = message;
    return (
      this._all.find((each) => id && each.id === id) ??
      this._all.find((each) => clientId && each.clientId === clientId) ??
      this._all.find((each) => this._isMine(message) && this._isUnheardOf(each) && each.text === text)
    );
  }

  _isUnheardOf({id, tried, state}) {
    return !id && tried && state !== "failed";
  }

  _isMine(message) {
    return String(message.from) === this._mine;
  }

  _draw(message) {
    const mine = this._isMine(message);
    message.row.className = mine ? "mine" : "theirs";
    message.row.classList.toggle("unsent", Boolean(message.state));
    const facts = h("span", {class: "facts"}, time(message.at));
    if (mine && this._state(message)) facts.append(" · ", this._state(message));
    message.row.replaceChildren(h("p", {}, message.text), facts);
  }

  _state(message) {
    if (message.state) return STATES[message.state];
    if (message.read === undefined) return "";
    return message.read ? STATES.read : STATES.sent;
  }
}
