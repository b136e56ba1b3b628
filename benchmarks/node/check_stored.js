// Checks a server of stored messages (row W7) with the real client before its number is printed.
// node check_stored.js PORT
// Prints {"checks":N} and exits 0, or the first thing that is wrong and exits 1.
const assert = require("assert");
const { once } = require("events");
const { setTimeout: sleep } = require("timers/promises");
const jwt = require("jsonwebtoken");
const { io } = require("socket.io-client");

const SECRET = "secret-secret-secret-secret-secret-32";
const URL = "http://127.0.0.1:" + process.argv[2];
let checks = 0;

function check(condition, what) {
  checks++;
  assert(condition, what);
}

async function connect(userId) {
  const token = jwt.sign({ sub: userId, exp: 2000000000 }, SECRET, { noTimestamp: true });
  const socket = io(URL, { transports: ["websocket"], auth: { token }, forceNew: true });
  socket.messages = [];
  socket.on("message:new", (message) => socket.messages.push(message));
  await once(socket, "connect");
  return socket;
}

const ask = (socket, ...args) => socket.timeout(10000).emitWithAck(...args);

async function main() {
  const [ada, bob, eve] = await Promise.all(["ada", "bob", "eve"].map(connect));
  const first = await ask(ada, "message:send", { receiverId: "bob", content: "hello" });
  check(first.success && first.data.content === "hello", "the first message");
  const { conversationId } = first.data;
  await sleep(100); // where a Redis is set an ack may overtake its event
  for (const member of [ada, bob]) {
    check((await ask(member, "join:conversation", conversationId)).success, "a member joins");
  }
  check(!(await ask(eve, "join:conversation", conversationId)).success, "a stranger does not");

  const acks = [];
  for (let i = 0; i < 50; i++) {
    const payload = { conversationId, content: `héllo 😀 ${i}`, clientId: `c-${i}` };
    acks.push(ask(i % 2 ? ada : bob, "message:send", payload));
  }
  const ids = (await Promise.all(acks)).map((ack) => ack.data.id);
  check(new Set(ids).size === 50, "50 messages are acked, each with its id");
  while (bob.messages.length < 50) await once(bob, "message:new");
  while (ada.messages.length < 50) await once(ada, "message:new");
  const heard = (member) => member.messages.map((message) => message.id);
  check(heard(bob).every((id) => ids.includes(id)), "bob hears what was acked");
  check(new Set(heard(bob)).size === 50 && bob.messages.length === 50, "each once");
  assert.deepStrictEqual(heard(ada), heard(bob), "both hear one order");

  const intruder = await ask(eve, "message:send", { conversationId, content: "me too" });
  check(!intruder.success, "a stranger does not send");
  check(eve.messages.length === 0, "a stranger hears nothing");
  console.log(JSON.stringify({ checks }));
  process.exit(0);
}

main().catch((error) => {
  console.log(`after ${checks} checks: ${error.message}`);
  process.exit(1);
});
