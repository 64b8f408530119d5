// What pays out of a job, whatever protocol carries it: receipts of the job, signed by its session key, within a
// budget. docs/payments.md says what they are; this has nothing of the project's code.

import { createHash } from "node:crypto";
import { bytes32, type Key } from "../../mcp/src/chain.js";

export const ASSET = "USD";
export const DECIMALS = 6;
export const BINDING = "tally-job/1";

/** A job, as far as receipts of it are concerned. */
export interface Job {
  address: string;
  provider: string;
  openedAt: bigint;
  /** Micro-dollars for so many units, and for all of them at most. */
  rate: bigint;
  unit: bigint;
  budget: bigint;
}

/** The cluster and program that a receipt is of. */
export interface Place {
  genesisHash: string;
  program: string;
  /** The cluster's time, Unix seconds: a receipt of the future is refused. */
  now: () => Promise<bigint>;
}

/** A receipt, and what it authorizes, micro-dollars. */
export interface Signed {
  units: bigint;
  authorizes: bigint;
  text: string;
}

/** How a job stands with a server. */
export interface Standing {
  job: string;
  authorized: string;
  charged: string;
}

/** CAIP-2 id of a cluster. */
export const networkOf = (genesisHash: string): `solana:${string}` => `solana:${genesisHash.slice(0, 32)}`;

/** What every receipt of this program on this cluster begins with. */
export const domainOf = ({ genesisHash, program }: Place): Buffer =>
  createHash("sha256").update("tally receipt v1").update(bytes32(genesisHash)).update(bytes32(program)).digest();

/** A receipt of so many units, as the header carries it: key, signature and message. */
export function sign(key: Key, place: Place, job: Job, units: bigint, through: bigint): string {
  const numbers = Buffer.alloc(24);
  numbers.writeBigInt64LE(job.openedAt, 0);
  numbers.writeBigUInt64LE(units, 8);
  numbers.writeBigInt64LE(through, 16);
  const message = Buffer.concat([domainOf(place), bytes32(job.address), numbers]);
  return Buffer.concat([key.publicKey, key.sign(message), message]).toString("base64");
}

export class Purse {
  /** Receipts that were signed. */
  signatures = 0;
  /** Whether the newest was refused as it is, such as for its time. */
  refused = false;

  /** Pays at most so many micro-dollars out of a job, and goes on from the newest receipt, if one was signed. */
  constructor(
    private readonly key: Key,
    readonly place: Place,
    readonly job: Job,
    private readonly total: bigint,
    public newest: Signed = { units: 0n, authorizes: 0n, text: "" },
    /** Charged as far as is known, micro-dollars. */
    public charged = 0n,
  ) {}

  /** Refuses what is not asked for by this job's provider, in receipts of it. */
  recognize(asked: Record<"network" | "payTo" | "asset" | "binding" | "program" | "decimals", unknown>): void {
    const { genesisHash, program } = this.place;
    const payTo = this.job.provider;
    const own = { network: networkOf(genesisHash), payTo, asset: ASSET, binding: BINDING, program, decimals: DECIMALS };
    for (const name of Object.keys(own) as (keyof typeof own)[])
      if (asked[name] !== own[name]) throw new Error(`this job does not pay for ${String(asked[name])}`);
  }

  /** A receipt that covers what was charged and so many micro-dollars. */
  async covering(amount: bigint): Promise<string> {
    const wanted = this.charged + amount;
    if (wanted > this.total) throw new Error(`${wanted} micro-dollars would be authorized, ${this.total} are allowed`);
    const { rate, unit, budget } = this.job;
    const least = (wanted * unit + rate - 1n) / rate;
    const units = least > this.newest.units ? least : this.newest.units;
    const worth = (units * rate) / unit;
    const authorizes = worth < budget ? worth : budget;
    if (authorizes < wanted) throw new Error("the job's own budget does not cover this request");
    // What was authorized and not charged is sent again as it was: only a receipt of more units is newer.
    if (units > this.newest.units || this.refused) {
      const text = sign(this.key, this.place, this.job, units, await this.place.now());
      this.newest = { units, authorizes, text };
      this.signatures += 1;
      this.refused = false;
    }
    return this.newest.text;
  }

  /** Takes in what a server says it has charged, up to what was authorized. */
  learn(charged: string): void {
    if (BigInt(charged) > this.newest.authorizes) {
      const authorized = `only ${this.newest.authorizes} were ever authorized`;
      throw new Error(`the server says that ${charged} micro-dollars were charged, but ${authorized}`);
    }
    if (BigInt(charged) > this.charged) this.charged = BigInt(charged);
  }
}
