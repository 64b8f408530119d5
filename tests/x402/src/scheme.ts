// The scheme `batch-settlement` in the binding `tally-job/1`, for x402's reference client: a payment is a receipt of
// a job.

import type {
  PaymentPayloadResult,
  PaymentRequirements,
  SchemeClientHooks,
  SchemeNetworkClient,
} from "@x402/core/types";
import { ASSET, DECIMALS, Purse, type Standing } from "./purse.js";

type PaymentResponseContext = Parameters<NonNullable<SchemeClientHooks["onPaymentResponse"]>>[0];

/** How this job stands, if an answer says so. */
export const standingIn = (extra: Record<string, unknown> | undefined): Standing | undefined =>
  extra?.["standing"] as Standing | undefined;

export class Receipts extends Purse implements SchemeNetworkClient {
  readonly scheme = "batch-settlement";
  readonly schemeHooks: SchemeClientHooks = { onPaymentResponse: async (context) => this.answered(context) };

  /** By this the client knows the asset to be dollars, and holds amounts against its own limit for one payment. */
  findDefaultAsset(asset: string): { asset: string; decimals: number; symbol: string } | undefined {
    return asset === ASSET ? { asset, decimals: DECIMALS, symbol: ASSET } : undefined;
  }

  async createPaymentPayload(x402Version: number, way: PaymentRequirements): Promise<PaymentPayloadResult> {
    const { network, payTo, asset, extra } = way;
    const { binding, program, decimals } = extra;
    this.recognize({ network, payTo, asset, binding, program, decimals });
    return { x402Version, payload: { type: "receipt", receipt: await this.covering(BigInt(way.amount)) } };
  }

  /** Takes in what a server says it has charged; where a refusal brings news of it, the client tries again. */
  private answered({ settleResponse, paymentRequired }: PaymentResponseContext): { recovered: true } | void {
    const refusals = (paymentRequired?.accepts ?? []).map((way) => standingIn(way.extra));
    const told = [settleResponse?.extra as Standing | undefined, ...refusals];
    const charged = told.find((standing) => standing?.job === this.job.address)?.charged;
    this.refused = paymentRequired !== undefined && charged === undefined;
    if (charged === undefined) return;
    const before = this.charged;
    this.learn(charged);
    if (paymentRequired && this.charged > before) return { recovered: true };
  }
}
