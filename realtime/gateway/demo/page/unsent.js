// Chats that were closed before all that was written in them could be sent.

export class Unsent {
  constructor() {
    this._chats = new Map();
  }

  /** A chat is closed: keep it, if something waits in it. */
  keep(chat) {
    if (chat?.waits) this._chats.set(String(chat.partner.id), chat);
  }

  /** The chat with somebody that waits here, to be opened again. */
  take(partner) {
    const id = String(partner.id);
    const kept = this._chats.get(id);
    this._chats.delete(id);
    return kept?.waits ? kept : undefined;
  }

  /** Another dialect is spoken: what waits is to be sent in its words. */
  translate() {
    for (const [id, chat] of this._chats) this._chats.set(id, chat.anew());
  }

  /** The network is there: send what waits. */
  async deliver() {
    for (const [id, chat] of this._chats) {
      if (chat.waits) await chat.deliver();
      if (!chat.waits && this._chats.get(id) === chat) this._chats.delete(id);
    }
  }
}
