// The button that goes round the themes; what was chosen is set before the first paint by theme.js.

const THEMES = ["auto", "light", "dark"];

/** Let a button, whose span says the theme, change it. */
export function themes(button) {
  const root = document.documentElement;
  const label = button.querySelector("span");
  label.textContent = root.dataset.theme ?? "auto";
  button.addEventListener("click", () => {
    const next = THEMES[(THEMES.indexOf(root.dataset.theme ?? "auto") + 1) % THEMES.length];
    if (next === "auto") delete root.dataset.theme;
    else root.dataset.theme = next;
    label.textContent = next;
    try {
      localStorage.setItem("realtime-theme", next === "auto" ? "" : next);
    } catch {
      // This browser keeps nothing for the site: until it is loaded again, then.
    }
  });
}
