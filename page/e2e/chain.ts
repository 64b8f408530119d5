/** The demo's chain, for tests that change it: keys, what a node is asked, and the command line of the other side. */

import { execFile } from "node:child_process";
import { createPrivateKey, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { promisify } from "node:util";
import { base58 } from "../src/wallet/encoding";

const target = process.env.CARGO_TARGET_DIR ?? new URL("../../target", import.meta.url).pathname;
const run = promisify(execFile);

/** A key as Solana's tools keep it: the seed, and behind it the public key. */
export class Key {
  readonly address: string;
  readonly publicKey: number[];

  constructor(
    private readonly bytes: Uint8Array,
    /** Where it is kept. */
    readonly file: string,
  ) {
    this.publicKey = [...bytes.subarray(32)];
    this.address = base58(bytes.subarray(32));
  }

  static read(file: string): Key {
    return new Key(Uint8Array.from(JSON.parse(readFileSync(file, "utf8")) as number[]), file);
  }

  static make(file: string): Key {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    const part = (key: string | undefined) => Buffer.from(key ?? "", "base64url");
    const bytes = Buffer.concat([
      part(privateKey.export({ format: "jwk" }).d),
      part(publicKey.export({ format: "jwk" }).x),
    ]);
    writeFileSync(file, JSON.stringify([...bytes]), { mode: 0o600 });
    return new Key(Uint8Array.from(bytes), file);
  }

  /** A transaction that this key alone signs: its signature at its place. */
  signed(transaction: Buffer): { bytes: Buffer; signature: number[] } {
    if (transaction[0] !== 1) throw new Error("More than this wallet must sign.");
    const seed = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), this.bytes.subarray(0, 32)]);
    const key = createPrivateKey({ key: seed, format: "der", type: "pkcs8" });
    const message = transaction.subarray(65);
    const signature = sign(null, message, key);
    return { bytes: Buffer.concat([transaction.subarray(0, 1), signature, message]), signature: [...signature] };
  }
}

export class Chain {
  constructor(private readonly url: string) {}

  async call(method: string, params: unknown[]): Promise<unknown> {
    const body = JSON.stringify({ jsonrpc: "2.0", id: randomBytes(4).toString("hex"), method, params });
    const reply = await fetch(this.url, { method: "POST", headers: { "content-type": "application/json" }, body });
    const { result, error } = (await reply.json()) as { result?: unknown; error?: { message: string } };
    if (error) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  /** Gives a wallet SOL and tokens, as only a network made for trying can. */
  async endow(wallet: string, mint: string, tokens: bigint): Promise<void> {
    await this.call("surfnet_setAccount", [wallet, { lamports: 10_000_000_000 }]);
    await this.call("surfnet_setTokenAccount", [wallet, mint, { amount: Number(tokens) }]);
  }

  /** What a wallet does with a transaction that it was handed. */
  async send(key: Key, transaction: string): Promise<number[]> {
    const { bytes, signature } = key.signed(Buffer.from(transaction, "base64"));
    await this.call("sendTransaction", [
      bytes.toString("base64"),
      { encoding: "base64", preflightCommitment: "confirmed" },
    ]);
    return signature;
  }

  /** The command line `tally`; what it prints. */
  async tally(key: Key, ...words: string[]): Promise<string> {
    const options = ["--url", this.url, "--keypair", key.file, "--commitment", "confirmed", "--yes"];
    const { stdout } = await run(`${target}/debug/tally`, [...words, ...options]);
    return stdout;
  }
}
