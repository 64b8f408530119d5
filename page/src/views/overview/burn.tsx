/** Tokens burned against tokens minted: what is minted was burned before. */

import type { JSX } from "preact";
import type { Figure } from "../../figure";
import { Chart } from "../../parts/chart";
import { TokenCount } from "../../parts/inline";
import { names } from "../../parts/intervals";
import { Facts, Panel } from "../../parts/panel";
import { type Interval, moment } from "../../time";
import type { Series } from "./revenue";

export function Burn({ figure, interval }: { figure: Figure<Series>; interval: Interval }): JSX.Element {
  return (
    <Panel id="burn" title="Burned against minted" class="wide beside" figure={figure} lines={12}>
      {({ data }) => {
        const { tokens, counts } = data.total;
        return (
          <>
            <Chart
              summary={`Tokens burned and minted by ${interval}, from ${moment(data.from)} to ${moment(data.to)} UTC: ${tokens.burned.tokens} burned and ${tokens.minted.tokens} minted in all.`}
              buckets={names(data.buckets, interval)}
              form="beside"
              series={[
                { name: "Burned", colour: "--series-4", values: data.buckets.map((one) => one.tokens.burned.tokens) },
                { name: "Minted", colour: "--series-1", values: data.buckets.map((one) => one.tokens.minted.tokens) },
              ]}
            />
            <Facts
              class="sum"
              rows={[
                ["Burned", <TokenCount of={tokens.burned} />],
                [
                  "by converting work",
                  <TokenCount of={tokens.burned_by_conversions} />,
                  `${counts.conversions} conversions`,
                ],
                ["by buybacks", <TokenCount of={tokens.burned_by_buybacks} />],
                ["by slashing", <TokenCount of={tokens.burned_by_slashing} />],
                ["in kind", <TokenCount of={tokens.burned_in_kind} />],
                ["Minted to providers", <TokenCount of={tokens.minted} />],
                ["of it rebates", <TokenCount of={tokens.rebated} />],
              ]}
            />
          </>
        );
      }}
    </Panel>
  );
}
