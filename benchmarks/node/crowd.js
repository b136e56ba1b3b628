// A crowd of real clients in pairs that write to each other while their server is replaced.
// node crowd.js PORT CLIENTS
// Prints {"clients":N} when all are there and, when all have been away and are back,
// {"away_p50","away_max" in seconds, "refused" attempts, "acked", "missed" messages}.
const jwt = require("jsonwebtoken");
const { io } = require("socket.io-client");

const SECRET = "secret-secret-secret-secret-secret-32";
const [port, count] = process.argv.slice(2).map(Number);
const SEND_EVERY = 2000; // ms, of each client
const SETTLE = 2000; // ms that a message may take before it is missed
const LONGEST = 60000;
const AT_ONCE = 50;

const say = (line) => console.log(JSON.stringify(line));
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

class Client {
  constructor(number) {
    this.id = `u${number}`;
    this.partner = `u${number ^ 1}`;
    this.heard = new Set();
    this.acked = [];
    this.refused = 0;
    this.returned = false;
    const token = jwt.sign({ sub: this.id, exp: 2000000000 }, SECRET, { noTimestamp: true });
    const url = `http://127.0.0.1:${port}`;
    this.socket = io(url, { transports: ["websocket"], auth: { token }, forceNew: true });
    this.socket.on("connect", () => this.connected());
    this.socket.on("disconnect", () => (this.left ??= performance.now()));
    this.socket.on("connect_error", () => this.refused++);
    this.socket.on("message:new", (message) => this.heard.add(message.clientId));
    this.there = new Promise((resolve) => (this.isThere = resolve));
  }

  async connected() {
    if (this.left !== undefined && !this.returned) {
      this.away = performance.now() - this.left;
      this.returned = true;
    }
    const hello = await this.send("here");
    if (!hello) return;
    await this.socket.emitWithAck("join:conversation", hello.conversationId);
    this.isThere();
  }

  async send(clientId) {
    const message = { receiverId: this.partner, content: "Lunch?", clientId };
    try {
      const ack = await this.socket.timeout(LONGEST).emitWithAck("message:send", message);
      return ack.data;
    } catch {
      return undefined; // gone before its ack
    }
  }

  async talk() {
    await sleep(Math.random() * SEND_EVERY);
    for (let n = 0; ; n++) {
      const clientId = `${this.id}-${n}`;
      if (this.socket.connected && (await this.send(clientId))) this.acked.push(clientId);
      await sleep(SEND_EVERY);
    }
  }
}

async function main() {
  const clients = [];
  for (let n = 0; n < count; n += AT_ONCE) {
    const few = Array.from({ length: Math.min(AT_ONCE, count - n) }, (_, i) => new Client(n + i));
    await Promise.all(few.map((client) => client.there));
    clients.push(...few);
  }
  clients.forEach((client) => client.talk());
  await sleep(SEND_EVERY);
  for (const client of clients) client.acked = [];
  say({ clients: clients.length });

  const deadline = performance.now() + LONGEST;
  while (!clients.every((client) => client.returned)) {
    if (performance.now() > deadline) throw new Error("not all came back");
    await sleep(20);
  }
  const sent = clients.map((client) => [...client.acked]);
  await sleep(SETTLE);
  const away = clients.map((client) => client.away / 1000).sort((a, b) => a - b);
  const acked = sent.flat().length;
  const missed = sent.flatMap((ids, n) => ids.filter((id) => !clients[n ^ 1].heard.has(id))).length;
  const refused = clients.reduce((sum, client) => sum + client.refused, 0);
  say({ away_p50: away[away.length >> 1], away_max: away.at(-1), refused, acked, missed });
  process.exit(0);
}

main().catch((error) => {
  say({ error: error.message });
  process.exit(1);
});
