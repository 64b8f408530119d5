/** The length of a series' buckets: choosing it, and what its buckets are called. */

import type { JSX } from "preact";
import { go, usePlace } from "../location";
import { href } from "../routes";
import { INTERVALS, type Interval, bucket, tick } from "../time";

/** How much of the past a series has, if nothing else is asked for. */
export const RANGES: Record<Interval, string> = { hour: "24 hours", day: "30 days", month: "12 months" };

/** Chooses the length of a bucket, which is a part of the address. */
export function Intervals({ label }: { label: string }): JSX.Element {
  const { path, commitment, interval: present } = usePlace();
  return (
    <div class="choice-row" role="radiogroup" aria-label={label}>
      {INTERVALS.map((interval) => (
        <label key={interval}>
          <input
            type="radio"
            name="interval"
            checked={interval === present}
            onChange={() => go(href(path, { commitment, interval }))}
          />
          By {interval}, {RANGES[interval]}
        </label>
      ))}
    </div>
  );
}

/** What the buckets of a series are called. */
export function names(buckets: readonly { start: string }[], interval: Interval): { name: string; tick: string }[] {
  return buckets.map(({ start }) => ({ name: bucket(start, interval), tick: tick(start, interval) }));
}
