// What every page does beyond plain HTML: htmx's loose ends, nothing typed is lost, and the device's time zone is offered.
"use strict";

(() => {
  // A sentence in the reader's language; what stands in braces is put in. The page has those that are not English.
  const sentences = JSON.parse(document.getElementById("words")?.textContent ?? "{}");
  const word = (text, values = {}) =>
    (sentences[text] ?? text).replace(/\{(\w+)\}/g, (_, name) => values[name]);
  window.rollcall = { word };

  // Forms that somebody has filled in and not saved.
  const isUnsaved = () =>
    document.querySelector("[data-guard][data-unsaved]") !== null;

  document.addEventListener("input", (event) => {
    event.target.closest("[data-guard]")?.setAttribute("data-unsaved", "");
  });
  document.addEventListener("reset", (event) => event.target.removeAttribute("data-unsaved"));
  // A button that saves what is shown is of no use once the form says something else.
  document.addEventListener("input", (event) => {
    for (const button of event.target.form?.querySelectorAll("[data-as-shown]") ?? []) button.disabled = button.hidden = true;
  });
  let isLeavingAsked = true;
  document.addEventListener("submit", (event) => {
    // What is sent is not lost; every other way out asks.
    if (event.target.matches("[data-guard]")) isLeavingAsked = false;
  });
  window.addEventListener("pageshow", () => { isLeavingAsked = true; });
  const ask = (event) => {
    if (isLeavingAsked && isUnsaved()) event.preventDefault();
  };
  // The question keeps a page out of the browser's cache, so it is put only while there is something to ask about.
  const guard = () => {
    const change = isUnsaved() ? window.addEventListener : window.removeEventListener;
    change.call(window, "beforeunload", ask);
  };
  for (const name of ["input", "change", "htmx:afterSettle"]) document.addEventListener(name, guard);
  document.addEventListener("reset", () => setTimeout(guard));
  guard();

  const say = (text) => {
    const line = document.createElement("p");
    line.className = "message error";
    line.textContent = text;
    document.getElementById("messages").replaceChildren(line);
  };

  document.addEventListener("htmx:beforeSwap", (event) => {
    const { serverResponse, xhr, target } = event.detail;
    if (xhr.status === 204) return;
    const page = new DOMParser().parseFromString(serverResponse, "text/html");
    if (!page.getElementById(target.id)) {
      // The sign-in page, most likely: the person has been signed out.
      event.detail.shouldSwap = false;
      window.location.reload();
    }
  });

  const fail = (event) => {
    if (event.detail.requestConfig?.verb === "post") {
      say(word("Not saved: the server did not accept it or could not be reached. Load the page again and retry."));
    } else {
      say(word("The server does not answer: what you see may be out of date."));
    }
  };
  for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) document.addEventListener(name, fail);
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful && event.detail.requestConfig.verb === "get") {
      document.querySelector("#messages > .message.error:only-child")?.remove();
    }
  });

  // A phone has no room for all tabs: the one of this page is scrolled to.
  document.querySelector(".tab[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });

  // The device's time zone, where its clock differs from the account's, in winter or in summer.
  const offerZone = () => {
    const form = document.getElementById("zone-offer");
    const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (!form || !here) return;
    const clock = (zone, month) =>
      new Date(Date.UTC(2026, month)).toLocaleString("en-GB", { timeZone: zone, timeZoneName: "longOffset" });
    const isAlike = (month) => clock(here, month) === clock(form.dataset.zone, month);
    const declined = `rollcall-zone-declined-${form.dataset.account}`;
    try {
      if ((isAlike(0) && isAlike(6)) || localStorage.getItem(declined) === here) return;
    } catch {
      return; // A zone that this browser does not know, or a browser that keeps nothing.
    }
    form.elements.time_zone.value = here;
    for (const place of form.querySelectorAll(".here")) place.textContent = here;
    form.querySelector("[type=button]").addEventListener("click", () => {
      localStorage.setItem(declined, here);
      form.hidden = true;
    });
    form.hidden = false;
  };
  offerZone();

  // Under which keys marks and guests of this person are kept on the device.
  const keptKeys = (account) => {
    const starts = [`rollcall-marks-${account}-`, `rollcall-guests-${account}-`];
    try {
      return Object.keys(localStorage).filter((key) => account && starts.some((start) => key.startsWith(start)));
    } catch {
      return []; // A browser that keeps nothing.
    }
  };

  // Whoever signs out leaves nothing behind; what was not sent yet is asked about first.
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-signs-out]")) return;
    const keys = keptKeys(event.target.dataset.signsOut);
    if (!keys.length) return;
    event.preventDefault();
    const sure = document.createElement("button");
    sure.className = "undo";
    sure.textContent = word("Sign out and discard them");
    sure.addEventListener("click", () => {
      for (const key of keys) localStorage.removeItem(key);
      event.target.requestSubmit();
    });
    say(`${word("Marks or guests that you entered are not sent yet. Open their register to send them.")} `);
    document.querySelector("#messages .message").append(sure);
  });

  // What this person entered in a register while the server was away leads back to it, from any page.
  const offerKept = () => {
    const keys = keptKeys(document.getElementById("zone-offer")?.dataset.account);
    const sessions = new Set(keys.map((key) => Number(key.split("-").at(-1))));
    for (const session of sessions) {
      const address = `/sessions/${session}/`;
      if (window.location.pathname === address) continue;
      const line = document.createElement("p");
      const link = document.createElement("a");
      const discard = document.createElement("button");
      line.className = "message warning";
      link.href = address;
      link.textContent = word("Open the register to send them");
      discard.className = "undo";
      discard.textContent = word("Discard them");
      discard.addEventListener("click", () => {
        for (const key of keys) if (key.endsWith(`-${session}`)) localStorage.removeItem(key);
        line.remove();
      });
      line.append(word("Marks or guests that you entered are kept on this device and not saved yet."), " ", link, " · ", discard);
      document.getElementById("messages").append(line);
    }
  };
  offerKept();
})();
