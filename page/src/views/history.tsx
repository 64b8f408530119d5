/** How a provider's reputation came to be what it is. */

import type { JSX } from "preact";
import { api } from "../api";
import { useFigure } from "../figure";
import { percentages, told } from "../history";
import { usePlace } from "../location";
import { Chart } from "../parts/chart";
import { Intervals, RANGES } from "../parts/intervals";
import { Empty, Panel } from "../parts/panel";
import { moment, tick } from "../time";

export function History({ address }: { address: string }): JSX.Element {
  const { commitment, interval } = usePlace();
  const figure = useFigure(`history ${address} ${interval} ${commitment}`, (conditions) =>
    api.GET("/v1/providers/{id}/reputation/history", {
      params: { path: { id: address }, query: { interval, commitment } },
      ...conditions,
    }),
  );
  return (
    <Panel
      id="history"
      title="Reputation over time"
      class="wide"
      figure={figure}
      lines={12}
      aside={<Intervals label="Time between two scores" />}
      note={({ data }) => data.formula}
    >
      {({ data: { scores } }) =>
        scores.every(({ newcomer }) => newcomer) ? (
          <Empty>In the last {RANGES[interval]} nothing was known of it, good or bad: no outcome had any weight.</Empty>
        ) : (
          <>
            <p>
              Each bar is the 95% interval that the share of good work lay in, by what was known at the end of the{" "}
              {interval} and by the formula of today. Its lower end is the score. Where there is no bar, nothing was
              known.
            </p>
            <Chart
              summary={told(scores, interval)}
              buckets={scores.map(({ at }) => ({ name: `${moment(at)} UTC`, tick: tick(at, interval) }))}
              form="interval"
              suffix="%"
              series={[
                { name: "Score", colour: "--series-2", values: percentages(scores, "score") },
                { name: "Upper end", colour: "--series-1", values: percentages(scores, "upper") },
                { name: "Share of good work", colour: "--ink", values: percentages(scores, "share") },
              ]}
            />
          </>
        )
      }
    </Panel>
  );
}
