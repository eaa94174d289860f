// Guests who were typed while the server was away, or somebody was signed out: kept on the device for their author alone,
// and added when both are back.
"use strict";

(() => {
  const RETRY = 4000; // milliseconds
  const place = document.getElementById("kept-guests");
  if (!place || !rollcall.kept) return;
  const { account, session, signIn } = document.getElementById("kept").dataset;
  const key = `rollcall-guests-${account}-${session}`;
  let memory = []; // For a browser that keeps nothing.
  let canKeep = true;
  let trouble = "";
  let isSending = false;

  const load = () => {
    try {
      return canKeep ? JSON.parse(localStorage.getItem(key)) ?? [] : memory;
    } catch {
      return memory;
    }
  };
  const save = (guests) => {
    memory = guests;
    try {
      if (guests.length) localStorage.setItem(key, JSON.stringify(guests));
      else localStorage.removeItem(key);
      canKeep = true;
    } catch {
      canKeep = false;
    }
    show();
  };

  const add = (text) => {
    if (text.trim()) save([...load().filter((each) => each !== text), text]);
    return send();
  };

  const send = async () => {
    if (isSending) return;
    isSending = true;
    try {
      for (const text of load()) {
        trouble = await post(text);
        if (trouble) break;
        save(load().filter((each) => each !== text));
      }
    } finally {
      isSending = false;
      show();
    }
  };

  // Send one; the trouble that kept the guest from being added, or nothing. What the server says stands in its messages.
  const post = async (text) => {
    const form = document.querySelector("form.guest");
    if (!form) return "refused";
    const body = new URLSearchParams({ number: text, author: document.getElementById("marks").elements.author.value });
    body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    let answer, page;
    try {
      const headers = { "Rollcall-Shown": rollcall.shown() };
      answer = await fetch(form.action, { method: "POST", body, headers, signal: AbortSignal.timeout(15_000) });
      page = await answer.text();
    } catch {
      return "offline";
    }
    if (answer.redirected && answer.url.includes("/sign-in/")) return "signed out";
    if (answer.status >= 500) return "offline";
    if (!answer.ok) return "refused";
    // Several have this name: the page asks which is meant.
    if (answer.redirected) setTimeout(() => window.location.assign(answer.url));
    else rollcall.merge(new DOMParser().parseFromString(page, "text/html"));
    return "";
  };

  const words = (guests) => {
    const { word } = rollcall;
    const values = { number: guests.length, names: guests.join(", ") };
    const kept = guests.length === 1 ? word("1 guest is kept on this device: {names}.", values)
      : word("{number} guests are kept on this device: {names}.", values);
    if (trouble === "offline") return [`${word("No connection.")} ${kept} ${word("What is kept is sent when it is back.")} `];
    if (trouble === "refused") return [`${kept} ${word("The server did not accept it. Load the page again to retry.")} `];
    const next = encodeURIComponent(window.location.pathname + window.location.search);
    const link = Object.assign(document.createElement("a"), { textContent: word("Sign in again"), href: `${signIn}?next=${next}` });
    return [`${word("You are signed out.")} ${kept} ${word("It is sent once you are signed in.")} `, link, " "];
  };

  const show = () => {
    const guests = load();
    const says = guests.length && trouble ? `${trouble} ${guests.join()}` : "";
    if (place.dataset.says === says) return;
    place.dataset.says = says;
    place.replaceChildren();
    if (!says) return;
    const line = Object.assign(document.createElement("p"), { className: "notice" });
    const discard = Object.assign(document.createElement("button"), { className: "undo", type: "button", textContent: rollcall.word("Discard") });
    discard.addEventListener("click", () => save([]));
    line.append(...words(guests), discard);
    place.append(line);
  };

  Object.assign(window.rollcall, { guests: { add } });
  window.addEventListener("online", send);
  document.addEventListener("DOMContentLoaded", send);
  setInterval(() => { if (load().length && !document.hidden) send(); }, RETRY);
})();
