// Watches everything a browser complains about. What a test does not declare fails it.

/** Chromium's word for a request that a page itself gave up, by being left for instance. */
const GIVEN_UP = "net::ERR_ABORTED";

/** Chromium's word for a page that is left while it is still fading in: nothing of it is lost. */
const LEFT_EARLY = /Transition was (aborted|skipped)/;

export class Watch {
  /** @type {string[]} */
  problems = [];
  /** @type {Set<number>} */
  #statuses = new Set();
  /** @type {RegExp[]} */
  #expected = [];

  /**
   * Declares that answers with this status belong to the test.
   * @param {...number} statuses
   */
  expectStatus(...statuses) {
    for (const status of statuses) this.#statuses.add(status);
  }

  /**
   * Declares that complaints like this one belong to the test.
   * @param {RegExp} pattern
   */
  expectProblem(pattern) {
    this.#expected.push(pattern);
  }

  /** @param {import("@playwright/test").BrowserContext} context */
  follow(context) {
    context.on("console", (message) => {
      const text = message.text();
      const status = /the server responded with a status of (\d+)/.exec(text)?.[1];
      if (status && this.#statuses.has(Number(status))) return;
      const isPolicy = /content security policy|content-security-policy/i.test(text);
      if (message.type() === "error" || isPolicy) this.#note(`console: ${text} (${message.location().url})`);
    });
    context.on("weberror", (error) => {
      if (!LEFT_EARLY.test(error.error().message)) this.#note(`page error: ${told(error)}`);
    });
    context.on("requestfailed", (request) => {
      const why = request.failure()?.errorText ?? "failed";
      if (why !== GIVEN_UP) this.#note(`request: ${request.method()} ${request.url()}: ${why}`);
    });
    context.on("response", (response) => {
      const status = response.status();
      if (status >= 400 && !this.#statuses.has(status)) {
        this.#note(`answer: ${status} to ${response.request().method()} ${response.url()}`);
      }
    });
  }

  #note(problem) {
    if (!this.#expected.some((pattern) => pattern.test(problem))) this.problems.push(problem);
  }
}

/** @param {import("@playwright/test").WebError} error */
function told(error) {
  const { name, message, stack } = error.error();
  return stack || `${name} ${message} (${error.page()?.url()})`;
}
