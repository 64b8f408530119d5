// The scheme's side of a server, for the reference implementation of one: a facilitator says everything but the price.

import type {
  AssetAmount,
  PaymentFlowConfig,
  PaymentRequirements,
  Price,
  SchemeNetworkServer,
  SupportedKind,
} from "@x402/core/types";

export class Seller implements SchemeNetworkServer {
  readonly scheme = "batch-settlement";
  readonly defaultAssetTransferMethod = "default";
  readonly paymentFlows: Record<string, PaymentFlowConfig> = {
    default: { supported: ["authorization"], default: "authorization" },
  };

  /** Prices are micro-dollars already. */
  async parsePrice(price: Price): Promise<AssetAmount> {
    if (typeof price !== "object") throw new Error("a price is an amount of an asset");
    return price;
  }

  /** Binding, program and decimals are as the facilitator says. */
  async enhancePaymentRequirements(way: PaymentRequirements, kind: SupportedKind): Promise<PaymentRequirements> {
    return { ...way, extra: { ...way.extra, ...kind.extra } };
  }
}
