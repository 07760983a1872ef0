// Keeps the static files and the offline page. Never a page: what was read here must not stay on a shared machine.
const KEPT = "quartier-1";
const OFFLINE = "/offline";
const SHELL = [OFFLINE, "/static/css/quartier.css", "/static/icons.svg", "/static/mark.svg"];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(KEPT).then((cache) => cache.addAll(SHELL)));
  self.skipWaiting();
});

self.addEventListener("activate", (event) => {
  event.waitUntil(forgetOld().then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate") {
    event.respondWith(fetch(request).catch(() => caches.match(OFFLINE)));
  } else if (url.pathname.startsWith("/static/")) {
    event.respondWith(fresh(request, url));
  }
});

async function forgetOld() {
  for (const name of await caches.keys()) if (name !== KEPT) await caches.delete(name);
}

// The network's copy, kept for when there is none; an older version of the same file goes.
async function fresh(request, url) {
  const cache = await caches.open(KEPT);
  try {
    const answer = await fetch(request);
    if (answer.status === 200) {
      for (const old of await cache.keys()) {
        const former = new URL(old.url);
        if (former.pathname === url.pathname && former.search !== url.search) await cache.delete(old);
      }
      await cache.put(request, answer.clone());
    }
    return answer;
  } catch (error) {
    const kept = (await cache.match(request)) ?? (await cache.match(request, { ignoreSearch: true }));
    if (kept) return kept;
    throw error;
  }
}

// What came is shown as it is: the instance has already left out what no screen should say.
self.addEventListener("push", (event) => {
  const said = event.data?.json() ?? {};
  const { title, body, icon, url } = said;
  event.waitUntil(self.registration.showNotification(title, { body, icon, tag: url, data: { url } }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(shown(new URL(event.notification.data?.url ?? "/avis", location.origin)));
});

async function shown(url) {
  if (url.origin !== location.origin) return;
  const [open] = await self.clients.matchAll({ type: "window" });
  if (open) {
    await open.navigate(url.href);
    await open.focus();
  } else {
    await self.clients.openWindow(url.href);
  }
}
