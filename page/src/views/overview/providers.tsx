/** Who provides, and how well that is known. */

import type { JSX } from "preact";
import { api } from "../../api";
import { useFigure } from "../../figure";
import { usePlace } from "../../location";
import { Address, Dollars, TokenCount } from "../../parts/inline";
import { Pager, usePages } from "../../parts/pages";
import { Empty, Panel } from "../../parts/panel";
import { Score } from "../../parts/score";
import { Table } from "../../parts/table";
import { rate } from "../../rates";

export function Providers(): JSX.Element {
  const { commitment } = usePlace();
  const pages = usePages(commitment);
  const figure = useFigure(`providers ${commitment} ${pages.cursor ?? ""}`, (conditions) =>
    api.GET("/v1/providers", {
      params: { query: { commitment, limit: 20, ...(pages.cursor && { cursor: pages.cursor }) } },
      ...conditions,
    }),
  );
  return (
    <Panel id="providers" title="Providers" class="wide" figure={figure} lines={10}>
      {({ items, next }) =>
        items.length === 0 ? (
          <Empty>No provider is registered yet.</Empty>
        ) : (
          <>
            <Table
              caption="Providers with their reputation"
              rows={items}
              rowKey={({ provider }) => provider}
              columns={[
                { name: "Provider", cell: ({ provider }) => <Address of={provider} in="providers" /> },
                { name: "Reputation", cell: ({ reputation }) => <Score of={reputation} /> },
                { name: "Settled", numeric: true, cell: ({ settled }) => <Dollars of={settled} /> },
                { name: "Jobs", numeric: true, cell: ({ jobs }) => jobs.accepted },
                { name: "Failed", numeric: true, cell: ({ jobs }) => jobs.failed },
                { name: "Stake", numeric: true, cell: ({ stake }) => <TokenCount of={stake.total} /> },
                {
                  name: "Asks, an hour",
                  numeric: true,
                  cell: ({ rates }) =>
                    rates.length === 0
                      ? "—"
                      : rates.map((one) => `$${rate(one.rate)} (class ${one.hardware})`).join(", "),
                },
              ]}
            />
            <Pager pages={pages} next={next} of="providers" />
          </>
        )
      }
    </Panel>
  );
}
