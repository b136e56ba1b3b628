import { createRoot } from "react-dom/client";

import { given } from "./server.js";

/** The page: these components, each with what the page was opened with. */
export function mount(...components) {
    const page = components.map((Component) => <Component key={Component.name} {...given} />);
    createRoot(document.getElementById("root")).render(page);
}
