// What a wallet does, with nothing but JSON-RPC: signs with its key, sends, waits, and looks at what it holds.

import { createPrivateKey, generateKeyPairSync, sign } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";

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

/** Reads `base58` of 32 bytes, as addresses and hashes have. */
export function bytes32(text: string): Buffer {
  let number = 0n;
  for (const letter of text) {
    const digit = ALPHABET.indexOf(letter);
    if (digit < 0) throw new Error(`"${text}" is not base58.`);
    number = number * 58n + BigInt(digit);
  }
  const bytes = Buffer.from(number.toString(16).padStart(64, "0"), "hex");
  if (bytes.length !== 32 || base58(bytes) !== text) throw new Error(`"${text}" is not base58 of 32 bytes.`);
  return bytes;
}

/** A key as Solana's tools keep it: the seed, and behind it the public key. */
export class Key {
  readonly address: string;

  private constructor(
    private readonly bytes: Uint8Array,
    /** Where it is kept. */
    readonly file: string,
  ) {
    this.address = base58(bytes.subarray(32));
  }

  static read(file: string): Key {
    return new Key(Uint8Array.from(JSON.parse(readFileSync(file, "utf8")) as number[]), file);
  }

  /** A new one, kept there. */
  static make(file: string): Key {
    const { privateKey } = generateKeyPairSync("ed25519");
    const { d, x } = privateKey.export({ format: "jwk" });
    const bytes = Buffer.concat([d, x].map((part) => Buffer.from(part ?? "", "base64url")));
    writeFileSync(file, JSON.stringify([...bytes]), { mode: 0o600 });
    return new Key(bytes, file);
  }

  get publicKey(): Uint8Array {
    return this.bytes.subarray(32);
  }

  sign(message: Uint8Array): Buffer {
    const der = Buffer.concat([PKCS8, this.bytes.subarray(0, 32)]);
    return sign(null, message, createPrivateKey({ key: der, format: "der", type: "pkcs8" }));
  }

  /** A transaction that this key alone signs, with its signature at its place. */
  signed(unsigned: string): { transaction: string; signature: string } {
    const bytes = Buffer.from(unsigned, "base64");
    if (bytes[0] !== 1) throw new Error("More than this wallet must sign.");
    if (bytes.subarray(1, 65).some((byte) => byte !== 0)) throw new Error("It is signed already.");
    const message = bytes.subarray(65);
    const signature = this.sign(message);
    const transaction = Buffer.concat([bytes.subarray(0, 1), signature, message]).toString("base64");
    return { transaction, signature: base58(signature) };
  }
}

/** The accounts that an unsigned transaction of one signature names: behind three counts and their own number. */
function keysOf(transaction: string): string[] {
  const message = Buffer.from(transaction, "base64").subarray(65);
  const count = message[3] ?? 0;
  if (count > 127) throw new Error("More accounts than a message of this form can have.");
  return Array.from({ length: count }, (_, place) => base58(message.subarray(4 + 32 * place, 36 + 32 * place)));
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

  /** What a wallet holds in accounts that a transaction names: lamports, and base units of a mint. */
  async held(transaction: string, wallet: string, mint: string): Promise<{ lamports: bigint; tokens: bigint }> {
    interface Accounts {
      value: ({ lamports: number; data: [string, string] } | null)[];
    }
    const keys = keysOf(transaction);
    const options = { encoding: "base64", commitment: "confirmed" };
    const { value } = await this.call<Accounts>("getMultipleAccounts", [keys, options]);
    const sums = { lamports: 0n, tokens: 0n };
    for (const [place, account] of value.entries()) {
      if (!account) continue;
      if (keys[place] === wallet) sums.lamports += BigInt(account.lamports);
      // A token account: mint, owner, amount.
      const data = Buffer.from(account.data[0], "base64");
      const [its, owner] = [data.subarray(0, 32), data.subarray(32, 64)].map(base58);
      if (data.length === 165 && its === mint && owner === wallet) sums.tokens += data.readBigUInt64LE(64);
    }
    return sums;
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
