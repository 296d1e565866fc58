// Waits until nothing moves.

/**
 * Until colours have stopped changing and everything has faded in.
 * @param {import("@playwright/test").Page} page
 */
export async function settled(page) {
  await page.evaluate(async () => {
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    await Promise.allSettled(document.getAnimations().map((animation) => animation.finished));
  });
}
