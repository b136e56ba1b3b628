// The stored 1:1 message (row W7) as one writes it for Node: one INSERT each, then emit and ack.
// It numbers nothing, joins no notification to the commit and knows its members from a Map, so it
// does less than the product it is compared with.
// DATABASE_URL=postgresql://… node server_pg.js PORT
const { createServer } = require("http");
const { randomUUID } = require("crypto");
const { Server } = require("socket.io");
const { Pool } = require("pg");
const authenticate = require("./auth");

const INSERT = {
  name: "insert-message",
  text: `INSERT INTO messages (id, conversation_id, sender_id, content, client_id, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)`,
};
const pool = new Pool({
  connectionString: process.env.DATABASE_URL,
  max: Number(process.env.PG_POOL || 20),
});
const http = createServer();
const io = new Server(http);
const members = new Map(); // conversation id → [user id, user id]
const conversationOfPair = new Map();

function person(id) {
  return { id, name: id, email: null, avatar: null };
}

function conversationWith(userId, otherId) {
  const pair = [userId, otherId].sort().join(" ");
  if (!conversationOfPair.has(pair)) {
    conversationOfPair.set(pair, randomUUID());
    members.set(conversationOfPair.get(pair), [userId, otherId]);
  }
  return conversationOfPair.get(pair);
}

function messageJson(id, conversationId, senderId, receiverId, { content, clientId }, at) {
  return {
    id, conversationId, senderId, receiverId, content,
    isRead: false, readAt: null, attachments: null, createdAt: at, updatedAt: at,
    sender: person(senderId), receiver: person(receiverId),
    clientId, editedAt: null,
  };
}

async function send(senderId, payload) {
  const conversationId = payload.conversationId || conversationWith(senderId, payload.receiverId);
  const pair = members.get(conversationId);
  if (!pair?.includes(senderId)) throw new Error("Access denied to this conversation");
  if (typeof payload.content !== "string" || !payload.content.trim()) throw new Error("empty");
  const receiverId = pair[0] === senderId ? pair[1] : pair[0];
  const id = randomUUID();
  const at = new Date().toISOString();
  const row = [id, conversationId, senderId, payload.content, payload.clientId, at];
  await pool.query({ ...INSERT, values: row });
  const message = messageJson(id, conversationId, senderId, receiverId, payload, at);
  io.to("conversation:" + conversationId).emit("message:new", message);
  return message;
}

io.use(authenticate);

io.on("connection", (socket) => {
  const { userId } = socket.data;
  socket.join("user:" + userId);
  socket.on("join:conversation", (id, ack) => {
    const allowed = members.get(id)?.includes(userId) ?? false;
    if (allowed) socket.join("conversation:" + id);
    ack?.({ success: allowed });
  });
  socket.on("message:send", async (payload, ack) => {
    try {
      ack?.({ success: true, data: await send(userId, payload) });
    } catch (error) {
      ack?.({ success: false, error: error.message });
    }
  });
});

async function main() {
  await pool.query(`CREATE TABLE IF NOT EXISTS messages (
    id uuid PRIMARY KEY, conversation_id uuid NOT NULL, sender_id varchar(64) NOT NULL,
    content text NOT NULL, client_id varchar(64), created_at timestamptz NOT NULL,
    UNIQUE (conversation_id, sender_id, client_id))`);
  http.listen(Number(process.argv[2]), "127.0.0.1", 4096);
}

main();
