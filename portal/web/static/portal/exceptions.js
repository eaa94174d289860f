// Exceptions by keyboard: j and k or the arrows go from one to the next, a letter settles the one that is looked at.
"use strict";

(() => {
  const asks = () => [...document.querySelectorAll(".ask")];
  const current = () => document.activeElement?.closest(".ask");

  // The page comes anew after each that is settled: then the one that followed it is looked at.
  const PLACE = "exceptions-place";
  const go = (to) => to?.focus({ preventScroll: false });
  const move = (by) => {
    const all = asks();
    const at = all.indexOf(current());
    go(all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + by))]);
  };
  document.addEventListener("submit", (event) => {
    const ask = event.target.closest(".ask");
    if (ask) sessionStorage.setItem(PLACE, String(asks().indexOf(ask)));
  });
  const place = sessionStorage.getItem(PLACE);
  sessionStorage.removeItem(PLACE);
  if (place !== null) go(asks()[Math.min(Number(place), asks().length - 1)]);

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
    const key = event.key.toLowerCase();
    if (key === "j" || event.key === "ArrowDown") move(1);
    else if (key === "k" || event.key === "ArrowUp") move(-1);
    else if (key === "u") document.querySelector("#messages .undo")?.click();
    else {
      const button = /^[a-z]$/.test(key) && (current() ?? asks()[0])?.querySelector(`[data-key="${key}"]`);
      if (!button) return;
      button.click();
    }
    event.preventDefault();
  });
})();
