// 100 people in pairs, each with the real client, who say something to one another every second.
// argv: the node's URL. stdin: a line of JSON with their tokens, then "measure", then "report".
// stdout: "ready", then a line of JSON with how long the words took, in milliseconds.
"use strict";
const readline = require("node:readline");
const { io } = require("../node/node_modules/sio-4.8");

const EVERY = 1000;
const PATIENCE = 1000;
const url = process.argv[2];
const words = new Map();
let took = [];
let cut = 0;
let number = 0;

function connected(token) {
  const socket = io(url, { auth: { token }, forceNew: true });
  socket.on("disconnect", () => cut++);
  return new Promise((resolve, reject) => {
    socket.once("connect", () => resolve(socket));
    socket.once("connect_error", reject);
  });
}

function hears(socket, userId) {
  socket.on("message:new", (message) => {
    if (message.senderId === userId || !words.has(message.content)) return;
    took.push(performance.now() - words.get(message.content));
    words.delete(message.content);
  });
}

function says(socket, conversationId) {
  const content = `word ${++number}`;
  words.set(content, performance.now());
  socket.emit("message:send", { conversationId, content });
}

async function pair([one, other]) {
  const sockets = await Promise.all([connected(one.token), connected(other.token)]);
  const sent = await sockets[0].emitWithAck("message:send", { receiverId: other.id, content: "Hi" });
  const room = sent.data.conversationId;
  [one, other].forEach((person, n) => hears(sockets[n], person.id));
  await Promise.all(sockets.map((socket) => socket.emitWithAck("join:conversation", room)));
  for (const socket of sockets) {
    setTimeout(() => setInterval(says, EVERY, socket, room), Math.random() * EVERY);
  }
}

function report() {
  const now = performance.now();
  const lost = [...words.values()].filter((at) => now - at > PATIENCE).length;
  const all = took.concat(Array(lost).fill(Infinity)).sort((a, b) => a - b);
  const at = (share) => all[Math.min(all.length - 1, Math.floor(all.length * share))];
  const found = { words: all.length, p50: at(0.5), p99: at(0.99), lost, cut };
  console.log(JSON.stringify(found, (_, value) => (value === Infinity ? PATIENCE : value)));
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    if (line === "measure") {
      [took, cut] = [[], 0];
      words.clear();
    } else if (line === "report") {
      report();
    } else {
      const people = JSON.parse(line);
      for (let n = 0; n < people.length; n += 2) await pair(people.slice(n, n + 2));
      console.log("ready");
    }
  }
  process.exit(0);
}

main();
