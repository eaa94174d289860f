// Keeps a copy of the register that is being taken, so that it can be loaded again without a connection, until it is
// closed: whoever sits down at the same computer after the lesson is shown none. Whatever other page is opened, the
// sign-in page after signing out among them, takes the copy away.
"use strict";

const PAGES = "rollcall-register";
const FILES = "rollcall-files";
const STATIC = "{{ static|escapejs }}";
const LONGEST = 12 * 60 * 60 * 1000; // milliseconds; nobody stays signed in for longer on a shared device
const UNTIL = "Rollcall-Kept-Until"; // Of a register that is not being taken there is none.

const isRegister = (address) => /^\/sessions\/\d+\/$/.test(new URL(address).pathname);
const forget = () => Promise.all([caches.delete(PAGES), caches.delete(FILES)]);

const keep = async (address, answer) => {
  if (!isRegister(address)) return forget();
  const isKept = answer.ok && !answer.redirected && answer.headers.has(UNTIL);
  const pages = await caches.open(PAGES);
  const path = new URL(address).pathname;
  // First, since the connection may end within the answer: then the copy before it stays.
  if (isKept) await pages.put(path, answer);
  const others = (await pages.keys()).filter((each) => !isKept || new URL(each.url).pathname !== path);
  await Promise.all(others.map((each) => pages.delete(each)));
};

const keptPage = async (address) => {
  const kept = await (await caches.open(PAGES)).match(new URL(address).pathname, { ignoreVary: true });
  const at = (name) => Date.parse(kept.headers.get(name));
  if (kept && Date.now() < Math.min(at(UNTIL), at("Date") + LONGEST)) return kept;
  await forget();
  return Response.error();
};

const openPage = async (event) => {
  const address = event.request.url;
  try {
    const answer = await fetch(event.request);
    event.waitUntil(keep(address, answer.clone()));
    return answer;
  } catch {
    return keptPage(address);
  }
};

const openFile = async (request) => {
  try {
    const answer = await fetch(request);
    if (answer.ok) await (await caches.open(FILES)).put(request, answer.clone());
    return answer;
  } catch {
    return (await caches.match(request, { cacheName: FILES, ignoreVary: true })) ?? Response.error();
  }
};

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  if (mode === "navigate" && method !== "GET") event.waitUntil(forget());
  else if (mode === "navigate") event.respondWith(openPage(event));
  else if (method === "GET" && url.startsWith(new URL(STATIC, self.location.origin).href)) event.respondWith(openFile(event.request));
});
// The page that was open before the worker was: it says which files it needs.
self.addEventListener("message", (event) => event.waitUntil((async () => {
  const address = event.source.url;
  await keep(address, await fetch(address));
  await (await caches.open(FILES)).addAll(event.data);
})()));
