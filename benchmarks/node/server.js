// The application of benchmarks/application.py on Node's Socket.IO server, event by event.
// node server.js PORT, or bun server.js PORT: on Bun's own HTTP server and WebSockets
// With RECOVERY clients that come back are told what they missed, if the server remembers them.
// With REDIS_URL several of them are one, by the adapter for Redis Streams.
const { createServer } = require("http");
const { setTimeout: sleep } = require("timers/promises");
const { Server } = require("socket.io");
const authenticate = require("./auth");

const bun = typeof Bun !== "undefined";
const http = bun ? null : createServer();
const recovery = process.env.RECOVERY ? { connectionStateRecovery: {} } : {};
const io = bun ? new Server() : new Server(http, recovery);
const disconnectReasons = [];
let lastId = 0;

io.use(authenticate);

io.on("connection", (socket) => {
  const { userId } = socket.data;
  socket.join("user:" + userId);

  // What is measured.
  socket.on("join", (room, ack) => {
    socket.join(room);
    ack?.({ ok: true });
  });
  socket.on("pub", (message) => io.to("room1").emit("message:new", message));
  socket.on("message:send", (message, ack) => {
    const id = ++lastId;
    io.to("user:" + message.to).emit("message:new", {
      id,
      from: userId,
      to: message.to,
      content: message.content,
      client_id: message.client_id,
      created_at: "2026-11-21T05:00:00.000Z",
    });
    ack?.({ ok: true, id });
  });

  // What check.js needs to see that the server is right.
  socket.on("echo", (data, ack) => {
    socket.emit("echo", data);
    ack?.(data);
  });
  socket.on("callme", async (data, ack) => {
    ack(await socket.timeout(5000).emitWithAck("question", data));
  });
  socket.on("pubskip", (room, message) => socket.to(room).emit("message:new", message));
  socket.on("leave", (room, ack) => {
    socket.leave(room);
    ack?.([...socket.rooms].filter((name) => name !== socket.id).sort());
  });
  socket.on("kick", () => socket.disconnect());
  socket.on("discs", (ack) => ack(disconnectReasons.slice(-50)));
  socket.on("disconnect", (reason) => disconnectReasons.push(reason));
  socket.on("order", (count, ack) => {
    const room = "ord:" + socket.id;
    socket.join(room);
    for (let i = 0; i < count; i++) {
      if (i % 3 === 0) io.to(room).emit("o", i);
      else if (i % 3 === 1) socket.emit("o", i);
      else io.to([room, "zz"]).emit("o", i);
    }
    ack(count);
  });
  socket.on("bigroom", async (room, count) => {
    for (let i = 0; i < count; i++) {
      io.to(room).emit("b", i);
      if (i % 5 === 0) socket.emit("d", i);
      if (i % 50 === 49) await sleep(2);
    }
  });
});

io.of("/chat").on("connection", (socket) => {
  socket.on("hello", (data, ack) => {
    socket.emit("hi", data);
    ack({ ns: true });
  });
});

async function meetOthers() {
  if (!process.env.REDIS_URL) return;
  const { createClient } = require("redis");
  const { createAdapter } = require("@socket.io/redis-streams-adapter");
  const client = createClient({ url: process.env.REDIS_URL });
  await client.connect();
  io.adapter(createAdapter(client));
}

const port = Number(process.argv[2]);
if (bun) {
  const { Server: Engine } = require("@socket.io/bun-engine");
  const engine = new Engine({ path: "/socket.io/" });
  io.bind(engine);
  Bun.serve({ port, hostname: "127.0.0.1", idleTimeout: 60, ...engine.handler() });
} else {
  meetOthers().then(() => http.listen(port, "127.0.0.1", 4096));
}
