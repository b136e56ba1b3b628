// Rooms, pushes that failed, and what the logs warn of.

import {call} from "../api.js";
import {h} from "../dom.js";
import {several, table} from "../table.js";
import {number, since} from "../words.js";

export const rooms = {
  name: "rooms",
  title: "Rooms",
  hint: "Where somebody listens. A room’s name begins with the dialect in whose words it is told.",
  path: "/rooms",
  filters: [{name: "name", label: "Part of the name"}, {name: "namespace", label: "Namespace"}, {name: "node", label: "Node"}],
  none: "Nobody listens in such a room.",
  show: (items) => table("Rooms", [
    {name: "Room", kind: "code", cell: ({namespace, name}) =>
      h("a", {href: `#people?${new URLSearchParams({namespace, room: name})}`, "data-focus": `${namespace} ${name}`}, name)},
    {name: "Namespace", cell: (room) => room.namespace},
    {name: "Connections", kind: "number", cell: (room) => number(room.connections)},
  ], items),
};

function explained({id, userId, messageId, notificationId}) {
  const about = messageId ? {message: messageId} : {notification: notificationId};
  const href = `#explain?${new URLSearchParams({user: userId, ...about})}`;
  return h("a", {href, "data-focus": `explain-${id}`}, "Explain");
}

const resend = ({id, endpoint}, act) => act({
  label: "Send again", about: `webhook for ${endpoint}`, focus: `resend-${id}`,
  run: () => call("POST", `/webhooks/${id}/resend`),
  said: ({webhooks}) => (webhooks ? "It is tried for another day." : "It is dead no more."),
});

function further(failure, act) {
  if (failure.kind === "push") return explained(failure);
  return failure.verdict === "dead" ? resend(failure, act) : "";
}

export const failures = {
  name: "failures",
  title: "Failures",
  hint: "Pushes of the last day that a push service did not take; webhooks that an endpoint has not taken, until it does or for a month. The newest first.",
  path: "/failures",
  filters: [{name: "kind", label: "What", choices: {push: "Pushes", webhook: "Webhooks"}}],
  none: "Nothing failed.",
  show: (items, act) => table("Failures", [
    {name: "When", cell: (failure) => since(failure.at)},
    {name: "Outcome", cell: (failure) => h("span", {class: failure.verdict === "again" ? "tag" : "tag bad"}, failure.verdict.replaceAll("_", " "))},
    {name: "For", cell: (failure) => failure.endpoint ?? String(failure.userId)},
    {name: "What happened", kind: "wide", cell: (failure) => failure.sentence},
    {name: "Further", cell: (failure) => further(failure, act)},
  ], items),
};

const fact = ([name, value]) => h("span", {class: "fact"}, h("small", {}, `${name} `), String(value));

export const troubles = {
  name: "troubles",
  title: "Troubles",
  hint: "The latest warnings and errors of every node’s log, without what the log hides.",
  path: "/troubles",
  filters: [{name: "level", label: "Level", choices: {"": "Both", error: "Errors", warning: "Warnings"}}, {name: "node", label: "Node"}],
  none: "No warnings, no errors.",
  show: (items) => table("Troubles", [
    {name: "When", cell: (trouble) => since(trouble.at)},
    {name: "Level", cell: (trouble) => h("span", {class: trouble.level === "error" ? "tag bad" : "tag"}, trouble.level)},
    {name: "Node", cell: (trouble) => trouble.node},
    {name: "What happened", kind: "wide", cell: (trouble) => several(h("b", {}, trouble.event), ...Object.entries(trouble.facts).map(fact))},
  ], items),
};
