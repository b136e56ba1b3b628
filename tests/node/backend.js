// A backend in Node.js that emits through Redis for the Python tests: one JSON order a line on
// standard input, "done" or an error a line on standard output. Binary is {"$binary": base64},
// a date {"$date": text}.
"use strict";

const readline = require("node:readline");
const { createAdapter } = require("@socket.io/redis-adapter");
const { Emitter } = require("@socket.io/redis-emitter");
const { createClient } = require("redis");
const { Server } = require("socket.io");

function unpack(_key, value) {
  if (value && typeof value.$binary === "string") return Buffer.from(value.$binary, "base64");
  if (value && typeof value.$date === "string") return new Date(value.$date);
  return value;
}

async function main([kind, url]) {
  const redis = createClient({ url });
  redis.on("error", () => {});
  await redis.connect();
  // The emitter package, or a server whose nodes hear one another, as the one that is replaced.
  let backend;
  if (kind === "emitter") {
    backend = new Emitter(redis);
  } else {
    const subscriber = redis.duplicate();
    await subscriber.connect();
    backend = new Server({ adapter: createAdapter(redis, subscriber) });
  }

  const orders = {
    emit: (to, { args }) => to.emit(...args),
    join: (to, { rooms }) => to.socketsJoin(rooms),
    leave: (to, { rooms }) => to.socketsLeave(rooms),
    disconnect: (to, { close }) => to.disconnectSockets(close),
    fetch: (to) => to.fetchSockets(),
  };

  readline.createInterface({ input: process.stdin }).on("line", async (line) => {
    const order = JSON.parse(line, unpack);
    try {
      let to = order.namespace ? backend.of(order.namespace) : backend;
      // An emitter has no `to` for nobody in particular, and a first `to` makes an operator of it.
      if (order.to.length) to = to.to(order.to);
      if (order.except.length) to = to.except(order.except);
      await orders[order.do](to, order);
      await redis.ping(); // an emitter does not wait for its PUBLISH
      console.log("done");
    } catch (error) {
      console.log(String(error));
    }
  }).on("close", () => process.exit(0));
  console.log("ready");
}

main(process.argv.slice(2));
