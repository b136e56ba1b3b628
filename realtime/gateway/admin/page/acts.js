// Buttons that do something to who is there: asked for once more where it cannot be taken back.

import {h} from "./dom.js";

const $ = (id) => document.getElementById(id);

/** Ask whether that is meant; gives whether it is. */
function sure(title, text, yes) {
  $("sure-title").textContent = title;
  $("sure-text").textContent = text;
  $("sure-yes").textContent = yes;
  const dialog = $("sure");
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((answer) => {
    function closed() {
      if (dialog.open) return; // told late of its last closing: it has been opened again
      dialog.removeEventListener("close", closed);
      answer(dialog.returnValue === "yes");
    }
    dialog.addEventListener("close", closed);
  });
}

/** Makes the maker of buttons: `done` is called after each, `failed` with what went wrong. */
export function acts(done, failed) {
  return ({label, about, focus, danger, sure: text, run, said}) => {
    async function press() {
      if (text && !(await sure(`${label}?`, text, label))) return;
      try {
        $("said").textContent = said(await run());
        await done();
      } catch (error) {
        failed(error);
      }
    }
    return h("button", {type: "button", class: danger ? "danger" : undefined, "data-focus": focus, "aria-label": `${label}: ${about}`, onclick: press}, label);
  };
}
