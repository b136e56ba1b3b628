// A social network's frontend: chat rooms and their history over the socket.

const message = (m) => ({id: m._id, from: m.senderId, room: m.chatRoomId, text: m.text, at: m.createdAt});

const notice = (n) => ({id: n._id, title: n.type, text: n.message, at: n.createdAt, read: n.isRead});

const PATIENCE = 8000;

/** The history of a room, which comes as an event of its own. */
function history(f, id) {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error("No history came.")), PATIENCE);
    const hear = (found) => {
      if (found.chatRoomId !== id) return;
      clearTimeout(late);
      f.socket.off("message_history", hear);
      resolve(found.messages);
    };
    f.socket.on("message_history", hear);
    f.emit("get_history", {chatRoomId: id, limit: 50});
  });
}

export const linsta = {
  name: "linsta",
  label: "linsta (social app)",
  namespace: "/",
  lacks: "It has no typing and no receipts; the bell is for the application’s notifications.",

  async list(f) {
    const rooms = await f.call("GET", "/api/chat/rooms");
    return rooms.map((room) => {
      const other = room.participants.find((each) => String(each._id) !== String(f.person.id));
      return {partner: {id: other._id, name: other.name}, at: room.updatedAt, unread: 0};
    });
  },

  async open(f, partner) {
    const room = await f.call("POST", "/api/chat/rooms", {otherUserId: partner.id});
    const id = room.chatRoomId;
    f.emit("join_room", {chatRoomId: id});
    return {id, messages: (await history(f, id)).map(message)};
  },

  async close() {},

  async send(f, chat, text) {
    const answer = await f.emit("send_message", {chatRoomId: chat.id, text}, {acked: true});
    if (answer?.success === false) throw new Error(answer.error);
    return null; // it comes as `receive_message`, to the sender as well
  },

  async read(f, chat) {
    await f.call("POST", `/api/chat/rooms/${chat.id}/read`);
  },

  typing: null,

  async notices(f) {
    const [items, count] = await Promise.all([
      f.call("GET", "/api/notifications?dialect=linsta"),
      f.call("GET", "/api/notifications/unread/count"),
    ]);
    return {items: items.map(notice), unread: count.unreadCount};
  },

  async readNotices(f) {
    await f.call("PUT", "/api/notifications/mark-all/read");
  },

  async online(f, ids) {
    const found = await Promise.all(
      ids.map((id) => f.call("GET", `/api/users/status/${encodeURIComponent(id)}`)),
    );
    return Object.fromEntries(found.map((row) => [row.userId, row.online]));
  },

  greet(f) {
    f.emit("subscribe_notifications");
  },

  hears(f, told) {
    return {
      receive_message: (m) => told.message(message(m)),
      notification: (n) => told.notice(notice(n)),
      error: ({message: text}) => told.trouble(text),
    };
  },
};
