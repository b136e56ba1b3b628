// What the page was opened with, and the two ways to its server. The components know of no reconnect.
import { io } from "sio-4.8";

export const given = Object.fromEntries(new URLSearchParams(location.search));

/** A page comes back as soon as it can: the client's own waits are the only thing that is hurried. */
const HURRIED = { reconnectionDelay: 50, reconnectionDelayMax: 200 };

window.sockets = [];
window.asking = 0;

export function connect(options) {
    const socket = io(given.server, { auth: { token: given.token }, ...options, ...HURRIED });
    window.sockets.push(socket);
    return socket;
}

export async function ask(path, method = "GET", body) {
    const headers = { Authorization: `Bearer ${given.token}`, "Content-Type": "application/json" };
    const asked = { method, headers, body: body && JSON.stringify(body) };
    window.asking += 1;
    const found = await (await fetch(given.server + path, asked)).json();
    setTimeout(() => (window.asking -= 1)); // whoever asked has it by then
    return found;
}
