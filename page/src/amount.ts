/**
 * Amounts as the API gives them: exact decimals in strings. Computed with BigInt; a number is made of them only
 * for where something is drawn.
 */

import type { Schemas } from "tally-api";

export type Usd = Schemas["UsdAmount"];
export type Tokens = Schemas["TokenAmount"];

/** A decimal: `units / 10^places`. */
export interface Decimal {
  readonly units: bigint;
  readonly places: number;
}

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;

/** Reads a decimal such as `-1234.5`; undefined if it is none. */
export function parse(text: string): Decimal | undefined {
  const match = DECIMAL.exec(text.trim());
  if (!match) return undefined;
  const [, sign, whole = "", fraction = ""] = match;
  const units = BigInt(whole + fraction);
  return { units: sign ? -units : units, places: fraction.length };
}

/** Rounds to so many places, halves away from zero. */
export function round({ units, places }: Decimal, to: number): Decimal {
  if (to >= places) return { units: units * 10n ** BigInt(to - places), places: to };
  const step = 10n ** BigInt(places - to);
  const size = units < 0n ? -units : units;
  const rounded = (size + step / 2n) / step;
  return { units: units < 0n ? -rounded : rounded, places: to };
}

/** Thousands in groups, as English has them. */
export function grouped(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A decimal with all its places. */
export function write({ units, places }: Decimal): string {
  const size = (units < 0n ? -units : units).toString().padStart(places + 1, "0");
  const whole = grouped(size.slice(0, size.length - places));
  const fraction = places > 0 ? `.${size.slice(-places)}` : "";
  return `${units < 0n ? "−" : ""}${whole}${fraction}`;
}

/**
 * A decimal for reading: rounded to `places`, but never to zero if it is not zero, for that would say that there is
 * nothing. What cannot be read is shown as it came.
 */
export function shown(text: string, places: number): string {
  const exact = parse(text);
  if (!exact) return text;
  let rounded = round(exact, places);
  for (let more = places + 1; rounded.units === 0n && exact.units !== 0n && more <= exact.places; more++) {
    rounded = round(exact, more);
  }
  return write(rounded);
}

/** Dollars with cents. */
export function dollars(amount: Usd): string {
  const text = shown(amount.usd, 2);
  return text.startsWith("−") ? `−$${text.slice(1)}` : `$${text}`;
}

/** Tokens with two places. */
export function tokens(amount: Tokens): string {
  return shown(amount.tokens, 2);
}

/** A decimal such as a token's price, without zeros at its end. */
export function trimmed(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** Basis points or millionths as a percentage: `percent(9_512, 4)` is `95.12%`. */
export function percent(value: number | bigint, scale: number, places = 2): string {
  return `${write(round({ units: BigInt(value), places: scale - 2 }, places))}%`;
}

/** The share of a part in a whole, as a percentage. */
export function share(part: bigint, whole: bigint): string {
  if (whole === 0n) return "—";
  const millionths = (part * 1_000_000n) / whole;
  return part !== 0n && millionths < 100n ? "under 0.01%" : percent(millionths, 6);
}

/** A price as the oracle writes it, a mantissa of `10^exponent`. */
export function price(mantissa: string, exponent: number): string {
  const units = BigInt(mantissa);
  if (exponent >= 0) return write({ units: units * 10n ** BigInt(exponent), places: 0 });
  return trimmed(write({ units, places: -exponent }));
}

/** GPU milliseconds as hours with two places. */
export function gpuHours(milliseconds: string): string {
  const exact = BigInt(milliseconds) * 100n;
  return write({ units: (exact + 1_800_000n) / 3_600_000n, places: 2 });
}

/** Where a decimal lies on a drawn axis. Never shown, never computed with. */
export function coordinate(text: string): number {
  return Number(text);
}
