// The payment provider's hosted page, as its simulator shows it.
import { SIMULATOR_URL } from "../support/environment.mjs";

export class ProviderPage {
  /** @param {import("./shop.mjs").Shop} shop */
  constructor(shop) {
    this.shop = shop;
  }

  async arrive() {
    await this.shop.page.waitForURL(`${SIMULATOR_URL}/pay/*`);
  }

  get card() {
    return this.shop.page.getByRole("textbox", { name: "Card number" });
  }

  get payButton() {
    return this.shop.page.getByRole("button", { name: /^Pay / });
  }

  get problem() {
    return this.shop.page.getByRole("alert");
  }

  /** Pays; without a number with the card that is filled in already, which works. */
  async pay(number) {
    if (number) await this.card.fill(number);
    await this.payButton.click();
  }

  async cancel() {
    await this.shop.page.getByRole("link", { name: "Cancel and return" }).click();
  }
}
