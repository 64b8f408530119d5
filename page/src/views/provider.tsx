/** A provider: how its work is judged and why, what it is due, what it offers. */

import type { JSX } from "preact";
import type { Schemas } from "tally-api";
import { api } from "../api";
import { useFigure } from "../figure";
import { usePlace } from "../location";
import { Address, Copyable, Dollars, Moment, State, To, TokenCount } from "../parts/inline";
import { Pager, usePages } from "../parts/pages";
import { Empty, Facts, Failed, Panel } from "../parts/panel";
import { Score, share } from "../parts/score";
import { Table } from "../parts/table";
import { plainRate, rate } from "../rates";
import { ActionButton } from "../wallet/action";
import { useSession } from "../wallet/session";
import { History } from "./history";
import { JobList } from "./jobs";

type Answer = Schemas["Answer_ProviderDetail"];

export function Provider({ address }: { address: string }): JSX.Element {
  const { commitment } = usePlace();
  const params = { path: { id: address }, query: { commitment } };
  const figure = useFigure(`provider ${address} ${commitment}`, (conditions) =>
    api.GET("/v1/providers/{id}", { params, ...conditions }),
  );
  const data = figure.value?.data;
  return (
    <>
      <div class="lead-block">
        <h1 tabIndex={-1}>Provider</h1>
        <p class="lead-address">
          <Copyable text={data?.provider ?? address} what="provider’s address" />
        </p>
        <div class="buttons room">{data ? <Actions data={data} /> : null}</div>
      </div>
      {!data && figure.problem ? <Failed figure={figure} /> : null}
      {data || !figure.problem ? (
        <div class="grid">
          <Panel
            id="reputation"
            title="Reputation"
            figure={figure}
            lines={8}
            note={({ data }) => data.reputation.formula}
          >
            {({ data }) => <Reputation of={data.reputation} />}
          </Panel>
          <Rewards address={address} />
          <History address={address} />
          <Inputs address={address} />
          <Panel id="stake" title="Stake and earnings" figure={figure} lines={8}>
            {({ data }) => <Holdings data={data} />}
          </Panel>
          <Panel id="offers" title="What it asks" figure={figure} lines={6}>
            {({ data }) => <Rates data={data} />}
          </Panel>
          <Cases address={address} />
          <JobList id="jobs" title="Jobs" filter={{ provider: address }} empty="It has taken no job yet." />
        </div>
      ) : null}
    </>
  );
}

function Actions({ data }: { data: Answer["data"] }): JSX.Element {
  const { account } = useSession();
  const first = data.rates[0];
  const context = { provider: data.provider };
  const own = account?.address === data.authority;
  return (
    <>
      {own ? (
        <>
          <ActionButton action="stake" context={context}>
            Add stake
          </ActionButton>
          <ActionButton action="request-unstake" context={context}>
            Ask stake back
          </ActionButton>
          <ActionButton action="withdraw-stake" context={context}>
            Withdraw stake
          </ActionButton>
        </>
      ) : (
        <ActionButton action="open-job" context={context} suggested={first ? { rate: plainRate(first.rate) } : {}}>
          Open a job here
        </ActionButton>
      )}
    </>
  );
}

function Reputation({ of }: { of: Schemas["ReputationSummary"] }): JSX.Element {
  return (
    <>
      <p class="headline">
        <Score of={of} large />
      </p>
      <p>
        {of.newcomer
          ? "No outcome has any weight: nothing is known, good or bad."
          : `With 95% certainty ${share(of.interval.low)} to ${share(of.interval.high)} of its work is good; the score is the lower end.`}
      </p>
      <Facts
        class="sum"
        rows={[
          ["Share of good work", share(of.share)],
          ["Lost to failures", share(of.lost_to_failures)],
          ["Lost because little is known", share(of.lost_to_uncertainty)],
          ["Outcomes that count", String(of.outcomes), `${of.failures} of them failures`],
          ["Weight of all outcomes", <Dollars of={of.weight} />],
          ["Weight of successes", <Dollars of={of.success_weight} />],
        ]}
      />
    </>
  );
}

/** Every outcome that the score is made of. */
function Inputs({ address }: { address: string }): JSX.Element {
  const { commitment } = usePlace();
  const list = `${address} ${commitment}`;
  const pages = usePages(list);
  const figure = useFigure(`inputs ${list} ${pages.cursor ?? ""}`, (conditions) =>
    api.GET("/v1/providers/{id}/reputation", {
      params: {
        path: { id: address },
        query: { commitment, limit: 20, ...(pages.cursor && { cursor: pages.cursor }) },
      },
      ...conditions,
    }),
  );
  return (
    <Panel id="inputs" title="What the reputation is made of" class="wide" figure={figure} lines={8}>
      {({ data }) =>
        data.inputs.length === 0 ? (
          <Empty>No job has ended yet.</Empty>
        ) : (
          <>
            <Table
              caption="Outcomes that the score is made of"
              rows={data.inputs}
              rowKey={({ job, kind, signature, case: found }) => `${job} ${kind} ${signature} ${found ?? ""}`}
              columns={[
                { name: "Job", cell: ({ job }) => <Address of={job} in="jobs" /> },
                {
                  name: "Outcome",
                  cell: ({ kind, success }) => <State of={success ? kind : `failed: ${kind}`} bad={!success} />,
                },
                { name: "Ended", cell: ({ ended_at }) => <Moment at={ended_at} /> },
                { name: "Amount", numeric: true, cell: ({ amount }) => <Dollars of={amount} /> },
                {
                  name: "Counts now",
                  numeric: true,
                  cell: ({ excluded, weight_now }) => (excluded ? "not: with itself" : <Dollars of={weight_now} />),
                },
                {
                  name: "Points lost",
                  numeric: true,
                  cell: ({ points_lost }) => (points_lost ? share(points_lost) : "—"),
                },
              ]}
            />
            <Pager pages={pages} next={data.next} of="outcomes" />
          </>
        )
      }
    </Panel>
  );
}

function Rewards({ address }: { address: string }): JSX.Element {
  const { commitment } = usePlace();
  const figure = useFigure(`rewards ${address} ${commitment}`, (conditions) =>
    api.GET("/v1/providers/{id}/rewards", { params: { path: { id: address }, query: { commitment } }, ...conditions }),
  );
  return (
    <Panel id="rewards" title="Rewards to claim" figure={figure} lines={8}>
      {({ data }) => (
        <>
          <p class="headline figure">
            <TokenCount of={data.total_claimable} unit="tokens" />
          </p>
          <p>
            Paid to <Address of={data.authority} />, whoever sends the claim.
          </p>
          <div class="buttons">
            <ActionButton
              action="claim"
              context={{ provider: data.provider }}
              disabled={BigInt(data.claimable.base) === 0n}
            >
              Claim earnings
            </ActionButton>
            <ActionButton
              action="claim-rebate"
              context={{ provider: data.provider, epochs: ended(data.credits) }}
              disabled={BigInt(data.rebates_claimable.base) === 0n}
            >
              Claim rebates
            </ActionButton>
          </div>
          <Facts
            class="sum"
            rows={[
              ["Earned, not minted yet", <TokenCount of={data.claimable} />],
              ["Rebates of ended epochs", <TokenCount of={data.rebates_claimable} />],
            ]}
          />
          {data.credits.length > 0 ? (
            <Table
              caption="Quality rebates by epoch"
              rows={data.credits}
              rowKey={({ account }) => account}
              columns={[
                { name: "Epoch", numeric: true, cell: ({ epoch }) => epoch },
                { name: "Ends", cell: ({ ends_at }) => <Moment at={ends_at} /> },
                { name: "Take", numeric: true, cell: ({ take }) => <TokenCount of={take} /> },
                { name: "Rebate", numeric: true, cell: ({ rebate }) => <TokenCount of={rebate} /> },
                { name: "Claim", cell: ({ claimable }) => (claimable ? "now" : "when it ends") },
              ]}
            />
          ) : null}
          {data.more_credits ? <p class="muted">There are more epochs than these.</p> : null}
        </>
      )}
    </Panel>
  );
}

/** Most rebates that one transaction claims. */
const MOST_REBATES = 6;

/** The oldest epochs whose rebate can be claimed now. */
function ended(credits: readonly Schemas["RewardCredit"][]): string {
  const claimable = credits.filter((credit) => credit.claimable && BigInt(credit.rebate.base) > 0n);
  return claimable
    .slice(0, MOST_REBATES)
    .map(({ epoch }) => epoch)
    .join(",");
}

function Holdings({ data }: { data: Answer["data"] }): JSX.Element {
  const { stake, earnings, jobs } = data;
  return (
    <Facts
      class="sum"
      rows={[
        ["Stake", <TokenCount of={stake.total} />],
        ["free", <TokenCount of={stake.free} />],
        ["locked by jobs", <TokenCount of={stake.locked} />],
        ["asked back", <TokenCount of={stake.unbonding} />],
        ["Work settled", <Dollars of={data.settled} />],
        ["Earned", <TokenCount of={earnings.earned} />],
        ["Minted", <TokenCount of={earnings.minted} />],
        ["Burned by its jobs", <TokenCount of={earnings.burned} />],
        ["Slashed", <TokenCount of={earnings.slashed} />],
        ["Jobs accepted", String(jobs.accepted), `${jobs.open} open, ${jobs.failed} failed`],
        ["Registered", <Moment at={data.registered_at} />],
        ["Wallet", <Address of={data.authority} in="consumers" />],
      ]}
    />
  );
}

function Rates({ data }: { data: Answer["data"] }): JSX.Element {
  const offer = data.standing_offer;
  return (
    <>
      {data.rates.length === 0 ? (
        <Empty>Its rate card is empty: agree on a rate with it.</Empty>
      ) : (
        <Facts
          rows={data.rates.map(
            (one) => [`Hardware class ${one.hardware}`, `$${rate(one.rate)}`, "a GPU hour"] as const,
          )}
        />
      )}
      <h3>Standing offer</h3>
      {offer ? (
        <Facts
          class="sum"
          rows={[
            ["Hardware", `class ${offer.hardware}`],
            ["Least rate, a GPU hour", <Dollars of={offer.floor_rate} />],
            [
              "Budgets",
              <>
                <Dollars of={offer.min_budget} /> to <Dollars of={offer.max_budget} />
              </>,
            ],
            ["Largest bond a job", <TokenCount of={offer.max_bond} />],
            ["Rails", offer.rails.join(", ")],
            ["Until", <Moment at={offer.until} />],
          ]}
        />
      ) : (
        <Empty>None: it accepts each job by itself.</Empty>
      )}
    </>
  );
}

function Cases({ address }: { address: string }): JSX.Element {
  const { commitment } = usePlace();
  const params = { path: { id: address }, query: { commitment, limit: 20 } };
  const cases = useFigure(`cases ${address} ${commitment}`, (conditions) =>
    api.GET("/v1/providers/{id}/cases", { params, ...conditions }),
  );
  const disputes = useFigure(`disputes ${address} ${commitment}`, (conditions) =>
    api.GET("/v1/providers/{id}/disputes", { params, ...conditions }),
  );
  return (
    <>
      <Panel id="cases" title="Outage cases" figure={cases} lines={4}>
        {({ items }) =>
          items.length === 0 ? <Empty>No outage was ever reported.</Empty> : <CaseTable cases={items} />
        }
      </Panel>
      <Panel id="disputes" title="Disputes" figure={disputes} lines={4}>
        {({ items }) =>
          items.length === 0 ? <Empty>No result was ever disputed.</Empty> : <DisputeTable disputes={items} />
        }
      </Panel>
    </>
  );
}

export function CaseTable({ cases }: { cases: readonly Schemas["Case"][] }): JSX.Element {
  return (
    <Table
      caption="Outage cases"
      rows={cases}
      rowKey={(one) => `${one.case} ${one.opened_at}`}
      columns={[
        { name: "Job", cell: ({ job }) => <Address of={job} in="jobs" /> },
        { name: "State", cell: ({ state }) => <State of={state} /> },
        { name: "From", cell: ({ from }) => <Moment at={from} /> },
        { name: "To", cell: ({ to }) => <Moment at={to} /> },
        { name: "Slashed", numeric: true, cell: ({ slashed }) => <TokenCount of={slashed} /> },
      ]}
    />
  );
}

export function DisputeTable({ disputes }: { disputes: readonly Schemas["Dispute"][] }): JSX.Element {
  return (
    <Table
      caption="Disputes"
      rows={disputes}
      rowKey={(one) => `${one.dispute} ${one.opened_at}`}
      columns={[
        { name: "Job", cell: ({ job }) => <To path={`/jobs/${job}`}>Receipt of the job</To> },
        { name: "Stage", cell: ({ outcome, stage }) => <State of={outcome ?? stage} /> },
        { name: "Opened", cell: ({ opened_at }) => <Moment at={opened_at} /> },
        { name: "Steps left", numeric: true, cell: ({ lo, hi }) => hi - lo },
        { name: "Slashed", numeric: true, cell: ({ slashed }) => <TokenCount of={slashed} /> },
      ]}
    />
  );
}
