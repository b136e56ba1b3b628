// Drives any number of real socket.io-client sockets for the Python tests: one JSON order a line on
// standard input, one JSON report a line on standard output. Binary travels as {"$binary": base64}.
"use strict";

const readline = require("node:readline");

const sockets = new Map();

const FAILURE = "a page's listener failed";
process.on("uncaughtException", (error) => {
  if (error.message === FAILURE) return;
  process.stderr.write(error.stack + "\n");
  process.exit(1);
});

const report = (id, at, rest = {}) => {
  process.stdout.write(JSON.stringify({ id, at, ...rest }, pack) + "\n");
};

// JSON.stringify calls Buffer's own toJSON before the replacer sees the value.
function pack(_key, value) {
  if (value && value.type === "Buffer" && Array.isArray(value.data)) {
    return { $binary: Buffer.from(value.data).toString("base64") };
  }
  return value;
}

const unpack = (_key, value) =>
  value && typeof value.$binary === "string" ? Buffer.from(value.$binary, "base64") : value;

const orders = {
  // Another namespace on an existing connection when `beside` names a socket, else a new connection.
  connect({ id, url, version, namespace, options, beside, early }) {
    const socket = beside
      ? sockets.get(beside).socket.io.socket(namespace, options)
      : require(`sio-${version}`).io(url + namespace, options);
    const entry = { socket, answers: new Map(), questions: new Map() };
    sockets.set(id, entry);
    listen(id, entry);
    // What a page emits before it is connected waits in the client's own buffer.
    for (const args of early || []) socket.emit(...args);
  },

  emit({ id, args, ack, timeout, volatile }) {
    let { socket } = sockets.get(id);
    if (volatile) socket = socket.volatile;
    if (ack === undefined) return socket.emit(...args);
    if (timeout === undefined) {
      return socket.emit(...args, (...answer) => report(id, "ack", { ack, args: answer }));
    }
    return socket.timeout(timeout).emit(...args, (error, ...answer) =>
      report(id, "ack", error ? { ack, error: error.message } : { ack, args: answer }));
  },

  // What to answer when the server asks: `call()` there, an event with a callback here. The
  // question may have come first.
  answer({ id, event, args }) {
    const { answers, questions } = sockets.get(id);
    answers.set(event, args);
    for (const callback of questions.get(event) || []) callback(...args);
    questions.delete(event);
  },

  // A page's listener fails at an event, once.
  fail({ id, event }) {
    sockets.get(id).socket.once(event, () => { throw new Error(FAILURE); });
  },

  disconnect({ id }) {
    sockets.get(id).socket.disconnect();
  },

  // Connect again with the same socket, as a page does; `auth` replaces what it authenticates with.
  reconnect({ id, auth }) {
    const { socket } = sockets.get(id);
    if (auth !== undefined) socket.auth = auth;
    socket.connect();
  },

  // The client closes the transport properly, but sends no Socket.IO disconnect.
  close({ id }) {
    sockets.get(id).socket.io.engine.close();
  },

  // The wire is cut: nothing more is said to the server, and the client notices at once.
  cut({ id }) {
    const engine = sockets.get(id).socket.io.engine;
    const transport = engine.transport;
    if (transport.ws) return transport.ws.terminate();
    transport.readyState = "closed"; // else polling says goodbye
    transport.pollXhr?.abort();
    transport.onError("cut", new Error("cut"));
  },

  // The client stops reading (WebSocket only), as a stalled phone does; `resume` reads again.
  pause({ id }) {
    sockets.get(id).socket.io.engine.transport.ws._socket.pause();
  },

  resume({ id }) {
    sockets.get(id).socket.io.engine.transport.ws._socket.resume();
  },

  // How far it is, for a test that waits in vain.
  look({ id }) {
    const { socket } = sockets.get(id);
    const { engine, _readyState } = socket.io;
    report(id, "look", {
      connected: socket.connected, active: socket.active, manager: _readyState,
      engine: engine?.readyState, transport: engine?.transport?.name,
      upgrading: engine?.upgrading, unsent: engine?.writeBuffer?.length,
      sid: engine?.id, polling: engine?.transport?.polling, writable: engine?.transport?.writable,
    });
  },

  // Forget a socket for good: no reconnection, no further report.
  forget({ id }) {
    const entry = sockets.get(id);
    if (!entry) return;
    sockets.delete(id);
    entry.socket.io.reconnection(false);
    entry.socket.offAny();
    entry.socket.removeAllListeners();
    entry.socket.disconnect();
  },
};

function listen(id, { socket, answers, questions }) {
  const manager = socket.io;
  const transport = () => manager.engine?.transport?.name;

  socket.on("connect", () => {
    report(id, "connect", {
      sid: socket.id, recovered: socket.recovered === true, transport: transport(),
      pid: socket._pid,
    });
  });
  // The upgrade may be over before the namespace is connected.
  manager.on("open", () => {
    report(id, "open", { transport: transport() });
    manager.engine.once("upgrade", () => report(id, "upgrade", { transport: transport() }));
  });
  socket.on("connect_error", (error) =>
    // Only a refusal by the server carries no `type`; a transport's error has one.
    report(id, "refused", {
      message: error.message, data: error.data, transport: Boolean(error.type),
    }));
  socket.on("disconnect", (reason) => report(id, "disconnect", { reason }));
  socket.onAny((event, ...args) => {
    const callback = typeof args.at(-1) === "function" ? args.pop() : undefined;
    report(id, "event", { event, args, asked: callback !== undefined });
    if (!callback) return;
    if (answers.has(event)) callback(...answers.get(event));
    else questions.set(event, [...(questions.get(event) || []), callback]);
  });
}

function obey(line) {
  const order = JSON.parse(line, unpack);
  try {
    orders[order.do](order);
  } catch (error) {
    report(order.id, "fault", { message: String(error.stack) });
  }
}

const input = readline.createInterface({ input: process.stdin });
input.on("line", obey);
input.on("close", () => process.exit(0));
report(0, "ready");
