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
const UNKNOWN = "This server does not know that key.";
const PARTS = [nodes, people, rooms, slow, failures, troubles, explain];
const $ = (id) => document.getElementById(id);

let shown = null;
let looking = false;

/** What a look failed with, as long as that is what the page says. */
let trouble = "";

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
  if (error instanceof Refused && error.status === 401) locked(UNKNOWN);
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

/** All that is shown, as it is now. */
async function looked() {
  const part = shown;
  try {
    await Promise.all([tiles(), part.look()]);
    if ($("said").textContent === trouble) $("said").textContent = "";
  } catch (error) {
    if (part !== shown) return; // another part or another key since
    failed(error);
    trouble = $("said").textContent;
  }
}

async function look() {
  if (looking || shown === null) return;
  looking = true;
  await looked();
  looking = false;
}

const act = acts(() => shown?.look(), failed);

async function show() {
  if ($("house").hidden) return;
  const {part, query} = addressed();
  shown?.leave();
  shown = new Part(part, query, act);
  shown.open();
  $("said").textContent = "";
  for (const link of $("parts").children) {
    if (link.dataset.part === part.name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  await looked();
}

function unlocked() {
  $("door").hidden = true;
  $("house").hidden = $("forget").hidden = false;
  return show();
}

/** Whether it can be sent at all: a header has one byte for each character. */
const canBeKey = (text) => !/[^\u0020-\u00ff]/.test(text);

function knock(key) {
  if (!canBeKey(key)) {
    locked(UNKNOWN);
    return;
  }
  keepKey(key);
  $("door-said").textContent = "";
  unlocked();
  $("part").focus();
}

function turn(way) {
  shown.turn(way).then(() => $("part").focus(), failed);
}

function start() {
  themes($("theme"));
  $("parts").append(...PARTS.map(({name, title}) => h("a", {href: `#${name}`, "data-part": name}, title)));
  $("door").addEventListener("submit", (event) => {
    event.preventDefault();
    knock($("key").value.trim());
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
