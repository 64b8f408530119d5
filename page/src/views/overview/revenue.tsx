/** What consumers paid for work, and who got it. */

import type { JSX } from "preact";
import type { Schemas } from "tally-api";
import { share } from "../../amount";
import type { Figure } from "../../figure";
import { Chart } from "../../parts/chart";
import { Dollars, TokenCount } from "../../parts/inline";
import { Intervals, RANGES, names } from "../../parts/intervals";
import { Empty, Facts, Panel, Waiting } from "../../parts/panel";
import { type Interval, moment } from "../../time";

export type Series = Schemas["Answer_RevenueSeries"];

/** The range of a series in a sentence that says the most of it. */
export function Lead({ figure, interval }: { figure: Figure<Series>; interval: Interval }): JSX.Element {
  const total = figure.value?.data.total;
  return (
    <div class="lead-block">
      <h1 tabIndex={-1}>What work was paid, and where it went</h1>
      {total ? (
        <p class="lead paid">
          In the last {RANGES[interval]} consumers paid{" "}
          <strong>
            <Dollars of={total.fees} />
          </strong>{" "}
          for work, of which providers earned{" "}
          <strong>
            <Dollars of={total.supply_side} />
          </strong>
          .{" "}
          <strong>
            <TokenCount of={total.tokens.burned} unit="tokens" />
          </strong>{" "}
          burned, and{" "}
          <strong>
            <TokenCount of={total.tokens.minted} />
          </strong>{" "}
          were minted.
        </p>
      ) : figure.problem ? null : (
        <div class="lead paid">
          <Waiting lines={2} />
        </div>
      )}
      <Intervals label="Length of a bar" />
    </div>
  );
}

export function Revenue({ figure, interval }: { figure: Figure<Series>; interval: Interval }): JSX.Element {
  return (
    <Panel
      id="revenue"
      title="Revenue"
      class="wide beside"
      figure={figure}
      lines={12}
      note={({ data }) => `definition ${data.definition}`}
    >
      {({ data }) => {
        const { total, buckets } = data;
        const fees = BigInt(total.fees.micro);
        const part = (amount: Schemas["UsdAmount"]) => share(BigInt(amount.micro), fees);
        return (
          <>
            {fees === 0n ? (
              <Empty>
                No work was paid between {moment(data.from)} and {moment(data.to)}. Deposits into escrow are not
                revenue.
              </Empty>
            ) : null}
            <Chart
              summary={`US dollars paid for work by ${interval}, from ${moment(data.from)} to ${moment(data.to)} UTC: ${total.fees.usd} in all, of it ${total.supply_side.usd} to providers, ${total.holders.usd} to token holders, ${total.treasury.usd} to the treasury.`}
              buckets={names(buckets, interval)}
              form="stacked"
              prefix="$"
              series={[
                { name: "Providers", colour: "--series-1", values: buckets.map((one) => one.supply_side.usd) },
                { name: "Holders", colour: "--series-2", values: buckets.map((one) => one.holders.usd) },
                { name: "Treasury", colour: "--series-3", values: buckets.map((one) => one.treasury.usd) },
              ]}
            />
            <Facts
              class="sum"
              rows={[
                ["Paid by consumers", <Dollars of={total.fees} />],
                ["Providers", <Dollars of={total.supply_side} />, part(total.supply_side)],
                ["Token holders", <Dollars of={total.holders} />, part(total.holders)],
                ["Treasury", <Dollars of={total.treasury} />, part(total.treasury)],
                ...data.by_rail.map(
                  (rail) => [`On the ${rail.rail} rail`, <Dollars of={rail.fees} />, part(rail.fees)] as const,
                ),
                ["To providers of their own wallet", <Dollars of={total.self_dealt} />, "counted, no sign of demand"],
                ["Quality rebates minted", <Dollars of={total.rebated} />],
              ]}
            />
          </>
        );
      }}
    </Panel>
  );
}
