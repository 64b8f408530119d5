// The program as its IDL describes it, read with Anchor's own client. Nothing here knows Tally.

import { BorshCoder, type Idl } from "@anchor-lang/core";
import bs58 from "bs58";
import { readFileSync } from "node:fs";

/** What every self-CPI event's instruction data starts with: sha256("anchor:event")[..8], reversed. */
const EVENT_TAG = Buffer.from("e445a52e51cb9a1d", "hex");

export interface Decoded {
  name: string;
  data: any;
}

export class Program {
  readonly address: string;
  readonly coder: BorshCoder;

  constructor(file: string) {
    const idl = JSON.parse(readFileSync(file, "utf8")) as Idl;
    this.address = idl.address;
    this.coder = new BorshCoder(idl);
  }

  /** The event in the data of an inner instruction, base58; null if it is none. */
  event(data: string): Decoded | null {
    const bytes = Buffer.from(bs58.decode(data));
    if (!bytes.subarray(0, EVENT_TAG.length).equals(EVENT_TAG)) return null;
    return this.coder.events.decode(bytes.subarray(EVENT_TAG.length).toString("base64"));
  }

  /** An account of a kind. */
  account(kind: string, data: Buffer): any {
    return this.coder.accounts.decode(kind, data);
  }
}
