// Every process of this server.

import {bytes, number, since} from "../words.js";
import {several, table} from "../table.js";
import {h} from "../dom.js";

const well = (words) => ["shared", "alone", "ok", "off", "left to realtime worker"].includes(words);
const state = (words) => h("span", {class: well(words) ? "tag" : "tag bad"}, words);

export const nodes = {
  name: "nodes",
  title: "Nodes",
  hint: "Every process of this server, those that only send pushes included.",
  path: "/nodes",
  filters: [],
  none: "No node answers.",
  show: (items) => table("Nodes", [
    {name: "Node", cell: (node) => several(h("b", {}, node.name), h("small", {}, `${node.host}, process ${node.pid}`))},
    {name: "State", cell: (node) => several(
      h("span", {class: node.draining ? "tag bad" : "tag"}, node.draining ? "stopping" : node.worker ? "worker" : "serving"),
      state(node.backplane),
    )},
    {name: "Push", cell: (node) => state(node.push)},
    {name: "Connections", kind: "number", cell: (node) => number(node.connections)},
    {name: "Users", kind: "number", cell: (node) => number(node.users)},
    {name: "Polling", kind: "number", cell: (node) => number(node.polling)},
    {name: "Rooms", kind: "number", cell: (node) => number(node.rooms)},
    {name: "Slow now / cut", kind: "number", cell: (node) => `${number(node.slow)} / ${number(node.cut)}`},
    {name: "Memory", kind: "number", cell: (node) => bytes(node.memoryBytes)},
    {name: "Version", cell: (node) => node.version},
    {name: "Started", cell: (node) => since(node.startedAt)},
  ], items),
};
