// Keeps the page itself on the phone, so that it opens in a cellar; answers of the service are never kept.
const SHELL = "wsai-shell-2";
const FILES = ["/", "/static/app.css", "/static/app.js", "/static/acts.js", "/static/api.js", "/static/dom.js", "/static/findings.js", "/static/i18n.js", "/static/photos.js", "/static/queue.js", "/static/records.js", "/static/signature.js", "/static/icon.svg"];

self.addEventListener("install", (event) => event.waitUntil(caches.open(SHELL).then((cache) => cache.addAll(FILES))));
self.addEventListener("activate", (event) =>
  event.waitUntil(caches.keys().then((names) => Promise.all(names.filter((name) => name !== SHELL).map((name) => caches.delete(name))))));
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin || !FILES.includes(url.pathname)) return;
  // the network first, so that a new version is seen at once
  event.respondWith(
    fetch(event.request)
      .then((answer) => {
        if (answer.ok) {
          const copy = answer.clone();
          event.waitUntil(caches.open(SHELL).then((cache) => cache.put(event.request, copy)));
        }
        return answer;
      })
      .catch(() => caches.match(event.request)),
  );
});
