// Waits until nothing moves.

/**
 * Until colours have stopped changing and everything has faded in. What is folded away (a closed `details`) does not move:
 * Chromium holds its transitions until it is shown, so they are not waited for.
 * @param {import("@playwright/test").Page} page
 */
export async function settled(page) {
  await page.evaluate(async () => {
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const shown = ({ effect }) => effect instanceof KeyframeEffect && effect.target?.checkVisibility();
    await Promise.allSettled(document.getAnimations().filter(shown).map((animation) => animation.finished));
  });
}
