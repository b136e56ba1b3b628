// One person's page: her chats, the open one, her bell, her network.

import {Chat} from "./chat.js";
import {DIALECTS} from "./dialects/index.js";
import {h} from "./dom.js";
import {CutOff, Frontend, NO_ANSWER} from "./frontend.js";
import {Notices} from "./notices.js";
import {Unsent} from "./unsent.js";
import {offered, wake} from "./wake.js";

const SOON = 200;
const ASK_AGAIN = 2000;

export class Pane {
  /** `tap` makes a tap for a dialect; `chose` hears which dialect was chosen. */
  constructor(person, index, others, {dialects, dialect, tap, chose, alone}) {
    this.person = person;
    this.dialect = DIALECTS[dialect];
    this._others = others;
    this._tap = tap;
    this._chose = chose;
    this._chat = null;
    this._asked = {};
    this._unsent = new Unsent();
    this._chats = new Map(others.map((other) => [String(other.id), {partner: other, unread: 0}]));
    this._notices = new Notices(person, {
      readAll: () => this._readNotices(),
      ring: () => this._ring(),
      wake: () => this._wake(),
    });
    this.root = this._made(index, dialects, alone);
    this._connect();
    this._open(others[0]);
    this._offerWaking();
  }

  get frontend() {
    return this._frontend;
  }

  trouble(text) {
    this._trouble.textContent = text;
  }

  _made(index, dialects, alone) {
    const {person} = this;
    const name = h("h2", {id: `name-${person.id}`}, person.name);
    this._link = h("p", {class: "link", role: "status"});
    this._cut = h("button", {type: "button", class: "cut", onclick: () => this._toggleNetwork()});
    this._trouble = h("p", {class: "trouble", role: "alert"});
    this._list = h("ul", {class: "chats", "aria-label": `${person.name}’s conversations`});
    this._lacks = h("p", {class: "lacks"});
    this._body = h("div", {class: "body"});
    const speaks = h("label", {class: "field speaks"}, h("span", {}, "Speaks"), this._select(dialects));
    const head = h(
      "header",
      {},
      h("span", {class: "avatar", "aria-hidden": "true"}, person.name[0]),
      h("div", {class: "whose"}, name, this._link),
      this._notices.button,
      h("div", {class: "tools"}, speaks, this._cut, alone ? null : this._alone()),
    );
    return h(
      "section",
      {class: "pane", "data-person": index, "aria-labelledby": name.id},
      head, this._notices.panel, this._list, this._lacks, this._trouble, this._body,
    );
  }

  _select(dialects) {
    const options = dialects.map((name) => h("option", {value: name, selected: name === this.dialect.name}, DIALECTS[name].label));
    return h("select", {onchange: (event) => this._speak(event.target.value)}, ...options);
  }

  _alone() {
    const query = new URLSearchParams({user: this.person.id, dialect: this.dialect.name});
    this._link_alone = h("a", {class: "apart button", href: `/?${query}`, target: "_blank", rel: "noopener"}, "Open alone");
    return this._link_alone;
  }

  // Coming and going

  _connect() {
    const frontend = new Frontend(this.person, this.dialect, this._tap(this.dialect.name), () => this._drawLink());
    this._frontend = frontend;
    frontend.on(this.dialect.hears(frontend, this._told()));
    frontend.socket.on("connect", () => this._came());
    frontend.socket.on("connect_error", (error) => this.trouble(this._whyOut(error)));
    frontend.socket.on("disconnect", () => (this._left = Date.now()));
    this._lacks.textContent = this.dialect.lacks;
    this._lacks.hidden = !this.dialect.lacks;
    this._drawLink();
  }

  /** Where the server itself said no, the client does not come back by itself. */
  _whyOut(error) {
    if (this.frontend.socket.active) return NO_ANSWER;
    return `${error.message}. The server does not take this page’s token any more: load the page again.`;
  }

  async _came() {
    const {frontend} = this;
    this.trouble("");
    this._back = this._left ? this._wasAway(frontend.socket.recovered) : "";
    this._drawLink();
    frontend.socket.io.engine.on("upgrade", () => this._drawLink());
    await this._try(async () => {
      this.dialect.greet(frontend);
      if (!frontend.socket.recovered || this._unanswered) await this._load();
      await this._send();
    });
  }

  /** What waits, in the open chat and in those that are closed. */
  async _send() {
    await this._chat?.flush();
    await this._unsent.deliver();
  }

  /** What got no answer is asked for once more: soon, or when the connection is there again. */
  _later() {
    this._unanswered = true;
    clearTimeout(this._again);
    this._again = setTimeout(() => this._askAgain(), ASK_AGAIN);
  }

  _askAgain() {
    if (this.frontend.link !== "connected") return;
    this._try(async () => {
      await this._load();
      this.trouble("");
      await this._send();
    });
  }

  _wasAway(recovered) {
    const seconds = Math.max(1, Math.round((Date.now() - this._left) / 1000));
    return recovered
      ? ` · back after ${seconds} s, what was missed came by itself`
      : ` · back after ${seconds} s, the history was loaded again`;
  }

  async _load() {
    await Promise.all([this._loadStatuses(), this._loadChats(), this._loadNotices(), this._chat?.enter()]);
    this._unanswered = false;
  }

  /** What is found, or nothing where the same was asked again meanwhile: a later answer knows more. */
  async _latest(what, ask) {
    const asked = (this._asked[what] = Symbol());
    const found = await ask(this.frontend);
    return asked === this._asked[what] ? found : null;
  }

  /** Who is there, unless an event has said so since it was asked. */
  async _loadStatuses() {
    if (!this.dialect.online) return;
    const since = Date.now();
    const ids = this._others.map((other) => other.id);
    const online = await this._latest("statuses", (frontend) => this.dialect.online(frontend, ids));
    for (const [id, is] of Object.entries(online ?? {})) {
      if (!(this._chats.get(id)?.toldAt >= since)) this._status(id, is);
    }
  }

  async _loadChats() {
    const all = await this._latest("chats", (frontend) => this.dialect.list(frontend));
    if (!all) return;
    for (const found of all) {
      const id = String(found.partner.id);
      this._chats.set(id, {...this._chats.get(id), ...found});
    }
    this._drawChats();
  }

  async _loadNotices() {
    const found = await this._latest("notices", (frontend) => this.dialect.notices(frontend));
    if (found) this._notices.set(found);
  }

  async _try(work) {
    const {frontend} = this;
    try {
      await work();
    } catch (error) {
      if (frontend !== this.frontend || frontend.cut) return;
      this.trouble(error.message);
      if (error instanceof CutOff) this._later();
    }
  }

  _toggleNetwork() {
    if (this.frontend.cut) this.frontend.mend();
    else this.frontend.cutOff();
  }

  _speak(name) {
    this.frontend.close();
    const partner = this._chat?.partner;
    this.dialect = DIALECTS[name];
    this._left = 0;
    this._forget();
    this._chose(name);
    if (this._link_alone) this._link_alone.search = new URLSearchParams({user: this.person.id, dialect: name});
    this._connect();
    if (partner) this._open(partner);
  }

  /** All that was heard in a dialect, and what was asked in it; what waits to be sent is kept. */
  _forget() {
    this._asked = {};
    this._unanswered = false;
    for (const [id, {partner}] of this._chats) this._chats.set(id, {partner, unread: 0});
    this._notices.set({items: [], unread: 0});
    this._unsent.keep(this._chat);
    this._unsent.translate();
    this._chat = null;
  }

  // What the frontend hears, whatever its dialect calls it

  _told() {
    return {
      message: (message) => this._heard(message),
      read: (ids) => this._chat?.wereRead(ids),
      deleted: (id) => this._chat?.deleted(id),
      typing: (id, on) => this.isOpen(id) && this._chat.typing(on),
      notice: (notice) => this._rang(notice),
      noticesRead: () => this._try(() => this._allRead()),
      status: (id, online) => this._status(id, online, Date.now()),
      trouble: (text) => this.trouble(text),
    };
  }

  _heard(message) {
    const here = message.room === undefined ? this._with(message) : message.room === this._chat?.id;
    if (here) this._chat.heard(message);
    this._soon();
  }

  _with({from, to}) {
    return this.isOpen(String(from) === String(this.person.id) ? to : from);
  }

  /** Whether the chat with this person is the one that is seen. */
  isOpen(id) {
    return this._chat !== null && String(this._chat.partner.id) === String(id);
  }

  /** Shown at once; the count is asked for again, since it may be on its way and have it already. */
  _rang(notice) {
    this._notices.add(notice);
    this._countAgain = true;
    this._soon();
  }

  _soon() {
    clearTimeout(this._refresh);
    this._refresh = setTimeout(() => this._try(() => this._reload()), SOON);
  }

  async _reload() {
    const countAgain = this._countAgain;
    this._countAgain = false;
    await Promise.all([this._loadChats(), countAgain && this._loadNotices()]);
  }

  _status(id, online, toldAt) {
    const chat = this._chats.get(String(id));
    if (chat) Object.assign(chat, {online, toldAt});
    this._drawChats();
  }

  // What the person does

  async _open(partner) {
    const before = this._chat;
    const same = before?.partner.id === partner.id;
    this._unsent.keep(before);
    this._chat = same ? null : (this._unsent.take(partner) ?? new Chat(this, partner));
    this._body.replaceChildren(this._chat?.root ?? this._nothingOpen());
    this._drawChats();
    await this._try(async () => {
      await before?.leave();
      if (this.frontend.link === "connected") await this._chat?.enter();
      await this._loadChats();
    });
  }

  _nothingOpen() {
    const text = `No conversation is open, so whatever is said to ${this.person.name} rings the bell.`;
    return h("p", {class: "none"}, text);
  }

  _readNotices() {
    return this._try(async () => {
      await this.dialect.readNotices(this.frontend);
      await this._allRead();
    });
  }

  /** All until now: what came since is asked for, and what was on its way before counts no more. */
  _allRead() {
    this._notices.allRead();
    return this._loadNotices();
  }

  _ring() {
    return this._try(async () => this.frontend.call("POST", "/demo/notify", {userId: this.person.id}));
  }

  async _offerWaking() {
    this._publicKey = await offered();
    if (this._publicKey) this._notices.offerWaking();
  }

  async _wake() {
    try {
      await wake(this.frontend, this._publicKey);
      this._notices.say(`This browser is woken for ${this.person.name} while nobody has the page of ${this.person.name} open.`);
    } catch (error) {
      this._notices.say(error.message);
    }
  }

  // Drawing

  _drawLink() {
    const {link, socket} = this._frontend;
    const words = {
      connected: `Connected, ${socket.io.engine?.transport?.name ?? ""}${this._back ?? ""}`,
      connecting: "Connecting …",
      cut: "Network cut: what is said now waits",
    };
    this._link.dataset.link = link;
    if (this._link.textContent !== words[link]) this._link.textContent = words[link];
    this._cut.textContent = link === "cut" ? "Mend the network" : "Cut the network";
    this.root?.classList.toggle("off", link === "cut");
  }

  _drawChats() {
    const focused = document.activeElement?.dataset?.partner;
    const rows = [...this._chats.values()].map((chat) => h("li", {}, this._chatButton(chat)));
    this._list.replaceChildren(...rows);
    if (focused && !document.activeElement?.dataset?.partner) {
      this._list.querySelector(`[data-partner="${CSS.escape(focused)}"]`)?.focus();
    }
  }

  _chatButton({partner, online, unread, text}) {
    const state = online === undefined ? "status unknown" : online ? "online" : "offline";
    const shown = unread && !this.isOpen(partner.id) ? unread : 0;
    return h(
      "button",
      {
        type: "button",
        "data-partner": `${this.person.id}-${partner.id}`,
        "aria-pressed": String(this.isOpen(partner.id)),
        onclick: () => this._open(partner),
      },
      h("span", {class: "dot", "data-state": state, "aria-hidden": "true"}),
      h("span", {class: "partner"}, partner.name),
      h("span", {class: "sr"}, `, ${state}`),
      text ? h("span", {class: "last"}, text) : null,
      shown ? h("span", {class: "count"}, String(shown), h("span", {class: "sr"}, " unread")) : null,
    );
  }
}
