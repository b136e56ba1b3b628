// Why somebody was pushed something, or was not.

import {get, Refused} from "../api.js";
import {h} from "../dom.js";

async function answer(query) {
  const {sentences} = await get("/explain", query);
  return h("ol", {class: "sentences"}, ...sentences.map((sentence) => h("li", {}, sentence)));
}

export const explain = {
  name: "explain",
  title: "Explain",
  hint: "Why somebody was pushed something, or was not: of the last day, by her id and that of a message or a notification.",
  verb: "Look up",
  filters: [
    {name: "user", label: "User"},
    {name: "message", label: "Message"},
    {name: "notification", label: "Or notification"},
  ],
  async look(query) {
    if (!query.user || !(query.message || query.notification)) {
      return h("p", {class: "none"}, "Fill in the user’s id, and that of a message or of a notification.");
    }
    try {
      return await answer(query);
    } catch (error) {
      if (!(error instanceof Refused) || error.status === 401) throw error;
      return h("p", {class: "none"}, error.message);
    }
  },
};
