// Who buys.
import { randomUUID } from "node:crypto";

/**
 * A shopper with an address of their own in every test, in Venice unless said otherwise.
 * @param {Partial<import("../pages/checkout.mjs").Details>} [details]
 * @returns {import("../pages/checkout.mjs").Details}
 */
export function shopper(details = {}) {
  return {
    email: `ada.${randomUUID().slice(0, 13)}@example.com`,
    name: "Ada Querini",
    line1: "Fondamenta Zattere 12",
    postcode: "30123",
    city: "Venezia",
    country: "IT",
    ...details,
  };
}

export const CARDS = { works: "4242 4242 4242 4242", declined: "4000 0000 0000 0002" };
