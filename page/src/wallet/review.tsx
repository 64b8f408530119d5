/** What is shown before a transaction is signed, and after. */

import type { JSX } from "preact";
import type { Schemas } from "tally-api";
import type { Problem } from "../api";
import { Copyable } from "../parts/inline";
import { Table } from "../parts/table";
import { href } from "../routes";
import type { Prepared, Step } from "./steps";

export function Complaint({ problem }: { problem: Problem }): JSX.Element {
  return (
    <div class="failed" role="alert">
      <strong>{problem.title}</strong>
      <p>{problem.detail}</p>
    </div>
  );
}

const TOKENS: Record<string, string> = { sol: "SOL", compute: "tokens", stable: "dollars" };
const BOUNDS: Record<string, string> = { most: "at most ", least: "at least ", about: "about " };

/** Everything that the transaction moves; nothing else leaves the wallet. */
function Moves({ of }: { of: readonly Schemas["ActionMove"][] }): JSX.Element {
  return (
    <Table
      caption="What it moves"
      rows={of}
      rowKey={({ kind, token, reason, amount }) => `${kind} ${token} ${reason} ${amount.base}`}
      columns={[
        {
          name: "For",
          cell: ({ kind, reason, later }) => (
            <>
              {kind}: {reason}
              {later ? (
                <small>
                  Later, without another signature: up to {later.most.decimal}, {later.reason}
                </small>
              ) : null}
            </>
          ),
        },
        {
          name: "Amount",
          numeric: true,
          cell: ({ amount, bound, token }) => `${BOUNDS[bound] ?? ""}${amount.decimal} ${TOKENS[token] ?? token}`,
        },
      ]}
    />
  );
}

/** What is about to be signed: the API's own words, and what it costs besides. */
export function Review({ prepared }: { prepared: Prepared }): JSX.Element {
  const { message, costs, simulation } = prepared;
  return (
    <>
      <p class="message">{message}</p>
      <Moves of={prepared.moves} />
      <dl class="facts">
        <div>
          <dt>Network fee</dt>
          <dd class="figure">{costs.fee.sol} SOL</dd>
        </div>
        <div>
          <dt>Rent of new accounts</dt>
          <dd class="figure">{costs.rent.sol} SOL</dd>
        </div>
        <div>
          <dt>Simulation</dt>
          <dd class="figure">
            succeeded{simulation.compute_units === null ? "" : `, ${simulation.compute_units} units`}
          </dd>
        </div>
      </dl>
    </>
  );
}

export function Outcome({
  step,
  close,
}: {
  step: Extract<Step, { signature: string }>;
  close: () => void;
}): JSX.Element {
  const { job } = step.prepared;
  const leads = job && location.pathname !== `/jobs/${job}`;
  return (
    <>
      <p>
        {step.at === "sent" ? "Sent. Waiting until the chain has confirmed it and the figures have it …" : null}
        {step.at === "seen" ? "Done: the chain has confirmed it." : null}
        {step.at === "unseen"
          ? "It has not shown yet. Your wallet tells what became of it; if it was dropped, nothing was paid and it can be done again."
          : null}
      </p>
      <Copyable text={step.signature} what="signature" />
      <div class="buttons">
        {step.at === "seen" && leads ? (
          // Confirmed, where it is already; finalized it will be in some seconds.
          <a class="button" href={href(`/jobs/${job}`, { commitment: "confirmed" })} onClick={close}>
            Follow the job
          </a>
        ) : null}
        <button type="button" class="quiet" onClick={close}>
          Close
        </button>
      </div>
    </>
  );
}
