// A register that fills while somebody looks at it: asks for what is new, and moves no row that is worked on.
"use strict";

(() => {
  const EVERY = 3000; // milliseconds
  const LONGEST = 7500; // characters of a request's header
  const REST = 8000; // milliseconds after the last touch in which rows stay where they are

  const live = () => document.getElementById("live");
  let touchedAt = -REST;
  for (const name of ["pointerdown", "keydown", "wheel", "touchmove"]) {
    document.addEventListener(name, () => { touchedAt = performance.now(); }, { passive: true });
  }

  // Put a part in the place of another; the keyboard stays where it was.
  const put = (fresh, old) => {
    const node = document.importNode(fresh, true);
    const focused = old.contains(document.activeElement) ? document.activeElement : null;
    old.replaceWith(node);
    htmx.process(node);
    if (!focused) return;
    const same = focused.title ? node.querySelector(`${focused.localName}[title="${focused.title}"]`) : null;
    (focused === old ? node : same ?? node).focus({ preventScroll: true });
  };

  // What the page shows says itself what it is: the server sends whatever has another version.
  const shown = () =>
    [...document.querySelectorAll("[data-version]")].map((part) => part.dataset.version).join(".").slice(0, LONGEST);

  const sortRows = (rows, order) => {
    const focused = rows.contains(document.activeElement) ? document.activeElement : null;
    const anchor = focused ?? [...rows.children].find((row) => row.getBoundingClientRect().bottom > 0);
    const top = anchor?.getBoundingClientRect().top;
    let last = null;
    for (const row of order.map((id) => document.getElementById(id)).filter((row) => row?.parentNode === rows)) {
      const next = last ? last.nextElementSibling : rows.firstElementChild;
      if (next !== row) rows.insertBefore(row, next);
      last = row;
    }
    if (focused && document.activeElement !== focused) focused.focus({ preventScroll: true });
    if (anchor?.isConnected) window.scrollBy(0, anchor.getBoundingClientRect().top - top);
  };

  // Rows come and go by an answer to the search that is typed; one to an earlier search changes those that are there.
  const mergeRows = (rows, fresh, order, isOfSearch) => {
    for (const row of [...rows.children]) if (isOfSearch && !order.includes(row.id)) row.remove();
    order.forEach((id, index) => {
      const next = fresh.querySelector(`[id="${id}"]`);
      const row = document.getElementById(id);
      if (!next) return;
      if (row) return put(next, row);
      if (!isOfSearch) return;
      const after = order.slice(index + 1).map((later) => document.getElementById(later)).find((found) => found);
      rows.insertBefore(document.importNode(next, true), after ?? null);
    });
    if (isOfSearch && performance.now() - touchedAt > REST) sortRows(rows, order);
  };

  // Bring the page to the state of the answer.
  const merge = (page) => {
    const news = page.getElementById("live");
    if (!news || !live()) return;
    if (news.dataset.account !== live().dataset.account) return window.location.reload();
    for (const piece of page.querySelectorAll(".piece")) {
      const old = document.getElementById(piece.id);
      if (old) put(piece, old);
    }
    const order = news.dataset.order.split(" ").filter((id) => id).map((id) => `student-${id}`);
    const isOfSearch = news.dataset.search === document.getElementById("q").value;
    mergeRows(document.getElementById("rows"), page.getElementById("rows"), order, isOfSearch);
    const messages = page.getElementById("messages");
    if (messages.children.length) document.getElementById("messages").replaceChildren(...messages.children);
    live().dataset.stamp = isOfSearch ? (news.dataset.stamp ?? "") : "";
    rollcall.kept?.show();
    if ("more" in news.dataset) setTimeout(() => ask().catch(() => {}), 50);
  };

  const isKept = () => Boolean(rollcall.kept?.waiting().length || rollcall.guests?.waiting().length);

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
    if (!news) return;
    const headers = { "Rollcall-Shown": shown(), "Rollcall-Stamp": stamp ?? "" };
    const answer = await fetch(news, { headers, signal: AbortSignal.timeout(10_000) });
    if (answer.redirected) {
      // To the sign-in page: the person has been signed out. What they entered is kept, and the page says so.
      if (!isKept()) window.location.reload();
      return;
    }
    if (!answer.ok) throw new Error(`${answer.status}`);
    document.getElementById("stale")?.remove();
    if (answer.status === 204) return;
    const text = await answer.text();
    // The search or a correction may have changed the page while the answer was on its way.
    if (live().dataset.news !== news) return;
    const page = new DOMParser().parseFromString(text, "text/html");
    merge(page);
    if (answer.status === 286 && !("more" in page.getElementById("live").dataset)) delete live().dataset.news;
  };

  const turn = async () => {
    if (live()?.dataset.news && !document.hidden) {
      try {
        await ask();
      } catch {
        // What is kept says it too.
        if (!isKept()) complain(rollcall.word("The server does not answer: what you see may be out of date."));
      }
    }
    setTimeout(turn, EVERY);
  };
  setTimeout(turn, EVERY);
  // Who comes back to the page sees at once what happened meanwhile.
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && live()?.dataset.news) ask().catch(() => {});
  });

  window.rollcall = Object.assign(window.rollcall ?? {}, { shown, merge });

  const { beginsIn } = live()?.dataset ?? {};
  if (beginsIn) setTimeout(() => window.location.reload(), Number(beginsIn) * 1000 + 500);
})();
