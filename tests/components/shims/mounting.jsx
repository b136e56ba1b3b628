// Mounts components of others, and says what each knows and shows.
import { createRoot } from "react-dom/client";

import { statesIn } from "./state.js";

const TIMES = /\d{1,2}:\d\d:\d\d( [AP]M)?|\d{1,2}\/\d{1,2}\/\d{4},?/g;

export function mount(...elements) {
    const roots = elements.map((element) => {
        const root = document.createElement("section");
        document.body.append(root);
        createRoot(root).render(element);
        return [element.type.name, root];
    });
    window.shown = () => Object.fromEntries(roots.map(([name, root]) => [name, seen(root)]));
}

/** What is to be read, and what is known. */
function seen(root) {
    const text = root.innerText.replace(TIMES, "").replace(/\s+/g, " ").trim();
    return { text, ...plain(statesIn(root)) };
}

/** Words instead of rows, so that two people's can be compared. */
function plain(states) {
    return Object.fromEntries(
        Object.entries(states)
            .map(([name, values]) => [name, values.map(words).filter((value) => value !== undefined)])
            .filter(([, values]) => values.length),
    );
}

function words(value) {
    if (value instanceof Set) return [...value];
    if (Array.isArray(value)) return value.map(words);
    if (typeof value !== "object" || value === null) return value;
    return value.title ?? value.content ?? value.text ?? value.message ?? value.userName;
}
