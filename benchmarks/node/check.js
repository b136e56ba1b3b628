// Checks a server of the benchmark's application with the real client: a fast server that loses,
// reorders or mangles anything gets no number. node check.js PORT
// Prints {"checks":N} and exits 0, or the first thing that is wrong and exits 1.
const assert = require("assert");
const { once } = require("events");
const jwt = require("jsonwebtoken");
const { io } = require("socket.io-client");

const SECRET = "secret-secret-secret-secret-secret-32";
const URL = "http://127.0.0.1:" + process.argv[2];
const TRANSPORTS = {
  websocket: ["websocket"],
  polling: ["polling"],
  upgrade: ["polling", "websocket"],
};
let checks = 0;

function check(condition, what) {
  checks++;
  assert(condition, what);
}

function token(userId) {
  return jwt.sign({ sub: userId, exp: 2000000000 }, SECRET, { noTimestamp: true });
}

function connect(transports, auth, namespace = "") {
  const socket = io(URL + namespace, { transports, auth, forceNew: true, reconnection: false });
  socket.heard = [];
  socket.onAny((event, data) => socket.heard.push([event, data]));
  return new Promise((resolve, reject) => {
    socket.on("connect", () => resolve(socket));
    socket.on("connect_error", reject);
  });
}

const ask = (socket, ...args) => socket.timeout(10000).emitWithAck(...args);

// Resolves when `count` events of this name have come, however many came before the call.
async function hears(socket, event, count = 1) {
  const found = () => socket.heard.filter(([name]) => name === event).map(([, data]) => data);
  const deadline = setTimeout(() => socket.emitReserved("gave up"), 10000);
  while (found().length < count) {
    await Promise.race([nextEvent(socket), once(socket, "gave up").then(() => {
      throw new Error(`heard ${found().length} of ${count} ${event}`);
    })]);
  }
  clearTimeout(deadline);
  return found();
}

function nextEvent(socket) {
  return new Promise((resolve) => {
    const listener = () => {
      socket.offAny(listener);
      setImmediate(resolve);
    };
    socket.onAny(listener);
  });
}

const isCounting = (numbers) => numbers.every((number, i) => number === i);

async function refusesABadToken(transports) {
  const refusal = await connect(transports, { token: "bad" }).catch((error) => error);
  check(refusal instanceof Error, "a bad token was accepted");
}

async function deliversMessages(ada, bob) {
  check((await ask(ada, "join", "lobby")).ok && (await ask(bob, "join", "lobby")).ok, "join");
  const ack = await ask(ada, "message:send", { to: "bob", content: "héllo 😀", client_id: "1" });
  check(ack.ok && ack.id > 0, "the message's ack");
  const [message] = await hears(bob, "message:new");
  check(message.content === "héllo 😀" && message.from === "ada", "the message");
}

async function carriesAnyPayload(ada) {
  const bytes = Buffer.from([1, 2, 3, 0, 255]);
  const echoed = await ask(ada, "echo", { bytes, text: "v" });
  check(bytes.equals(Buffer.from(echoed.bytes)) && echoed.text === "v", "binary in an ack");
  const [event] = await hears(ada, "echo");
  check(bytes.equals(Buffer.from(event.bytes)), "binary in an event");
  for (const size of [125, 126, 500, 65535, 70000]) {
    const text = "z".repeat(size);
    check((await ask(ada, "echo", text)) === text, `${size} characters`);
  }
}

async function callsBack(ada) {
  ada.on("question", (data, answer) => answer({ number: data.number + 1 }));
  check((await ask(ada, "callme", { number: 41 })).number === 42, "an ack from the client");
}

async function skipsTheSender(ada, bob) {
  ada.heard = [];
  bob.heard = [];
  ada.emit("pubskip", "lobby", { skip: 1 });
  check((await hears(bob, "message:new"))[0].skip === 1, "the others hear it");
  await ask(ada, "echo", "after it");
  check(!ada.heard.some(([name]) => name === "message:new"), "the sender does not");
  check(!(await ask(ada, "leave", "lobby")).includes("lobby"), "leaving");
}

async function keepsOneOrderOfRoomAndDirect(ada) {
  await ask(ada, "order", 300);
  check(isCounting(await hears(ada, "o", 300)), "room and direct events in one order");
}

async function servesASecondNamespace(transports) {
  const chat = await connect(transports, {}, "/chat");
  check((await ask(chat, "hello", 1)).ns, "an ack in /chat");
  check((await hears(chat, "hi"))[0] === 1, "an event in /chat");
  chat.disconnect();
}

async function disconnectsAClient(bob) {
  const gone = new Promise((resolve) => bob.on("disconnect", resolve));
  bob.emit("kick");
  check((await gone) === "io server disconnect", "the server's disconnect");
}

async function checkTransport(transports) {
  await refusesABadToken(transports);
  const ada = await connect(transports, { token: token("ada") });
  const bob = await connect(transports, { token: token("bob") });
  await deliversMessages(ada, bob);
  await carriesAnyPayload(ada);
  await callsBack(ada);
  await skipsTheSender(ada, bob);
  await keepsOneOrderOfRoomAndDirect(ada);
  await servesASecondNamespace(transports);
  await disconnectsAClient(bob);
  ada.disconnect();
}

// A thousand broadcasts while one member is still on its way from polling to WebSocket.
async function keepsOrderForAllTransportsAtOnce() {
  const members = [];
  for (const kind of ["websocket", "polling", "websocket", "upgrade"]) {
    members.push(await connect(TRANSPORTS[kind], { token: token("m" + members.length) }));
    await ask(members.at(-1), "join", "mix");
  }
  members[0].emit("bigroom", "mix", 1000);
  for (const member of members) {
    const numbers = await hears(member, "b", 1000);
    check(numbers.length === 1000 && isCounting(numbers), "1000 broadcasts in order");
  }
  await hears(members[0], "d", 200);
  let last = -1;
  for (const [event, number] of members[0].heard) {
    if (event === "b") last = number;
    else check(number === last, "a direct event between the broadcasts around it");
  }
  check(members[3].io.engine.transport.name === "websocket", "the upgrade");
  for (const member of members) member.disconnect();
}

async function noticedEachDisconnect() {
  const socket = await connect(TRANSPORTS.websocket, { token: token("zoe") });
  let reasons = [];
  for (let i = 0; i < 100 && reasons.length < 10; i++) reasons = await ask(socket, "discs");
  check(reasons.length >= 10, `${reasons.length} of 10 disconnects were noticed`);
  socket.disconnect();
}

async function main() {
  for (const transports of Object.values(TRANSPORTS)) await checkTransport(transports);
  await keepsOrderForAllTransportsAtOnce();
  await noticedEachDisconnect();
  console.log(JSON.stringify({ checks }));
  process.exit(0);
}

main().catch((error) => {
  console.log(`after ${checks} checks: ${error.message}`);
  process.exit(1);
});
