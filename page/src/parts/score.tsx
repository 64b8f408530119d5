/** A reputation: the score, and the interval that it is the lower bound of. */

import type { JSX } from "preact";
import type { Schemas } from "tally-api";
import { percent } from "../amount";

type Summary = Schemas["ReputationSummary"];

/** Millionths as a percentage with one place. */
export function share(millionths: number): string {
  return percent(millionths, 6, 1);
}

export function Score({ of, large = false }: { of: Summary; large?: boolean }): JSX.Element {
  if (of.newcomer) return <span class="muted">newcomer: nothing known yet</span>;
  const { low, high } = of.interval;
  return (
    <span class={large ? "score large" : "score"}>
      <span class="score-value figure">{share(of.score)}</span>
      <svg class="track" viewBox="0 0 1000 20" preserveAspectRatio="none" aria-hidden="true">
        <rect class="track-whole" y="8" width="1000" height="4" />
        <rect class="track-interval" x={low / 1_000} y="5" width={Math.max((high - low) / 1_000, 6)} height="10" />
        <rect class="track-share" x={Math.min(of.share / 1_000, 994)} y="0" width="6" height="20" />
      </svg>
      <span class="hidden">
        of 95% interval {share(low)} to {share(high)}
      </span>
    </span>
  );
}
