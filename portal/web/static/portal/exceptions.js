// Exceptions by keyboard: j and k or the arrows go from one to the next, a letter settles the one that is looked at.
"use strict";

(() => {
  const asks = () => [...document.querySelectorAll(".ask")];
  const current = () => document.activeElement?.closest(".ask");

  // The page comes anew after each that is settled: then the one that followed it is looked at. After an undo it is the
  // one that came back: else the next letter would settle the first of all.
  const PLACE = "exceptions-place";
  const LATEST = "exceptions-latest";
  const go = (to) => to?.focus({ preventScroll: false });
  const move = (by) => {
    const all = asks();
    const at = all.indexOf(current());
    go(all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + by))]);
  };
  document.addEventListener("submit", (event) => {
    const ask = event.target.closest(".ask");
    if (ask) {
      const at = String(asks().indexOf(ask));
      sessionStorage.setItem(PLACE, at);
      sessionStorage.setItem(LATEST, `${at} ${ask.id}`);
    } else if (event.submitter?.matches("#messages .undo")) {
      sessionStorage.setItem(PLACE, sessionStorage.getItem(LATEST) ?? "0");
    }
  });
  const place = sessionStorage.getItem(PLACE);
  sessionStorage.removeItem(PLACE);
  if (place !== null) {
    const [at, id] = place.split(" ");
    go(document.getElementById(id) ?? asks()[Math.min(Number(at), asks().length - 1)]);
  }

  // A letter that answers nothing here says which ones do. The message before it stays, for its Undo.
  const sayKeys = (ask) => {
    const line = document.createElement("p");
    line.className = "message wrong-key";
    const keys = [...ask.querySelectorAll("[data-key]")].map(
      (each) => `${each.querySelector("kbd").textContent} ${(each.querySelector("span") ?? each).firstChild.textContent}`);
    line.textContent = rollcall.word("This key settles nothing here. Keys: {keys}.", { keys: keys.join(" · ") });
    document.querySelector("#messages .wrong-key")?.remove();
    document.getElementById("messages").append(line);
    go(ask);
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
    const key = event.key.toLowerCase();
    if (key === "j" || event.key === "ArrowDown") move(1);
    else if (key === "k" || event.key === "ArrowUp") move(-1);
    else if (key === "u") document.querySelector("#messages .undo")?.click();
    else {
      const ask = current() ?? asks()[0];
      if (!ask || !/^[a-z]$/.test(key)) return;
      const button = ask.querySelector(`[data-key="${key}"], [data-also="${key}"]`);
      if (button) button.click();
      else sayKeys(ask);
    }
    event.preventDefault();
  });
})();
