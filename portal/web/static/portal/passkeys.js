// Lets the browser make a passkey, or prove that it holds one, and sends what it answers with the form.
"use strict";

(() => {
  if (!window.PublicKeyCredential) return;

  const toBytes = (text) =>
    Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
  const toText = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const withBytes = (described) => ({ ...described, id: toBytes(described.id) });

  const ask = {
    create: (options) => navigator.credentials.create({
      publicKey: {
        ...options.publicKey,
        challenge: toBytes(options.publicKey.challenge),
        user: withBytes(options.publicKey.user),
        excludeCredentials: (options.publicKey.excludeCredentials ?? []).map(withBytes),
      },
    }),
    get: (options) => navigator.credentials.get({
      publicKey: {
        ...options.publicKey,
        challenge: toBytes(options.publicKey.challenge),
        allowCredentials: (options.publicKey.allowCredentials ?? []).map(withBytes),
      },
    }),
  };
  const PARTS = ["clientDataJSON", "attestationObject", "authenticatorData", "signature"];

  const written = (credential) => {
    const parts = PARTS.filter((part) => credential.response[part]);
    const response = Object.fromEntries(parts.map((part) => [part, toText(credential.response[part])]));
    return JSON.stringify({ id: credential.id, rawId: toText(credential.rawId), type: credential.type, response });
  };

  for (const line of document.querySelectorAll(".no-passkeys")) line.hidden = true;
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const problem = form.querySelector(".problem");
      problem.hidden = true;
      try {
        const credential = await ask[form.dataset.passkey](JSON.parse(form.dataset.options));
        form.elements.credential.value = written(credential);
        form.submit();
      } catch (error) {
        problem.textContent = error.name === "InvalidStateError"
          ? problem.dataset.doubled
          : problem.dataset.failed;
        problem.hidden = false;
      }
    });
  }
})();
