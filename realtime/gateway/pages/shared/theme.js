// Before the first paint, and no module for that reason: the theme that was chosen here before.
(() => {
  try {
    const chosen = localStorage.getItem("realtime-theme");
    if (chosen) document.documentElement.dataset.theme = chosen;
  } catch {
    // This browser keeps nothing for the site.
  }
})();
