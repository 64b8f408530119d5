// A provider and its job on the demo's market: opened by the API's Action, accepted and settled by the command line.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { Chain, Key, eventually } from "../../mcp/src/chain.js";
import type { Job } from "./purse.js";

const run = promisify(execFile);
/** The account that has the cluster's time. */
const CLOCK = "SysvarC1ock11111111111111111111111111111111";
/** Lamports for fees and rent. */
const ENOUGH = 10_000_000_000;

interface Usd {
  micro: string;
  usd: string;
}

interface JobData {
  state: string;
  provider: string;
  terms: { budget: Usd; rate: Usd; unit: string; unit_cap: string };
  times: { opened_at: string; started_at: string | null };
  work: { units: string; receipts: number; accepted: Usd; settled: Usd };
}

export interface NetworkData {
  program: string;
  cluster: string;
  receipt_domain: string;
  mint: string;
}

interface ProviderData {
  provider: string;
  authority: string;
  /** Micro-dollars per GPU hour. */
  rates: { hardware: number; rate: string }[];
  stake: { total: { base: string; tokens: string } };
}

/** Micro-dollars in dollars, as the command line and Actions take them. */
export const dollars = (micro: bigint): string =>
  `${micro / 1_000_000n}.${String(micro % 1_000_000n).padStart(6, "0")}`;

const seconds = (time: string): bigint => BigInt(Date.parse(time) / 1000);

export class Market {
  readonly chain: Chain;

  constructor(
    private readonly api: string,
    private readonly rpc: string,
    private readonly bin: string,
    private readonly folder: string,
  ) {
    this.chain = new Chain(rpc);
  }

  private async get<T>(path: string): Promise<T> {
    const response = await fetch(`${this.api}${path}`);
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status}: ${text}`);
    return JSON.parse(text) as T;
  }

  async network(): Promise<NetworkData> {
    return (await this.get<{ data: NetworkData }>("/v1/network?commitment=confirmed")).data;
  }

  async job(job: string): Promise<JobData> {
    return (await this.get<{ data: JobData }>(`/v1/jobs/${job}?commitment=confirmed`)).data;
  }

  /** A job once it is as is asked for. */
  async jobThat(job: string, what: string, is: (data: JobData) => boolean): Promise<JobData> {
    return eventually(`a job that ${what}`, async () => {
      const data = await this.job(job);
      return is(data) ? data : null;
    });
  }

  /** The market's oldest provider. */
  async oldest(): Promise<ProviderData> {
    const { items } = await this.get<{ items: ProviderData[] }>("/v1/providers?order=asc&limit=1&commitment=confirmed");
    assert.ok(items[0], "the market has no provider");
    return items[0];
  }

  /** The cluster's time, Unix seconds. */
  async now(): Promise<bigint> {
    interface Account {
      value: { data: [string, string] };
    }
    const options = { encoding: "base64", commitment: "confirmed" };
    const { value } = await this.chain.call<Account>("getAccountInfo", [CLOCK, options]);
    return Buffer.from(value.data[0], "base64").readBigInt64LE(32);
  }

  /** What the command line prints. */
  async tally(key: Key, ...words: string[]): Promise<string> {
    const state = join(this.folder, "state");
    const options = ["--url", this.rpc, "--keypair", key.file, "--commitment", "confirmed", "--state", state, "--yes"];
    const { stdout } = await run(join(this.bin, "tally"), [...words, ...options]);
    return stdout;
  }

  /** Registers a provider that offers what this one does and stakes as much; its account. */
  async register(like: ProviderData, mint: string): Promise<{ key: Key; account: string }> {
    const key = Key.make(join(this.folder, "provider.json"));
    const [offer] = like.rates;
    assert.ok(offer, "the provider offers nothing");
    // As only a network made for trying can.
    await this.chain.call("surfnet_setAccount", [key.address, { lamports: ENOUGH }]);
    await this.chain.call("surfnet_setTokenAccount", [key.address, mint, { amount: Number(like.stake.total.base) }]);
    await this.tally(key, "provider", "register", "--rate", `${offer.hardware}=${dollars(BigInt(offer.rate))}`);
    await this.tally(key, "provider", "stake", like.stake.total.tokens);
    const { provider } = await eventually("the provider", async () =>
      (await this.get<{ data: ProviderData }>(`/v1/providers/${key.address}?commitment=confirmed`)).data,
    );
    return { key, account: provider };
  }

  /** Asks an Action for a transaction, and signs and sends it; the job that it is about. */
  async act(key: Key, action: string, parameters: Record<string, string>): Promise<string> {
    const path = `/v1/actions/${action}?${new URLSearchParams(parameters).toString()}`;
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ account: key.address });
    const response = await fetch(`${this.api}${path}`, { method: "POST", headers, body });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status}: ${text}`);
    const { transaction, job } = JSON.parse(text) as { transaction: string; job: string };
    await this.chain.send(key.signed(transaction));
    return job;
  }

  /** Opens a job whose receipts this session key signs, and has the provider start it. */
  async open(consumer: Key, provider: { key: Key; account: string }, terms: Record<string, string>): Promise<Job> {
    const address = await this.act(consumer, "open-job", { provider: provider.account, ...terms });
    await this.tally(provider.key, "provider", "accept", address);
    await this.tally(provider.key, "provider", "start", address);
    const { terms: agreed, times } = await this.jobThat(address, "runs", (data) => data.state === "running");
    return {
      address,
      provider: provider.account,
      openedAt: seconds(times.opened_at),
      rate: BigInt(agreed.rate.micro),
      unit: BigInt(agreed.unit),
      budget: BigInt(agreed.budget.micro),
    };
  }

  /** Waits until the terms let so many micro-dollars of work have been done since the start. */
  async worked(job: Job, micro: bigint): Promise<void> {
    const { terms, times } = await this.job(job.address);
    const units = (micro * job.unit + job.rate - 1n) / job.rate;
    const cap = BigInt(terms.unit_cap);
    const from = seconds(times.started_at ?? "") + (units + cap - 1n) / cap;
    await eventually("time enough to work", async () => ((await this.now()) >= from ? true : null));
  }
}
