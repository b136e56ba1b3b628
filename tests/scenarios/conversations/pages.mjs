// Seed 002's hook and its two components without React: the same calls, in the same order, with the
// state in plain fields. Ada has one device, Bob two. Fails by its exit code.
import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { io } from "socket.io-client";

const [url, adasToken, bobsToken, ...transports] = process.argv.slice(2);
const rendering = new EventEmitter().setMaxListeners(0);

// What `setState` does: the page is drawn again.
const render = () => rendering.emit("render");

// Wait until the pages show it.
async function shows(what, seen) {
  const patience = AbortSignal.timeout(5000);
  while (!seen()) {
    await once(rendering, "render", { signal: patience }).catch(() => assert.fail(`never: ${what}`));
  }
}

function useWebSocket(token) {
  const hook = { isConnected: false };
  hook.socket = io(url, { auth: { token }, path: "/socket.io/", transports, forceNew: true });
  hook.socket.on("connect", () => {
    hook.isConnected = true;
    render();
  });
  hook.socket.on("disconnect", () => {
    hook.isConnected = false;
    render();
  });
  hook.socket.on("connect_error", (error) => assert.fail(error.message));
  return hook;
}

function MessageScreen({ conversationId, hook: { socket } }) {
  const page = { messages: [], onlineUsers: [], typingUsers: new Set() };
  const set = (change) => {
    Object.assign(page, change);
    render();
  };
  socket.emit("join:conversation", conversationId);
  socket.emit("conversation:get-online-users", conversationId, (users) => set({ onlineUsers: users }));
  socket.on("message:new", (message) => set({ messages: [...page.messages, message] }));
  socket.on("typing:start", ({ userId }) => set({ typingUsers: new Set(page.typingUsers).add(userId) }));
  socket.on("typing:stop", ({ userId }) => {
    const rest = new Set(page.typingUsers);
    rest.delete(userId);
    set({ typingUsers: rest });
  });
  socket.on("messages:read", ({ messageIds }) => set({
    messages: page.messages.map((message) =>
      messageIds.includes(message.id) ? { ...message, isRead: true } : message),
  }));
  socket.on("message:deleted", ({ messageId }) => set({
    messages: page.messages.filter((message) => message.id !== messageId),
  }));
  page.handleTyping = (isTyping) =>
    socket.emit(isTyping ? "typing:start" : "typing:stop", { conversationId });
  page.unmount = () => {
    socket.emit("leave:conversation", conversationId);
    for (const event of ["message:new", "typing:start", "typing:stop", "messages:read", "message:deleted"]) {
      socket.off(event);
    }
  };
  return page;
}

function NotificationCenter({ hook: { socket } }) {
  const page = { notifications: [], unreadCount: 0, popups: [] };
  const set = (change) => {
    Object.assign(page, change);
    render();
  };
  socket.on("notification:new", (notification) => {
    set({
      notifications: [notification, ...page.notifications],
      unreadCount: page.unreadCount + 1,
      popups: [...page.popups, [notification.title, { body: notification.message }]],
    });
  });
  socket.on("notification:read", (notificationId) => set({
    notifications: page.notifications.map((each) =>
      each.id === notificationId ? { ...each, isRead: true } : each),
    unreadCount: Math.max(0, page.unreadCount - 1),
  }));
  socket.on("notifications:read-all", () => set({
    notifications: page.notifications.map((each) => ({ ...each, isRead: true })),
    unreadCount: 0,
  }));
  page.markAsRead = (notificationId) => socket.emit("notification:read", notificationId);
  page.markAllAsRead = () => socket.emit("notifications:read-all");
  return page;
}

const rest = (token) => async (method, path, body) => {
  const answer = await fetch(url + path, {
    method,
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
  });
  assert.ok(answer.ok, `${method} ${path}: ${answer.status}`);
  return answer.json();
};

const [ada, bob] = [adasToken, bobsToken].map(rest);
const [adas, bobs, phones] = [adasToken, bobsToken, bobsToken].map(useWebSocket);
await shows("everybody connected", () => adas.isConnected && bobs.isConnected && phones.isConnected);

// Two users in one conversation.
const { data } = await ada("POST", "/api/messages/start-conversation", { otherUserId: "bob" });
const conversationId = data.conversationId;
const hers = MessageScreen({ conversationId, hook: adas });
await shows("nobody else there", () => Array.isArray(hers.onlineUsers));
const his = MessageScreen({ conversationId, hook: bobs });
await shows("Ada is online", () => his.onlineUsers.includes("ada"));
assert.deepEqual(his.onlineUsers, ["ada"]);

// Typing, and a message over REST, which ends it.
hers.handleTyping(true);
await shows("Ada types", () => his.typingUsers.has("ada"));
hers.handleTyping(false);
await shows("Ada has stopped", () => !his.typingUsers.has("ada"));
hers.handleTyping(true);
await shows("Ada types again", () => his.typingUsers.has("ada"));
const sent = await ada("POST", "/api/messages", { receiverId: "bob", content: "Lunch?" });
await shows("the message, on both pages", () => hers.messages.length === 1 && his.messages.length === 1);
assert.deepEqual(his.messages[0], sent.data);
assert.deepEqual(hers.messages[0], sent.data);
assert.equal(his.messages[0].sender.name, "Ada");
await shows("Ada has stopped typing", () => his.typingUsers.size === 0);
assert.equal(hers.typingUsers.size, 0);

// Read, and seen to be read.
assert.deepEqual(await bob("GET", "/api/messages/unread-count"), { unreadCount: 1, count: 1 });
await bob("PUT", `/api/messages/conversations/${conversationId}/read`);
await shows("read, on both pages", () => hers.messages[0].isRead && his.messages[0].isRead);
assert.deepEqual(await bob("GET", "/api/messages/unread-count"), { unreadCount: 0, count: 0 });

// Deleted.
await ada("DELETE", `/api/messages/${sent.data.id}`);
await shows("no message", () => hers.messages.length === 0 && his.messages.length === 0);

// Bob closes the conversation: messages notify him, on both devices.
const [desk, phone] = [bobs, phones].map((hook) => NotificationCenter({ hook }));
his.unmount();
await bobs.socket.emitWithAck("user:get-status", "ada");
await ada("POST", "/api/messages", { receiverId: "bob", content: "Still there?" });
await shows("a notification on both", () => desk.unreadCount === 1 && phone.unreadCount === 1);
assert.deepEqual(desk.popups, [["New message from Ada", { body: "Still there?" }]]);
assert.equal(desk.notifications[0].link, `/messages/${conversationId}`);
assert.deepEqual(phone.notifications, desk.notifications);

// Read on one device, seen on the other.
phone.markAsRead(phone.notifications[0].id);
await shows("read on the desk", () => desk.unreadCount === 0 && desk.notifications[0].isRead);
assert.equal(phone.unreadCount, 1, "its own page counts by itself");
await ada("POST", "/api/messages", { receiverId: "bob", content: "Bob?" });
await shows("another one", () => desk.unreadCount === 1);
desk.markAllAsRead();
await shows("all read on the phone", () => phone.unreadCount === 0);
assert.ok(phone.notifications.every((each) => each.isRead));
assert.deepEqual(his.messages, [], "a closed page hears nothing");
assert.deepEqual(await bob("GET", "/api/notifications/unread-count"), { unreadCount: 0, count: 0 });

for (const { socket } of [adas, bobs, phones]) socket.disconnect();
console.log("all of it");
