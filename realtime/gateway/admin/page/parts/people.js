// Who is connected: users, and the tabs and devices of each.

import {call} from "../api.js";
import {h} from "../dom.js";
import {bytes, device, since} from "../words.js";

const part = (text) => encodeURIComponent(text);

export const disconnect = (connection, act) => act({
  label: "Disconnect",
  about: `${connection.userId}, ${device(connection.userAgent)}`,
  focus: `disconnect-${connection.sid}`,
  run: () => call("POST", `/connections/${part(connection.sid)}/disconnect`),
  said: ({connections}) => (connections ? "One connection was closed; it may come back." : "It had gone already."),
});

/** A connection in a line, with its rooms behind a fold. */
export function connectionRow(connection, act) {
  const facts = [
    connection.transport, connection.dialects.join(", "), connection.address,
    connection.namespace === "/" ? null : connection.namespace, `node ${connection.node}`,
  ];
  return h("li", {class: "connection"},
    h("div", {class: "what"},
      h("b", {}, device(connection.userAgent)),
      connection.waitingBytes ? h("span", {class: "tag bad"}, `${bytes(connection.waitingBytes)} unread`) : null,
      h("p", {class: "facts"}, facts.filter(Boolean).join(" · "), " · ", since(connection.connectedAt)),
    ),
    disconnect(connection, act),
    h("details", {"data-focus": `rooms-${connection.sid}`},
      h("summary", {"data-focus": `sum-${connection.sid}`}, connection.roomCount === 1 ? "1 room" : `${connection.roomCount} rooms`),
      h("ul", {class: "rooms"}, ...connection.rooms.map((room) => roomLink(connection, room))),
      connection.origin ? h("p", {class: "facts"}, `from ${connection.origin}`) : null,
      h("p", {class: "facts"}, `${connection.sid}${connection.userAgent ? `, ${connection.userAgent}` : ""}`),
    ),
  );
}

function roomLink({sid, namespace}, room) {
  const href = `#people?${new URLSearchParams({namespace, room})}`;
  return h("li", {}, h("a", {href, "data-focus": `room-${sid}-${room}`}, room));
}

function person(userId, connections, act) {
  const path = `/users/${part(userId)}/disconnect`;
  const closed = ({sockets}) => (sockets === 1 ? "One connection was closed." : `${sockets} connections were closed.`);
  return h("article", {class: "person", "aria-label": String(userId)},
    h("header", {},
      h("h3", {}, h("a", {href: `#people?${new URLSearchParams({user: userId})}`, "data-focus": `user-${userId}`}, String(userId))),
      h("span", {class: "tag"}, connections.length === 1 ? "1 connection" : `${connections.length} connections`),
      h("div", {class: "buttons"},
        act({
          label: "Disconnect all", about: String(userId), focus: `all-${userId}`,
          run: () => call("POST", path), said: closed,
        }),
        act({
          label: "Revoke tokens", about: String(userId), focus: `revoke-${userId}`, danger: true,
          sure: `All tokens of ${userId} that were issued until now are refused from now on, and all her connections and pushes end. She needs a new token to come back.`,
          run: () => call("POST", path, {revokeTokens: true}),
          said: (data) => `${closed(data)} Tokens of ${userId} until now are refused.`,
        }),
        h("a", {class: "button quiet", href: `#explain?${new URLSearchParams({user: userId})}`, "data-focus": `explain-${userId}`}, "Explain"),
      ),
    ),
    h("ul", {class: "connections"}, ...connections.map((each) => connectionRow(each, act))),
  );
}

const byUser = (items) => Map.groupBy
  ? Map.groupBy(items, (each) => each.userId)
  : items.reduce((users, each) => users.set(each.userId, [...(users.get(each.userId) ?? []), each]), new Map());

export const people = {
  name: "people",
  title: "People",
  hint: "Who is connected, user by user, with each tab and device.",
  path: "/connections",
  filters: [
    {name: "user", label: "User"},
    {name: "room", label: "In the room"},
    {name: "namespace", label: "Namespace"},
    {name: "node", label: "Node"},
  ],
  none: "Nobody like that is connected.",
  show: (items, act) => h("div", {class: "people"}, ...[...byUser(items)].map(([user, all]) => person(user, all, act))),
};

export const slow = {
  name: "slow",
  title: "Slow readers",
  hint: "Whose client has not read what it was sent. Polling clients are here between two polls; who stays is stalled, and is cut off when too much waits.",
  path: "/connections",
  fixed: {slow: "true"},
  filters: [{name: "node", label: "Node"}],
  none: "Everybody reads what they are sent.",
  show: people.show,
};
