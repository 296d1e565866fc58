// Runs the browser tests against a shop that is already served, and ends with the line `N passed, N failed`.
//
// Environment: BASE_URL (the shop), SIMULATOR_URL (the payment provider), MAIL_FOLDER, DATABASE_URL, REDIS_URL;
// CHROMIUM (/usr/bin/chromium). Arguments are Playwright's: a part of a spec's name, or `-g` with a part of a title.
// Screenshots and traces of failures go to end2end/results/failures.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { requireEnvironment } from "./support/environment.mjs";

const missing = requireEnvironment();
if (missing) {
  console.error(missing);
  process.exit(2);
}

const here = dirname(fileURLToPath(import.meta.url));
const playwright = createRequire(import.meta.url).resolve("@playwright/test/cli");
const runner = spawn(process.execPath, [playwright, "test", ...process.argv.slice(2)], { cwd: here, stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => runner.kill(signal));
runner.on("exit", (code) => process.exit(code ?? 1));
