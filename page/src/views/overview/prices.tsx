/** What a GPU hour was paid, by hardware, with its spread; and how soon work is taken up. */

import type { JSX } from "preact";
import type { Schemas } from "tally-api";
import { gpuHours, percent } from "../../amount";
import { api } from "../../api";
import { useFigure } from "../../figure";
import { usePlace } from "../../location";
import { Dollars } from "../../parts/inline";
import { Empty, Panel } from "../../parts/panel";
import { Table } from "../../parts/table";
import { span } from "../../time";

type Spread = Schemas["PriceSpread"];
const DAYS = 30;

export function Prices(): JSX.Element {
  const { commitment } = usePlace();
  const figure = useFigure(`prices ${commitment}`, (conditions) =>
    api.GET("/v1/market/prices", { params: { query: { commitment, days: DAYS } }, ...conditions }),
  );
  return (
    <Panel
      id="prices"
      title="What a GPU hour costs"
      class="wide"
      figure={figure}
      lines={6}
      note={() => `work settled in ${DAYS} days`}
    >
      {({ data }) => (
        <>
          {data.prices.length === 0 ? (
            <Empty>No work counted in GPU time was settled in the last {DAYS} days.</Empty>
          ) : (
            <PriceTable prices={data.prices} />
          )}
          {data.filled.length > 0 ? <Filled rates={data.filled} /> : null}
        </>
      )}
    </Panel>
  );
}

/** Where a price lies between nothing and the dearest of all, thousandths of that. */
function place(price: Schemas["UsdAmount"], dearest: bigint): number {
  return dearest === 0n ? 0 : Number((BigInt(price.micro) * 1_000n) / dearest);
}

function PriceTable({ prices }: { prices: readonly Spread[] }): JSX.Element {
  const dearest = prices.reduce(
    (most, price) => (BigInt(price.most.micro) > most ? BigInt(price.most.micro) : most),
    0n,
  );
  return (
    <Table
      caption="US dollars per GPU hour by hardware class and rail"
      rows={prices}
      rowKey={({ hardware, rail }) => `${hardware} ${rail}`}
      columns={[
        { name: "Hardware", cell: ({ hardware, rail }) => `class ${hardware}, ${rail} rail` },
        { name: "Median, USD", numeric: true, cell: ({ median }) => <Dollars of={median} /> },
        { name: "Spread", cell: (price) => <SpreadBar of={price} dearest={dearest} /> },
        {
          name: "Least to most",
          numeric: true,
          cell: ({ least, most }) => (
            <>
              <Dollars of={least} /> to <Dollars of={most} />
            </>
          ),
        },
        { name: "Mean", numeric: true, cell: ({ mean }) => <Dollars of={mean} /> },
        { name: "GPU hours", numeric: true, cell: ({ gpu_ms }) => gpuHours(gpu_ms) },
        { name: "Jobs", numeric: true, cell: ({ jobs }) => jobs },
        { name: "To providers", numeric: true, cell: ({ supply_side_bps }) => percent(supply_side_bps, 4) },
      ]}
    />
  );
}

/** From the least to the most, the middle half of the jobs thicker, and the median. */
function SpreadBar({ of, dearest }: { of: Spread; dearest: bigint }): JSX.Element {
  const at = (price: Schemas["UsdAmount"]) => place(price, dearest);
  const width = (from: Schemas["UsdAmount"], to: Schemas["UsdAmount"]) => Math.max(at(to) - at(from), 6);
  return (
    <>
      <svg class="track" viewBox="0 0 1000 20" preserveAspectRatio="none" aria-hidden="true">
        <rect class="track-whole" y="8" height="4" />
        <rect class="track-range" x={at(of.least)} y="8" width={width(of.least, of.most)} height="4" />
        <rect
          class="track-interval"
          x={at(of.quarter)}
          y="5"
          width={width(of.quarter, of.three_quarters)}
          height="10"
        />
        <rect class="track-share" x={Math.min(at(of.median), 994)} y="0" width="6" height="20" />
      </svg>
      <span class="hidden">
        half of the jobs between {of.quarter.usd} and {of.three_quarters.usd} dollars
      </span>
    </>
  );
}

function Filled({ rates }: { rates: readonly Schemas["FillRate"][] }): JSX.Element {
  return (
    <>
      <h3>How soon jobs are taken</h3>
      <Table
        caption="Jobs opened, and how many of them found a provider"
        rows={rates}
        rowKey={({ hardware, rail }) => `${hardware} ${rail}`}
        columns={[
          { name: "Hardware", cell: ({ hardware, rail }) => `class ${hardware}, ${rail} rail` },
          { name: "Opened", numeric: true, cell: ({ opened }) => opened },
          { name: "Accepted", numeric: true, cell: ({ accepted }) => accepted },
          {
            name: "Found a provider",
            numeric: true,
            cell: ({ fill_bps }) => (fill_bps == null ? "—" : percent(fill_bps, 4)),
          },
          {
            name: "To acceptance",
            numeric: true,
            cell: ({ seconds_to_accept }) => (seconds_to_accept == null ? "—" : span(seconds_to_accept)),
          },
          {
            name: "To the start",
            numeric: true,
            cell: ({ seconds_to_start }) => (seconds_to_start == null ? "—" : span(seconds_to_start)),
          },
        ]}
      />
    </>
  );
}
