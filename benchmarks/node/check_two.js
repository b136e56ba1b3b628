// Checks that two nodes are one (rows W6) with the real client before their number is printed.
// node check_two.js PORT PORT
// Prints {"checks":N} and exits 0, or the first thing that is wrong and exits 1.
const assert = require("assert");
const { once } = require("events");
const jwt = require("jsonwebtoken");
const { io } = require("socket.io-client");

const SECRET = "secret-secret-secret-secret-secret-32";
const MESSAGES = 200;
let checks = 0;

function check(condition, what) {
  checks++;
  assert(condition, what);
}

async function connect(userId, port) {
  const token = jwt.sign({ sub: userId, exp: 2000000000 }, SECRET, { noTimestamp: true });
  const url = "http://127.0.0.1:" + port;
  const socket = io(url, { transports: ["websocket"], auth: { token }, forceNew: true });
  socket.messages = [];
  socket.on("message:new", (message) => socket.messages.push(message.content));
  await once(socket, "connect");
  return socket;
}

async function main() {
  const [here, there] = process.argv.slice(2);
  const people = { ada: await connect("ada", here), bob: await connect("bob", there) };
  const sent = [...Array(MESSAGES).keys()].map(String);
  for (const [from, to] of [["ada", "bob"], ["bob", "ada"]]) {
    const acks = sent.map((content) =>
      people[from].timeout(10000).emitWithAck("message:send", { to, content, client_id: content })
    );
    check((await Promise.all(acks)).every((ack) => ack.ok), `${from}'s messages are acked`);
    while (people[to].messages.length < MESSAGES) await once(people[to], "message:new");
    assert.deepStrictEqual(people[to].messages, sent, `${to} hears them in order, each once`);
    check(people[from].messages.length === (from === "ada" ? 0 : MESSAGES), "nobody else does");
  }
  console.log(JSON.stringify({ checks }));
  process.exit(0);
}

main().catch((error) => {
  console.log(`after ${checks} checks: ${error.message.split("\n")[0]}`);
  process.exit(1);
});
