// The server API, asked with the operator's key.

const PREFIX = "/api/server";
const KEPT = "realtime-server-key";
const PATIENCE = 10_000;

/** What the server said no to, in its words. */
export class Refused extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

export const keptKey = () => sessionStorage.getItem(KEPT);

export function keepKey(key) {
  if (key === null) sessionStorage.removeItem(KEPT);
  else sessionStorage.setItem(KEPT, key);
}

/** A path below the server API, with what is given of a query. */
export function address(path, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  const asked = new URLSearchParams(given).toString();
  return asked ? `${path}?${asked}` : path;
}

/** Call the server API; gives the answer's `data`. Throws Refused, and other errors without an answer. */
export async function call(method, path, body) {
  const headers = {Authorization: `Bearer ${keptKey() ?? ""}`};
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const sent = body === undefined ? undefined : JSON.stringify(body);
  const signal = AbortSignal.timeout(PATIENCE); // a server that stands still ends no connection
  const response = await fetch(PREFIX + path, {method, headers, body: sent, cache: "no-store", signal});
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(response.status, answer.error ?? response.statusText);
  return answer.data;
}

export const get = (path, query) => call("GET", address(path, query));
