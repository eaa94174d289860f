// Marks that were tapped and are not saved yet. They are put to their author again where somebody else was first.
"use strict";

(() => {
  const BATCH = 50;
  const { keeping, word } = rollcall;
  const place = document.getElementById("kept");
  if (!place) return;
  const { account, session } = place.dataset;
  const key = `rollcall-marks-${account}-${session}`;
  const { load, save, canKeep } = keeping.list(key, () => show());
  // Whoever may look at the register alone has no form for marks.
  let trouble = document.getElementById("marks") ? "" : "refused"; // Why the marks are not sent: "offline", "signed out", "refused" or nothing.
  // The latest change of each student that an answer told of: a row may come later and be older.
  const known = new Map();

  const waiting = () => load().filter((mark) => !mark.refused);

  const add = (marks) => {
    const students = new Set(marks.map((mark) => mark.student));
    // What was sent already, and not answered, stays before the new one. What was not sent gives way to it.
    const others = load().filter((mark) => mark.tried && !mark.refused || !students.has(mark.student));
    const added = marks.map((mark) => ({
      ...mark,
      id: crypto.getRandomValues(new Uint32Array(2)).join("-"),
      shown: String(Math.max(mark.shown, known.get(mark.student) ?? 0)),
    }));
    save([...others, ...added]);
    return send();
  };

  const drop = (id) => save(load().filter((mark) => mark.id !== id));

  // Marks of one reason, one for each student, in the order in which they were tapped.
  const nextBatch = () => {
    const students = new Set();
    const found = [];
    const marks = waiting();
    for (const mark of marks) {
      if (!students.has(mark.student) && mark.reason === marks[0].reason) found.push(mark);
      students.add(mark.student);
    }
    return found.slice(0, BATCH);
  };

  const sendAll = async () => {
    if (!document.getElementById("marks")) return;
    for (let batch = nextBatch(); batch.length; batch = nextBatch()) {
      const ids = batch.map((mark) => mark.id);
      save(load().map((mark) => (ids.includes(mark.id) ? { ...mark, tried: true } : mark)));
      trouble = await post(batch);
      if (trouble) break;
    }
  };

  // Send the marks; the trouble that kept them from being saved, or nothing.
  const post = async (batch) => {
    const form = document.getElementById("marks");
    const body = new URLSearchParams({ reason: batch[0].reason });
    for (const name of ["csrfmiddlewaretoken", "author"]) body.set(name, form.elements[name].value);
    for (const mark of batch) body.append("mark", `${mark.student}:${mark.status}:${mark.shown}`);
    let answer, text;
    try {
      answer = await keeping.post(form, body);
      text = await answer.text();
    } catch {
      return "offline";
    }
    const why = keeping.troubleOf(answer, canKeep());
    if (why) return why;
    if (answer.status === 404 || answer.status === 422) return "refused";
    if (!answer.ok) return "offline";
    const page = new DOMParser().parseFromString(text, "text/html");
    settle(batch, page);
    rollcall.merge(page);
    return "";
  };

  const settle = (batch, page) => {
    const told = new Map([...page.querySelectorAll("#outcomes li")].map((line) => [line.dataset.student, line]));
    const ids = batch.map((mark) => mark.id);
    save(load().flatMap((mark) => {
      const line = told.get(mark.student);
      if (!line || mark.refused) return [mark];
      const isRefused = "refused" in line.dataset || "gone" in line.dataset;
      if (!isRefused) known.set(mark.student, Number(line.dataset.shown));
      if (!ids.includes(mark.id)) return [isRefused ? mark : { ...mark, shown: line.dataset.shown }];
      if (!isRefused) return [];
      const words = line.textContent || word("This student is no longer in the register.");
      return [{ ...mark, refused: { words, shown: line.dataset.shown ?? "" } }];
    }));
  };

  const element = (name, text, values = {}) => Object.assign(document.createElement(name), { textContent: text }, values);
  const labelOf = (status) => document.querySelector(`button[name=mark].${status}`)?.title.toLowerCase() ?? status;

  // Let each row show what was tapped in it, until the server's answer does.
  const paint = () => {
    const marks = new Map(waiting().map((mark) => [`student-${mark.student}`, mark.status]));
    for (const row of document.querySelectorAll(".row[data-kept]")) if (!marks.has(row.id)) press(row, row.dataset.was);
    for (const [id, status] of marks) {
      const row = document.getElementById(id);
      if (row) press(row, status, true);
    }
  };
  const press = (row, status, isKept = false) => {
    const pressed = row.querySelector("[name=mark][aria-pressed=true]");
    if (isKept && !("kept" in row.dataset)) row.dataset.was = pressed?.classList[0] ?? "";
    row.toggleAttribute("data-kept", isKept);
    for (const button of row.querySelectorAll("[name=mark]")) {
      button.setAttribute("aria-pressed", button.classList.contains(status) ? "true" : "false");
    }
  };

  const tellTrouble = (number) => {
    const one = canKeep() ? word("1 mark is kept on this device.") : word("1 mark is kept while this page is open.");
    const many = canKeep() ? word("{number} marks are kept on this device.", { number })
      : word("{number} marks are kept while this page is open.", { number });
    const discard = trouble === "refused" ? [keeping.discardButton(() => save([]))] : [];
    return [...keeping.tellTrouble(trouble, number === 1 ? one : many), ...discard];
  };

  const tellRefused = (mark) => {
    const name = document.querySelector(`#student-${mark.student} bdi`)?.textContent ?? word("A student");
    const line = element("div", "", { className: "conflict" });
    const words = element("p", "");
    words.append(element("b", name), `: ${mark.refused.words} `, word("You chose {status}; it is not saved.", { status: labelOf(mark.status) }));
    const acts = element("p", "", { className: "actions" });
    if (mark.refused.shown) {
      const mine = element("button", word("Set {status}", { status: labelOf(mark.status) }), { className: "button", type: "button" });
      mine.addEventListener("click", () => add([{
        ...mark, reason: mark.reason || rollcall.reason(), shown: mark.refused.shown, refused: null, tried: false,
      }]));
      acts.append(mine);
    }
    const theirs = element("button", word("Leave it as it is"), { className: "button", type: "button" });
    theirs.addEventListener("click", () => drop(mark.id));
    acts.append(theirs);
    line.append(words, acts);
    return line;
  };

  const show = () => {
    paint();
    const marks = load();
    const refused = marks.filter((mark) => mark.refused);
    const number = marks.length - refused.length;
    const parts = number && trouble ? [element("p", "", { className: "notice" })] : [];
    parts[0]?.append(...tellTrouble(number));
    const text = [trouble, number, ...refused.map((mark) => mark.id)].join();
    if (place.dataset.says === text) return;
    place.dataset.says = text;
    place.replaceChildren(...parts, ...refused.map(tellRefused));
  };

  // A copy of this page, and of what it is made of, for when it is loaded again without a connection.
  const keepPage = async () => {
    const worker = navigator.serviceWorker;
    await worker.register(place.dataset.worker);
    const { active } = await worker.ready;
    if (worker.controller && performance.getEntriesByType("navigation")[0]?.workerStart) return;
    const files = [...document.querySelectorAll("link[href], script[src]")].map((each) => each.href || each.src);
    active.postMessage(files);
  };
  // Only https, and only a browser that keeps something, has workers.
  if (navigator.serviceWorker) keepPage().catch(() => {});

  const send = keeping.sender(sendAll, () => show(), () => waiting().length);
  Object.assign(rollcall, { kept: { add, drop, send, show, waiting } });
  window.addEventListener("storage", (event) => { if (event.key === key) show(); });
  document.addEventListener("htmx:afterSettle", show);
})();
