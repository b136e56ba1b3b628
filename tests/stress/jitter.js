// Pages in one group whose connections are torn again and again, as on a train.
// argv: nodes' URLs, comma-separated; "closed" or "silent"; seconds between two tears of a page, at
// least; seconds that it waits before it comes back. stdin: a line of JSON with {people, room}, then
// "report". stdout: "ready", then a line of JSON with what each page heard and how it came back.
"use strict";
const net = require("node:net");
const readline = require("node:readline");
const { io } = require("../node/node_modules/sio-4.8");

const [nodes, how, pause, delay] = process.argv.slice(2);
const ports = nodes.split(",").map((url) => Number(new URL(url).port));
const pages = [];
const behind = new Map();
let tearing = true;

// The wire of all pages: a connection leads to any node that listens, and may fall silent.
const wire = net.createServer((near) => {
  const far = net.connect(ports[Math.floor(Math.random() * ports.length)], "127.0.0.1");
  const both = { near, far, silent: false };
  behind.set(near.remotePort, both);
  for (const [from, to] of [[near, far], [far, near]]) {
    from.on("data", (data) => both.silent || to.write(data));
    from.on("error", () => {});
    from.on("close", () => both.silent || to.destroy());
  }
});

function tear(page) {
  const tcp = page.socket.io.engine?.transport?.ws?._socket;
  if (!page.socket.connected || !tcp) return;
  const both = behind.get(tcp.localPort);
  if (how === "silent" && both) both.silent = true; // the node is told nothing
  page.torn++;
  page.socket.io.engine.transport.ws.terminate();
}

function keepTearing(page) {
  const next = () => setTimeout(() => { if (tearing) { tear(page); next(); } }, pause * 1000 * (1 + Math.random() / 3));
  setTimeout(next, Math.random() * pause * 1000);
}

function page(url, { token }, room) {
  const socket = io(url, {
    auth: { token }, forceNew: true, transports: ["websocket"],
    extraHeaders: { "User-Agent": "Mozilla/5.0 (of a test)" },
    reconnectionDelay: delay * 1000, reconnectionDelayMax: delay * 2000, randomizationFactor: 0.5,
  });
  const made = { socket, heard: [], torn: 0, recovered: 0, anew: 0, excused: [], loaded: false };
  pages.push(made);
  socket.on("message:new", ({ seq }) => {
    // Who was told that events are lost has loaded what lies between.
    for (let n = (made.heard.at(-1) ?? 0) + 1; made.loaded && n < seq; n++) made.excused.push(n);
    made.loaded = false;
    made.heard.push(seq);
  });
  return new Promise((resolve) => {
    socket.once("connect", async () => {
      await socket.emitWithAck("join:conversation", room);
      socket.on("connect", () => {
        made.loaded = !socket.recovered;
        if (made.loaded) made.anew++;
        else made.recovered++;
      });
      keepTearing(made);
      resolve();
    });
  });
}

function report() {
  const found = pages.map(({ socket: _, ...page }) => page);
  console.log(JSON.stringify(found));
}

async function main() {
  await new Promise((resolve) => wire.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${wire.address().port}`;
  for await (const line of readline.createInterface({ input: process.stdin })) {
    if (line === "calm") tearing = false;
    else if (line === "report") report();
    else {
      const { people, room } = JSON.parse(line);
      for (let at = 0; at < people.length; at += 20) {
        await Promise.all(people.slice(at, at + 20).map((one) => page(url, one, room)));
      }
      console.log("ready");
    }
  }
  process.exit(0);
}

main();
