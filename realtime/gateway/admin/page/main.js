// The page: a key opens it, the address says which part is shown, and it looks again by itself.

import {acts} from "./acts.js";
import {get, keepKey, keptKey, Refused} from "./api.js";
import {h} from "./dom.js";
import {Part} from "./part.js";
import {explain} from "./parts/explain.js";
import {failures, rooms, troubles} from "./parts/lists.js";
import {nodes} from "./parts/nodes.js";
import {people, slow} from "./parts/people.js";
import {themes} from "./themes.js";
import {number} from "./words.js";

const AGAIN = 5_000;
const PARTS = [nodes, people, rooms, slow, failures, troubles, explain];
const $ = (id) => document.getElementById(id);

let shown = null;
let looking = false;

/** `#people?user=ada` is the part and what it is filtered by. */
function addressed() {
  const [name, query] = location.hash.slice(1).split("?");
  const part = PARTS.find((each) => each.name === name) ?? PARTS[0];
  return {part, query: Object.fromEntries(new URLSearchParams(query ?? ""))};
}

function locked(said) {
  keepKey(null);
  shown?.leave();
  shown = null;
  $("house").hidden = $("forget").hidden = true;
  $("door").hidden = false;
  $("door-said").textContent = said;
  $("key").value = "";
  $("key").focus();
}

function failed(error) {
  if (error instanceof Refused && error.status === 401) locked("This server does not know that key.");
  else $("said").textContent = error instanceof Refused ? error.message : "The server does not answer.";
}

async function tiles() {
  const [{online}, {items, missing}] = await Promise.all([get("/presence"), get("/nodes", {limit: 200})]);
  const sum = (name) => items.reduce((total, node) => total + node[name], 0);
  const told = {
    Nodes: items.length + missing.length, Users: online, Connections: sum("connections"),
    "Slow now": sum("slow"), "Cut off": sum("cut"),
  };
  $("tiles").replaceChildren(...Object.entries(told).map(([name, value]) =>
    h("div", {}, h("dt", {}, name), h("dd", {}, number(value)))));
}

async function look() {
  if (looking || shown === null) return;
  looking = true;
  try {
    await Promise.all([tiles(), shown.look()]);
  } catch (error) {
    failed(error);
  } finally {
    looking = false;
  }
}

const act = acts(() => shown.look(), failed);

async function show() {
  if ($("house").hidden) return;
  const {part, query} = addressed();
  shown?.leave();
  shown = new Part(part, query, act);
  shown.open();
  for (const link of $("parts").children) {
    if (link.dataset.part === part.name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  try {
    await Promise.all([tiles(), shown.look()]);
  } catch (error) {
    failed(error);
  }
}

function unlocked() {
  $("door").hidden = true;
  $("house").hidden = $("forget").hidden = false;
  $("said").textContent = "";
  return show();
}

function turn(way) {
  shown.turn(way).then(() => $("part").focus(), failed);
}

function start() {
  themes($("theme"));
  $("parts").append(...PARTS.map(({name, title}) => h("a", {href: `#${name}`, "data-part": name}, title)));
  $("door").addEventListener("submit", (event) => {
    event.preventDefault();
    keepKey($("key").value.trim());
    $("door-said").textContent = "";
    unlocked();
  });
  $("forget").addEventListener("click", () => locked(""));
  $("filters").addEventListener("submit", (event) => {
    event.preventDefault();
    const given = [...new FormData($("filters"))].filter(([, value]) => value !== "");
    const hash = `#${addressed().part.name}${given.length ? `?${new URLSearchParams(given)}` : ""}`;
    if (hash === location.hash) look();
    else location.hash = hash;
  });
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault(); // the address says which part is shown, not where one is on the page
    ($("house").hidden ? $("key") : $("part")).focus();
  });
  $("first").addEventListener("click", () => turn("first"));
  $("next").addEventListener("click", () => turn("next"));
  addEventListener("hashchange", show);
  setInterval(() => document.hidden || $("sure").open || look(), AGAIN);
  if (keptKey()) unlocked();
  else locked("");
}

start();
