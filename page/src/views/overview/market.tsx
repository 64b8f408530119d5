/** What is on the market now: standing offers and auctions. */

import type { JSX } from "preact";
import { api } from "../../api";
import { useFigure } from "../../figure";
import { usePlace } from "../../location";
import { Address, Dollars, Moment } from "../../parts/inline";
import { Empty, Panel } from "../../parts/panel";
import { Table } from "../../parts/table";

export function Market(): JSX.Element {
  const { commitment } = usePlace();
  const figure = useFigure(`market ${commitment}`, (conditions) =>
    api.GET("/v1/market", { params: { query: { commitment } }, ...conditions }),
  );
  return (
    <Panel id="market" title="On the market now" class="wide" figure={figure} lines={5}>
      {({ data }) => (
        <div class="columns">
          <div>
            <h3>Standing offers</h3>
            {data.standing_offers.length === 0 ? (
              <Empty>No provider takes jobs by a standing offer now.</Empty>
            ) : (
              <Table
                caption="Standing offers that hold now"
                rows={data.standing_offers}
                rowKey={({ provider }) => provider}
                columns={[
                  { name: "Provider", cell: ({ provider }) => <Address of={provider} in="providers" /> },
                  { name: "Hardware", cell: ({ hardware }) => `class ${hardware}` },
                  { name: "From, an hour", numeric: true, cell: ({ floor_rate }) => <Dollars of={floor_rate} /> },
                  { name: "Until", cell: ({ until }) => <Moment at={until} /> },
                ]}
              />
            )}
          </div>
          <div>
            <h3>Auctions</h3>
            {data.auctions.length === 0 ? (
              <Empty>No job is in an auction now.</Empty>
            ) : (
              <Table
                caption="Jobs in an auction"
                rows={data.auctions}
                rowKey={({ job }) => job}
                columns={[
                  { name: "Job", cell: ({ job }) => <Address of={job} in="jobs" /> },
                  { name: "Budget", numeric: true, cell: ({ budget }) => <Dollars of={budget} /> },
                  {
                    name: "Best bid",
                    numeric: true,
                    cell: ({ best_rate }) => (best_rate ? <Dollars of={best_rate} /> : "none"),
                  },
                  { name: "Bidding ends", cell: ({ bid_end }) => <Moment at={bid_end} /> },
                ]}
              />
            )}
          </div>
        </div>
      )}
    </Panel>
  );
}
