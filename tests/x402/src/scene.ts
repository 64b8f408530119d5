// What both programs begin with: a job at a provider of one's own on a running network, and what it is paid for.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Key } from "../../mcp/src/chain.js";
import { Market, dollars } from "./market.js";
import { domainOf, type Place } from "./purse.js";
import { Server } from "./server.js";

/** The most that a request costs, micro-dollars; the server takes one a word. */
export const PRICE = 1_000n;
/** What the job may cost. */
export const BUDGET = 5_000_000n;
/** Work enough at once that its time is not waited for long. */
const GPUS = "8";

const { values } = parseArgs({
  options: { api: { type: "string" }, rpc: { type: "string" }, network: { type: "string" }, bin: { type: "string" } },
});
const { api, rpc, network: file, bin } = values;
if (!api || !rpc || !file || !bin) {
  console.error("usage: --api URL --rpc URL --network NETWORK_JSON --bin FOLDER");
  process.exit(2);
}
export const folder = mkdtempSync(join(tmpdir(), "tally-x402-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
export const vouchers = join(folder, "vouchers");
export const say = (what: string, how: string) => console.log(`${what.padEnd(12)} ${how}`);

/** So many words. */
export const words = (count: bigint): string => Array.from({ length: Number(count) }, () => "word").join(" ");

// The provider offers what the market's oldest does.
export const market = new Market(api, rpc, bin, folder);
export const consumer = Key.read((JSON.parse(readFileSync(file, "utf8")) as { guest_keypair: string }).guest_keypair);
export const network = await market.network();
export const genesisHash = await market.chain.call<string>("getGenesisHash", []);
assert.equal(network.cluster, genesisHash, "the API is of another cluster than the node");
export const place: Place = { genesisHash, program: network.program, now: () => market.now() };
assert.equal(network.receipt_domain, domainOf(place).toString("hex"));
export const oldest = await market.oldest();
export const provider = await market.register(oldest, network.mint);
export const session = Key.make(join(folder, "session.json"));
const terms = { budget: dollars(BUDGET), gpus: GPUS, meter: session.address };
export const job = await market.open(consumer, provider, terms);
assert.equal(job.budget, BUDGET);
assert.ok(job.rate <= job.unit, "a unit is worth more than a micro-dollar: receipts authorize no exact sums");
say("job", `${job.address} runs: ${dollars(job.budget)} USD at ${dollars(job.rate)} for ${job.unit} units`);

/** One of the examples of client/x402 over this job's provider's books, or another's. */
export const example = (name: string, account = provider.account, ...more: string[]): Promise<Server> =>
  Server.start(join(bin, "examples", name), rpc, account, vouchers, ...more);
