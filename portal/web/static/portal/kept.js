// What somebody enters in a register while the server is away, or somebody is signed out: kept on the device for its author
// alone, and sent when both are back. Marks and guests are such lists.
"use strict";

(() => {
  const { word } = rollcall;
  const RETRY = 4000; // milliseconds

  // A list under this key; `show` is called after each change.
  const list = (key, show) => {
    let memory = []; // For a browser that keeps nothing.
    let canKeep = true;
    const load = () => {
      try {
        return canKeep ? JSON.parse(localStorage.getItem(key)) ?? [] : memory;
      } catch {
        return memory;
      }
    };
    const save = (entries) => {
      memory = entries;
      try {
        if (entries.length) localStorage.setItem(key, JSON.stringify(entries));
        else localStorage.removeItem(key);
        canKeep = true;
      } catch {
        canKeep = false;
      }
      show();
    };
    return { load, save, canKeep: () => canKeep };
  };

  // A function that does `work` unless it is under way. It is called when the page is there, when the connection is back,
  // and again and again while something waits.
  const sender = (work, show, isWaiting) => {
    let isSending = false;
    const send = async () => {
      if (isSending) return;
      isSending = true;
      try {
        await work();
      } finally {
        isSending = false;
        show();
      }
    };
    window.addEventListener("online", send);
    document.addEventListener("DOMContentLoaded", () => { show(); send(); });
    setInterval(() => { if (isWaiting() && !document.hidden) send(); }, RETRY);
    return send;
  };

  const post = (form, body) =>
    fetch(form.action, { method: "POST", body, headers: { "Rollcall-Shown": rollcall.shown() }, signal: AbortSignal.timeout(15_000) });

  // Why nothing was saved ("offline", "refused" or "signed out"), where the server's answer says so of marks and guests alike.
  const troubleOf = (answer, canKeep) => {
    // Whoever is asked for something, such as a second factor, is led away from the register.
    const isLedAway = answer.redirected && !new URL(answer.url).pathname.startsWith("/sessions/");
    if (answer.status === 401 || isLedAway) return "signed out";
    if (answer.status === 403 || answer.status === 409) return loadAnew(canKeep);
    return answer.status >= 500 ? "offline" : "";
  };

  // The page is of an earlier sign-in. What is kept stays, and is sent by the page as it is loaded anew.
  const loadAnew = (canKeep) => {
    const last = Number(sessionStorage.getItem("rollcall-loaded-anew") ?? 0);
    if (!canKeep || Date.now() - last < 60_000) return "refused";
    sessionStorage.setItem("rollcall-loaded-anew", Date.now());
    window.location.reload();
    return "signed out";
  };

  const discardButton = (discard) => {
    const button = Object.assign(document.createElement("button"), { className: "undo", type: "button", textContent: word("Discard") });
    button.addEventListener("click", discard);
    return button;
  };

  // What is kept, why it is not sent ("offline", "refused" or "signed out"), and what happens next.
  const tellTrouble = (trouble, kept) => {
    if (trouble === "offline") return [`${word("No connection.")} ${kept} ${word("What is kept is sent when it is back.")} `];
    if (trouble === "refused") return [`${kept} ${word("The server did not accept it. Load the page again to retry.")} `];
    const next = encodeURIComponent(window.location.pathname + window.location.search);
    const href = `${document.getElementById("kept").dataset.signIn}?next=${next}`;
    const link = Object.assign(document.createElement("a"), { textContent: word("Sign in again"), href });
    return [`${word("You are signed out.")} ${kept} ${word("What is kept is sent once you are signed in.")} `, link, " "];
  };

  Object.assign(rollcall, { keeping: { list, sender, post, troubleOf, discardButton, tellTrouble } });
})();
