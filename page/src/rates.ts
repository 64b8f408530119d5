/** Rates as a provider's card has them: integers of micro-dollars. */

import { write } from "./amount";

/** Micro-dollars as dollars, exact, with the cents at least. */
export function rate(micro: string): string {
  return write({ units: BigInt(micro), places: 6 }).replace(/0{1,4}$/, "");
}

/** The same as a form of the API takes it: without groups of thousands, without zeros at its end. */
export function plainRate(micro: string): string {
  return rate(micro)
    .replaceAll(",", "")
    .replace(/\.?0+$/, "");
}
