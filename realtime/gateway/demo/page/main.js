// The page: who is here, side by side or alone, and the wire below them.

import {DIALECTS} from "./dialects/index.js";
import {h} from "./dom.js";
import {Pane} from "./pane.js";
import {themes} from "./themes.js";
import {Wire} from "./wire.js";

const $ = (id) => document.getElementById(id);

function notice(...content) {
  $("notice").hidden = false;
  $("notice").className = "notice";
  $("notice").replaceChildren(...content);
}

/** The dialects that both this page and the node speak, the node's default first. */
const spoken = (dialects) => dialects.filter((name) => name in DIALECTS);

function remember(parameters, name, value) {
  parameters.set(name, value);
  history.replaceState(null, "", `?${parameters}`);
}

function show({people, dialects, documented}) {
  $("docs").hidden = !documented;
  const parameters = new URLSearchParams(location.search);
  const alone = people.find((person) => String(person.id) === parameters.get("user"));
  const here = alone ? [alone] : people.slice(0, 2);
  const known = spoken(dialects);
  const wire = new Wire();
  for (const person of here) {
    const index = people.indexOf(person);
    const parameter = alone ? "dialect" : String(person.id);
    const asked = parameters.get(parameter);
    // The side-by-side partner first: it is whom she talks to when the page opens.
    const others = [...people.filter((other) => other !== person)];
    const pane = new Pane(person, index, others, {
      dialects: known,
      dialect: known.includes(asked) ? asked : known[0],
      tap: wire.person(person, index),
      chose: (name) => remember(parameters, parameter, name),
      alone: Boolean(alone),
    });
    $("people").append(pane.root);
  }
  if (alone) named(alone);
}

function named(person) {
  document.title = `${person.name} · realtime`;
  $("intro").textContent = `${person.name}’s frontend alone. Open another person’s in a second tab, or on your phone.`;
  $("people").classList.add("alone");
  $("together").hidden = false;
}

async function start() {
  themes($("theme"));
  if (!globalThis.io) {
    const command = h("code", {}, "realtime demo");
    notice("The real socket.io-client is not installed here. Run ", command, " in the server’s environment, then reload.");
    return;
  }
  try {
    const response = await fetch("/demo/people.json");
    if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
    show(await response.json());
  } catch (error) {
    notice(`The server does not answer: ${error.message}`);
  }
}

start();
