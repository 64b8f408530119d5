import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Event, Live, type Transport, polling } from "../src/live";
import { merged, words } from "../src/parts/events";

const event = (slot: number, inner_index = 0) =>
  ({ slot, inner_index, tx_index: 0, instruction: 0, signature: `s${slot}` }) as Event;

/** A transport whose doings are the test's. */
function made(name: "stream" | "polling") {
  const hooks = {
    news: (_: readonly Event[], __?: number) => {},
    ready: () => {},
    lost: () => {},
    opened: 0,
    closed: 0,
  };
  const transport: Transport = {
    name,
    open(news, ready, lost) {
      hooks.opened++;
      Object.assign(hooks, { news, ready, lost });
      return () => void hooks.closed++;
    },
  };
  return { transport, hooks };
}

describe("news", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("that come together are told together", () => {
    const { transport, hooks } = made("stream");
    const live = new Live([transport]);
    const heard: number[] = [];
    live.subscribe((events) => heard.push(events.length));
    live.start();
    hooks.news([event(1)]);
    hooks.news([event(2), event(3)]);
    expect(heard).toEqual([]);
    vi.advanceTimersByTime(1_000);
    expect(heard).toEqual([3]);
  });

  it("come by the clock when the stream is lost, and by the stream again when it is back", () => {
    const stream = made("stream");
    const clock = made("polling");
    const live = new Live([stream.transport, clock.transport]);
    const states: string[] = [];
    live.watch((state) => states.push(state));
    live.start();
    stream.hooks.ready();
    stream.hooks.lost();
    clock.hooks.ready();
    expect([stream.hooks.closed, clock.hooks.opened]).toEqual([1, 1]);
    vi.advanceTimersByTime(60_000);
    expect([stream.hooks.opened, clock.hooks.closed]).toEqual([2, 1]);
    expect(states).toEqual(["stream", "polling", "waiting"]);
  });

  it("of a fork that was left are void, those that wait and those that were heard", () => {
    const { transport, hooks } = made("stream");
    const live = new Live([transport]);
    const heard: unknown[] = [];
    live.subscribe((events, rewound) => heard.push([events.map(({ slot }) => slot), rewound]));
    live.start();
    hooks.news([event(1), event(2)]);
    hooks.news([], 2);
    hooks.news([event(3)]);
    vi.advanceTimersByTime(1_000);
    expect(heard).toEqual([[[1, 3], 2]]);
  });

  it("of a transport that was closed are not heard", () => {
    const { transport, hooks } = made("stream");
    const live = new Live([transport]);
    const heard: number[] = [];
    live.subscribe((events) => heard.push(events.length));
    live.start();
    live.stop();
    hooks.news([event(1)]);
    vi.advanceTimersByTime(10_000);
    expect(heard).toEqual([]);
    expect(live.state).toBe("waiting");
  });

  it("by the clock come every few seconds, and not after the end", () => {
    const live = new Live([polling]);
    let times = 0;
    const end = live.subscribe(() => times++);
    live.start();
    vi.advanceTimersByTime(16_000);
    expect(times).toBe(3);
    end();
    vi.advanceTimersByTime(16_000);
    expect(times).toBe(3);
    live.stop();
  });
});

describe("events", () => {
  it("of two lists are one list, newest first, each once", () => {
    const slots = merged([event(3), event(2, 1)], [event(2, 1), event(2), event(1)]).map(({ slot, inner_index }) => [
      slot,
      inner_index,
    ]);
    expect(slots).toEqual([
      [3, 0],
      [2, 1],
      [2, 0],
      [1, 0],
    ]);
  });

  it("have their names in words", () => {
    expect(words("JobOpened")).toBe("Job opened");
    expect(words("SettledInKind")).toBe("Settled in kind");
  });
});
