// Pages on a train: in one room, where somebody talks twice a second, while each page's connection
// is torn every 15 to 20 s. socket.io-client brings it back by itself, after 2 s give or take one.
// node train.js PORT PAGES MESSAGES closed|silent bare|product
// `closed`: the server is told at once; `silent`: nobody is told, what is sent is swallowed.
// `bare` is the application of server.js, `product` is realtime's.
// Prints {"pages":N} when all are there, {"half":true} when half is said, and at the end what they
// heard: see `report`.
const net = require("net");
const jwt = require("jsonwebtoken");
const { io } = require("socket.io-client");

const SECRET = "secret-secret-secret-secret-secret-32";
const [port, count, messages] = process.argv.slice(2, 5).map(Number);
const [how, kind] = process.argv.slice(5);
const URL = `http://127.0.0.1:${port}`;
const EVERY = 500; // ms between two messages, by the clock
const TORN_EVERY = 15000; // ms, and up to a third more
const AWAY = 2000; // ms, half of it less or more
const SETTLE = 3000; // ms for the last to arrive when everybody is back
const LONGEST = 120000; // ms until everybody is back, at most
const AT_ONCE = 50;
const ACK = 2000;

const say = (line) => console.log(JSON.stringify(line));
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const due = []; // when each message was to be said
const pages = [];
const wires = new Map();
let tearing = true;

// The wire of all pages that may be torn in silence.
const wire = net.createServer((near) => {
  const both = { silent: false };
  const far = net.connect(port, "127.0.0.1");
  wires.set(near.remotePort, both);
  for (const [from, to] of [[near, far], [far, near]]) {
    from.on("data", (data) => both.silent || to.write(data));
    from.on("error", () => {});
    from.on("close", () => both.silent || to.destroy());
  }
});

function connect(url, id, more) {
  const token = jwt.sign({ sub: id, exp: 2000000000 }, SECRET, { noTimestamp: true });
  return io(url, {
    auth: { token }, transports: ["websocket"], forceNew: true,
    extraHeaders: { "User-Agent": "Mozilla/5.0 (of a benchmark)" }, ...more,
  });
}

class Page {
  constructor(url, number, room) {
    const delays = { reconnectionDelay: AWAY, reconnectionDelayMax: AWAY, randomizationFactor: 0.5 };
    this.socket = connect(url, `u${number}`, delays);
    this.heard = [];
    this.late = [];
    this.there = []; // when it connected and when it was cut off, by turns
    this.torn = this.recovered = 0;
    this.socket.on("message:new", (message) => this.hears(Number(message.content)));
    this.ready = new Promise((resolve) => {
      this.socket.on("connect", () => {
        this.there.push(performance.now());
        if (this.there.length === 1) resolve(room.enter(this.socket));
        else if (this.socket.recovered) this.recovered++;
        else room.enter(this.socket).catch(() => {}); // torn meanwhile: it enters when it is back
      });
    });
    this.socket.on("disconnect", () => this.there.push(performance.now()));
  }

  hears(number) {
    if (this.wasThere(due[number]) === false) this.late.push(performance.now() - due[number]);
    this.heard.push(number);
  }

  // Whether it was connected at a time, and a second later; undefined near its edges.
  wasThere(time) {
    const at = this.there.filter((each) => each <= time).length;
    const then = this.there.filter((each) => each <= time + 1000).length;
    return at === then ? at % 2 === 1 : at % 2 === 0 ? false : undefined;
  }

  tear() {
    const tcp = this.socket.io.engine?.transport?.ws?._socket;
    if (!tearing || !this.socket.connected || !tcp) return;
    const both = wires.get(tcp.localPort);
    if (both) both.silent = true;
    this.torn++;
    this.socket.io.engine.transport.ws.terminate();
  }

  async rides() {
    await sleep(Math.random() * TORN_EVERY);
    for (; tearing; await sleep(TORN_EVERY * (1 + Math.random() / 3))) this.tear();
  }
}

const bare = {
  async open() {},
  enter: (socket) => socket.emitWithAck("join", "room1"),
  send: async (socket, number) => socket.emit("pub", { content: String(number) }),
};

async function asked(method, path, body) {
  const answer = await fetch(`${URL}/api/server${path}`, {
    method,
    headers: { authorization: `Bearer ${process.env.SERVER_KEY}`, "content-type": "application/json" },
    body: body && JSON.stringify(body),
  });
  const said = await answer.json();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${said.error}`);
  return said.data;
}

const product = {
  async open(pages, speaker) {
    const made = await asked("POST", "/conversations", { participantIds: pages, title: "A train" });
    this.id = made.id;
    await asked("PUT", `/conversations/${this.id}/participants/${speaker}`);
  },
  enter(socket) {
    return socket.emitWithAck("join:conversation", this.id);
  },
  async send(socket, number) {
    const message = { conversationId: this.id, content: String(number), clientId: `m${number}` };
    for (;;) {
      try {
        return await socket.timeout(ACK).emitWithAck("message:send", message);
      } catch {
        // Not acked in time: once more, it is stored once.
      }
    }
  },
};

const middle = (values, share) =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))];

function report() {
  const said = messages * pages.length;
  const sum = (of) => pages.reduce((total, page) => total + of(page), 0);
  const late = pages.flatMap((page) => page.late);
  const here = (page) => due.map((_, n) => n).filter((n) => page.wasThere(due[n]) === true);
  const lost = sum((page) => here(page).filter((n) => !page.heard.includes(n)).length);
  return {
    clients: pages.length,
    delivered: (100 * sum((page) => new Set(page.heard).size)) / said,
    delivered_when_there: 100 * (1 - lost / sum((page) => here(page).length)),
    doubled: sum((page) => page.heard.length - new Set(page.heard).size),
    inverted: sum((page) => page.heard.filter((n, i) => n < page.heard[i - 1]).length),
    torn: sum((page) => page.torn),
    back: sum((page) => Math.floor((page.there.length - 1) / 2)),
    recovered: sum((page) => page.recovered),
    late_p50: late.length ? middle(late, 0.5) : null,
    late_p99: late.length ? middle(late, 0.99) : null,
  };
}

async function main() {
  const room = { bare, product }[kind];
  const people = Array.from({ length: count }, (_, n) => `u${n}`);
  await room.open(people, "speaker");
  await new Promise((resolve) => wire.listen(0, "127.0.0.1", resolve));
  const url = how === "silent" ? `http://127.0.0.1:${wire.address().port}` : URL;
  for (let n = 0; n < count; n += AT_ONCE) {
    const few = people.slice(n, n + AT_ONCE).map((_, i) => new Page(url, n + i, room));
    pages.push(...few);
    await Promise.all(few.map((page) => page.ready));
  }
  const speaker = connect(URL, "speaker", {});
  await room.enter(speaker);
  say({ pages: pages.length });
  pages.forEach((page) => page.rides());
  const started = performance.now();
  let sent = Promise.resolve();
  for (let n = 0; n < messages; n++) {
    await sleep(Math.max(0, started + n * EVERY - performance.now()));
    due.push(performance.now());
    sent = sent.then(() => room.send(speaker, n)); // each behind the one before, also when it is late
    if (n === messages >> 1) say({ half: true });
  }
  tearing = false;
  await sent;
  const deadline = performance.now() + LONGEST;
  while (!pages.every((page) => page.socket.connected) && performance.now() < deadline) await sleep(100);
  await sleep(SETTLE);
  say(report());
  process.exit(0);
}

main().catch((error) => {
  say({ error: error.message });
  process.exit(1);
});
