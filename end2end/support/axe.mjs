// axe-core, run inside a page.
import { createRequire } from "node:module";
import { expect } from "@playwright/test";
import { settled } from "./settled.mjs";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/**
 * Expects no violation of WCAG 2.2 AA that axe can find, in light and in dark.
 * @param {import("@playwright/test").Page} page
 * @param {string} name what the page is, for the story of a failure
 */
export async function expectAccessible(page, name) {
  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    await page.emulateMedia({ colorScheme });
    await settled(page);
    const found = await violations(page);
    expect.soft(found, `${name}, ${colorScheme}`).toEqual([]);
  }
}

async function violations(page) {
  // Evaluated over the debugger: the page's content policy stays as it is.
  const axe = await page.evaluate(() => "axe" in window);
  if (!axe) await page.evaluate(await source());
  return page.evaluate(async (tags) => {
    const { violations } = await window["axe"].run(document, { runOnly: { type: "tag", values: tags } });
    return violations.flatMap(({ id, help, nodes }) =>
      nodes.map((node) => `${id}: ${help}: ${node.target.join(" ")}: ${node.any.concat(node.all).map(({ message }) => message).join("; ")}`),
    );
  }, TAGS);
}

/** @type {Promise<string> | undefined} */
let text;

function source() {
  text ??= import("node:fs/promises").then(({ readFile }) => readFile(AXE, "utf8"));
  return text;
}
