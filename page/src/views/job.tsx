/** A job: where it stands, what is in escrow, what was counted and converted, followed as it happens. */

import type { JSX } from "preact";
import type { Schemas } from "tally-api";
import { gpuHours, grouped, percent, price } from "../amount";
import { api } from "../api";
import { useFigure } from "../figure";
import { usePlace } from "../location";
import { EventList } from "../parts/events";
import { Address, Copyable, Dollars, Moment, State, TokenCount } from "../parts/inline";
import { Empty, Facts, Failed, Panel } from "../parts/panel";
import { Table } from "../parts/table";
import { href } from "../routes";
import { span } from "../time";
import { JobActions } from "./job-actions";
import { Progress } from "./progress";
import { CaseTable, DisputeTable } from "./provider";

type Detail = Schemas["JobDetail"];

export function Job({ address }: { address: string }): JSX.Element {
  const { commitment } = usePlace();
  const figure = useFigure(`job ${address} ${commitment}`, (conditions) =>
    api.GET("/v1/jobs/{id}", { params: { path: { id: address }, query: { commitment } }, ...conditions }),
  );
  const events = useFigure(`events of ${address} ${commitment}`, (conditions) =>
    api.GET("/v1/events", {
      params: { query: { entity: address, order: "desc", limit: 50, commitment } },
      ...conditions,
    }),
  );
  const job = figure.value?.data;
  return (
    <>
      <div class="lead-block">
        <h1 tabIndex={-1}>Job</h1>
        <p class="lead-address">
          <Copyable text={address} what="job’s address" />
        </p>
        <p class="hidden" aria-live="polite">
          {job ? `The job is ${job.state}; ${job.work.settled.usd} dollars of work are settled.` : ""}
        </p>
        {job ? <JobActions job={job} /> : null}
      </div>
      {!job && figure.problem ? <Unknown figure={figure} address={address} /> : null}
      {job || !figure.problem ? (
        <div class="grid">
          <Panel
            id="state"
            title="Where it stands"
            class="wide"
            figure={figure}
            lines={5}
            aside={job ? <State of={job.state} /> : null}
          >
            {({ data }) => <Progress job={data} />}
          </Panel>
          <Panel id="work" title="Work" figure={figure} lines={8}>
            {({ data }) => <Work job={data} />}
          </Panel>
          <Panel id="escrow" title="Escrow and bond" figure={figure} lines={8}>
            {({ data }) => <Escrow job={data} />}
          </Panel>
          <Panel id="receipts" title="Receipts" figure={figure} lines={6}>
            {({ data }) => <Receipts job={data} />}
          </Panel>
          <Panel id="conversions" title="Conversions" figure={figure} lines={6}>
            {({ data }) => <Conversions job={data} />}
          </Panel>
          <Panel id="terms" title="Terms" figure={figure} lines={8}>
            {({ data }) => <Terms job={data} />}
          </Panel>
          <Panel id="events" title="What happened" figure={events} lines={8}>
            {({ items, as_of }) => <EventList events={items} asOf={as_of} />}
          </Panel>
          {job && job.bids.length > 0 ? (
            <Panel id="bids" title="Bids" class="wide" figure={figure}>
              {({ data }) => <Bids job={data} />}
            </Panel>
          ) : null}
          {job && job.cases.length > 0 ? (
            <Panel id="cases" title="Outage cases" class="wide" figure={figure}>
              {({ data }) => <CaseTable cases={data.cases} />}
            </Panel>
          ) : null}
          {job && job.disputes.length > 0 ? (
            <Panel id="disputes" title="Disputes" class="wide" figure={figure}>
              {({ data }) => <DisputeTable disputes={data.disputes} />}
            </Panel>
          ) : null}
        </div>
      ) : null}
    </>
  );
}

/** A job that was just opened is confirmed some seconds before it is finalized. */
function Unknown({
  figure,
  address,
}: {
  figure: Parameters<typeof Failed>[0]["figure"];
  address: string;
}): JSX.Element {
  const { commitment } = usePlace();
  return (
    <>
      <Failed figure={figure} />
      {commitment === "finalized" ? (
        <p>
          If it was opened a moment ago,{" "}
          <a href={href(`/jobs/${address}`, { commitment: "confirmed" })}>follow it at the confirmed state</a> until the
          chain has finalized it.
        </p>
      ) : null}
    </>
  );
}

function Work({ job }: { job: Detail }): JSX.Element {
  const { work, terms } = job;
  return (
    <>
      <p class="headline figure">
        <Dollars of={work.settled} /> <span class="unit">settled of</span> <Dollars of={terms.budget} />
      </p>
      <Facts
        class="sum"
        rows={[
          ["Charged by receipts", <Dollars of={work.accepted} />, `${work.receipts} receipts`],
          ["Settled", <Dollars of={work.settled} />],
          ["Waiting to be converted", <Dollars of={work.outstanding} />],
          ["Waiting for the dispute window", <Dollars of={work.pending} />],
          ["Paid in kind", <Dollars of={work.in_kind} />],
          ["Could not be paid", <Dollars of={work.void} />],
          [
            "Counted",
            terms.unit === "3600000" ? gpuHours(work.units) : grouped(work.units),
            terms.unit === "3600000" ? "GPU hours" : "units",
          ],
          ["Up to", <Moment at={work.through} />],
        ]}
      />
    </>
  );
}

function Escrow({ job }: { job: Detail }): JSX.Element {
  const { tokens, terms } = job;
  const unit = terms.rail === "stable" ? "dollars" : "tokens";
  return (
    <>
      <p class="headline figure">
        <TokenCount of={tokens.escrow} unit={`${unit} in escrow`} />
      </p>
      <Facts
        class="sum"
        rows={[
          ["Paid in", <TokenCount of={tokens.funded} />],
          ["Burned", <TokenCount of={tokens.burned} />],
          ["The protocol’s take", <TokenCount of={tokens.take} />],
          ["Earned by the provider", <TokenCount of={tokens.earned} />],
          ["Back to the consumer", <TokenCount of={tokens.refund} />],
          ["Fee for a cancellation", <TokenCount of={tokens.cancel_fee} />],
          ["The provider’s bond", <TokenCount of={tokens.bond} unit="tokens" />],
        ]}
      />
      {job.dues.length > 0 ? (
        <Table
          caption="What each party is due and was paid"
          rows={job.dues}
          rowKey={({ party, wallet }) => `${party} ${wallet}`}
          columns={[
            { name: "Party", cell: ({ party }) => party },
            { name: "Wallet", cell: ({ wallet }) => <Address of={wallet} /> },
            { name: "Due from escrow", numeric: true, cell: ({ escrow }) => <TokenCount of={escrow} /> },
            { name: "Due from stake", numeric: true, cell: ({ stake }) => <TokenCount of={stake} /> },
            { name: "Paid", numeric: true, cell: ({ paid_escrow }) => <TokenCount of={paid_escrow} /> },
          ]}
        />
      ) : null}
    </>
  );
}

function Receipts({ job }: { job: Detail }): JSX.Element {
  if (job.latest_receipts.length === 0) return <Empty>No receipt was accepted yet.</Empty>;
  return (
    <div class="long" tabIndex={0} role="group" aria-label="Receipts">
      <Table
        caption="The newest receipts"
        rows={job.latest_receipts}
        rowKey={({ number }) => String(number)}
        columns={[
          { name: "No.", numeric: true, cell: ({ number }) => number },
          { name: "Counted up to", cell: ({ through }) => <Moment at={through} /> },
          { name: "Charged", numeric: true, cell: ({ accepted }) => <Dollars of={accepted} /> },
          { name: "Not converted because", cell: ({ halt }) => halt?.replaceAll("_", " ") ?? "it was" },
        ]}
      />
    </div>
  );
}

function Conversions({ job }: { job: Detail }): JSX.Element {
  if (job.latest_conversions.length === 0) return <Empty>No work was converted yet.</Empty>;
  return (
    <div class="long" tabIndex={0} role="group" aria-label="Conversions">
      <Table
        caption="The newest conversions"
        rows={job.latest_conversions}
        rowKey={({ slot, signature }) => `${slot} ${signature}`}
        columns={[
          { name: "When", cell: ({ at }) => <Moment at={at} /> },
          { name: "Settled", numeric: true, cell: ({ usd }) => <Dollars of={usd} /> },
          { name: "Burned", numeric: true, cell: ({ burned }) => <TokenCount of={burned} /> },
          { name: "Earned", numeric: true, cell: ({ earned }) => <TokenCount of={earned} /> },
          {
            name: "Price",
            numeric: true,
            cell: ({ price: paid }) => (paid ? `$${price(paid.burn, paid.exponent)}` : "—"),
          },
        ]}
      />
    </div>
  );
}

function Terms({ job }: { job: Detail }): JSX.Element {
  const { terms } = job;
  return (
    <Facts
      class="sum"
      rows={[
        ["Consumer", <Address of={job.consumer} in="consumers" />],
        ["Provider", <Address of={job.provider} in="providers" />],
        ["Receipts count if signed by", <Address of={job.meter} />, job.meter_kind],
        [
          "Rate",
          <Dollars of={terms.rate} />,
          terms.unit === "3600000" ? "a GPU hour" : `for ${grouped(terms.unit)} units`,
        ],
        ["Hardware", `class ${terms.hardware}`],
        ["Rail", terms.rail],
        ["The protocol’s take", percent(terms.take_bps, 4)],
        ["Promised share of the work", terms.sla_bps ? percent(terms.sla_bps, 4) : "none"],
        ["Steps can be disputed", terms.verifiable ? "yes" : "no"],
        ["Silence that lets anyone close it", span(terms.silence_max)],
        ["Hash that both sides signed", <code class="whole">{terms.hash}</code>],
      ]}
    />
  );
}

function Bids({ job }: { job: Detail }): JSX.Element {
  return (
    <Table
      caption="Bids"
      rows={job.bids}
      rowKey={({ bid }) => bid}
      columns={[
        { name: "Provider", cell: ({ provider }) => <Address of={provider} in="providers" /> },
        { name: "Rate", numeric: true, cell: ({ rate }) => <Dollars of={rate} /> },
        { name: "Bond", numeric: true, cell: ({ bond }) => <TokenCount of={bond} /> },
        { name: "State", cell: ({ state, leads }) => <State of={leads ? `${state}, leads` : state} /> },
        { name: "Placed", cell: ({ placed_at }) => <Moment at={placed_at} /> },
      ]}
    />
  );
}
