// The payment method `tally` of the Machine Payments Protocol, intent `session`, for its reference client: a payment
// is a receipt of a job, as by x402.

import { Challenge, Credential, Method, Receipt, z } from "mppx";
import { Mppx } from "mppx/client";
import type { Purse } from "./purse.js";

const standing = z.object({ job: z.string(), authorized: z.string(), charged: z.string() });

/** What a challenge asks for, and what a credential brings. */
export const tally = Method.from({
  name: "tally",
  intent: "session",
  schema: {
    credential: { payload: z.object({ type: z.literal("receipt"), receipt: z.string() }) },
    request: z.object({
      amount: z.string(),
      currency: z.string(),
      description: z.optional(z.string()),
      methodDetails: z.object({
        binding: z.string(),
        decimals: z.number(),
        maxTimeoutSeconds: z.number(),
        network: z.string(),
        program: z.string(),
        standing: z.optional(standing),
      }),
      recipient: z.string(),
      unitType: z.literal("request"),
    }),
  },
});

/** What an answer says was charged, beside what every receipt of the protocol has. */
export const charged = z.object({
  amount: z.string(),
  authorized: z.string(),
  challengeId: z.string(),
  commitment: z.string(),
  intent: z.literal("session"),
  method: z.literal("tally"),
  network: z.string(),
  payer: z.string(),
  reference: z.string(),
  spent: z.string(),
});

/** The one challenge of this method in an answer, if there is one. */
export const challengeIn = (response: Response): Challenge.Challenge | undefined =>
  Challenge.fromResponseList(response).find(({ method, intent }) => method === tally.name && intent === tally.intent);

/** Pays out of a job, and answers challenges of this realm alone. */
export const payingBy = (purse: Purse, realm: string) =>
  Method.toClient(tally, {
    canHandleChallenge: ({ challenge }) => challenge.realm === realm,
    async createCredential({ challenge }) {
      const { amount, currency, recipient, methodDetails } = tally.schema.request.parse(challenge.request);
      const { network, binding, program, decimals } = methodDetails;
      purse.recognize({ network, payTo: recipient, asset: currency, binding, program, decimals });
      const told = methodDetails.standing;
      if (told?.job === purse.job.address) purse.learn(told.charged);
      const payload = { type: "receipt" as const, receipt: await purse.covering(BigInt(amount)) };
      return Credential.serialize(Credential.from({ challenge, payload }));
    },
  });

/** A client that pays for what it fetches. */
export class Machine {
  /** The credential that it sent last: what a thief would have. */
  sent = "";
  readonly mppx: ReturnType<typeof Mppx.create>;

  constructor(
    readonly purse: Purse,
    realm: string,
  ) {
    const methods = [payingBy(purse, realm)];
    this.mppx = Mppx.create({ methods, polyfill: false, fetch: (input, init) => this.send(input, init) });
  }

  /** Sends a request, and takes in what the answer says of what was paid for it. */
  private async send(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    const request = new Request(input, init);
    const credential = request.headers.get("authorization");
    const response = await fetch(request);
    if (credential === null) return response;
    this.sent = credential;
    if (response.ok) this.purse.learn(charged.parse(Receipt.fromResponse(response)).spent);
    if (response.status !== 402) return response;
    const refusal = tally.schema.request.safeParse(challengeIn(response)?.request);
    this.purse.refused = refusal.data?.methodDetails.standing === undefined;
    return response;
  }
}
