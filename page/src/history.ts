/** A reputation over time: its scores as percentages, and what they come to in words. */

import type { Schemas } from "tally-api";
import { percent, write } from "./amount";
import { type Interval, moment } from "./time";

export type ScoreAt = Schemas["ScoreAt"];

/** Millionths as percentages with all their places; null where nothing was known, which is not the same as zero. */
export function percentages(scores: readonly ScoreAt[], of: "score" | "upper" | "share"): (string | null)[] {
  return scores.map((one) => (one.newcomer ? null : write({ units: BigInt(one[of]), places: 4 })));
}

/** The course of the score for those who do not see it drawn. */
export function told(scores: readonly ScoreAt[], interval: Interval): string {
  const known = scores.filter(({ newcomer }) => !newcomer);
  const [first] = known;
  const last = scores.at(-1);
  if (!first || !last) return "Nothing was known of it in this time.";
  const score = ({ score }: ScoreAt) => percent(score, 6, 1);
  const least = known.reduce((least, one) => (one.score < least.score ? one : least));
  const most = known.reduce((most, one) => (one.score > most.score ? one : most));
  const now = last.newcomer
    ? "nothing was known any more"
    : `it was ${score(last)}, the lower end of a 95% interval that reaches to ${percent(last.upper, 6, 1)}`;
  return (
    `The score at the end of each ${interval}: first known at ${moment(first.at)} UTC, then ${score(first)}; ` +
    `between ${score(least)} and ${score(most)} since; at ${moment(last.at)} UTC ${now}.`
  );
}
