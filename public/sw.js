// The service worker. The server writes the build's id and the URLs of its files into it, so that every build has a worker and
// caches of its own: files come from the cache, pages from the network with the last good copy behind them.
//
// A new build's worker waits until no tab of the old one is left (it does not skip waiting). Only then are the old caches
// removed: nothing is taken away from a page that is open.
const BUILD = "__BUILD__";
const ASSETS = __ASSETS__;

const FILES = `files-${BUILD}`;
const PAGES = `pages-${BUILD}`;
const PICTURES = "pictures";
/** How many pages and pictures are kept; what was not looked at for longest goes first. */
const MOST = { [PAGES]: 60, [PICTURES]: 200 };

/** Public pages. Whatever else there is (bag, checkout, orders, calls) belongs to one shopper and is never kept. */
const PUBLIC = /^\/([a-z]{2}-[a-z0-9]{1,8})\/($|category\/|brand\/|collection\/|product\/|pages\/|offline$)/;

addEventListener("install", (event) => event.waitUntil(install()));
addEventListener("activate", (event) => event.waitUntil(activate()));
addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(event));
  else if (pathname.startsWith("/assets/")) event.respondWith(kept(request));
  else if (pathname.startsWith("/media/")) event.respondWith(picture(event));
});

async function install() {
  const files = await caches.open(FILES);
  // A file that an earlier build had too is not fetched again: its name says that it is the same.
  const add = async (url) => {
    const known = await caches.match(url);
    await (known ? files.put(url, known) : files.add(url));
  };
  await Promise.all(ASSETS.map(add));
}

async function activate() {
  const names = await caches.keys();
  const old = names.filter((name) => ![FILES, PAGES, PICTURES].includes(name));
  await Promise.all(old.map((name) => caches.delete(name)));
  await clients.claim();
  // The page that brought this worker was loaded without it.
  const open = await clients.matchAll({ type: "window" });
  await Promise.all(open.map(({ url }) => keepPage(url).catch(() => {})));
}

/** From a cache, or else from the network. */
async function kept(request) {
  return (await caches.match(request)) ?? fetch(request);
}

async function picture(event) {
  const known = await caches.match(event.request);
  if (known) return known;
  const answer = await fetch(event.request);
  if (answer.ok) event.waitUntil(keep(PICTURES, event.request, answer.clone()));
  return answer;
}

async function page(event) {
  const { url } = event.request;
  try {
    const answer = await fetch(event.request);
    if (isPublic(url, answer)) event.waitUntil(Promise.all([keep(PAGES, url, answer.clone()), keepOffline(url)]));
    return answer;
  } catch (error) {
    const pages = await caches.open(PAGES);
    const key = (await pages.keys()).find((key) => key.url === offline(url)) ?? (await pages.keys()).find(isOffline);
    const instead = (await pages.match(url, { ignoreVary: true })) ?? (key && (await pages.match(key, { ignoreVary: true })));
    if (instead) return instead;
    throw error;
  }
}

async function keepPage(url) {
  if (!PUBLIC.test(new URL(url).pathname)) return;
  const answer = await fetch(url);
  if (isPublic(url, answer)) await Promise.all([keep(PAGES, url, answer), keepOffline(url)]);
}

function isPublic(url, answer) {
  const isPrivate = /no-store/.test(answer.headers.get("cache-control"));
  return PUBLIC.test(new URL(url).pathname) && answer.ok && !answer.redirected && !isPrivate;
}

/** The page that stands in for all of `url`'s storefront while there is no network. */
function offline(url) {
  const { origin, pathname } = new URL(url);
  return `${origin}/${pathname.split("/")[1]}/offline`;
}

function isOffline({ url }) {
  return url.endsWith("/offline");
}

async function keepOffline(url) {
  const pages = await caches.open(PAGES);
  const key = offline(url);
  if (!(await pages.match(key, { ignoreVary: true }))) await pages.add(key);
}

async function keep(name, key, answer) {
  const cache = await caches.open(name);
  // Taken out and put in again, it is the newest.
  await cache.delete(key, { ignoreVary: true });
  await cache.put(key, answer);
  const keys = (await cache.keys()).filter((key) => !isOffline(key));
  await Promise.all(keys.slice(0, Math.max(0, keys.length - MOST[name])).map((key) => cache.delete(key, { ignoreVary: true })));
}
