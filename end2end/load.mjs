// Loads pages in Chromium, one after the other, and prints one line of JSON: how long each kind took, in milliseconds.
// `cargo xtask bench --only browser` runs it against a shop under load. Environment: BASE_URL, CHROMIUM, and PAGES, a file with a
// line `KIND PATH` for each load. Every other one is on a phone's screen; none finds anything in the browser's cache.
import { readFile } from "node:fs/promises";
import { chromium } from "@playwright/test";
import { BASE_URL, LAUNCH } from "./support/environment.mjs";

const SCREENS = /** @type {const} */ ({ phone: { width: 390, height: 844 }, desk: { width: 1280, height: 800 } });

if (!BASE_URL || !process.env.PAGES) {
  console.error("load: BASE_URL and PAGES are to be set; `cargo xtask bench --only browser` does that");
  process.exit(2);
}
const pages = (await readFile(process.env.PAGES, "utf8"))
  .split("\n")
  .filter(Boolean)
  .map((line) => ({ kind: line.slice(0, line.indexOf(" ")), path: line.slice(line.indexOf(" ") + 1) }));

/** In the page, once it has loaded: the times of its loading, and of the largest paint until now (null where none is told). */
function times() {
  return new Promise((resolve) => {
    const [navigation] = performance.getEntriesByType("navigation");
    let paint = null;
    const observer = new PerformanceObserver((list) => {
      paint = list.getEntries().at(-1)?.startTime ?? paint;
    });
    observer.observe({ type: "largest-contentful-paint", buffered: true });
    // loadEventEnd is 0 until the event's listeners are through; what was painted is told after a frame.
    const look = () => {
      if (navigation.loadEventEnd === 0) return void requestAnimationFrame(look);
      requestAnimationFrame(() =>
        setTimeout(() => resolve({ load: navigation.loadEventEnd, first: navigation.responseStart, paint }), 0),
      );
    };
    look();
  });
}

/** One load, by somebody who was never here. */
async function visit(browser, { kind, path }, screen) {
  const context = await browser.newContext({ baseURL: BASE_URL, viewport: SCREENS[screen], hasTouch: screen === "phone" });
  try {
    const page = await context.newPage();
    const answer = await page.goto(path, { waitUntil: "load" });
    if (answer?.status() !== 200) throw new Error(`${path} answered ${answer?.status()}`);
    return { kind, screen, ...(await page.evaluate(times)) };
  } finally {
    await context.close();
  }
}

function percentile(sorted, share) {
  return sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)];
}

const browser = await chromium.launch(LAUNCH);
const visits = [];
const failures = [];
try {
  // Chromium itself starts with the first page.
  await visit(browser, pages[0], "desk").catch(() => {});
  for (const [at, page] of pages.entries()) {
    try {
      visits.push(await visit(browser, page, at % 2 === 0 ? "phone" : "desk"));
    } catch (error) {
      failures.push(String(error.message ?? error).split("\n")[0].replaceAll('"', "'"));
    }
  }
} finally {
  await browser.close();
}

/** @type {Record<string, unknown>} */
const told = { loads: visits.length, failed: failures.length };
const groups = ["all", "phone", "desk", ...new Set(pages.map(({ kind }) => kind))];
for (const group of groups) {
  const chosen = visits.filter(({ kind, screen }) => group === "all" || group === kind || group === screen);
  for (const what of ["load", "first", "paint"]) {
    const sorted = chosen.map((visit) => visit[what]).filter((time) => time !== null).sort((a, b) => a - b);
    if (sorted.length === 0) continue;
    told[`${group}_${what}_p50`] = percentile(sorted, 0.5);
    told[`${group}_${what}_p95`] = percentile(sorted, 0.95);
    told[`${group}_${what}_max`] = sorted.at(-1);
  }
}
told.first_failure = failures[0] ?? null;
console.log(JSON.stringify(told));
