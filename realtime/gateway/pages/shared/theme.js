// Before the first paint, and no module for that reason: the theme that was chosen here before.
(() => {
  const chosen = localStorage.getItem("realtime-theme");
  if (chosen) document.documentElement.dataset.theme = chosen;
})();
