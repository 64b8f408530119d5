/**
 * The real `api` on a real database: that of the API's tests, or with TALLY_API (an address) whatever is served there,
 * such as the demo's market.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { test as base } from "@playwright/test";

const target = process.env.CARGO_TARGET_DIR ?? new URL("../../target", import.meta.url).pathname;

/** Who is in the market that is served. */
export interface Market {
  provider: string;
  authority: string;
  consumer: string;
  job: string;
}

export interface Service extends Market {
  url: string;
}

export interface OwnService extends Service {
  /** Changes the database, as the indexer would. */
  sql: (statement: string) => Promise<void>;
}

async function line(
  process: ChildProcess,
  from: "stdout" | "stderr",
  wanted: (line: string) => boolean,
): Promise<string> {
  const stream = process[from];
  if (!stream) throw new Error("It prints nothing.");
  for await (const text of createInterface({ input: stream })) if (wanted(text)) return text;
  throw new Error("It ended before it was ready.");
}

/** Starts a service of its own; it ends with what it returns. */
async function start(): Promise<OwnService & { end: () => Promise<void> }> {
  const market = spawn(`${target}/debug/examples/market`, { stdio: ["pipe", "pipe", "inherit"] });
  const answers = createInterface({ input: market.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await answers.next();
    if (done) throw new Error("The market ended.");
    return value as string;
  };
  const about = JSON.parse(await next()) as Market & { database: string; rpc: string };
  const api = spawn(`${target}/debug/api`, {
    stdio: ["ignore", "ignore", "pipe"],
    env: {
      TALLY_API_LISTEN: "127.0.0.1:0",
      TALLY_API_DATABASE_URL: about.database,
      TALLY_API_RPC_URL: about.rpc,
    },
  });
  const said = await line(api, "stderr", (text) => text.includes("http://"));
  api.stderr?.resume();
  return {
    ...about,
    url: `http://${said.split("http://")[1]?.split("/")[0]}`,
    sql: async (statement) => {
      market.stdin.write(`${statement.replaceAll(/\s+/g, " ")}\n`);
      await next();
    },
    end: async () => {
      api.kill("SIGTERM");
      market.stdin.end();
      await Promise.all([once(api, "exit"), once(market, "exit")]);
    },
  };
}

/** Somebody of each kind in a market that others play. */
async function found(url: string): Promise<Service> {
  const items = async (path: string) =>
    ((await (await fetch(`${url}${path}`)).json()) as { items: Record<string, string>[] }).items;
  const [job] = await items("/v1/jobs?state=closed&limit=1");
  const providers = await items("/v1/providers?limit=200");
  const provider = providers.find((one) => one.provider === job?.provider) ?? providers[0];
  if (!job || !provider) throw new Error(`Nothing has happened at ${url} yet.`);
  const text = (value: string | undefined) => value ?? "";
  return {
    url,
    job: text(job.job),
    consumer: text(job.consumer),
    provider: text(provider.provider),
    authority: text(provider.authority),
  };
}

export const test = base.extend<{ own: OwnService }, { service: Service }>({
  /** To be read alone. */
  service: [
    async ({}, use) => {
      const address = process.env.TALLY_API;
      if (address) return use(await found(address));
      const service = await start();
      await use(service);
      await service.end();
    },
    { scope: "worker" },
  ],
  /** One test's own, to be changed. */
  own: async ({}, use) => {
    const service = await start();
    await use(service);
    await service.end();
  },
});

export { expect } from "@playwright/test";
