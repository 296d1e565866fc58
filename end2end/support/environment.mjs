// What the tests are told about the shop they drive.

/** The shop. */
export const BASE_URL = process.env.BASE_URL ?? "";
/** The payment provider's simulator. */
export const SIMULATOR_URL = process.env.SIMULATOR_URL ?? "";
/** Where the shop writes its mail. */
export const MAIL_FOLDER = process.env.MAIL_FOLDER ?? "";
export const DATABASE_URL = process.env.DATABASE_URL ?? "";
export const REDIS_URL = process.env.REDIS_URL ?? "";

/** How Chromium is started. Without a sandbox, because tests run as root in containers too. */
export const LAUNCH = {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
};

/** One line that names what is not set; null when everything is. */
export function requireEnvironment() {
  const wanted = { BASE_URL, SIMULATOR_URL, MAIL_FOLDER, DATABASE_URL, REDIS_URL };
  const missing = Object.keys(wanted).filter((name) => !wanted[name]);
  return missing.length === 0
    ? null
    : `end2end: ${missing.join(", ")} not set; \`cargo xtask test\` sets up a shop and calls this`;
}
