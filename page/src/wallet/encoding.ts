/** Bytes as chain, API and wallets write them. */

const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/** Base58, as addresses and signatures are written. */
export function base58(bytes: Uint8Array): string {
  let number = bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  let text = "";
  for (; number > 0n; number /= 58n) text = ALPHABET.charAt(Number(number % 58n)) + text;
  const zeros = bytes.findIndex((byte) => byte !== 0);
  return "1".repeat(zeros < 0 ? bytes.length : zeros) + text;
}

/** The bytes of standard base64. */
export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

const CHAINS: Readonly<Record<string, Chain>> = {
  "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp": "solana:mainnet",
  EtWTRABZaYq6iMfeYKouRu166VU2xqa1: "solana:devnet",
  "4uhcVJyU9pJkvQyS88uRDiswHScSCkQ3": "solana:testnet",
};

export type Chain = "solana:mainnet" | "solana:devnet" | "solana:testnet" | "solana:localnet";

/**
 * The cluster's name among wallets. The API names it by CAIP-2, the beginning of its genesis hash; a cluster that
 * has no public name is one of the reader's own.
 */
export function chainOf(id: string | null): Chain {
  return CHAINS[id?.replace(/^solana:/, "") ?? ""] ?? "solana:localnet";
}
