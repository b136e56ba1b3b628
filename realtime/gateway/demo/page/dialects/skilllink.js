// A course's frontend: it sends by REST alone, in namespace /api, and hears three events.

const message = (m) => ({
  id: m.id,
  from: m.senderId,
  to: m.receiverId,
  text: m.content,
  at: m.createdAt,
  read: m.read,
});

const notice = (n) => ({id: n.id, title: n.title, text: n.message, at: n.createdAt, read: n.read});

export const skilllink = {
  name: "skilllink",
  label: "skilllink (course)",
  namespace: "/api",
  lacks: "It has no typing, statuses or receipts; the bell is for the application’s notifications.",

  async list(f) {
    const found = await f.call("GET", "/messages/conversations");
    return found.data.map((row) => ({
      partner: row.partner,
      text: row.lastMessage.content,
      at: row.lastMessage.createdAt,
      unread: row.unreadCount,
    }));
  },

  async open(f, partner) {
    const found = await f.call("GET", `/messages/conversation/${encodeURIComponent(partner.id)}`);
    return {id: partner.id, messages: found.data.map(message)};
  },

  async close() {},

  async send(f, chat, text) {
    const body = {receiverId: chat.partner.id, content: text};
    return message((await f.call("POST", "/messages", body)).data);
  },

  async read(f, chat) {
    await f.call("PUT", `/messages/read/${encodeURIComponent(chat.partner.id)}`);
  },

  typing: null,

  async notices(f) {
    const [found, count] = await Promise.all([
      f.call("GET", "/notifications"),
      f.call("GET", "/notifications/unread-count"),
    ]);
    return {items: found.data.map(notice), unread: count.data.count};
  },

  async readNotices(f) {
    await f.call("PUT", "/notifications/mark-all-read");
  },

  online: null,

  greet() {},

  hears(f, told) {
    return {
      new_message: (m) => told.message(message(m)),
      // With skilllink.messages_as a message comes as a notification that holds it.
      notification: (n) => (n.message?.content ? told.message(message(n.message)) : told.notice(notice(n))),
    };
  },
};
