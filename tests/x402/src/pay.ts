// Requests are paid for out of a job with x402's reference client, on a running network: a job is opened, the
// example server of client/x402 is paid, sent what it must refuse, and killed; the provider settles the newest receipt,
// and the chain has charged what the server has.
//
//   node build/x402/src/pay.js --api URL --rpc URL --network NETWORK_JSON --bin FOLDER

import { x402HTTPClient } from "@x402/core/client";
import { decodePaymentSignatureHeader } from "@x402/core/http";
import { parsePaymentRequired } from "@x402/core/schemas";
import { HTTPFacilitatorClient, x402ResourceServer } from "@x402/core/server";
import type { PaymentRequired, PaymentRequirements, SettleResponse } from "@x402/core/types";
import { decodePaymentResponseHeader, wrapFetchWithPayment, x402Client } from "@x402/fetch";
import assert from "node:assert/strict";
import { join } from "node:path";
import { Key, eventually } from "../../mcp/src/chain.js";
import { networkOf, sign, type Standing } from "./purse.js";
import {
  BUDGET,
  PRICE,
  consumer,
  example,
  folder,
  genesisHash,
  job,
  market,
  network,
  oldest,
  place,
  provider,
  say,
  session,
  vouchers,
  words,
} from "./scene.js";
import { Receipts, standingIn } from "./scheme.js";
import { Seller } from "./seller.js";
import type { Server } from "./server.js";

/** What the client is allowed for all requests. */
const TOTAL = 12n * PRICE;

const began = Date.now();

/** What a request was answered with. */
interface Answer {
  status: number;
  body: string;
  settled?: SettleResponse;
}

/** A client with its own way to pay; what it sent last is what a thief would have. */
class Client {
  sent = "";
  readonly x402 = new x402Client();
  private readonly fetch = wrapFetchWithPayment(async (input, init) => {
    const request = new Request(input, init);
    this.sent = request.headers.get("payment-signature") ?? this.sent;
    return fetch(request);
  }, this.x402);

  constructor(readonly receipts: Receipts) {
    this.x402.register("solana:*", receipts);
  }

  async ask(server: Server, text: string): Promise<Answer> {
    return answer(await this.fetch(`${server.url}/words`, { method: "POST", body: text }));
  }
}

async function answer(response: Response): Promise<Answer> {
  const header = response.headers.get("payment-response");
  const told = { status: response.status, body: await response.text() };
  return header === null ? told : { ...told, settled: decodePaymentResponseHeader(header) };
}

/** What a request was refused with. */
interface Refusal {
  status: number;
  required: PaymentRequired;
  error: string;
  standing?: Standing | undefined;
}

/** What a request with this payment, or none, is refused with. */
async function refused(server: Server, payment?: string): Promise<Refusal> {
  const headers = new Headers(payment === undefined ? [] : [["payment-signature", payment]]);
  const response = await fetch(`${server.url}/words`, { method: "POST", headers, body: words(1n) });
  assert.equal(response.headers.get("payment-response"), null);
  const reader = new x402HTTPClient(new x402Client());
  const required = reader.getPaymentRequiredResponse((name) => response.headers.get(name));
  assert.ok(parsePaymentRequired(required).success, "it is not what the protocol's own schema describes");
  const { status } = response;
  return { status, required, error: required.error ?? "", standing: standingIn(required.accepts[0]?.extra) };
}

/** A payment like this one, with another receipt. */
function withReceipt(payment: string, receipt: string): string {
  const decoded = decodePaymentSignatureHeader(payment);
  return Buffer.from(JSON.stringify({ ...decoded, payload: { type: "receipt", receipt } })).toString("base64");
}

const receiptOf = (payment: string): string => String(decodePaymentSignatureHeader(payment).payload["receipt"]);

// 1. Its provider's server says what it wants.
const start = (account: string, price: bigint) => example("paid", account, String(price));
let server = await start(provider.account, PRICE);
const asked = await refused(server);
assert.equal(asked.status, 402);
assert.equal(asked.required.x402Version, 2);
const way = asked.required.accepts[0] as PaymentRequirements;
assert.deepEqual(
  [way.scheme, way.network, way.payTo, way.amount],
  ["batch-settlement", networkOf(genesisHash), provider.account, String(PRICE)],
);
say("asked", `${way.amount} micro-dollars at most, paid to ${way.payTo} on ${way.network}`);
await market.worked(job, TOTAL + PRICE);

// 2. The client pays, request by request, for what was served.
const client = new Client(new Receipts(session, place, job, TOTAL));
let charged = 0n;
let requests = 0;
/** How the job must stand, by the client's own sums. */
const standingOf = (by: Client): Standing => ({
  job: job.address,
  authorized: String(by.receipts.newest.authorizes),
  charged: String(charged),
});

/** Pays for so many words, and holds what the server says against the client's own sums. */
async function pays(by: Client, count: bigint): Promise<Answer> {
  const { status, body, settled } = await by.ask(server, words(count));
  assert.equal(status, 200, body);
  assert.equal(body, `${count} words\n`);
  const cost = count < PRICE ? count : PRICE;
  charged += cost;
  requests += 1;
  assert.equal(settled?.success, true);
  assert.equal(settled.network, networkOf(genesisHash));
  assert.equal(settled.payer, consumer.address);
  assert.equal(settled.amount, String(cost));
  assert.deepEqual(settled.extra, standingOf(by));
  assert.equal(by.receipts.charged, charged);
  return { status, body, settled };
}
for (const count of [PRICE, 250n, 1n, PRICE, 2n * PRICE, 749n]) await pays(client, count);
say("paid", `${requests} requests, ${charged} micro-dollars, by ${client.receipts.signatures} receipts`);

// 3. What fails costs nothing, and what was authorized for it is sent again as it was.
const failed = await client.ask(server, " ");
assert.deepEqual([failed.status, failed.settled], [422, undefined]);
const unserved = client.sent;
await pays(client, PRICE);
assert.equal(receiptOf(client.sent), receiptOf(unserved));

// 4. Nothing is served for a payment that was used, or that is not one.
const used = client.sent;
const again = await refused(server, used);
assert.deepEqual([again.status, again.standing], [402, standingOf(client)]);
say("refused", again.error);
const none = await refused(server, "no payment");
assert.equal(none.status, 400);
const bytes = Buffer.from(receiptOf(used), "base64");
for (let at = 0; at < bytes.length; at += 8) {
  const changed = Buffer.from(bytes);
  changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
  const { status, standing } = await refused(server, withReceipt(used, changed.toString("base64")));
  assert.deepEqual([status, standing], [402, undefined], `byte ${at} was changed`);
}
const more = client.receipts.newest.units + 1_000_000n;
const stranger = Key.make(join(folder, "stranger.json"));
const now = await market.now();
const elsewhere = { ...place, genesisHash: network.program };
const wrong: [string, RegExp][] = [
  [sign(stranger, place, job, more, now), /signer is not the job's meter/],
  [sign(session, place, job, more, now + 3_600n), /reaches past now/],
  [sign(session, place, job, job.unit * 10_000n, now), /More units than the unit cap allows/],
  [sign(session, elsewhere, job, more, now), /signed for another cluster or program/],
  [sign(session, place, { ...job, openedAt: job.openedAt + 1n }, more, now), /another job/],
];
for (const [receipt, why] of wrong) {
  const { status, error } = await refused(server, withReceipt(used, receipt));
  assert.equal(status, 402);
  assert.match(error, why);
  say("refused", error);
}
await pays(client, 10n);

// 5. The client signs nothing for anybody else, and nothing above what it is allowed.
const stands = standingOf(client);
await client.x402.createPaymentPayload(asked.required); // this one it signs, and does not send
const signatures = client.receipts.signatures;
const sentLast = client.sent;
const changes: [Partial<PaymentRequirements>, RegExp][] = [
  [{ payTo: oldest.provider }, /does not pay for/],
  [{ network: networkOf(network.program) }, /does not pay for/],
  [{ network: "eip155:8453" }, /No network\/scheme registered/],
  [{ scheme: "exact" }, /No network\/scheme registered/],
  [{ asset: network.mint }, /rejected by spendControls/],
  [{ extra: { ...way.extra, binding: "tally-job/2" } }, /does not pay for tally-job\/2/],
  [{ extra: { ...way.extra, program: network.mint } }, /does not pay for/],
  [{ extra: { ...way.extra, decimals: 9 } }, /does not pay for 9/],
  [{ extra: {} }, /does not pay for undefined/],
  [{ amount: String(TOTAL) }, /would be authorized/],
];
for (const [change, why] of changes) {
  const required: PaymentRequired = { ...asked.required, accepts: [{ ...way, ...change }] };
  await assert.rejects(client.x402.createPaymentPayload(required), why, JSON.stringify(change));
}
const another = await start(oldest.provider, PRICE);
await assert.rejects(client.ask(another, words(1n)), new RegExp(`does not pay for ${oldest.provider}`));
await another.kill();
const dear = await start(provider.account, 2_000_000n);
await assert.rejects(client.ask(dear, words(1n)), /spendControls.maxAmountPerPayment/);
await dear.kill();
assert.deepEqual([client.receipts.signatures, client.sent], [signatures, sentLast]);
say("declined", `${changes.length} changed offers, another provider's server, one that wants two dollars`);

// 6. The server dies, and forgets nothing; nor need the client remember more than its newest receipt.
await server.kill();
server = await start(provider.account, PRICE);
assert.deepEqual((await refused(server, used)).standing, stands);
const forgetful = new Client(new Receipts(session, place, job, TOTAL));
await assert.rejects(forgetful.ask(server, words(1n)), /only \d+ were ever authorized/);
const kept = new Client(new Receipts(session, place, job, TOTAL, client.receipts.newest));
await pays(kept, PRICE);
say("restarted", `the server knows of ${charged} micro-dollars, and the client believes what it has signed for`);

// 7. At its budget the client stops, with everything that it has authorized charged.
await assert.rejects(async () => {
  for (;;) await pays(kept, PRICE);
}, new RegExp(`${TOTAL} are allowed`));
assert.ok(charged <= TOTAL && charged + PRICE > TOTAL);
assert.equal(kept.receipts.newest.authorizes, charged);
say("budget", `${charged} of ${TOTAL} micro-dollars are charged by ${requests} requests, and the client stops`);

// 8. Servers in other languages have the same till behind a facilitator: the reference implementation of one asks it.
await server.kill();
const facilitator = await example("facilitator");
const seller = new x402ResourceServer(new HTTPFacilitatorClient({ url: facilitator.url }));
seller.register("solana:*", new Seller());
await seller.initialize();
const [offer] = await seller.buildPaymentRequirements({
  scheme: way.scheme,
  network: way.network,
  payTo: provider.account,
  price: { asset: way.asset, amount: String(PRICE) },
  maxTimeoutSeconds: way.maxTimeoutSeconds,
});
assert.deepEqual(offer, way, "it offers something else than the example server");
const buyer = new Client(new Receipts(session, place, job, TOTAL + PRICE, kept.receipts.newest, charged));
const payment = await buyer.x402.createPaymentPayload({ ...asked.required, accepts: [offer] });
const verified = await seller.verifyPayment(payment, offer);
assert.deepEqual([verified.isValid, verified.payer], [true, consumer.address]);
const twice = await seller.verifyPayment(payment, offer);
assert.deepEqual([twice.isValid, twice.invalidReason], [false, "insufficient_authorization"]);
const partly = await seller.settlePayment(payment, offer, undefined, undefined, { amount: "400" });
charged += 400n;
requests += 1;
assert.deepEqual([partly.success, partly.amount, partly.extra], [true, "400", standingOf(buyer)]);
const over = await seller.settlePayment(payment, offer);
assert.deepEqual([over.success, over.errorReason], [false, "insufficient_authorization"]);
buyer.receipts.charged = charged;
const rest = { ...offer, amount: "600" };
const whole = await buyer.x402.createPaymentPayload({ ...asked.required, accepts: [rest] });
assert.equal((await seller.verifyPayment(whole, rest)).isValid, true);
assert.equal((await seller.settlePayment(whole, rest)).success, true);
charged += 600n;
requests += 1;
assert.equal(buyer.receipts.newest.authorizes, charged);
await facilitator.kill();
server = await start(provider.account, PRICE);
say("facilitated", `a server of the reference implementation charged 2 requests; ${charged} micro-dollars in all`);

// 9. One transaction settles all of it, to the micro-dollar.
const settle = () => market.tally(provider.key, "provider", "settle", `@${join(vouchers, `${job.address}.receipt`)}`);
await settle();
const first = await market.jobThat(job.address, "is settled", ({ work }) => work.receipts === 1);
assert.deepEqual([first.work.accepted.micro, first.work.settled.micro], [String(charged), String(charged)]);
assert.equal(first.work.units, String(buyer.receipts.newest.units));
say("settled", `${first.work.accepted.micro} micro-dollars by ${first.work.receipts} receipt`);

// 10. The server goes on until it notices that its job is closed; what was served by then is still settled.
const last = new Client(new Receipts(session, place, job, BUDGET, buyer.receipts.newest, charged));
/** Whether a request was served, or else refused. */
async function served(): Promise<boolean> {
  const { status, body } = await last.ask(server, words(PRICE));
  assert.ok(status === 200 || status === 402, body);
  if (status === 402) return false;
  charged += PRICE;
  requests += 1;
  return true;
}
await eventually("a request after the settlement", async () => (await served()) || null);
await market.act(consumer, "close-job", { job: job.address });
await eventually("a refusal", async () => (await served()) ? null : true);
await market.jobThat(job.address, "closes", ({ state }) => state === "closing");
await settle();
const second = await market.jobThat(job.address, "is settled again", ({ work }) => work.receipts === 2);
assert.equal(second.work.accepted.micro, String(charged));
say("closed", `${charged} micro-dollars for ${requests} requests are on chain by ${second.work.receipts} receipts`);
await server.kill();
say("ok", `the chain has charged what the server has, in ${Math.round((Date.now() - began) / 1000)} s`);
