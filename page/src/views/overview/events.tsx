/** What happens, as it happens. */

import type { JSX } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";
import { api } from "../../api";
import { LiveContext, useFigure } from "../../figure";
import type { Event } from "../../live";
import { usePlace } from "../../location";
import { Panel } from "../../parts/panel";
import { EventList, merged } from "../../parts/events";

const MOST = 40;

export function Events(): JSX.Element {
  const { commitment } = usePlace();
  const live = useContext(LiveContext);
  const [news, setNews] = useState<readonly Event[]>([]);
  const [said, setSaid] = useState("");
  useEffect(() => {
    setNews([]);
    return live.subscribe((events, rewound = Infinity) => {
      if (events.length === 0 && rewound === Infinity) return;
      setNews((before) =>
        merged(
          events,
          before.filter(({ slot }) => slot < rewound),
        ).slice(0, MOST),
      );
    });
  }, [live]);
  const figure = useFigure(`events ${commitment}`, (conditions) =>
    api.GET("/v1/events", { params: { query: { commitment, order: "desc", limit: MOST } }, ...conditions }),
  );
  const all = figure.value ? merged(news, figure.value.items).slice(0, MOST) : [];
  const newest = all[0];
  // Said once for each burst, not for each event; and not of what was there when the page was opened.
  const [first, setFirst] = useState<string>();
  useEffect(() => {
    if (!newest) return;
    const name = `${newest.signature} ${newest.inner_index}`;
    if (first === undefined) setFirst(name);
    else if (name !== first) setSaid(`Newest event: ${newest.name}`);
  }, [newest?.signature, newest?.inner_index]);
  return (
    <Panel
      id="events"
      title="Live events"
      class="wide"
      figure={figure}
      lines={10}
      aside={
        <p class="hidden" aria-live="polite">
          {said}
        </p>
      }
    >
      {(value) => <EventList events={all} asOf={value.as_of} />}
    </Panel>
  );
}
