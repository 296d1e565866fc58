// Says what runs and how it went, a line for each test; last the line that `cargo xtask test` reads.

/** @implements {import("@playwright/test/reporter").Reporter} */
export default class Reporter {
  passed = 0;
  failed = 0;
  skipped = 0;
  /** @type {string[]} */
  stories = [];

  printsToStdio() {
    return true;
  }

  /** @param {string | Buffer} text */
  onStdOut(text) {
    process.stdout.write(text);
  }

  /** @param {string | Buffer} text */
  onStdErr(text) {
    process.stderr.write(text);
  }

  /** A spec that can't be read, or a worker that broke. */
  onError({ message, stack }) {
    this.failed += 1;
    this.stories.push(stack ?? message ?? "an error without words");
  }

  onTestEnd(test, result) {
    const name = test.titlePath().filter(Boolean).slice(1).join(" › ");
    const seconds = (result.duration / 1000).toFixed(1);
    if (result.status === "skipped") {
      this.skipped += 1;
      console.log(`skipped ${name}`);
    } else if (result.status === test.expectedStatus) {
      this.passed += 1;
      console.log(`ok      ${name} (${seconds} s)`);
    } else {
      this.failed += 1;
      console.log(`FAILED  ${name} (${seconds} s)`);
      const errors = result.errors.map(({ message, stack }) => stack ?? message ?? "");
      const kept = result.attachments.flatMap(({ path }) => (path ? [`  ${path}`] : []));
      this.stories.push([name, ...errors, ...kept].join("\n"));
    }
  }

  onEnd() {
    for (const story of this.stories) console.log(`\n${plain(story)}`);
    const skipped = this.skipped > 0 ? `, ${this.skipped} skipped` : "";
    console.log(`\n${this.passed} passed, ${this.failed} failed${skipped}`);
  }
}

/** Without the colours of terminals. */
function plain(text) {
  return text.replaceAll(/\u001b\[[0-9;]*m/g, "");
}
