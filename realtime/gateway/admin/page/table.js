// A list as a table, which a narrow screen shows as cards: each cell knows its column's name.

import {h} from "./dom.js";

/** `columns` are `{name, cell, kind?}`, where `cell(item)` is what stands there. */
export function table(caption, columns, items) {
  const head = h("tr", {}, ...columns.map(({name, kind}) => h("th", {scope: "col", class: kind}, name)));
  const rows = items.map((item) => h("tr", {}, ...columns.map((column) => cell(column, item))));
  return h("table", {}, h("caption", {class: "sr"}, caption), h("thead", {}, head), h("tbody", {}, ...rows));
}

function cell({name, kind, cell: made}, item) {
  return h("td", {class: kind, "data-name": name}, made(item));
}

/** A few things side by side in one cell. */
export const several = (...things) => h("span", {class: "several"}, ...things);
