/** A button that does something on chain, and the dialog that leads through it. */

import type { ComponentChildren, JSX } from "preact";
import { useContext, useEffect, useRef, useState } from "preact/hooks";
import { LiveContext } from "../figure";
import { Dialog } from "../parts/dialog";
import { Words } from "../parts/inline";
import { Waiting } from "../parts/panel";
import { ConnectButton } from "./connect";
import { type Context, serves, wrong } from "./forms";
import { Complaint, Outcome, Review } from "./review";
import { cannotSend, canSend, useSession } from "./session";
import { type Step, describe, prepare, seen, sign, trouble } from "./steps";

interface Props {
  /** The API's name of it, such as `open-job`. */
  action: string;
  /** What the view knows and is not asked for. */
  context: Context;
  /** What is filled in where the Action asks for it, and can be changed. */
  suggested?: Context;
  children: ComponentChildren;
  disabled?: boolean;
}

/** Nothing, if the service does not build such transactions. */
export function ActionButton(props: Props): JSX.Element | null {
  const { action, children, disabled } = props;
  const [open, setOpen] = useState(false);
  if (!serves(action)) return null;
  return (
    <>
      <button type="button" aria-haspopup="dialog" disabled={disabled} onClick={() => setOpen(true)}>
        {children}
      </button>
      {open ? <ActionDialog {...props} close={() => setOpen(false)} /> : null}
    </>
  );
}

function ActionDialog({ action, context, suggested, close }: Props & { close: () => void }): JSX.Element {
  const session = useSession();
  const live = useContext(LiveContext);
  const [step, setStep] = useState<Step>({ at: "describing" });
  const [values, setValues] = useState<Context>({});
  const [way, setWay] = useState(0);
  const leaving = useRef(new AbortController());
  useEffect(() => () => leaving.current.abort(), []);
  const go = (step: Step) => leaving.current.signal.aborted || setStep(step);

  const begin = async () => {
    go({ at: "describing" });
    try {
      go({ at: "form", description: await describe(action, context) });
    } catch (error) {
      go({ at: "failed", problem: trouble(error, "This cannot be done now") });
    }
  };
  useEffect(() => void begin(), []);

  const title = "description" in step ? step.description.title : "Transaction";
  const { account, wallet } = session;
  const answers: Context = { ...(account && { meter: account.address }), ...suggested, ...context, ...values };
  const links = "description" in step ? step.description.links.actions : [];
  const link = links[way] ?? links[0];

  const review = async () => {
    if (step.at !== "form" || !account) return;
    const { description } = step;
    if (!link) return;
    const complaint = link.parameters.map((parameter) => wrong(parameter, answers[parameter.name] ?? "")).find(Boolean);
    if (complaint)
      return go({ at: "form", description, problem: { title: "Something is missing", detail: complaint } });
    go({ at: "preparing", description });
    try {
      go({ at: "review", description, ...(await prepare(link, answers, account.address)) });
    } catch (error) {
      go({ at: "form", description, problem: trouble(error, "No transaction was built") });
    }
  };

  const confirm = async () => {
    if (step.at !== "review") return;
    const { prepared, cluster } = step;
    go({ at: "signing", prepared });
    let signature: string;
    try {
      signature = await sign(session, prepared, cluster);
    } catch (error) {
      return go({ ...step, problem: trouble(error, "The wallet did not send it") });
    }
    go({ at: "sent", prepared, signature });
    const arrived = await seen(signature, leaving.current.signal);
    live.now();
    go({ at: arrived ? "seen" : "unseen", prepared, signature });
  };

  return (
    <Dialog title={title} close={close}>
      <div class="steps" aria-live="polite">
        {step.at === "describing" || step.at === "preparing" ? <Waiting lines={5} /> : null}
        {step.at === "failed" ? <Complaint problem={step.problem} /> : null}
        {step.at === "form" ? (
          <form
            noValidate
            onSubmit={(event) => {
              event.preventDefault();
              void review();
            }}
          >
            <p>
              <Words of={step.description.description} />
            </p>
            {links.length > 1 ? (
              <div class="choice-row" role="radiogroup" aria-label="Which way">
                {links.map(({ label }, at) => (
                  <label key={label}>
                    <input type="radio" name="way" checked={at === way} onChange={() => setWay(at)} />
                    {label}
                  </label>
                ))}
              </div>
            ) : null}
            {link?.parameters.map(({ name, label, required, patternDescription }) => (
              <label key={name} class="field">
                <span>
                  {label}
                  {required ? "" : " (optional)"}
                </span>
                <input
                  name={name}
                  value={answers[name] ?? ""}
                  required={required}
                  autoComplete="off"
                  spellcheck={false}
                  inputMode={patternDescription?.startsWith("A number") ? "decimal" : "text"}
                  onInput={(event) => setValues({ ...values, [name]: event.currentTarget.value })}
                />
                {patternDescription ? <small>{patternDescription}</small> : null}
              </label>
            ))}
            {step.problem ? <Complaint problem={step.problem} /> : null}
            {account ? (
              <div class="buttons">
                <button type="submit">{link?.label}: review</button>
              </div>
            ) : (
              <div class="buttons">
                <ConnectButton label="Connect a wallet to go on" />
              </div>
            )}
          </form>
        ) : null}
        {step.at === "review" ? (
          <>
            <Review prepared={step.prepared} />
            {wallet && !canSend(wallet) ? (
              <Complaint problem={{ title: "Another wallet is needed", detail: cannotSend(wallet) }} />
            ) : null}
            {step.problem ? <Complaint problem={step.problem} /> : null}
            <div class="buttons">
              <button type="button" disabled={!wallet || !canSend(wallet)} onClick={() => void confirm()}>
                Sign with {wallet?.name}
              </button>
              <button type="button" class="quiet" onClick={() => go({ at: "form", description: step.description })}>
                Back
              </button>
            </div>
          </>
        ) : null}
        {step.at === "signing" ? (
          <p>Your wallet shows the transaction. Compare it with what was said here, then sign it or refuse.</p>
        ) : null}
        {step.at === "sent" || step.at === "seen" || step.at === "unseen" ? (
          <Outcome step={step} close={close} />
        ) : null}
      </div>
    </Dialog>
  );
}
