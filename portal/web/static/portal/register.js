// A register that fills while somebody looks at it: asks for what is new, and leaves a row alone that is worked on.
"use strict";

(() => {
  const EVERY = 3000; // milliseconds
  const LONGEST = 7500; // characters of a request's header

  const live = () => document.getElementById("live");
  const isBusy = (part) =>
    part.contains(document.activeElement) || part.querySelector(".marking :checked:not([checked])") !== null;

  const put = (fresh, old) => {
    const node = document.importNode(fresh, true);
    old.replaceWith(node);
    htmx.process(node);
  };

  // What the page shows says itself what it is: the server sends whatever has another version.
  const shown = () =>
    [...document.querySelectorAll("[data-version]")].map((part) => part.dataset.version).join(".").slice(0, LONGEST);

  const mergeRows = (rows, fresh, order) => {
    for (const row of [...rows.children]) {
      if (!order.includes(row.id) && !isBusy(row)) row.remove();
    }
    order.forEach((id, index) => {
      const next = fresh.querySelector(`[id="${id}"]`);
      const row = document.getElementById(id);
      if (!next || (row && isBusy(row))) return;
      if (row) return put(next, row);
      const node = document.importNode(next, true);
      const after = order.slice(index + 1).map((later) => document.getElementById(later)).find((found) => found);
      rows.insertBefore(node, after ?? null);
      htmx.process(node);
    });
  };

  // Bring the page to the state of the answer; false where a part in use had to be left as it was.
  const merge = (page) => {
    const news = page.getElementById("live");
    for (const piece of page.querySelectorAll(".piece")) {
      const old = document.getElementById(piece.id);
      if (old && !isBusy(old)) put(piece, old);
    }
    const order = news.dataset.order.split(" ").filter((id) => id).map((id) => `student-${id}`);
    mergeRows(document.getElementById("rows"), page.getElementById("rows"), order);
    const isWhole = [...page.querySelectorAll("[data-version]")].every((part) =>
      document.getElementById(part.id)?.dataset.version === part.dataset.version);
    live().dataset.stamp = isWhole ? (news.dataset.stamp ?? "") : "";
    return isWhole;
  };

  const complain = (text) => {
    const messages = document.getElementById("messages");
    if (messages.querySelector("#stale")) return;
    const line = document.createElement("p");
    line.id = "stale";
    line.className = "message error";
    line.textContent = text;
    messages.append(line);
  };

  const ask = async () => {
    const { news, stamp } = live().dataset;
    const headers = { "Rollcall-Shown": shown(), "Rollcall-Stamp": stamp ?? "" };
    const answer = await fetch(news, { headers, signal: AbortSignal.timeout(10_000) });
    if (answer.redirected) {
      // To the sign-in page: the person has been signed out. Who is typing finds out on saving, and loses nothing.
      if (!document.querySelector(".marking :checked:not([checked])")) window.location.reload();
      return;
    }
    if (!answer.ok) throw new Error(`${answer.status}`);
    document.getElementById("stale")?.remove();
    if (answer.status === 204) return;
    const text = await answer.text();
    // The search or a correction may have changed the page while the answer was on its way.
    if (live().dataset.news !== news) return;
    const isWhole = merge(new DOMParser().parseFromString(text, "text/html"));
    if (answer.status === 286 && isWhole) delete live().dataset.news;
  };

  const turn = async () => {
    if (live()?.dataset.news && !document.hidden) {
      try {
        await ask();
      } catch {
        complain("The server does not answer: what you see may be out of date.");
      }
    }
    setTimeout(turn, EVERY);
  };
  setTimeout(turn, EVERY);
  // Who comes back to the page sees at once what happened meanwhile.
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && live()?.dataset.news) ask().catch(() => {});
  });

  const { beginsIn } = live()?.dataset ?? {};
  if (beginsIn) setTimeout(() => window.location.reload(), Number(beginsIn) * 1000 + 500);
})();
