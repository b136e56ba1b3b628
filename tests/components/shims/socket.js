// The real socket.io-client, to the page's server whatever address is written in a component.
import { io as real } from "sio-4.8";

import { given } from "../own/server.js";

/** A page comes back as soon as it can; no component gives up while its machine is away. */
const HURRIED = { reconnectionDelay: 50, reconnectionDelayMax: 200, reconnectionAttempts: Infinity };

window.heard = [];

export function io(_address, options) {
    const socket = real(given.server, { ...options, ...HURRIED });
    socket.onAny((...event) => window.heard.push(JSON.stringify(event)));
    window.sockets.push(socket);
    return socket;
}

export default io;
