// A Socket.IO server in Node.js as somebody has one before moving: it stores nothing, and says so.
"use strict";

const { createServer } = require("node:http");
const { Server } = require("socket.io");

const http = createServer();
const io = new Server(http);
io.on("connection", (socket) => {
  socket.on("message:send", (data, ack) => ack({ success: true, by: "old" }));
});
http.listen(0, "127.0.0.1", () => console.log(`listening on ${http.address().port}`));
