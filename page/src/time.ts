/** Moments and spans in words, always in UTC: the chain's clock, not the reader's. */

const MOMENT = new Intl.DateTimeFormat("en-GB", {
  timeZone: "UTC",
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
});
const CLOCK = new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", day: "numeric", month: "short" });
const MONTH = new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", month: "short", year: "numeric" });

export type Interval = "hour" | "day" | "month";
export const INTERVALS: readonly Interval[] = ["hour", "day", "month"];

/** `30 Nov 2026, 07:30`. */
export function moment(text: string): string {
  return MOMENT.format(new Date(text));
}

/** The name of a bucket of a series: its hour, day or month. */
export function bucket(start: string, interval: Interval): string {
  const at = new Date(start);
  if (interval === "hour") return `${DAY.format(at)}, ${CLOCK.format(at)}`;
  return (interval === "day" ? DAY : MONTH).format(at);
}

/** The same for the axis of a chart, where the day of an hour is told by its neighbours. */
export function tick(start: string, interval: Interval): string {
  return interval === "hour" ? CLOCK.format(new Date(start)) : bucket(start, interval);
}

const SPANS: readonly [seconds: number, name: string][] = [
  [86_400, "day"],
  [3_600, "hour"],
  [60, "minute"],
  [1, "second"],
];

/** Seconds in the largest unit that fits: `90` is `1 minute`. */
export function span(seconds: number): string {
  const size = Math.abs(seconds);
  const [length, name] = SPANS.find(([length]) => size >= length) ?? [1, "second"];
  const count = Math.floor(size / length);
  return `${count} ${name}${count === 1 ? "" : "s"}`;
}

/** How long before or after another moment, that of the answer: `2 hours ago`, `in 3 days`. */
export function relative(text: string, asOf: string): string {
  const seconds = Math.round((Date.parse(text) - Date.parse(asOf)) / 1_000);
  if (seconds === 0) return "now";
  return seconds < 0 ? `${span(seconds)} ago` : `in ${span(seconds)}`;
}
