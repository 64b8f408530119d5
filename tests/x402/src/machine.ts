// The same as pay.ts by the Machine Payments Protocol, with its reference client, and by both protocols out of one job: the
// example server speaks both, and what a receipt has paid for by one is worth nothing more by the other.
//
//   node build/x402/src/machine.js --api URL --rpc URL --network NETWORK_JSON --bin FOLDER

import { encodePaymentSignatureHeader, decodePaymentRequiredHeader } from "@x402/core/http";
import { wrapFetchWithPayment, x402Client } from "@x402/fetch";
import { Challenge, Credential, Receipt } from "mppx";
import assert from "node:assert/strict";
import { join } from "node:path";
import { Key } from "../../mcp/src/chain.js";
import { Machine, charged as receiptSchema, tally } from "./method.js";
import { networkOf, sign, type Standing } from "./purse.js";
import {
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
import { Receipts } from "./scheme.js";

/** What the client is allowed for all requests. */
const TOTAL = 24n * PRICE;
const PROBLEMS = "https://paymentauth.org/problems/";
const began = Date.now();

type Asked = Challenge.Challenge;

/** What a request was refused with, by both protocols. */
interface Refusal {
  status: number;
  problem: string;
  detail: string;
  challenge: Asked;
  standing: Standing | undefined;
}

const post = (headers: Record<string, string>, body = words(1n)): Promise<Response> =>
  fetch(`${server.url}/words`, { method: "POST", headers, body });

/** What a request with this is refused with. */
async function refused(headers: Record<string, string>): Promise<Refusal> {
  const response = await post(headers);
  const { status } = response;
  assert.equal(response.headers.get("payment-receipt"), null);
  assert.equal(response.headers.get("payment-response"), null);
  assert.equal(response.headers.get("cache-control"), "no-store");
  assert.equal(response.headers.get("content-type"), "application/problem+json");
  const challenge = Challenge.fromHeaders(response.headers);
  const [way] = decodePaymentRequiredHeader(response.headers.get("payment-required") ?? "").accepts;
  const body = (await response.json()) as { type: string; status: number; detail: string; challengeId: string };
  assert.deepEqual([body.status, body.challengeId], [status, challenge.id]);
  const asked = tally.schema.request.parse(challenge.request);
  const standing = asked.methodDetails.standing;
  assert.deepEqual(way?.extra["standing"], standing, "the protocols say something else of the job");
  assert.deepEqual([way?.amount, way?.payTo], [asked.amount, asked.recipient]);
  return { status, problem: body.type.replace(PROBLEMS, ""), detail: body.detail, challenge, standing };
}

const byMachine = (credential: string) => ({ authorization: credential });

/** The credential with something else in its challenge, as it is on the wire. */
function tampered(credential: string, change: Record<string, string | undefined>): string {
  const wire = JSON.parse(Buffer.from(credential.slice("Payment ".length), "base64url").toString()) as {
    challenge: Record<string, string>;
  };
  const json = JSON.stringify({ ...wire, challenge: { ...wire.challenge, ...change } });
  return `Payment ${Buffer.from(json).toString("base64url")}`;
}

/** A credential for this challenge with this receipt. */
const credentialOf = (challenge: Asked, receipt: string): string =>
  Credential.serialize(Credential.from({ challenge, payload: { type: "receipt", receipt } }));

// 1. The server asks by both protocols.
let server = await example("paid", provider.account, String(PRICE));
const realmOf = () => new URL(server.url).host;
const asked = await refused({});
assert.deepEqual([asked.status, asked.problem], [402, "payment-required"]);
assert.deepEqual(
  [asked.challenge.realm, asked.challenge.method, asked.challenge.intent],
  [realmOf(), "tally", "session"],
);
const way = tally.schema.request.parse(asked.challenge.request);
assert.deepEqual(
  [way.amount, way.recipient, way.methodDetails.network],
  [String(PRICE), provider.account, networkOf(genesisHash)],
);
say("asked", `${way.amount} micro-dollars at most, by ${asked.challenge.method}/${asked.challenge.intent} and by x402`);
await market.worked(job, TOTAL + PRICE);

// 2. Clients of both pay by turns, out of one purse.
const purse = new Receipts(session, place, job, TOTAL);
let machine = new Machine(purse, realmOf());
const x402 = wrapFetchWithPayment(fetch, new x402Client().register("solana:*", purse));
let charged = 0n;
let requests = 0;

/** Pays for so many words by this protocol, and holds what the server says against the client's own sums. */
async function pays(by: "mpp" | "x402", count: bigint, client = machine): Promise<void> {
  const ask = by === "mpp" ? client.mppx.fetch : x402;
  const response = await ask(`${server.url}/words`, { method: "POST", body: words(count) });
  const body = await response.text();
  assert.deepEqual([response.status, body], [200, `${count} words\n`]);
  const cost = count < PRICE ? count : PRICE;
  charged += cost;
  requests += 1;
  assert.equal(client.purse.charged, charged);
  assert.equal(response.headers.get("cache-control"), "private");
  assert.equal(response.headers.get(by === "mpp" ? "payment-response" : "payment-receipt"), null);
  if (by === "x402") return;
  const { status } = Receipt.fromResponse(response);
  const receipt = receiptSchema.parse(Receipt.fromResponse(response));
  assert.deepEqual(
    [status, receipt.reference, receipt.amount, receipt.spent, receipt.authorized, receipt.payer, receipt.network],
    [
      "success",
      job.address,
      String(cost),
      String(charged),
      String(client.purse.newest.authorizes),
      consumer.address,
      networkOf(genesisHash),
    ],
  );
  assert.equal(receipt.challengeId, Credential.deserialize(client.sent).challenge.id);
}
for (const count of [PRICE, 250n, 1n, PRICE, 2n * PRICE, 749n]) {
  await pays("mpp", count);
  await pays("x402", count);
}
say("paid", `${requests} requests, half of them by x402, ${charged} micro-dollars, by ${purse.signatures} receipts`);

// 3. What fails costs nothing, and what was authorized for it is sent again as it was, by whichever protocol.
const failed = await machine.mppx.fetch(`${server.url}/words`, { method: "POST", body: " " });
assert.deepEqual([failed.status, failed.headers.get("payment-receipt")], [422, null]);
assert.equal(failed.headers.get("cache-control"), "private");
const unserved = purse.newest.text;
await pays("x402", PRICE);
assert.equal(purse.newest.text, unserved);
await pays("mpp", PRICE);

// 4. What was used is used, by both; and what is no credential for a challenge of this server is none.
const used = machine.sent;
const receipt = purse.newest.text;
const stands: Standing = { job: job.address, authorized: String(purse.newest.authorizes), charged: String(charged) };
const fresh = (await refused({})).challenge;
const x402Way = decodePaymentRequiredHeader((await post({})).headers.get("payment-required") ?? "").accepts[0];
assert.ok(x402Way);
const payload = { type: "receipt", receipt };
const x402Used = encodePaymentSignatureHeader({ x402Version: 2, accepted: x402Way, payload });
for (const headers of [byMachine(used), byMachine(credentialOf(fresh, receipt)), { "payment-signature": x402Used }]) {
  const { status, problem, standing } = await refused(headers);
  assert.deepEqual([status, problem, standing], [402, "payment-insufficient", stands]);
}
const dearer = { ...fresh, request: { ...fresh.request, amount: "1" } };
const foreign: Record<string, string> = {
  realm: tampered(used, { realm: "elsewhere.example" }),
  id: tampered(used, { id: "AAAA" }),
  expires: tampered(used, { expires: "2999-01-01T00:00:00Z" }),
  "no expiry": tampered(used, { expires: undefined }),
  digest: tampered(used, { digest: "sha-256=:AA==:" }),
  opaque: tampered(used, { opaque: "e30" }),
  header: tampered(used, { header: "Payment-Authorization" }),
  request: credentialOf(dearer, receipt),
};
for (const [what, credential] of Object.entries(foreign)) {
  const { status, problem, standing } = await refused(byMachine(credential));
  assert.deepEqual([status, problem, standing], [402, "invalid-challenge", undefined], what);
}
for (const change of [{ method: "solana" }, { intent: "charge" }]) {
  const { status, problem } = await refused(byMachine(tampered(used, change)));
  assert.deepEqual([status, problem], [400, "method-unsupported"]);
}
for (const credential of ["Payment", "Payment e30", "Payment %", `${used}=`]) {
  const { status, problem } = await refused(byMachine(credential));
  assert.deepEqual([status, problem], [402, "malformed-credential"], credential);
}
for (const payload of [{ type: "transaction", transaction: "AA==" }, { type: "receipt", receipt: "AA==" }]) {
  const { status, problem } = await refused(byMachine(Credential.serialize(Credential.from({ challenge: fresh, payload }))));
  assert.deepEqual([status, problem], [402, "invalid-payload"]);
}
const both = await refused({ ...byMachine(used), "payment-signature": x402Used });
assert.deepEqual([both.status, both.problem], [400, "bad-request"]);
const bearer = await refused(byMachine("Bearer of something else"));
assert.deepEqual([bearer.status, bearer.problem], [402, "payment-required"]);
const more = purse.newest.units + 1_000_000n;
const now = await market.now();
const stranger = Key.make(join(folder, "stranger.json"));
const elsewhere = { ...place, genesisHash: network.program };
const wrong: [string, RegExp][] = [
  [sign(stranger, place, job, more, now), /signer is not the job's meter/],
  [sign(stranger, place, job, 1n, now), /signer is not the job's meter/],
  [sign(session, place, job, more, now + 3_600n), /reaches past now/],
  [sign(session, elsewhere, job, more, now), /signed for another cluster or program/],
  [sign(session, place, { ...job, openedAt: job.openedAt + 1n }, more, now), /another job/],
];
for (const [text, why] of wrong) {
  const { status, problem, detail, standing } = await refused(byMachine(credentialOf(fresh, text)));
  assert.deepEqual([status, problem, standing], [402, "verification-failed", undefined]);
  assert.match(detail, why);
}
const older = await refused(byMachine(credentialOf(fresh, sign(session, place, job, 1n, now))));
assert.deepEqual([older.problem, older.standing], ["payment-insufficient", stands], "stale, but not forged");
say("refused", `3 uses of what was used, ${Object.keys(foreign).length} challenges, ${wrong.length + 10} others`);

// 5. The client signs nothing for anybody else, and nothing above what it is allowed.
const { signatures } = purse;
const asking = (challenge: Asked): Response =>
  new Response(null, { status: 402, headers: { "www-authenticate": Challenge.serialize(challenge) } });
const details = (change: object) => ({ methodDetails: { ...way.methodDetails, ...change } });
const changes: [Partial<Asked>, RegExp][] = [
  [{ realm: "elsewhere.example" }, /method/i],
  [{ method: "solana" }, /method/i],
  [{ intent: "charge" }, /method/i],
  [{ expires: "2025-01-15T12:05:00Z" }, /expired/],
  [{ request: { ...way, recipient: oldest.provider } }, /does not pay for/],
  [{ request: { ...way, currency: network.mint } }, /does not pay for/],
  [{ request: { ...way, unitType: "token" } }, /unitType/],
  [{ request: { ...way, amount: String(TOTAL) } }, /would be authorized/],
  [{ request: { ...way, ...details({ network: networkOf(network.program) }) } }, /does not pay for/],
  [{ request: { ...way, ...details({ program: network.mint }) } }, /does not pay for/],
  [{ request: { ...way, ...details({ binding: "tally-job/2" }) } }, /does not pay for tally-job\/2/],
  [{ request: { ...way, ...details({ decimals: 9 }) } }, /does not pay for 9/],
  [{ request: { ...way, ...details({ standing: { ...stands, charged: "999999" } }) } }, /were ever authorized/],
];
for (const [change, why] of changes) {
  await assert.rejects(machine.mppx.createCredential(asking({ ...fresh, ...change })), why, JSON.stringify(change));
}
assert.equal(purse.signatures, signatures);
say("declined", `${changes.length} challenges`);

// 6. Of requests at the same time with one credential no more are served than it covers.
const several = purse.charged + 3n * PRICE;
await purse.covering(3n * PRICE);
assert.equal(purse.newest.authorizes, several);
const one = credentialOf((await refused({})).challenge, purse.newest.text);
const answers = await Promise.all(Array.from({ length: 12 }, () => post(byMachine(one), words(PRICE))));
const served = answers.filter(({ status }) => status === 200).length;
assert.deepEqual([served, answers.filter(({ status }) => status === 402).length], [3, 9]);
charged += 3n * PRICE;
requests += 3;
purse.charged = charged;
say("at once", `${served} of ${answers.length} requests with a credential that covers ${served}`);

// 7. The server dies: its challenges are gone, and what it has charged is not.
const before = (await refused({})).challenge;
await server.kill();
server = await example("paid", provider.account, String(PRICE));
const late = await refused(byMachine(credentialOf(before, receipt)));
assert.deepEqual([late.status, late.problem], [402, "invalid-challenge"]);
machine = new Machine(purse, realmOf());
await pays("mpp", 10n);
// One who has lost its sums is told by the challenge, and pays in the second try.
purse.charged -= 500n;
await pays("mpp", PRICE);
say("restarted", `the server knows of ${charged} micro-dollars, and answers to challenges of its own`);

// 8. At its budget the client stops; one transaction settles what both protocols have paid, to the micro-dollar.
await assert.rejects(async () => {
  for (;;) await pays(requests % 2 === 0 ? "mpp" : "x402", PRICE);
}, new RegExp(`${TOTAL} are allowed`));
assert.ok(charged <= TOTAL && charged + PRICE > TOTAL);
await server.kill();
await market.tally(provider.key, "provider", "settle", `@${join(vouchers, `${job.address}.receipt`)}`);
const settled = await market.jobThat(job.address, "is settled", ({ work }) => work.receipts === 1);
assert.deepEqual([settled.work.accepted.micro, settled.work.settled.micro], [String(charged), String(charged)]);
say("settled", `${settled.work.accepted.micro} micro-dollars for ${requests} requests by ${settled.work.receipts} receipt`);
say("ok", `the chain has charged what the server has, in ${Math.round((Date.now() - began) / 1000)} s`);
