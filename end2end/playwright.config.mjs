// How Playwright runs the specs: the system's Chromium, two pages at a time, no second tries.
import { defineConfig } from "@playwright/test";
import { BASE_URL, LAUNCH } from "./support/environment.mjs";

export default defineConfig({
  testDir: "specs",
  testMatch: "*.spec.mjs",
  outputDir: "results/failures",
  fullyParallel: true,
  forbidOnly: true,
  retries: 0,
  workers: 2,
  // Limits for what hangs, far from what is usual: two minutes for all of it on two busy cores.
  timeout: 60_000,
  globalTimeout: 20 * 60_000,
  expect: { timeout: 15_000 },
  reporter: "./reporter.mjs",
  use: {
    baseURL: BASE_URL,
    browserName: "chromium",
    launchOptions: LAUNCH,
    locale: "en-GB",
    timezoneId: "Europe/Rome",
    viewport: { width: 1280, height: 800 },
    actionTimeout: 15_000,
    navigationTimeout: 30_000,
    screenshot: "only-on-failure",
    trace: { mode: "retain-on-failure", screenshots: false, sources: false },
  },
});
