// The scheme `batch-settlement` in the binding `tally-job/1`, for the reference client: a payment is a receipt of a
// job, signed by its session key. docs/x402.md says what it is; this has nothing of the project's code.

import type {
  PaymentPayloadResult,
  PaymentRequirements,
  SchemeClientHooks,
  SchemeNetworkClient,
} from "@x402/core/types";
import { createHash } from "node:crypto";
import { bytes32, type Key } from "../../mcp/src/chain.js";

type PaymentResponseContext = Parameters<NonNullable<SchemeClientHooks["onPaymentResponse"]>>[0];

const ASSET = "USD";
const DECIMALS = 6;
const BINDING = "tally-job/1";

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

/** How this job stands, if an answer says so. */
export const standingIn = (extra: Record<string, unknown> | undefined): Standing | undefined =>
  extra?.["standing"] as Standing | undefined;

export class Receipts implements SchemeNetworkClient {
  readonly scheme = "batch-settlement";
  readonly schemeHooks: SchemeClientHooks = { onPaymentResponse: async (context) => this.answered(context) };
  /** Receipts that were signed. */
  signatures = 0;
  /** Whether the newest was refused as it is, such as for its time. */
  private refused = false;

  /** Pays at most so many micro-dollars out of a job, and goes on from the newest receipt, if one was signed. */
  constructor(
    private readonly key: Key,
    private readonly place: Place,
    private readonly job: Job,
    private readonly total: bigint,
    public newest: Signed = { units: 0n, authorizes: 0n, text: "" },
    /** Charged as far as is known, micro-dollars. */
    public charged = 0n,
  ) {}

  /** By this the client knows the asset to be dollars, and holds amounts against its own limit for one payment. */
  findDefaultAsset(asset: string): { asset: string; decimals: number; symbol: string } | undefined {
    return asset === ASSET ? { asset, decimals: DECIMALS, symbol: ASSET } : undefined;
  }

  async createPaymentPayload(x402Version: number, way: PaymentRequirements): Promise<PaymentPayloadResult> {
    const { extra } = way;
    const { genesisHash, program } = this.place;
    const asked = [way.network, way.payTo, way.asset, extra["binding"], extra["program"], extra["decimals"]];
    const own = [networkOf(genesisHash), this.job.provider, ASSET, BINDING, program, DECIMALS];
    const other = asked.findIndex((value, index) => value !== own[index]);
    if (other >= 0) throw new Error(`this job does not pay for ${String(asked[other])}`);
    const wanted = this.charged + BigInt(way.amount);
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
    return { x402Version, payload: { type: "receipt", receipt: this.newest.text } };
  }

  /** Takes in what a server says it has charged; where a refusal brings news of it, the client tries again. */
  private answered({ settleResponse, paymentRequired }: PaymentResponseContext): { recovered: true } | void {
    const refusals = (paymentRequired?.accepts ?? []).map((way) => standingIn(way.extra));
    const told = [settleResponse?.extra as Standing | undefined, ...refusals];
    const charged = told.find((standing) => standing?.job === this.job.address)?.charged;
    this.refused = paymentRequired !== undefined && charged === undefined;
    if (charged === undefined) return;
    const before = this.charged;
    if (BigInt(charged) > this.newest.authorizes) {
      const authorized = `only ${this.newest.authorizes} were ever authorized`;
      throw new Error(`the server says that ${charged} micro-dollars were charged, but ${authorized}`);
    }
    if (BigInt(charged) > before) this.charged = BigInt(charged);
    if (paymentRequired && this.charged > before) return { recovered: true };
  }
}
