// The payment provider's own books, and its hand on the button.
import { SIMULATOR_URL } from "./environment.mjs";

/** The id of the checkout session whose page this is. */
export function sessionOf(url) {
  return new URL(url).pathname.split("/").at(-1) ?? "";
}

/** The charges that took money for a session. */
export async function capturesOf(session) {
  const { sessions, captures } = await (await fetch(`${SIMULATOR_URL}/simulator/ledger`)).json();
  const { intent } = sessions.find(({ id }) => id === session);
  return captures.filter((charge) => charge.intent === intent);
}

/** Pays a session without anyone looking at its page: the shop hears of it by webhook alone. */
export async function payUnseen(session) {
  const answer = await fetch(`${SIMULATOR_URL}/simulator/pay/${session}`, { method: "POST" });
  if (!answer.ok) throw new Error(`the simulator answered ${answer.status}: ${await answer.text()}`);
}

/**
 * Keeps webhooks back while `work` goes on; they leave afterwards.
 * @param {() => Promise<void>} work
 */
export async function withoutWebhooks(work) {
  const address = `${SIMULATOR_URL}/simulator/webhook-url`;
  const usual = await (await fetch(address)).json();
  const aim = (target) => fetch(address, { method: "POST", body: JSON.stringify(target) });
  await aim({ url: null });
  try {
    await work();
  } finally {
    await aim(usual);
  }
}
