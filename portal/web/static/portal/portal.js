// What htmx alone cannot do: refresh a register without touching the row that somebody is working on.
"use strict";

(() => {
  const isBusy = (row) =>
    row.contains(document.activeElement) || row.querySelector(".marking :checked:not([checked])") !== null;

  const put = (fresh, old) => {
    const node = document.importNode(fresh, true);
    old.replaceWith(node);
    htmx.process(node);
  };

  // Bring the rows to the state of the fresh page, moving only what differs and is not in use.
  const mergeRows = (rows, fresh) => {
    const wanted = new Map([...fresh.children].map((row) => [row.id, row]));
    for (const row of [...rows.children]) {
      const next = wanted.get(row.id);
      if (isBusy(row)) continue;
      if (!next) row.remove();
      else if (next.dataset.version !== row.dataset.version) put(next, row);
    }
    [...fresh.children].forEach((row, index) => {
      if (document.getElementById(row.id)) return;
      const node = document.importNode(row, true);
      rows.insertBefore(node, rows.children[index] ?? null);
      htmx.process(node);
    });
  };

  const merge = (page) => {
    // What is left alone now is asked for again: only a page without a busy row is up to date.
    const isWhole = ![...document.getElementById("rows").children].some(isBusy);
    const version = isWhole && page.getElementById("live").getAttribute("hx-vals");
    document.getElementById("live").setAttribute("hx-vals", version || "{}");
    for (const id of ["summary", "groups"]) {
      const old = document.getElementById(id);
      const fresh = page.getElementById(id);
      if (old && fresh && old.outerHTML !== fresh.outerHTML && !old.contains(document.activeElement)) put(fresh, old);
    }
    mergeRows(document.getElementById("rows"), page.getElementById("rows"));
  };

  const say = (text) => {
    const line = document.createElement("p");
    line.className = "message error";
    line.textContent = text;
    document.getElementById("messages").replaceChildren(line);
  };

  document.addEventListener("htmx:beforeSwap", (event) => {
    const { requestConfig, serverResponse, xhr } = event.detail;
    if (xhr.status === 204) return;
    const page = new DOMParser().parseFromString(serverResponse, "text/html");
    // A corrected row may have left the group that is shown: then at least the register's head is there.
    if (!page.getElementById(event.detail.target.id) && !page.getElementById("summary")) {
      // The sign-in page, most likely: the person has been signed out.
      event.detail.shouldSwap = false;
      window.location.reload();
      return;
    }
    const rows = document.getElementById("rows");
    const isPoll = requestConfig.verb === "get" && requestConfig.elt.id === "live";
    const mergeable = rows?.tagName === "UL" && page.getElementById("rows")?.tagName === "UL";
    if (!isPoll || !mergeable) return;
    // The last answer (286) is swapped whole, which ends the refreshing, as soon as nobody is working on a row.
    if (xhr.status === 286 && ![...rows.children].some(isBusy)) return;
    event.detail.shouldSwap = false;
    merge(page);
  });

  // After a correction the keyboard stays in the row that was corrected; on the page that says why not, it starts anew.
  document.addEventListener("htmx:afterSwap", (event) => {
    const { requestConfig } = event.detail;
    if (requestConfig?.verb !== "post") return;
    const row = document.getElementById(requestConfig.target?.id);
    (row?.querySelector("input:checked") ?? document.getElementById("main")).focus({ preventScroll: true });
  });

  const fail = (event) => {
    if (event.detail.requestConfig?.verb === "post") {
      say("Not saved: the server did not accept it or could not be reached. Load the page again and retry.");
    } else {
      say("The server does not answer: what you see may be out of date.");
    }
  };
  for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) document.addEventListener(name, fail);
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful && event.detail.requestConfig.verb === "get") {
      document.querySelector("#messages > .message.error:only-child")?.remove();
    }
  });
})();
