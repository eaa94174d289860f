// Guests who were typed and are not added yet.
"use strict";

(() => {
  const place = document.getElementById("kept-guests");
  if (!place || !rollcall.kept) return;
  const { keeping, word } = rollcall;
  const { account, session } = document.getElementById("kept").dataset;
  const { load, save, canKeep } = keeping.list(`rollcall-guests-${account}-${session}`, () => show());
  let trouble = "";

  const add = (text) => {
    if (text.trim()) save([...load().filter((each) => each !== text), text]);
    return send();
  };

  const sendAll = async () => {
    for (const text of load()) {
      trouble = await post(text);
      if (trouble) break;
      save(load().filter((each) => each !== text));
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
      answer = await keeping.post(form, body);
      page = await answer.text();
    } catch {
      return "offline";
    }
    const why = keeping.troubleOf(answer, canKeep());
    if (why) return why;
    if (!answer.ok) return "refused";
    // Several have this name: the page asks which is meant.
    if (answer.redirected) setTimeout(() => window.location.assign(answer.url));
    else rollcall.merge(new DOMParser().parseFromString(page, "text/html"));
    return "";
  };

  const show = () => {
    const guests = load();
    const says = guests.length && trouble ? `${trouble} ${guests.join()}` : "";
    if (place.dataset.says === says) return;
    place.dataset.says = says;
    place.replaceChildren();
    if (!says) return;
    const values = { number: guests.length, names: guests.join(", ") };
    const kept = guests.length === 1 ? word("1 guest is kept on this device: {names}.", values)
      : word("{number} guests are kept on this device: {names}.", values);
    const line = Object.assign(document.createElement("p"), { className: "notice" });
    line.append(...keeping.tellTrouble(trouble, kept), keeping.discardButton(() => save([])));
    place.append(line);
  };

  const send = keeping.sender(sendAll, () => show(), () => load().length);
  Object.assign(rollcall, { guests: { add, waiting: load } });
})();
