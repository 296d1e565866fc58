// A shopper without a mouse.
import { expect } from "@playwright/test";

/**
 * Presses Tab until `target` has the focus, and checks at each stop that the focus can be seen.
 * @param {import("@playwright/test").Page} page
 * @param {import("@playwright/test").Locator} target
 */
export async function tabTo(page, target, key = "Tab") {
  for (let stops = 0; stops < 120; stops += 1) {
    await page.keyboard.press(key);
    const where = await page.evaluate(focus);
    expect(where.isVisible, `focus at ${where.name} can be seen`).toBe(true);
    if (await target.evaluate((element) => element === document.activeElement)) return;
  }
  throw new Error(`${key} does not lead to ${target}`);
}

/** Where the focus is, and whether an outline shows it: on the element, on the label of a hidden radio, or on the card of a link. */
function focus() {
  const element = document.activeElement;
  if (!element || element === document.body) return { name: "nowhere", isVisible: true };
  const outlined = (candidate, pseudo) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(candidate, pseudo);
    return outlineStyle !== "none" && parseFloat(outlineWidth) >= 1;
  };
  const label = element.closest("label");
  const around = [element, label, ...(label?.querySelectorAll("*") ?? []), element.closest(".card")];
  const isVisible = around.some((candidate) => candidate && (outlined(candidate) || outlined(candidate, "::after")));
  return { name: `${element.localName} “${(element.textContent ?? "").trim().slice(0, 40)}”`, isVisible };
}
