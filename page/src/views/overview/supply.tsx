/** The supply of the compute token, and every part of it that does not circulate. */

import type { JSX } from "preact";
import { share } from "../../amount";
import { api } from "../../api";
import { useFigure } from "../../figure";
import { usePlace } from "../../location";
import { TokenCount } from "../../parts/inline";
import { Facts, Panel } from "../../parts/panel";
import { Table } from "../../parts/table";
import { relative } from "../../time";

/** Widths of a bar's parts, thousandths of it; a part that is there is seen. */
function widths(parts: readonly bigint[], whole: bigint): number[] {
  return parts.map((part) => (whole === 0n ? 0 : Math.max(Number((part * 1_000n) / whole), part > 0n ? 4 : 0)));
}

export function Supply(): JSX.Element {
  const { commitment } = usePlace();
  const figure = useFigure(`supply ${commitment}`, (conditions) =>
    api.GET("/v1/supply", { params: { query: { commitment } }, ...conditions }),
  );
  return (
    <Panel
      id="supply"
      title="Supply"
      class="wide beside"
      figure={figure}
      lines={14}
      note={({ data }) => `definition ${data.definition}`}
    >
      {({ data, as_of }) => {
        const total = BigInt(data.total.base);
        const rows = [
          { name: "circulating", amount: data.circulating, reason: "The total, less everything excluded." },
          ...data.excluded,
        ];
        const parts = widths(
          rows.map(({ amount }) => BigInt(amount.base)),
          total,
        );
        return (
          <>
            <div class="main-part">
              <p class="headline figure">
                <TokenCount of={data.circulating} /> <span class="unit">of</span>{" "}
                <TokenCount of={data.total} unit="circulate" />
              </p>
              <svg class="bar" viewBox="0 0 1000 12" preserveAspectRatio="none" aria-hidden="true">
                {rows.map(({ name }, at) => (
                  <rect
                    key={name}
                    class={`part-${Math.min(at, 5)}`}
                    x={parts.slice(0, at).reduce((sum, part) => sum + part, 0)}
                    width={parts[at]}
                    height="12"
                  />
                ))}
              </svg>
              <Table
                caption="Parts of the supply"
                rows={rows}
                rowKey={({ name }) => name}
                columns={[
                  {
                    name: "Part",
                    cell: ({ name, reason }) => (
                      <>
                        {name.replaceAll("_", " ")} <small>{reason}</small>
                      </>
                    ),
                  },
                  { name: "Tokens", numeric: true, cell: ({ amount }) => <TokenCount of={amount} /> },
                  { name: "Share", numeric: true, cell: ({ amount }) => share(BigInt(amount.base), total) },
                ]}
              />
            </div>
            <Facts
              class="sum"
              rows={[
                ["Genesis", <TokenCount of={data.genesis} />],
                ["Minted since", <TokenCount of={data.minted} />],
                ["Burned by the program", <TokenCount of={data.burned_here} />],
                ["Burned elsewhere", <TokenCount of={data.burned_elsewhere} />],
                ["Total", <TokenCount of={data.total} />],
                ["Most there can be", <TokenCount of={data.max} />],
                ["Earned, not minted yet", <TokenCount of={data.claimable_not_minted} />, "in no supply"],
                ...(data.reconciled
                  ? [
                      [
                        "The chain's own count",
                        <TokenCount of={data.reconciled.supply} />,
                        as_of
                          ? `slot ${data.reconciled.slot}, read ${relative(data.reconciled.checked_at, new Date().toISOString())}`
                          : "",
                      ] as const,
                    ]
                  : []),
              ]}
            />
          </>
        );
      }}
    </Panel>
  );
}
