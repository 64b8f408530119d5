/** What the wallet that is connected may do about a job. */

import type { JSX } from "preact";
import type { Schemas } from "tally-api";
import { api } from "../api";
import { useFigure } from "../figure";
import { usePlace } from "../location";
import { ActionButton } from "../wallet/action";
import { serves } from "../wallet/forms";
import { useSession } from "../wallet/session";

type Choice = readonly [action: string, label: string];
type Choices = Readonly<Record<string, readonly Choice[]>>;

const TOP_UP: Choice = ["top-up", "Top up"];
const CANCEL: Choice = ["cancel-job", "Cancel the job"];
const CLOSE: Choice = ["close-job", "Close the job"];
const ADVANCE: Choice = ["advance-job", "Take it further"];
const WITHDRAW: Choice = ["withdraw", "Pay what is due"];

/** The consumer's, by the job's state. */
const CONSUMERS: Choices = {
  open: [["accept-bid", "Accept the best bid"], TOP_UP, CANCEL],
  offered: [TOP_UP, CANCEL],
  assigned: [TOP_UP, CANCEL],
  running: [CLOSE, TOP_UP, ["rotate-meter", "Change the session key"]],
};

/** The provider's. */
const PROVIDERS: Choices = {
  offered: [["accept-offer", "Accept the job"]],
  assigned: [["start-job", "Start the job"]],
  running: [["settle", "Send a receipt"], CLOSE],
  closing: [["settle", "Send a receipt"]],
};

/** What anyone may send. */
const ANYONES: Choices = {
  closing: [ADVANCE],
  held: [ADVANCE],
  settling: [["convert", "Convert the work"], ADVANCE],
  closed: [WITHDRAW],
  cancelled: [WITHDRAW],
  failed: [WITHDRAW],
};

export function JobActions({ job }: { job: Schemas["JobDetail"] }): JSX.Element | null {
  const { account } = useSession();
  if (!account) return null;
  if (account.address === job.consumer) return <Buttons job={job} choices={CONSUMERS} />;
  return <OfOthers job={job} wallet={account.address} />;
}

/** The job names its provider's account; whose wallet that is, is another figure. */
function OfOthers({ job, wallet }: { job: Schemas["JobDetail"]; wallet: string }): JSX.Element | null {
  const { commitment } = usePlace();
  const figure = useFigure(`provider of job ${job.provider} ${commitment}`, (conditions) =>
    api.GET("/v1/providers/{id}", { params: { path: { id: job.provider }, query: { commitment } }, ...conditions }),
  );
  const own = figure.value?.data.authority === wallet;
  return <Buttons job={job} choices={own ? PROVIDERS : {}} />;
}

function Buttons({ job, choices }: { job: Schemas["JobDetail"]; choices: Choices }): JSX.Element | null {
  const all = [...(choices[job.state] ?? []), ...(ANYONES[job.state] ?? [])];
  const served = all.filter(([action]) => serves(action));
  if (all.length === 0) return null;
  return (
    <div class="buttons">
      {served.map(([action, label]) => (
        <ActionButton key={action} action={action} context={{ job: job.job }}>
          {label}
        </ActionButton>
      ))}
      {served.length < all.length ? (
        <p class="muted">
          {served.length > 0 ? "More" : "What to do next is done"} from the command line:{" "}
          <code>tally job show {job.nonce}</code>
        </p>
      ) : null}
    </div>
  );
}
