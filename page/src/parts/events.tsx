/** Events in a list. */

import type { JSX } from "preact";
import type { Event } from "../live";
import { grouped } from "../amount";
import { short } from "../routes";
import { moment } from "../time";
import { To } from "./inline";
import { Empty } from "./panel";

/** Where an event is: no other one has the same. */
function key({ slot, signature, instruction, inner_index }: Event): string {
  return `${slot} ${signature} ${instruction} ${inner_index}`;
}

/** The chain's order, newest first. */
function newest(a: Event, b: Event): number {
  return (
    b.slot - a.slot ||
    b.tx_index - a.tx_index ||
    b.signature.localeCompare(a.signature) ||
    b.instruction - a.instruction ||
    b.inner_index - a.inner_index
  );
}

/** Both lists in the chain's order, newest first, each event once. */
export function merged(one: readonly Event[], other: readonly Event[]): Event[] {
  const all = new Map([...one, ...other].map((event) => [key(event), event]));
  return [...all.values()].sort(newest);
}

/** `JobOpened` as `Job opened`. */
export function words(name: string): string {
  const [first = "", ...rest] = name.replace(/([a-z0-9])([A-Z])/g, "$1 $2").split(" ");
  return [first, ...rest.map((word) => word.toLowerCase())].join(" ");
}

/** The job or provider that an event is about, if its body names one. */
function subject(event: Event): { folder: "jobs" | "providers"; address: string } | undefined {
  const body = event.body as Record<string, unknown>;
  if (typeof body.job === "string") return { folder: "jobs", address: body.job };
  if (typeof body.provider === "string") return { folder: "providers", address: body.provider };
  return undefined;
}

export function EventList({
  events,
  asOf,
}: {
  events: readonly Event[];
  asOf: string | null | undefined;
}): JSX.Element {
  if (events.length === 0)
    return <Empty>{asOf ? "Nothing has happened here yet." : "The network has not begun."}</Empty>;
  return (
    // The list scrolls by itself, and so must be reachable by keyboard.
    <ol class="events" tabIndex={0} aria-label="Events, newest first">
      {events.map((event) => {
        const about = subject(event);
        return (
          <li key={key(event)}>
            <time dateTime={event.at}>{moment(event.at)}</time>
            <span class="event-name">{words(event.name)}</span>
            {about ? (
              <To path={`/${about.folder}/${about.address}`}>
                {about.folder === "jobs" ? "job" : "provider"} <code>{short(about.address)}</code>
              </To>
            ) : (
              <span />
            )}
            <span class="muted figure">slot {grouped(String(event.slot))}</span>
          </li>
        );
      })}
    </ol>
  );
}
