// The mail that the shop wrote into its folder.
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "@playwright/test";
import { MAIL_FOLDER } from "./environment.mjs";

/**
 * The mail to an address, once it came; fails when there is more than one.
 * @param {string} address
 * @returns {Promise<{ raw: string, html: string, text: string }>}
 */
export async function mailTo(address) {
  /** @type {string[]} */
  let found = [];
  await expect
    .poll(async () => (found = await letters(address)).length, { message: `mails to ${address}`, timeout: 20_000 })
    .toBe(1);
  const stem = join(MAIL_FOLDER, found[0].slice(0, -".eml".length));
  const [raw, html, text] = await Promise.all(["eml", "html", "txt"].map((end) => readFile(`${stem}.${end}`, "utf8")));
  return { raw, html, text };
}

/** How many mails an address has had so far. */
export async function countMail(address) {
  return (await letters(address)).length;
}

async function letters(address) {
  const names = (await readdir(MAIL_FOLDER).catch(() => [])).filter((name) => name.endsWith(".eml"));
  const raws = await Promise.all(names.map((name) => readFile(join(MAIL_FOLDER, name), "utf8")));
  return names.filter((_, index) => raws[index].includes(`To: ${address}`));
}
