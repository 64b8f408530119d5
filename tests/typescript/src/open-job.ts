// A stranger opens a job: asks the API's Action for a transaction, signs it with a keypair, sends it,
// reads the event and the account with the IDL alone, and finds the job in the API. Then it has a provider
// paid in the same way.
//
//   node build/open-job.js --api URL --network NETWORK_JSON [--idl IDL_JSON]

import { Connection, Keypair, PublicKey, VersionedTransaction } from "@solana/web3.js";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Api, eventually } from "./api.js";
import { Program, type Decoded } from "./idl.js";

const { values } = parseArgs({
  options: {
    api: { type: "string" },
    network: { type: "string" },
    idl: { type: "string", default: "../../target/idl/settlement.json" },
  },
});
if (!values.api || !values.network) {
  console.error("usage: open-job --api URL --network NETWORK_JSON [--idl IDL_JSON]");
  process.exit(2);
}
const network = JSON.parse(readFileSync(values.network, "utf8"));
const wallet = Keypair.fromSecretKey(Uint8Array.from(JSON.parse(readFileSync(network.guest_keypair, "utf8"))));
const api = new Api(values.api);
const chain = new Connection(network.rpc_url, "confirmed");
const program = new Program(values.idl);
assert.equal(program.address, network.program, "the IDL is that of another program");

// 1. What a wallet sees: the rules, the form, and a transaction with a summary.
const rules = await api.get("/actions.json");
assert.ok(rules.rules.length > 0, "actions.json has no rules");
const provider = (await api.get("/v1/providers?order=asc&limit=1&commitment=confirmed")).items[0].provider;
const form = await api.get(`/v1/actions/open-job?provider=${provider}`);
assert.equal(form.type, "action");
console.log(`form         ${form.title}: ${form.label}`);

const meter = Keypair.generate().publicKey.toBase58();
const path = `/v1/actions/open-job?provider=${provider}&budget=25.5&rate=2.5&gpus=2&meter=${meter}`;
const offer = await api.post(path, { account: wallet.publicKey.toBase58() });
console.log(`summary      ${offer.message}`);

// 2. Sign and send.
async function land(unsigned: string): Promise<Decoded[]> {
  const transaction = VersionedTransaction.deserialize(Buffer.from(unsigned, "base64"));
  assert.deepEqual(transaction.message.staticAccountKeys[0]?.toBase58(), wallet.publicKey.toBase58());
  transaction.sign([wallet]);
  const signature = await chain.sendRawTransaction(transaction.serialize());
  await eventually("the transaction", async () => {
    const status = (await chain.getSignatureStatuses([signature])).value[0];
    if (status?.err) throw new Error(JSON.stringify(status.err));
    return status && status.confirmationStatus !== "processed" ? status : null;
  });
  console.log(`transaction  ${signature}`);
  const landed = await eventually("the transaction's record", () =>
    chain.getTransaction(signature, { commitment: "confirmed", maxSupportedTransactionVersion: 0 }),
  );
  const inner = (landed.meta?.innerInstructions ?? []).flatMap((group) => group.instructions);
  return inner.map((instruction) => program.event(instruction.data)).filter((e): e is Decoded => e !== null);
}
const events = await land(offer.transaction);

// 3. What happened, in the words of the IDL.
console.log(`events       ${events.map((event) => event.name).join(", ")}`);
const opened = events.find((event) => event.name === "JobOpened")?.data;
assert.ok(opened, "there is no JobOpened event");
const address: string = opened.job.toBase58();
assert.equal(address, offer.job, "the Action named another job");

// 4. The account, decoded by a deserialiser that knows nothing but the IDL.
const account = await chain.getAccountInfo(new PublicKey(address));
assert.ok(account, `there is no account at ${address}`);
const job = program.account("Job", account.data);
const order = job.terms.order;
assert.equal(order.budget.toString(), "25500000");
assert.equal(order.rate.toString(), "2500000");
assert.equal(order.meter.toBase58(), meter);
assert.equal(job.terms.consumer.toBase58(), wallet.publicKey.toBase58());
assert.equal(job.terms.provider.toBase58(), provider);
assert.equal(job.escrow.toString(), opened.escrow.toString());
assert.equal(job.vault.toBase58(), opened.vault.toBase58());
const vault = await chain.getTokenAccountBalance(job.vault);
assert.equal(vault.value.amount, job.escrow.toString());
console.log(`account      ${address}: escrow ${vault.value.uiAmountString} tokens, state ${job.state}`);

// 5. The same job in the API.
const served = await eventually("the job in the API", async () =>
  (await api.get(`/v1/jobs/${address}?commitment=confirmed`)).data,
);
assert.equal(served.state, "offered");
assert.equal(served.consumer, wallet.publicKey.toBase58());
assert.equal(served.provider, provider);
assert.equal(served.meter, meter);
assert.equal(served.terms.budget.micro, order.budget.toString());
assert.equal(served.tokens.escrow.base, job.escrow.toString());
assert.equal(served.terms.hash, Buffer.from(job.terms_hash ?? job.termsHash).toString("hex"));
console.log(`API          ${values.api}/v1/jobs/${address}: ${served.state}, ${served.terms.budget.usd} USD`);

// 6. Anyone may have a provider paid: the claim's transaction, signed by this stranger.
const providers = (await api.get("/v1/providers?commitment=confirmed")).items;
const earner = providers.find((entry: any) => BigInt(entry.earnings.claimable.base) > 0n);
assert.ok(earner, "no provider has anything to claim");
const claim = await api.post(`/v1/actions/claim?provider=${earner.provider}`, { account: wallet.publicKey.toBase58() });
console.log(`summary      ${claim.message}`);
const claimed = await land(claim.transaction);
const minted = claimed.find((event) => event.name === "Claimed")?.data;
assert.ok(minted, "there is no Claimed event");
assert.equal(minted.provider.toBase58(), earner.provider);
assert.equal(minted.amount.toString(), earner.earnings.claimable.base);
const paid = await eventually("the claim in the API", async () => {
  const { earnings } = (await api.get(`/v1/providers/${earner.provider}?commitment=confirmed`)).data;
  return earnings.claimable.base === "0" ? earnings : null;
});
assert.equal(BigInt(paid.minted.base), BigInt(earner.earnings.minted.base) + BigInt(minted.amount.toString()));
console.log(`claimed      ${minted.amount.toString()} base units for ${earner.provider}`);

// 7. What is wrong is said in one sentence, and changes nothing.
const account_of = (key: string) => ({ account: key });
const bad: [string, string, unknown][] = [
  ["a budget of zero", `/v1/actions/open-job?provider=${provider}&budget=0`, account_of(wallet.publicKey.toBase58())],
  ["another mint", `${path}&mint=${provider}`, account_of(wallet.publicKey.toBase58())],
  ["a malformed wallet", path, account_of("not-a-wallet")],
  ["a wallet without tokens", path, account_of(Keypair.generate().publicKey.toBase58())],
  ["an unknown parameter", `${path}&colour=red`, account_of(wallet.publicKey.toBase58())],
  ["a malformed address", "/v1/jobs/0OIl", undefined],
];
for (const [what, where, body] of bad) {
  const { status, detail } = await api.refused(where, body);
  assert.ok(status >= 400 && status < 500, `${what}: status ${status}`);
  console.log(`refused      ${what}: ${status}: ${detail}`);
}
const nonce = program.account("Job", (await chain.getAccountInfo(new PublicKey(address)))!.data).nonce;
const consumer = PublicKey.findProgramAddressSync(
  [Buffer.from("consumer"), wallet.publicKey.toBuffer()],
  new PublicKey(program.address),
)[0];
const after = program.account("Consumer", (await chain.getAccountInfo(consumer))!.data);
assert.equal((after.next_nonce ?? after.nextNonce).toString(), nonce.addn(1).toString(), "a refusal opened a job");
console.log("a stranger's client works");
