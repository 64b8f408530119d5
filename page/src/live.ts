/**
 * What keeps the page's figures up to date: the one place that knows how news comes.
 *
 * A transport says when something may have changed, and which events it was, if it knows; every figure on the page
 * asks again then. The service's stream of events is preferred; the clock stands in where there is none, or while
 * it is lost. Nothing is asked while nobody looks.
 */

import type { Schemas } from "tally-api";
import type { Commitment } from "./routes";

export type Event = Schemas["Event"];

/**
 * Events that just came; none if it is merely time to look.
 *
 * @param rewound the slot from which on blocks have left the chain, so that what was heard of them is void
 */
export type Listener = (events: readonly Event[], rewound?: number) => void;

/** How news comes. `lost` is said once, after which the transport is closed. */
export interface Transport {
  readonly name: "stream" | "polling";
  open(news: Listener, ready: () => void, lost: () => void): () => void;
}

/** Milliseconds between two looks without a stream. */
const EVERY = 5_000;
/** The same beside a stream, for what changes with time alone. */
const SELDOM = 30_000;
/** Milliseconds within which events are gathered into one look. */
const GATHER = 700;
/** Milliseconds after which a lost stream is tried again. */
const AGAIN = 30_000;

/** By the clock. */
export const polling: Transport = {
  name: "polling",
  open(news, ready) {
    const timer = setInterval(() => news([]), EVERY);
    ready();
    return () => clearInterval(timer);
  },
};

/** By the service's stream of events, which the browser resumes by its cursor. */
export function stream(commitment: Commitment): Transport {
  return {
    name: "stream",
    open(news, ready, lost) {
      const query = commitment === "confirmed" ? "?commitment=confirmed" : "";
      const source = new EventSource(`/v1/events/stream${query}`);
      source.addEventListener("open", ready);
      source.addEventListener("tally", (message: MessageEvent<string>) => news([JSON.parse(message.data) as Event]));
      // A fork was left: what came of its slots is void, and what is there now follows.
      source.addEventListener("rewound", (message: MessageEvent<string>) =>
        news([], (JSON.parse(message.data) as { slot: number }).slot),
      );
      // The browser tries again by itself, unless the service refused.
      source.addEventListener("error", () => {
        if (source.readyState === EventSource.CLOSED) lost();
      });
      const timer = setInterval(() => news([]), SELDOM);
      return () => {
        clearInterval(timer);
        source.close();
      };
    },
  };
}

/** The present transport, or none while nobody looks or before the first is ready. */
export type State = Transport["name"] | "waiting";

export class Live {
  private readonly listeners = new Set<Listener>();
  private readonly watchers = new Set<(state: State) => void>();
  private close: (() => void) | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private gathered: Event[] = [];
  private rewound: number | undefined;
  private present: State = "waiting";

  /** @param transports in order of preference; the last one must never be lost */
  constructor(private readonly transports: readonly Transport[]) {}

  get state(): State {
    return this.present;
  }

  /** Hears of news until the function that it returns is called. */
  subscribe(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Hears of changes of the transport. */
  watch(watcher: (state: State) => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  /** Begins with the transport preferred. */
  start(): void {
    this.stop();
    this.open(0);
  }

  /** Asks nothing any more until [`start`]. */
  stop(): void {
    clearTimeout(this.timer);
    clearTimeout(this.retry);
    this.close?.();
    this.close = undefined;
    this.timer = undefined;
    this.gathered = [];
    this.rewound = undefined;
    this.is("waiting");
  }

  /** Has everything ask at once. */
  now(): void {
    this.tell();
  }

  private open(number: number): void {
    const transport = this.transports[number];
    if (!transport) return;
    let closed = false;
    const end = transport.open(
      (events, rewound) => !closed && this.news(events, rewound),
      () => !closed && this.is(transport.name),
      () => {
        if (closed) return;
        this.close?.();
        this.open(number + 1);
        this.retry = setTimeout(() => this.start(), AGAIN);
      },
    );
    this.close = () => {
      closed = true;
      end();
    };
  }

  private news(events: readonly Event[], rewound?: number): void {
    if (rewound !== undefined) {
      this.gathered = this.gathered.filter(({ slot }) => slot < rewound);
      this.rewound = Math.min(this.rewound ?? rewound, rewound);
    }
    this.gathered.push(...events);
    this.timer ??= setTimeout(() => this.tell(), GATHER);
  }

  private tell(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const { gathered, rewound } = this;
    this.gathered = [];
    this.rewound = undefined;
    for (const listener of [...this.listeners]) listener(gathered, rewound);
  }

  private is(state: State): void {
    if (this.present === state) return;
    this.present = state;
    for (const watcher of [...this.watchers]) watcher(state);
  }
}
