/** The page's paths. The API answers each of them with this page; what is on it is decided here. */

import { INTERVALS, type Interval } from "./time";

export type Route =
  | { view: "overview" }
  | { view: "jobs" }
  | { view: "provider"; address: string }
  | { view: "job"; address: string }
  | { view: "consumer"; address: string }
  | { view: "missing"; why: string };

export type Commitment = "finalized" | "confirmed";

/** Where the reader is: a view, and how its figures are to be read. */
export interface Place {
  readonly path: string;
  readonly route: Route;
  readonly commitment: Commitment;
  readonly interval: Interval;
}

const ADDRESS = /^[1-9A-HJ-NP-Za-km-z]{32,44}$/;
const FOLDERS = { providers: "provider", jobs: "job", consumers: "consumer" } as const;

/** Whether this can be a Solana address. */
export function isAddress(text: string): boolean {
  return ADDRESS.test(text);
}

/** The view at a path. */
export function route(path: string): Route {
  const parts = path.split("/").filter((part) => part !== "");
  const [folder, address] = parts;
  if (folder === undefined) return { view: "overview" };
  if (folder === "jobs" && address === undefined) return { view: "jobs" };
  const view = Object.hasOwn(FOLDERS, folder) ? FOLDERS[folder as keyof typeof FOLDERS] : undefined;
  if (view === undefined || address === undefined || parts.length > 2) {
    return { view: "missing", why: `There is no view at ${path}.` };
  }
  if (!isAddress(address)) {
    return {
      view: "missing",
      why: `“${address}” is not a Solana address, which has 32 to 44 letters and digits without 0, O, I and l.`,
    };
  }
  return { view, address };
}

/** The place that an address of this site names; a word that it does not know counts as not given. */
export function place(url: URL): Place {
  const interval = url.searchParams.get("interval") as Interval | null;
  return {
    path: url.pathname,
    route: route(url.pathname),
    commitment: url.searchParams.get("commitment") === "confirmed" ? "confirmed" : "finalized",
    interval: interval && INTERVALS.includes(interval) ? interval : "day",
  };
}

/** The address of a path that keeps the commitment; what is the default is left out. */
export function href(path: string, state: { commitment: Commitment; interval?: Interval }): string {
  const query = new URLSearchParams();
  if (state.interval && state.interval !== "day") query.set("interval", state.interval);
  if (state.commitment === "confirmed") query.set("commitment", "confirmed");
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

/** What the view is called, in the title and to a screen reader. */
export function title(route: Route): string {
  switch (route.view) {
    case "overview":
      return "Overview";
    case "jobs":
      return "Jobs";
    case "missing":
      return "Not found";
    case "provider":
    case "job":
    case "consumer": {
      const name = { provider: "Provider", job: "Job", consumer: "Consumer" }[route.view];
      return `${name} ${short(route.address)}`;
    }
  }
}

/** An address by its ends. */
export function short(address: string): string {
  return address.length > 12 ? `${address.slice(0, 4)}…${address.slice(-4)}` : address;
}
