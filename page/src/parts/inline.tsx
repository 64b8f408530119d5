/** Small things in running text: addresses, moments, states, links that keep the commitment. */

import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { type Tokens, type Usd, dollars, tokens } from "../amount";
import { usePlace } from "../location";
import { href, short } from "../routes";
import { moment } from "../time";

/** A link to a path of this page at the present commitment. */
export function To({
  path,
  children,
  class: name,
}: {
  path: string;
  children: ComponentChildren;
  class?: string;
}): JSX.Element {
  const { commitment } = usePlace();
  return (
    <a href={href(path, { commitment })} class={name}>
      {children}
    </a>
  );
}

/** An address by its ends, whole for those who point at it or hear it; a link if there is a view of it. */
export function Address({ of, in: folder }: { of: string; in?: "providers" | "jobs" | "consumers" }): JSX.Element {
  const text = (
    <code title={of}>
      <span aria-hidden="true">{short(of)}</span>
      <span class="hidden">{of}</span>
    </code>
  );
  return folder ? <To path={`/${folder}/${of}`}>{text}</To> : text;
}

/** The service's words, in which names of things stand between backticks. */
export function Words({ of }: { of: string }): JSX.Element {
  return <>{of.split("`").map((part, at) => (at % 2 === 0 ? part : <code key={at}>{part}</code>))}</>;
}

/** The whole of an address or signature, with a button that copies it. */
export function Copyable({ text, what }: { text: string; what: string }): JSX.Element {
  const [said, setSaid] = useState("Copy");
  const copy = async () => {
    // Refused where the site has no clipboard: the text is there to be marked.
    const done = await navigator.clipboard?.writeText(text).then(
      () => true,
      () => false,
    );
    setSaid(done ? "Copied" : "Cannot copy");
    setTimeout(() => setSaid("Copy"), 2_000);
  };
  return (
    <span class="copyable">
      <code>{text}</code>
      <button type="button" class="quiet" onClick={() => void copy()} aria-label={`${said} the ${what}`}>
        {said}
      </button>
    </span>
  );
}

export function Moment({ at }: { at: string | null | undefined }): JSX.Element {
  return at ? <time dateTime={at}>{moment(at)}</time> : <span class="muted">not yet</span>;
}

/** Dollars to the cent; to the micro-dollar for those who point at them. */
export function Dollars({ of }: { of: Usd }): JSX.Element {
  return (
    <data value={of.micro} title={`${of.usd} USD`}>
      {dollars(of)}
    </data>
  );
}

/** Tokens with two places; all of them for those who point at them. */
export function TokenCount({ of, unit }: { of: Tokens; unit?: string }): JSX.Element {
  return (
    <data value={of.base} title={of.tokens}>
      {tokens(of)}
      {unit ? <span class="unit"> {unit}</span> : null}
    </data>
  );
}

const TONES: Record<string, string> = {
  running: "good",
  settled: "good",
  answered: "plain",
  closed: "good",
  failed: "bad",
  upheld: "bad",
  paid: "bad",
  cancelled: "plain",
};

/** A state, in its own word; the colour says nothing that the word does not. */
export function State({ of, bad = false }: { of: string; bad?: boolean }): JSX.Element {
  return <span class={`state ${bad ? "bad" : (TONES[of] ?? "busy")}`}>{of.replaceAll("_", " ")}</span>;
}
