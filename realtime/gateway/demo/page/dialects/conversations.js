// A marketplace's frontend: rooms that are joined, typing, receipts, statuses.

const message = (m) => ({
  id: m.id,
  from: m.senderId,
  to: m.receiverId,
  text: m.content,
  at: m.createdAt,
  read: m.isRead,
  clientId: m.clientId,
});

const notice = (n) => ({id: n.id, title: n.title, text: n.message, at: n.createdAt, read: n.isRead});

// On a path that several dialects have, the node’s default answers whoever does not say which.
const OURS = "dialect=conversations";

const rows = (answer) => (Array.isArray(answer) ? answer : answer.data);

export const conversations = {
  name: "conversations",
  label: "conversations (market)",
  namespace: "/",
  lacks: "",
  countsOnce: true,

  async list(f) {
    const found = rows(await f.call("GET", `/api/messages/conversations?${OURS}`));
    return found
      .filter((row) => row.otherUser)
      .map((row) => ({
        partner: row.otherUser,
        text: row.lastMessage?.content,
        at: row.lastMessageAt,
        unread: row.unreadCount,
      }));
  },

  async open(f, partner) {
    const ready = await f.call("POST", "/api/messages/start-conversation", {otherUserId: partner.id});
    const id = ready.data?.conversationId ?? ready.id;
    f.emit("join:conversation", id);
    const page = await f.call("GET", `/api/messages/conversations/${id}`);
    return {id, messages: (page.messages ?? page).map(message)};
  },

  async close(f, chat) {
    f.emit("leave:conversation", chat.id);
  },

  async send(f, chat, text, clientId) {
    const body = {conversationId: chat.id, content: text, clientId};
    const answer = await f.call("POST", `/api/messages?${OURS}`, body);
    return message(answer.data ?? answer);
  },

  async read(f, chat) {
    await f.call("PUT", `/api/messages/conversations/${chat.id}/read`);
  },

  typing(f, chat, on) {
    f.emit(on ? "typing:start" : "typing:stop", {conversationId: chat.id});
  },

  async notices(f) {
    const [found, count] = await Promise.all([
      f.call("GET", `/api/notifications?${OURS}&limit=20`),
      f.call("GET", `/api/notifications/unread-count?${OURS}`),
    ]);
    return {items: rows(found).map(notice), unread: count.unreadCount};
  },

  async readNotices(f) {
    const answer = await f.emit("notifications:read-all", undefined, {acked: true});
    if (answer?.success === false) throw new Error(answer.error);
  },

  async online(f, ids) {
    const found = await f.emit("users:get-status", ids, {acked: true});
    return Object.fromEntries(found.map((row) => [row.userId, row.status === "online"]));
  },

  greet() {},

  hears(f, told) {
    return {
      "message:new": (m) => told.message(message(m)),
      "messages:read": ({messageIds}) => told.read(messageIds),
      "message:deleted": ({messageId}) => told.deleted(messageId),
      "typing:start": ({userId}) => told.typing(userId, true),
      "typing:stop": ({userId}) => told.typing(userId, false),
      "notification:new": (n) => told.notice(notice(n)),
      "notifications:read-all": () => told.noticesRead(),
      "user:status-changed": ({userId, status}) => told.status(userId, status === "online"),
    };
  },
};
