// What a wallet does, with nothing but JSON-RPC: signs with its key, sends, waits, and looks at what it holds.

import { createPrivateKey, sign } from "node:crypto";
import { readFileSync } from "node:fs";

const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
/** What a key of Ed25519 begins with in PKCS #8. */
const PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");

export function base58(bytes: Uint8Array): string {
  let number = bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  let text = "";
  for (; number > 0n; number /= 58n) text = ALPHABET.charAt(Number(number % 58n)) + text;
  const zeros = bytes.findIndex((byte) => byte !== 0);
  return "1".repeat(zeros < 0 ? bytes.length : zeros) + text;
}

/** A key as Solana's tools keep it: the seed, and behind it the public key. */
export class Key {
  readonly address: string;

  private constructor(private readonly bytes: Uint8Array) {
    this.address = base58(bytes.subarray(32));
  }

  static read(file: string): Key {
    return new Key(Uint8Array.from(JSON.parse(readFileSync(file, "utf8")) as number[]));
  }

  /** A transaction that this key alone signs, with its signature at its place. */
  signed(unsigned: string): { transaction: string; signature: string } {
    const bytes = Buffer.from(unsigned, "base64");
    if (bytes[0] !== 1) throw new Error("More than this wallet must sign.");
    if (bytes.subarray(1, 65).some((byte) => byte !== 0)) throw new Error("It is signed already.");
    const message = bytes.subarray(65);
    const der = Buffer.concat([PKCS8, this.bytes.subarray(0, 32)]);
    const signature = sign(null, message, createPrivateKey({ key: der, format: "der", type: "pkcs8" }));
    const transaction = Buffer.concat([bytes.subarray(0, 1), signature, message]).toString("base64");
    return { transaction, signature: base58(signature) };
  }
}

export class Chain {
  constructor(private readonly url: string) {}

  async call<T>(method: string, params: unknown[]): Promise<T> {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
    const headers = { "content-type": "application/json" };
    const reply = (await (await fetch(this.url, { method: "POST", headers, body })).json()) as {
      result?: T;
      error?: { message: string };
    };
    if (reply.error) throw new Error(`${method}: ${reply.error.message}`);
    return reply.result as T;
  }

  /** Tokens of a mint that a wallet holds, base units. */
  async tokens(wallet: string, mint: string): Promise<bigint> {
    interface Held {
      value: { account: { data: { parsed: { info: { tokenAmount: { amount: string } } } } } }[];
    }
    const options = { encoding: "jsonParsed", commitment: "confirmed" };
    const held = await this.call<Held>("getTokenAccountsByOwner", [wallet, { mint }, options]);
    return held.value.reduce((sum, one) => sum + BigInt(one.account.data.parsed.info.tokenAmount.amount), 0n);
  }

  /** Lamports of a wallet. */
  async lamports(wallet: string): Promise<bigint> {
    const held = await this.call<{ value: number }>("getBalance", [wallet, { commitment: "confirmed" }]);
    return BigInt(held.value);
  }

  /** Sends what is signed, and waits until a supermajority has voted on it. */
  async send({ transaction, signature }: { transaction: string; signature: string }): Promise<void> {
    await this.call("sendTransaction", [transaction, { encoding: "base64", preflightCommitment: "confirmed" }]);
    await eventually("the transaction", async () => {
      interface Statuses {
        value: ({ err: unknown; confirmationStatus: string } | null)[];
      }
      const [status] = (await this.call<Statuses>("getSignatureStatuses", [[signature]])).value;
      if (status?.err) throw new Error(JSON.stringify(status.err));
      return status && status.confirmationStatus !== "processed" ? status : null;
    });
  }
}

/** Asks again until there is an answer, for a minute. */
export async function eventually<T>(what: string, ask: () => Promise<T | null>): Promise<T> {
  let last: unknown = "there was none";
  for (let tries = 0; tries < 120; tries++) {
    try {
      const found = await ask();
      if (found !== null) return found;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error(`${what}: no answer in time (${last})`);
}
