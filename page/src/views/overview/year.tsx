/** What a year would bring if every day were as those of a window that is over. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { share } from "../../amount";
import { api } from "../../api";
import { useFigure } from "../../figure";
import { usePlace } from "../../location";
import { Dollars } from "../../parts/inline";
import { Empty, Facts, Panel } from "../../parts/panel";
import { moment } from "../../time";

const WINDOWS = ["7", "30", "90", "365"] as const;

export function Year(): JSX.Element {
  const { commitment } = usePlace();
  const [window, setWindow] = useState<(typeof WINDOWS)[number]>("30");
  const asked = useFigure(`year ${window} ${commitment}`, (conditions) =>
    api.GET("/v1/revenue/annualized", { params: { query: { days: window, commitment } }, ...conditions }),
  );
  // A network that has not lived a whole day: the service says so, and nothing is wrong.
  const young = asked.problem?.status === 404 ? asked.problem : undefined;
  if (young && !asked.value)
    return (
      <section class="panel wide" aria-labelledby="year-title">
        <h2 id="year-title">Annualized revenue</h2>
        <Empty>{young.detail}</Empty>
      </section>
    );
  return (
    <Panel
      id="year"
      title="Annualized revenue"
      class="wide beside"
      figure={asked}
      lines={7}
      aside={
        <div class="choice-row" role="radiogroup" aria-label="Days of the window">
          {WINDOWS.map((one) => (
            <label key={one}>
              <input type="radio" name="window" checked={one === window} onChange={() => setWindow(one)} />
              {one} days
            </label>
          ))}
        </div>
      }
      note={({ data }) => `definition ${data.definition}`}
    >
      {({ data }) => {
        const days = `${data.days} whole ${data.days === 1 ? "day" : "days"}`;
        const fees = BigInt(data.fees.micro);
        const part = (amount: typeof data.fees) => share(BigInt(amount.micro), fees);
        return (
          <>
            <div class="main-part">
              <p class="headline figure">
                <Dollars of={data.fees} /> <span class="unit">a year paid for work, of it</span>{" "}
                <Dollars of={data.revenue} /> <span class="unit">kept by the protocol</span>
              </p>
              <p>
                At the pace of {data.days === data.days_asked ? `the last ${days}` : `the ${days} that there are yet`},
                from <time dateTime={data.from}>{moment(data.from)}</time> to{" "}
                <time dateTime={data.to}>{moment(data.to)} UTC</time>, in which consumers paid{" "}
                <Dollars of={data.window.fees} />. A day that is not over is no part of it.
              </p>
              <p class="muted">Method: {data.method}. It is no forecast.</p>
            </div>
            <Facts
              class="sum"
              rows={[
                ["Paid by consumers, a year", <Dollars of={data.fees} />],
                ["Providers", <Dollars of={data.supply_side} />, part(data.supply_side)],
                ["The protocol’s revenue", <Dollars of={data.revenue} />, part(data.revenue)],
                ["of it token holders", <Dollars of={data.holders} />],
                ["of it the treasury", <Dollars of={data.treasury} />],
                ["To providers of their own wallet", <Dollars of={data.self_dealt} />, "counted, no sign of demand"],
              ]}
            />
          </>
        );
      }}
    </Panel>
  );
}
