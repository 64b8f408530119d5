/** What the program holds for others, and what it owes them. */

import type { JSX } from "preact";
import type { Schemas } from "tally-api";
import { api } from "../../api";
import { useFigure } from "../../figure";
import { usePlace } from "../../location";
import { TokenCount, Words } from "../../parts/inline";
import { Empty, Panel } from "../../parts/panel";
import { Table } from "../../parts/table";

/** The ledger's accounts by names that say what they are; one that is new keeps its own. */
const NAMES: Record<string, string> = {
  escrow: "Escrow of jobs",
  dues: "Due from escrow",
  stake: "Free stake",
  locked: "Bonds of jobs and bids",
  unbonding: "Stake asked back",
  stake_dues: "Due from slashed stake",
  vouched: "Stake of meters and arbiters",
  vouched_unbonding: "Their stake asked back",
  case_bond: "Bonds of outage cases",
  dispute_bond: "Bonds of disputes",
  case_dues: "Due from cases and disputes",
  buyback: "Waits to buy tokens back",
  unclaimed: "Earned, not minted yet",
};

export function Liabilities(): JSX.Element {
  const { commitment } = usePlace();
  const figure = useFigure(`liabilities ${commitment}`, (conditions) =>
    api.GET("/v1/liabilities", { params: { query: { commitment } }, ...conditions }),
  );
  return (
    <Panel id="liabilities" title="Liabilities" class="wide" figure={figure} lines={12}>
      {({ data }) => (
        <>
          <p>
            All that the program’s vaults hold is somebody’s, as each line says. What may still be minted is in no vault
            and in no supply: it never exceeds what was burned before.
          </p>
          {data.mints.map((mint) => (
            <Mint key={mint.mint} of={mint} />
          ))}
        </>
      )}
    </Panel>
  );
}

function Mint({ of: { rail, held, mintable, items } }: { of: Schemas["MintLiabilities"] }): JSX.Element {
  const minted = BigInt(mintable.base) !== 0n;
  const unit = rail === "stable" ? "dollars" : "tokens";
  const title = rail === "stable" ? "In the dollar stablecoin" : "In the compute token";
  return (
    <div class="main-part">
      <h3>{title}</h3>
      <p class="headline figure">
        <TokenCount of={held} unit={`${unit} held${minted ? "," : ""}`} />{" "}
        {minted ? <TokenCount of={mintable} unit="may be minted" /> : null}
      </p>
      {items.length === 0 ? (
        <Empty>Nothing is held and nothing is owed.</Empty>
      ) : (
        <Table
          caption={`Liabilities ${title.toLowerCase()}`}
          rows={items}
          rowKey={({ account }) => account}
          columns={[
            {
              name: "What and whose",
              cell: ({ account, owed }) => (
                <>
                  {NAMES[account] ?? account.replaceAll("_", " ")}{" "}
                  <small>
                    <Words of={owed} />
                  </small>
                </>
              ),
            },
            {
              name: unit === "tokens" ? "Tokens" : "Dollars",
              numeric: true,
              cell: ({ amount }) => <TokenCount of={amount} />,
            },
            { name: "To how many", numeric: true, cell: ({ parts }) => parts },
          ]}
        />
      )}
    </div>
  );
}
