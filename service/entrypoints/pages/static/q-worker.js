// Keeps the card reader and what it reads with, so that it works without a network after its first visit.
// What comes from the network is always newer, so it is asked first; only these few addresses are ever kept.
const KEPT = "card-reader/1";
const PATIENCE = 4000; // milliseconds that a weak network may take before what is kept is shown
const PAGES = ["/q", "/q?lang=zh", "/q?lang=en"];
const FILES = [
  "/q/regions.json", "/.well-known/jwks.json", "/.well-known/revoked",
  ...["verify.css", "card.css", "q.js", "card-token.js", "ed25519.js", "noble-ed25519.js"].map((name) => `/pages/${name}`),
];

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(caches.open(KEPT).then((cache) => cache.addAll([...PAGES, ...FILES])));
});

self.addEventListener("activate", (event) => {
  const old = caches.keys().then((names) => Promise.all(names.filter((name) => name !== KEPT).map((name) => caches.delete(name))));
  event.waitUntil(old.then(() => self.clients.claim()));
});

// What was kept says so: its date is of then, and tells nobody what time it is now.
async function kept(cache, path) {
  const found = await cache.match(path, { ignoreVary: true });
  if (!found) return undefined;
  const headers = new Headers(found.headers);
  headers.set("x-kept", "1");
  return new Response(found.body, { status: found.status, headers });
}

async function answer(path) {
  const cache = await caches.open(KEPT);
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), PATIENCE);
  try {
    const fresh = await fetch(path, { signal: late.signal, cache: "no-cache", credentials: "omit" });
    if (fresh.ok) {
      await cache.put(path, fresh.clone());
      return fresh;
    }
    return (await kept(cache, path)) ?? fresh;
  } catch {
    return (await kept(cache, path)) ?? Response.error();
  } finally {
    clearTimeout(timer);
  }
}

self.addEventListener("fetch", (event) => {
  const { origin, pathname, search } = new URL(event.request.url);
  const path = pathname + search;
  if (event.request.method !== "GET" || origin !== self.location.origin || ![...PAGES, ...FILES].includes(path)) return;
  event.respondWith(answer(path));
});
