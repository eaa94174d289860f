// Letters, taps and keys of a register. Without this script each letter is a button that sends the page's form.
"use strict";

(() => {
  const { word } = rollcall;
  const OFF = "rollcall-keys-off";
  const say = (text) => {
    const line = document.createElement("p");
    line.className = "message error";
    line.textContent = text;
    document.getElementById("messages").replaceChildren(line);
  };

  // The reason for the marks that are made: one's own, else the chosen chip.
  const reason = () =>
    document.getElementById("own-reason")?.value.trim() ||
    document.querySelector("#reason [name=reason]:checked")?.value || "";
  window.rollcall = Object.assign(window.rollcall ?? {}, { reason });
  const showReason = () => {
    const place = document.getElementById("reason-now");
    if (place) place.textContent = reason() || word("None");
  };
  document.addEventListener("input", (event) => {
    if (event.target.name === "reason") document.getElementById("own-reason").value = "";
    if (event.target.closest("#reason")) showReason();
  });

  const tap = (button) => {
    const [student, status, shown] = button.value.split(":");
    rollcall.kept.add([{ student, status, shown, reason: reason() }]);
  };

  // Everybody in the list who has no answer, one by one: what "the rest" means while the server cannot be asked.
  const tapRest = (status) => {
    if (document.getElementById("q").value) return say(word("No connection. Show everyone first, and try again."));
    const rows = [...document.querySelectorAll("#rows .row:not([data-kept])")];
    const missing = rows.filter((row) => row.querySelector(".status:is(.expected, .unseen)"));
    const marks = missing.map((row) => row.querySelector(`[name=mark].${status}`).value.split(":"));
    rollcall.kept.add(marks.map(([student, , shown]) => ({ student, status, shown, reason: reason() })));
  };

  // What is done at once or not at all: taking back, and "the rest" while the server answers.
  const carryOut = async (button) => {
    await rollcall.kept.send();
    const isRest = button.name === "rest";
    const fail = (text) => {
      if (isRest) tapRest(button.value);
      else say(text);
    };
    if (rollcall.kept.waiting().length) return fail(word("Not done: marks before it are not sent yet."));
    const token = document.querySelector("#act [name=csrfmiddlewaretoken]").value;
    const body = new URLSearchParams({ csrfmiddlewaretoken: token, [button.name]: button.value });
    button.disabled = true;
    try {
      const headers = { "Rollcall-Shown": rollcall.shown() };
      const signal = AbortSignal.timeout(15_000);
      const answer = await fetch(button.formAction, { method: "POST", body, headers, signal });
      if (answer.status === 401 || answer.redirected && answer.url.includes("/sign-in/")) return fail(word("Not done: you are signed out."));
      // Another page has something to say, such as that somebody else was first.
      if (answer.redirected) return window.location.assign(answer.url);
      if (!answer.ok) throw new Error(`${answer.status}`);
      return rollcall.merge(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      return fail(word("Not done: the server could not be reached. Try again."));
    } finally {
      button.disabled = false;
    }
  };

  // A number or name that cannot be sent now is kept and sent later.
  document.addEventListener("submit", (event) => {
    if (!event.target.matches(".guest") || !rollcall.guests) return;
    event.preventDefault();
    const field = event.target.elements.number;
    rollcall.guests.add(field.value);
    field.value = "";
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.dataset.keys !== undefined) return document.getElementById("keys").showModal();
    if (!button?.form || !rollcall.kept) return;
    if (button.name === "mark" && button.form.id === "marks") {
      event.preventDefault();
      tap(button);
    } else if (button.form.id === "act") {
      event.preventDefault();
      if (button.name === "number" && rollcall.guests) rollcall.guests.add(button.value);
      else carryOut(button);
    }
  });

  // Rows that match what is typed stay at once; the server's answer follows, and knows other scripts and guests too.
  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  document.getElementById("q")?.addEventListener("input", (event) => {
    const words = plain(event.target.value).split(/\s+/).filter((word) => word);
    for (const row of document.querySelectorAll("#rows .row")) {
      const text = plain(row.querySelector(".who").textContent);
      row.hidden = !words.every((word) => text.includes(word));
    }
  });

  const rows = () => [...document.querySelectorAll("#rows .row:not([hidden])")];
  const current = () => document.activeElement?.closest("#rows .row");
  const go = (row) => {
    row?.focus({ preventScroll: true });
    row?.scrollIntoView({ block: "nearest" });
  };
  const move = (step) => {
    const all = rows();
    const at = all.indexOf(current());
    go(all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + step))]);
  };
  const undo = () => {
    const kept = rollcall.kept?.waiting().filter((mark) => !mark.tried).at(-1);
    if (kept) return rollcall.kept.drop(kept.id);
    (document.querySelector("#messages .undo") ?? current()?.querySelector(".undo"))?.click();
  };
  const acts = {
    "/": () => document.getElementById("q").select(),
    "?": () => document.getElementById("keys").showModal(),
    j: () => move(1), ArrowDown: () => move(1), k: () => move(-1), ArrowUp: () => move(-1), u: undo,
  };

  const inSearch = (event) => {
    if (event.key !== "Enter" && event.key !== "ArrowDown" && event.key !== "Escape") return;
    if (event.key !== "Escape") event.preventDefault();
    go(rows()[0] ?? document.querySelector("#walk_ins button"));
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.id === "q") return inSearch(event);
    if (event.target.closest("input, textarea, select, dialog") || !areKeysOn()) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const letters = [...(current()?.querySelectorAll("[name=mark]") ?? [])];
    const letter = letters.find((button) => button.textContent.trim().toLowerCase() === key);
    const act = letter ? () => letter.click() : acts[key];
    if (event.key === "Enter" && event.target === current()) return current().querySelector(".who a").click();
    // An arrow moves the page until somebody is in the list.
    if (!act || (key.startsWith("Arrow") && !current())) return;
    event.preventDefault();
    act();
  });

  const areKeysOn = () => {
    try {
      return localStorage.getItem(OFF) === null;
    } catch {
      return true;
    }
  };
  const box = document.getElementById("keys-on");
  if (box) {
    box.checked = areKeysOn();
    box.addEventListener("change", () => {
      try {
        if (box.checked) localStorage.removeItem(OFF);
        else localStorage.setItem(OFF, "1");
      } catch { /* A browser that keeps nothing has them on. */ }
    });
  }
})();
