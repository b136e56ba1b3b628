// Numbers, times and devices, as a person says them.

import {h} from "./dom.js";

const UNITS = ["B", "kB", "MB", "GB", "TB"];
const STEPS = [[86_400, "day"], [3_600, "hour"], [60, "minute"], [1, "second"]];
const SINCE = new Intl.RelativeTimeFormat("en", {numeric: "auto"});

export const number = (value) => value.toLocaleString("en");

/** "12.3 MB"; what is not known is a dash. */
export function bytes(count) {
  if (count === null) return "–";
  let unit = 0;
  let shown = count;
  while (shown >= 1000 && unit < UNITS.length - 1) {
    shown /= 1000;
    unit += 1;
  }
  return `${unit && shown < 100 ? shown.toFixed(1) : Math.round(shown)} ${UNITS[unit]}`;
}

/** "3 minutes ago"; the whole date is the title. */
export function since(at) {
  const date = new Date(at);
  const seconds = (date - Date.now()) / 1000;
  const [size, unit] = STEPS.find(([each]) => Math.abs(seconds) >= each) ?? [1, "second"];
  const shown = SINCE.format(Math.round(seconds / size), unit);
  return h("time", {datetime: at, title: date.toLocaleString()}, shown);
}

const BROWSERS = [[/Edg\//, "Edge"], [/OPR\//, "Opera"], [/Firefox\//, "Firefox"], [/Chrom(e|ium)\//, "Chrome"], [/Safari\//, "Safari"]];
const SYSTEMS = [[/Android/, "Android"], [/iPhone|iPad/, "iOS"], [/Windows/, "Windows"], [/Mac OS X/, "macOS"], [/Linux/, "Linux"]];
const among = (known, text) => known.find(([pattern]) => pattern.test(text))?.[1];

/** What is at the other end, as far as it says so. */
export function device(agent) {
  if (!agent) return "unnamed client";
  const browser = among(BROWSERS, agent);
  const system = among(SYSTEMS, agent);
  if (browser && system) return `${browser} on ${system}`;
  return browser ?? agent.split(" ")[0].slice(0, 40);
}
