// A job board's frontend: everything by the other person's id, and no receipts.

const message = (m) => ({
  id: m.id,
  from: m.senderId,
  to: m.recipientId,
  text: m.message,
  at: m.createdAt,
  read: m.isRead,
});

const notice = (n) => ({id: n.id, title: n.title, text: n.content, at: n.createdAt, read: n.isRead});

export const jobs = {
  name: "jobs",
  label: "jobs (job board)",
  namespace: "/",
  lacks: "It has no receipts, and hears a status only when it changes.",

  async list(f) {
    const found = await f.call("GET", "/api/realtime/chat/conversations");
    return found.conversations.map((row) => ({
      partner: {id: row.userId, name: row.userName},
      text: row.lastMessage,
      at: row.lastMessageAt,
      unread: row.unreadCount,
    }));
  },

  async open(f, partner) {
    const found = await f.call("GET", `/api/realtime/chat/${encodeURIComponent(partner.id)}`);
    return {id: partner.id, messages: found.messages.map(message)};
  },

  async close() {},

  async send(f, chat, text, clientId) {
    const at = new Date().toISOString();
    const payload = {recipientId: chat.partner.id, message: text, messageType: "text", timestamp: at};
    const answer = await f.emit("send_message", payload, {acked: true});
    if (answer?.success === false) throw new Error(answer.error);
    return {from: f.person.id, to: chat.partner.id, text, at, clientId};
  },

  async read(f, chat) {
    await f.call("GET", `/api/realtime/chat/${encodeURIComponent(chat.partner.id)}?limit=1`);
  },

  typing(f, chat, on) {
    if (on) f.emit("typing", {recipientId: chat.partner.id, timestamp: new Date().toISOString()});
  },

  async notices(f) {
    const found = await f.call("GET", "/api/realtime/notifications?limit=20");
    return {items: found.notifications.map(notice), unread: found.unread};
  },

  async readNotices(f) {
    await f.call("PUT", "/api/realtime/notifications/mark-all-read");
  },

  online: null,

  greet(f) {
    f.emit("user_online");
  },

  hears(f, told) {
    return {
      message_received: (m) => told.message(message(m)),
      user_typing: ({userId}) => told.typing(userId, true),
      notification: (n) => told.notice(notice(n)),
      user_status: ({userId, status}) => told.status(userId, status === "online"),
    };
  },
};
