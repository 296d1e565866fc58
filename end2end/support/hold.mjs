// Answers that come when a test says so.

/**
 * Holds back the answers to requests that fit, after the server made them.
 * @param {import("@playwright/test").Page} page
 * @param {string} pattern
 */
export async function hold(page, pattern) {
  /** @type {{ answered: Promise<import("@playwright/test").APIResponse>, release: () => Promise<void> }[]} */
  const held = [];
  /** @type {(() => void)[]} */
  let waiting = [];
  let isOver = false;
  await page.route(pattern, async (route) => {
    if (isOver) return route.continue();
    const answered = route.fetch();
    await new Promise((resolve) => {
      held.push({
        answered,
        release: async () => {
          await route.fulfill({ response: await answered });
          resolve(null);
        },
      });
      for (const tell of waiting) tell();
      waiting = [];
    });
  });
  return {
    /** The request number `index`, once it was made. */
    async at(index) {
      while (held.length <= index) await new Promise((resolve) => waiting.push(() => resolve(null)));
      return held[index];
    },
    /** How many were made. */
    get count() {
      return held.length;
    },
    /** Lets later requests through. */
    stop() {
      isOver = true;
    },
  };
}
