/** The way of a transaction: described, filled in, prepared by the API, reviewed, signed by the wallet, seen on chain. */

import type { Schemas } from "tally-api";
import { type Problem, Refusal, api, problemOf, refusal } from "../api";
import { chainOf, fromBase64 } from "./encoding";
import { type Context, type Link, describing, filled } from "./forms";
import { type Session, send } from "./session";

/** What is reviewed and signed. */
export type Prepared = Schemas["ActionTransaction"];

export type Step =
  | { at: "describing" }
  | { at: "form"; description: Schemas["ActionDescription"]; problem?: Problem }
  | { at: "preparing"; description: Schemas["ActionDescription"] }
  | {
      at: "review";
      description: Schemas["ActionDescription"];
      prepared: Prepared;
      cluster: string | null;
      problem?: Problem;
    }
  | { at: "signing"; prepared: Prepared }
  | { at: "sent"; prepared: Prepared; signature: string }
  | { at: "seen"; prepared: Prepared; signature: string }
  | { at: "unseen"; prepared: Prepared; signature: string }
  | { at: "failed"; problem: Problem };

/** Asks what an Action is and what it wants to know. */
export async function describe(action: string, context: Context): Promise<Schemas["ActionDescription"]> {
  return read(await fetch(describing(action, context)));
}

/** What an Action answered; a refusal is thrown as what it says. */
async function read<T>(response: Response): Promise<T> {
  const body: unknown = await response.json().catch(() => undefined);
  if (!response.ok) throw refusal({ error: body, response });
  return body as T;
}

/** Has the API build and simulate the transaction of one of an Action's links. */
export async function prepare(
  link: Link,
  values: Context,
  account: string,
): Promise<{ prepared: Prepared; cluster: string | null }> {
  const response = await fetch(filled(link.href, values, location.origin), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ account }),
  });
  return { prepared: await read<Prepared>(response), cluster: response.headers.get("x-blockchain-ids") };
}

/** Has the wallet sign and send what was reviewed; the signature. */
export async function sign(session: Session, prepared: Prepared, cluster: string | null): Promise<string> {
  return send(session, chainOf(cluster), fromBase64(prepared.transaction));
}

/** How long a transaction's blockhash lasts, and a little more. */
const PATIENCE = 100_000;

/** Waits until a transaction's events are confirmed; false if they are not in time. */
export async function seen(signature: string, signal: AbortSignal): Promise<boolean> {
  for (const until = Date.now() + PATIENCE; Date.now() < until && !signal.aborted;) {
    const query = { commitment: "confirmed", order: "desc", limit: 100 } as const;
    const reply = await api.GET("/v1/events", { params: { query }, signal }).catch(() => undefined);
    if (reply?.data?.items.some((event) => event.signature === signature)) return true;
    await new Promise((done) => setTimeout(done, 1_000));
  }
  return false;
}

/** What a wallet, or anything else on the way, said, as a problem. */
export function trouble(error: unknown, title: string): Problem {
  if (error instanceof Refusal || error instanceof TypeError) return problemOf(error);
  return { title, detail: error instanceof Error ? error.message : String(error) };
}
