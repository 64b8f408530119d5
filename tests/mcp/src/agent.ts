// An agent that was given ten dollars buys work: asks what it costs and who does it, is refused above its budget, opens a
// job within it, signs and sends, follows the job and reconciles it.
//
//   node build/agent.js --api URL --rpc URL --network NETWORK_JSON
//   node build/agent.js --api URL --wallet ADDRESS        up to the transaction: nothing is signed or sent

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Chain, Key, eventually } from "./chain.js";
import { Tools } from "./tools.js";

const BUDGET = "10";
const HARDWARE = 1;

const { values } = parseArgs({
  options: {
    api: { type: "string" },
    rpc: { type: "string" },
    network: { type: "string" },
    wallet: { type: "string" },
  },
});
const signs = values.rpc !== undefined && values.network !== undefined;
if (!values.api || signs === (values.wallet !== undefined)) {
  console.error("usage: agent --api URL (--rpc URL --network NETWORK_JSON | --wallet ADDRESS)");
  process.exit(2);
}
const key = signs
  ? Key.read(JSON.parse(readFileSync(values.network ?? "", "utf8")).guest_keypair as string)
  : undefined;
const wallet = key?.address ?? values.wallet ?? "";
const tools = await Tools.connect(values.api);

interface Move {
  kind: string;
  token: string;
  mint: string | null;
  amount: { base: string };
  bound: string;
  from: string | null;
}

/** What the moves take out of the wallet, by token; it must be certain. */
function leaving(moves: Move[]): Map<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const it of moves.filter((it) => it.from === wallet && it.kind !== "lock")) {
    assert.ok(["exact", "most"].includes(it.bound), `${it.kind} is ${it.bound}`);
    sums.set(it.token, (sums.get(it.token) ?? 0n) + BigInt(it.amount.base));
  }
  return sums;
}

// 1. What there is, what it costs, who does it.
assert.deepEqual(await tools.names(), ["quote", "find_providers", "build_escrow", "follow_job", "reconcile_job"]);
const quote = (await tools.ask("quote", { hardware: HARDWARE, gpu_hours: "3" })).data;
assert.ok(quote.plan, "nothing is known of what the class costs");
const { rate, work, deposit } = quote.plan;
assert.ok(deposit, `the deposit is not known: ${quote.plan.deposit_unknown}`);
const plan = `at ${rate.usd} USD, a deposit of ${deposit.amount.tokens} tokens worth ${deposit.worth.usd} USD`;
console.log(`quote        3 GPU hours of class ${HARDWARE} cost ${work.usd} USD ${plan}`);

const found = (await tools.ask("find_providers", { hardware: HARDWARE, first: "score", commitment: "confirmed" })).data;
const chosen = found.providers[0];
assert.ok(chosen, "nobody offers the class");
const { low, high } = chosen.reputation.interval;
console.log(`provider     ${chosen.provider}: ${chosen.rate.usd} USD per GPU hour, score ${low} to ${high}`);

// 2. Above the budget nothing is handed out.
const terms = {
  wallet,
  provider: chosen.provider,
  hardware: HARDWARE,
  rate_usd: chosen.rate.usd,
  budget_usd: BUDGET,
};
const above = await tools.refused("build_escrow", { ...terms, work_usd: BUDGET });
assert.equal(above.type, "/problems/spending-limit");
assert.match(above.detail, /12\.(49|5)[0-9]* USD/);
assert.match(above.detail, /stated budget is 10 USD/);
const tokens = await tools.refused("build_escrow", { ...terms, work_usd: "1", tokens: "1000" });
assert.equal(tokens.type, "/problems/spending-limit");
const unknown = await tools.refused("build_escrow", { ...terms, budged_usd: "1" });
assert.equal(unknown.type, "/problems/unknown-parameter");
console.log(`refused      ${above.detail}`);

// 3. Within it there is a transaction, whose moves say no more than was stated.
const { data: built, commitment } = await tools.ask("build_escrow", terms);
assert.equal(commitment, "confirmed");
const takes = leaving(built.moves as Move[]);
assert.equal(takes.get("compute"), BigInt(built.spending.tokens.base));
assert.equal(takes.get("sol"), BigInt(built.spending.sol.lamports));
assert.ok(BigInt(built.spending.worth.micro) <= 10_000_000n, "it takes more than the budget");
console.log(`built        ${built.message}`);
if (!key) {
  await tools.close();
  console.log("ok           up to the transaction; without a key nothing is signed");
  process.exit();
}

// 4. Signed and sent, it takes what was said.
const chain = new Chain(values.rpc ?? "");
const mint = (built.moves as Move[]).find((it) => it.token === "compute")?.mint ?? "";
const before = await chain.held(built.transaction, wallet, mint);
const signed = key.signed(built.transaction);
await chain.send(signed);
const after = await chain.held(built.transaction, wallet, mint);
assert.equal(before.tokens - after.tokens, takes.get("compute"));
assert.ok(before.lamports - after.lamports <= (takes.get("sol") ?? 0n), "more SOL left the wallet than was said");
console.log(`landed       ${signed.signature}`);

// 5. The job is open, and its sums balance.
const job = built.job as string;
const followed = await eventually("the job", async () => {
  const { data } = await tools.ask("follow_job", { job, commitment: "confirmed" });
  return data.state === "offered" ? data : null;
});
assert.equal(followed.consumer, wallet);
assert.equal(followed.provider, chosen.provider);
assert.equal(followed.work.budget.micro, built.work.micro);
assert.equal(followed.escrow.held.base, built.spending.tokens.base);
assert.equal(followed.next.who, "provider");
console.log(`followed     ${job} is ${followed.state}: ${followed.next.what}`);

const own = (await tools.ask("reconcile_job", { job, commitment: "confirmed" })).data;
assert.ok(own.balances, JSON.stringify(own.checks));
assert.equal(own.escrow.escrowed.base, built.spending.tokens.base);
assert.equal(own.escrow.held.base, own.escrow.escrowed.base);
assert.equal(own.evidence[0].event, "JobOpened");
assert.equal(own.evidence[0].signature, signed.signature);
console.log(`reconciled   ${own.escrow.held.tokens} tokens escrowed and held, by ${own.evidence.length} event`);

// 6. So do those of every other job, whatever became of it.
let jobs = 0;
const states = new Set<string>();
let path = "/v1/jobs?limit=200&commitment=confirmed";
for (let next: string | null = path; next; ) {
  const page = (await (await fetch(values.api + next)).json()) as { items: { job: string; state: string }[]; next: string | null };
  for (const one of page.items) {
    const data = (await tools.ask("reconcile_job", { job: one.job, commitment: "confirmed" })).data;
    const wrong = data.checks.filter((check: { balances: boolean }) => !check.balances);
    assert.ok(data.balances, `${one.job}, ${one.state}: ${JSON.stringify(wrong)}`);
    states.add(one.state);
    jobs += 1;
    // No more often than anyone may ask.
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  next = page.next && `${path}&cursor=${page.next}`;
}
console.log(`reconciled   ${jobs} jobs (${[...states].sort().join(", ")})`);
await tools.close();
console.log("ok           an agent opened a job within its budget");
