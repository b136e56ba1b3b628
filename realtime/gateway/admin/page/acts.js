// Buttons that do something to who is there: asked for once more where it cannot be taken back.

import {h} from "./dom.js";

const $ = (id) => document.getElementById(id);

/** Answers the question that is open. */
let answered = () => {};

$("sure").addEventListener("close", ({target}) => {
  if (!target.open) answered(target.returnValue === "yes"); // else told late: it is open again
});

/** Ask whether that is meant; gives whether it is. */
function sure(title, text, yes) {
  answered(false); // a question before this one, whose closing is not told yet
  $("sure-title").textContent = title;
  $("sure-text").textContent = text;
  $("sure-yes").textContent = yes;
  const dialog = $("sure");
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((answer) => {
    answered = answer;
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
