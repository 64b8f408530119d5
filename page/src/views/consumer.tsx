/** A consumer: its jobs, and opening another one. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Schemas } from "tally-api";
import { api } from "../api";
import { useFigure } from "../figure";
import { usePlace } from "../location";
import { Address, Copyable, Dollars } from "../parts/inline";
import { Empty, Panel } from "../parts/panel";
import { Score } from "../parts/score";
import { short } from "../routes";
import { plainRate, rate } from "../rates";
import { ActionButton } from "../wallet/action";
import { ConnectButton } from "../wallet/connect";
import { useSession } from "../wallet/session";
import { JobList } from "./jobs";

export function Consumer({ wallet }: { wallet: string }): JSX.Element {
  const { account } = useSession();
  const own = account?.address === wallet;
  return (
    <>
      <div class="lead-block">
        <h1 tabIndex={-1}>{own ? "Your jobs" : "Consumer"}</h1>
        <p class="lead-address">
          <Copyable text={wallet} what="wallet’s address" />
        </p>
      </div>
      <div class="grid">
        {own ? <Open /> : <NotOwn wallet={wallet} />}
        <JobList
          id="jobs"
          title={own ? "What you have opened" : "Jobs of this wallet"}
          filter={{ consumer: wallet }}
          empty="This wallet has opened no job yet."
        />
      </div>
    </>
  );
}

function NotOwn({ wallet }: { wallet: string }): JSX.Element {
  const { account } = useSession();
  return (
    <section class="panel wide" aria-labelledby="own-title">
      <h2 id="own-title">Is this your wallet?</h2>
      <p>
        {account
          ? `The wallet that is connected is another one, ${short(account.address)}. Choose ${short(wallet)} in it to open and close jobs here.`
          : "Connect it to open a job, follow it and close it here. Reading needs no wallet."}
      </p>
      <div class="buttons">{account ? null : <ConnectButton />}</div>
    </section>
  );
}

/** Chooses a provider and opens a job with it. */
function Open(): JSX.Element {
  const { commitment } = usePlace();
  const [chosen, setChosen] = useState<string>();
  const figure = useFigure(`choice of providers ${commitment}`, (conditions) =>
    api.GET("/v1/providers", { params: { query: { commitment, limit: 50 } }, ...conditions }),
  );
  return (
    <Panel id="open" title="Open a job" class="wide" figure={figure} lines={6}>
      {({ items }) => {
        // Only who can secure a job can accept one.
        const able = items.filter(({ stake, rates }) => BigInt(stake.free.base) > 0n && rates.length > 0);
        const provider = able.find(({ provider }) => provider === chosen) ?? able[0];
        if (!provider) return <Empty>No provider has both a rate card and free stake now.</Empty>;
        return (
          <>
            <fieldset class="pick">
              <legend>With which provider?</legend>
              {able.map((one) => (
                <Choice key={one.provider} of={one} checked={one === provider} choose={() => setChosen(one.provider)} />
              ))}
            </fieldset>
            <p class="muted">
              You pay tokens into an escrow of the job’s own. They leave it only for work that your session key has
              signed for; the rest comes back.
            </p>
            <div class="buttons">
              <ActionButton
                key={provider.provider}
                action="open-job"
                context={{ provider: provider.provider }}
                suggested={{ rate: plainRate(provider.rates[0]?.rate ?? "0") }}
              >
                Open a job with {short(provider.provider)}
              </ActionButton>
            </div>
          </>
        );
      }}
    </Panel>
  );
}

function Choice({
  of,
  checked,
  choose,
}: {
  of: Schemas["ListedProvider"];
  checked: boolean;
  choose: () => void;
}): JSX.Element {
  return (
    <label class="pick-one">
      <input type="radio" name="provider" checked={checked} onChange={choose} />
      <Address of={of.provider} />
      <Score of={of.reputation} />
      <span class="figure">
        {of.rates.map((one) => `$${rate(one.rate)} an hour, class ${one.hardware}`).join("; ")}
      </span>
      <span class="muted">
        settled <Dollars of={of.settled} />
      </span>
    </label>
  );
}
