/** Asking the API, and what becomes of an answer: a figure with its source, nothing new, or a problem. */

import { type Schemas, isProblem, tally } from "tally-api";

export type Source = Schemas["Source"];
export type Problem = Pick<Schemas["Problem"], "title" | "detail"> & Partial<Schemas["Problem"]>;

export const api = tally(typeof location === "undefined" ? "http://localhost" : location.origin);

/** What every request of a figure carries. */
export interface Conditions {
  headers: Record<string, string>;
  signal: AbortSignal;
}

/** What openapi-fetch answers. */
export interface Reply<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

export type Ask<T> = (conditions: Conditions) => Promise<Reply<T>>;

/** An answer and the tag by which to ask whether there is another one. */
export interface Known<T> {
  readonly value: T;
  readonly tag: string | null;
}

/** What the service said, in its words. */
export class Refusal extends Error {
  constructor(
    readonly problem: Problem,
    /** Seconds after which to try again, if it said so. */
    readonly retryAfter: number | undefined = undefined,
  ) {
    super(problem.detail);
  }
}

/** What went wrong, as a problem: the service's own, or that it did not answer. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Refusal) return error.problem;
  return {
    title: "The service does not answer",
    detail: `${location.origin} cannot be reached. The page goes on trying; what it shows is from before.`,
  };
}

/** The problem in a reply that is no success. */
export function refusal({ error, response }: Reply<unknown>): Refusal {
  const after = Number(response.headers.get("retry-after"));
  const problem = isProblem(error)
    ? error
    : { title: "Unexpected answer", detail: `The service answered ${response.status} without saying why.` };
  return new Refusal(problem, after > 0 ? after : undefined);
}

/**
 * Asks once. What is known already is returned as it is if nothing changed: the browser then neither transfers nor
 * draws anything.
 */
export async function ask<T>(how: Ask<T>, known: Known<T> | undefined, signal: AbortSignal): Promise<Known<T>> {
  const headers: Record<string, string> = known?.tag ? { "if-none-match": known.tag } : {};
  const reply = await how({ headers, signal });
  if (reply.response.status === 304 && known) return known;
  if (reply.data === undefined) throw refusal(reply);
  return { value: reply.data, tag: reply.response.headers.get("etag") };
}
