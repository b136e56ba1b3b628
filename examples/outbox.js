// A browser's outbox: each message is stored once, in order, whatever happens to page, wire or server.
// It survives a reload (IndexedDB), each user's apart; of several tabs one sends at a time. For
// socket.io-client 4.6+:
//
//   const send = await outbox(io(url, { auth: { token } }), userId, { refused: (_, why) => alert(why) });
//   await send({ receiverId: "bob", content: "Lunch?" }); // kept when this returns, sent by itself

const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

export async function outbox(socket, user, { wait = 10_000, most = 30_000, refused } = {}) {
  const name = `outbox of ${user}`; // the next who signs in here sends nothing of hers
  const opening = indexedDB.open(name, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore("kept", { autoIncrement: true });
  const database = await done(opening);
  const kept = (mode) => database.transaction("kept", mode).objectStore("kept");
  let timer, pause = 500;

  async function sendOne({ key, value }) {
    const answer = await socket.timeout(wait).emitWithAck("message:send", value); // throws without one
    if (answer.retryAfter) throw answer; // too fast: the same again, later
    if (answer.error === "Internal server error") throw answer;
    if (!answer.success) refused?.(value, answer.error); // it would be refused again: let go of it
    await done(kept("readwrite").delete(key));
    pause = 500;
  }

  const sendAll = () =>
    navigator.locks.request(name, async () => {
      clearTimeout(timer);
      for (let next; socket.connected && (next = await done(kept("readonly").openCursor())); )
        await sendOne({ key: next.key, value: next.value });
    }).catch(({ retryAfter = 0 }) => {
      timer = setTimeout(sendAll, Math.max(retryAfter * 1000, pause * (0.5 + Math.random())));
      pause = Math.min(pause * 2, most);
    });

  socket.on("connect", sendAll);
  if (socket.connected) sendAll();
  return async (data) => {
    await done(kept("readwrite").add({ ...data, clientId: crypto.randomUUID() }));
    sendAll(); // what waits already goes first
  };
}
