// The watch itself: that it sees what it is there to see.
import { expect, test } from "../support/test.mjs";
import { Watch } from "../support/watch.mjs";

test("what a browser complains of is noticed", async ({ browser, baseURL }) => {
  const context = await browser.newContext({ baseURL });
  const watch = new Watch();
  watch.follow(context);
  const page = await context.newPage();
  await page.goto("/en-eu/pages/about");
  const complaints = {
    "an inline script": [/Content Security Policy/i, () => document.head.append(Object.assign(document.createElement("script"), { text: "1" }))],
    "an inline style": [/Content Security Policy/i, () => document.body.setAttribute("style", "color: red")],
    "a missing file": [/404/, () => document.body.append(Object.assign(new Image(), { src: "/media/none.jpg" }))],
    "an error that nobody caught": [/page error: Error: on purpose/, () => void setTimeout(() => { throw new Error("on purpose"); })],
    "a promise that nobody caught": [/page error: Error: broken/, () => void Promise.reject(new Error("broken"))],
    "another site": [/Content Security Policy/i, () => void fetch("https://elsewhere.example/").catch(() => {})],
  };
  for (const [name, [pattern, cause]] of Object.entries(complaints)) {
    watch.problems.length = 0;
    await page.evaluate(cause);
    await expect.poll(() => watch.problems.join("\n"), name).toMatch(pattern);
  }
  await context.close();
});
