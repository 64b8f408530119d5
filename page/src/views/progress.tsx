/** The way of a job through its states, and where it is on it. */

import type { JSX } from "preact";
import type { Schemas } from "tally-api";
import { Moment } from "../parts/inline";

interface Stop {
  name: string;
  at: string | null | undefined;
  /** Until when it must have happened, if there is such a time. */
  by?: string | undefined;
}

/** The stops that a job passes or passed, in order; it ends early if it was cancelled or failed. */
export function stops(job: Schemas["Job"]): Stop[] {
  const { times, terms, state } = job;
  const ended = state === "cancelled" || state === "failed";
  const all: Stop[] = [
    { name: "Opened", at: times.opened_at },
    { name: "Accepted", at: times.accepted_at, by: terms.offer_by },
    { name: "Started", at: times.started_at, by: terms.start_by },
    { name: "Closing", at: times.closing_at, by: terms.end_by },
  ];
  const end = ended ? `${state.charAt(0).toUpperCase()}${state.slice(1)}` : "Settled";
  return [...(ended ? all.filter(({ at }) => at) : all), { name: end, at: times.ended_at }];
}

const MARKS: Record<string, string> = {
  no_show: "It was marked that the provider has not started; after a grace it loses a share of its bond.",
  halt: "It was marked that no price qualifies; after the wait the work is paid in kind.",
  service: "It was marked that the promised level was missed; after a grace it is credited.",
};

const REASONS: Record<string, string> = {
  by_consumer: "Ended by the consumer.",
  by_provider: "Ended by the provider.",
  end: "Ended by its time.",
  silence: "Ended because nothing was received for too long.",
  lapsed: "Nobody accepted it in time.",
  dispute: "Ended by a lost dispute.",
};

export function Progress({ job }: { job: Schemas["Job"] }): JSX.Element {
  const all = stops(job);
  const present = all.findLastIndex(({ at }) => at);
  return (
    <>
      <ol class="progress">
        {all.map(({ name, at, by }, index) => (
          <li key={name} class={at ? "passed" : ""} {...(index === present && { "aria-current": "step" as const })}>
            <span class="stop">{name}</span>
            {at ? (
              <Moment at={at} />
            ) : by ? (
              <span class="muted">
                by <Moment at={by} />
              </span>
            ) : (
              <span class="muted">not yet</span>
            )}
          </li>
        ))}
      </ol>
      {job.reason ? <p>{REASONS[job.reason] ?? job.reason}</p> : null}
      {job.mark ? <p class="warned">{MARKS[job.mark] ?? job.mark}</p> : null}
    </>
  );
}
