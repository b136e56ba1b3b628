// One frontend's connection: the real socket.io-client and fetch, with a tap on both.

const PATIENCE = 8000;

export const NO_ANSWER = "The server does not answer. It is asked again by and by; what you write waits.";

/** Nobody answered: it may be tried again. */
export class CutOff extends Error {}

/** What a promise brings; throws CutOff in place of its failure. */
async function answered(promise) {
  try {
    return await promise;
  } catch {
    throw new CutOff(NO_ANSWER);
  }
}

export class Frontend {
  /** `tap(direction, kind, name, data)` hears all that is said; `changed()` that the link did. */
  constructor(person, dialect, tap, changed) {
    this.person = person;
    this.dialect = dialect;
    this.cut = false;
    this.came = 0;
    this._tap = tap;
    this._changed = changed;
    this.socket = globalThis.io(dialect.namespace, {
      auth: {token: person.token},
      query: {dialect: dialect.name},
      forceNew: true,
      reconnectionDelay: 300,
      reconnectionDelayMax: 2000,
    });
    this._listen();
  }

  get link() {
    if (this.socket.connected) return "connected";
    return this.cut ? "cut" : "connecting";
  }

  on(hears) {
    for (const [event, hear] of Object.entries(hears)) this.socket.on(event, hear);
  }

  /** The ack, or nothing where none comes; without `acked` nobody waits for one. */
  async emit(event, payload, {acked = false} = {}) {
    const args = payload === undefined ? [] : [payload];
    if (!acked) return void this.socket.emit(event, ...args);
    const answer = await answered(this.socket.timeout(PATIENCE).emitWithAck(event, ...args));
    this._tap("in", "ack", event, answer);
    return answer;
  }

  /** A REST call's answer; throws CutOff where none comes, Error for a refusal. */
  async call(method, path, body) {
    if (this.cut) throw new CutOff("The network is cut.");
    this._tap("out", "rest", `${method} ${path}`, body);
    const request = fetch(path, {
      method,
      headers: {
        Authorization: `Bearer ${this.person.token}`,
        ...(body === undefined ? {} : {"Content-Type": "application/json"}),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE), // a machine that slept has connections that say nothing
    });
    const response = await answered(request);
    const answer = await answered(response.json());
    this._tap("in", "rest", `${response.status} ${path}`, answer);
    if (!response.ok) throw new Error(answer.error?.toString() || answer.message || response.statusText);
    return answer;
  }

  /** As if the cable were pulled: the transport ends, and nothing is tried until `mend`. */
  cutOff() {
    this.cut = true;
    this.socket.io.reconnection(false);
    this.socket.io.engine?.close();
    this._changed();
  }

  mend() {
    this.cut = false;
    this.socket.io.reconnection(true);
    this.socket.connect();
    this._changed();
  }

  close() {
    this.socket.removeAllListeners();
    this.socket.offAny();
    this.socket.offAnyOutgoing();
    this.socket.disconnect();
  }

  _listen() {
    const {socket} = this;
    socket.onAny((event, ...args) => this._tap("in", "event", event, args[0]));
    socket.onAnyOutgoing((event, ...args) => this._tap("out", "event", event, args[0]));
    socket.on("connect", () => this._connected());
    socket.on("disconnect", (reason) => this._ended(reason));
    socket.on("connect_error", (error) => this._tap("in", "state", "connect_error", error.message));
    socket.io.on("open", () => this.cut && socket.io.engine.close());
  }

  _connected() {
    this.came += 1;
    const {id, recovered} = this.socket;
    const transport = this.socket.io.engine.transport.name;
    this._tap("in", "state", "connect", {id, transport, recovered: Boolean(recovered)});
    this._changed();
  }

  _ended(reason) {
    this._tap("in", "state", "disconnect", reason);
    this._changed();
  }
}
