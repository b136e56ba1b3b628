// An open chat: its messages, who is typing, and what to say. What cannot be sent waits here.

import {h} from "./dom.js";
import {CutOff} from "./frontend.js";
import {Messages} from "./messages.js";

const TYPING_AGAIN = 2000;
const TYPING_ENDS = 3000;
const OTHERS_TYPING_ENDS = 5000;
const SEND_AGAIN = 2000;

export class Chat {
  /** `frontend` and `dialect` are asked for when they are needed: both may change meanwhile. */
  constructor(page, partner, outbox = []) {
    this.partner = partner;
    this.id = null;
    this._page = page;
    this._outbox = outbox;
    this._messages = new Messages(page.person.id, partner.name);
    this._none = h("p", {class: "none"}, "Nothing was said yet.", h("br"), `Say hello to ${partner.name}.`);
    this._typing = h("p", {class: "typing", role: "status"});
    this._input = h("input", {
      type: "text",
      placeholder: `Write to ${partner.name}`,
      autocomplete: "off",
      maxlength: "10000",
      enterkeyhint: "send",
      oninput: () => this._wrote(),
    });
    const label = h("label", {}, h("span", {class: "sr"}, `${page.person.name} writes to ${partner.name}`), this._input);
    const form = h("form", {onsubmit: (event) => this._submitted(event)}, label, h("button", {}, "Send"));
    this.root = h("div", {class: "chat"}, this._none, this._messages.root, this._typing, form);
    this._messages.addAll(outbox);
    this._drawNone();
  }

  /** Whether something was written that is not sent yet. */
  get waits() {
    return this._outbox.length > 0;
  }

  /** The chat for another dialect: empty but for what waits. What is under way stays with this one. */
  anew() {
    return new Chat(this._page, this.partner, this._outbox.splice(this._flushing ? 1 : 0));
  }

  async enter() {
    const messages = await this._opened();
    if (!messages) return;
    if (!this._page.isOpen(this.partner.id)) return this.deliver(); // closed while it was opened
    this.root.dataset.entered = "";
    this._messages.addAll(messages);
    this._drawNone();
    await this.read();
    await this.flush();
  }

  /** Its messages, or nothing where another dialect is spoken since it was asked. */
  async _opened() {
    const {dialect, frontend} = this._page;
    const {id, messages} = await dialect.open(frontend, this.partner);
    if (frontend !== this._page.frontend) return null;
    this.id = id;
    return messages;
  }

  async leave() {
    if (this.id !== null && this._page.frontend.link === "connected") {
      await this._page.dialect.close(this._page.frontend, this);
    }
  }

  /** Send what waits in a chat that is closed: nothing of it is read. */
  async deliver() {
    if (this.id === null && !(await this._opened())) return;
    await this.flush();
    if (!this._page.isOpen(this.partner.id)) await this.leave();
  }

  /** Send what waited for the network, in its order. */
  async flush() {
    if (this._flushing) return;
    this._flushing = true;
    while (this._outbox.length && this._page.frontend.link === "connected" && this.id !== null) {
      if (!(await this._sent(this._outbox[0]))) break;
      this._outbox.shift();
    }
    this._flushing = false;
  }

  heard(message) {
    this._messages.add(message);
    this._drawNone();
    if (String(message.from) !== String(this.partner.id)) return;
    this.typing(false);
    this.read().catch((error) => this._page.trouble(error.message));
  }

  async read() {
    if (this.id !== null && !this._messages.empty) await this._page.dialect.read(this._page.frontend, this);
  }

  wereRead(ids) {
    this._messages.read(ids);
  }

  deleted(id) {
    this._messages.deleted(id);
  }

  typing(on) {
    clearTimeout(this._othersEnd);
    this._typing.textContent = on ? `${this.partner.name} is typing …` : "";
    if (on) this._othersEnd = setTimeout(() => this.typing(false), OTHERS_TYPING_ENDS);
  }

  focus() {
    this._input.focus();
  }

  _drawNone() {
    this._none.hidden = !this._messages.empty;
  }

  _submitted(event) {
    event.preventDefault();
    const text = this._input.value.trim();
    if (!text) return;
    this._input.value = "";
    this._stopTyping();
    const clientId = globalThis.crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
    const message = {clientId, from: this._page.person.id, text, at: new Date().toISOString(), state: "waiting"};
    this._messages.add(message);
    this._drawNone();
    this._outbox.push(message);
    this.flush();
  }

  /** Whether it is done with. What got no answer is sent again where by its id it counts once. */
  async _sent(message) {
    const {dialect, frontend} = this._page;
    this._messages.add({...message, tried: true});
    try {
      const stored = await dialect.send(frontend, this, message.text, message.clientId);
      this._messages.add({...(stored ?? message), clientId: message.clientId, state: undefined});
      this._page.trouble("");
    } catch (error) {
      this._page.trouble(error.message);
      const unanswered = error instanceof CutOff;
      if (unanswered && dialect.countsOnce) {
        setTimeout(() => this.flush(), SEND_AGAIN);
        return false;
      }
      this._messages.add({...message, state: unanswered ? "unanswered" : "failed"});
    }
    return true;
  }

  _wrote() {
    const {dialect, frontend} = this._page;
    if (!dialect.typing || frontend.link !== "connected" || this.id === null) return;
    clearTimeout(this._ends);
    this._ends = setTimeout(() => this._stopTyping(), TYPING_ENDS);
    if (Date.now() - (this._typedAt ?? 0) < TYPING_AGAIN) return;
    this._typedAt = Date.now();
    dialect.typing(frontend, this, true);
  }

  _stopTyping() {
    clearTimeout(this._ends);
    const {dialect, frontend} = this._page;
    if (this._typedAt && dialect.typing && frontend.link === "connected") dialect.typing(frontend, this, false);
    this._typedAt = 0;
  }
}
