/** A part of a view: its heading, what it shows or why it does not, and from which state of the chain that is. */

import type { ComponentChildren, JSX } from "preact";
import type { Source } from "../api";
import type { Figure } from "../figure";
import { grouped } from "../amount";
import { moment } from "../time";

/** From which state of the chain a figure is. */
export function SourceLine({ source, note }: { source: Source; note?: string | undefined }): JSX.Element {
  return (
    <p class="source">
      {source.commitment}, slot <span class="figure">{grouped(String(source.slot))}</span>
      {source.as_of ? (
        <>
          , as of <time dateTime={source.as_of}>{moment(source.as_of)} UTC</time>
        </>
      ) : (
        ", before the first event"
      )}
      {note ? `, ${note}` : ""}
    </p>
  );
}

/** What there is instead of a figure while there is none. It takes the room that the figure will take. */
export function Waiting({ lines = 4 }: { lines?: number }): JSX.Element {
  return (
    <div class="waiting">
      <span class="hidden">Loading</span>
      {Array.from({ length: lines }, (_, line) => (
        <span key={line} class="waiting-line" aria-hidden="true" />
      ))}
    </div>
  );
}

/** A problem in the service's own words. */
export function Failed({ figure }: { figure: Pick<Figure<unknown>, "problem" | "again"> }): JSX.Element | null {
  const { problem, again } = figure;
  if (!problem) return null;
  return (
    <div class="failed" role="alert">
      <strong>{problem.title}</strong>
      <p>{problem.detail}</p>
      {problem.reference ? (
        <p class="source">
          Reference <code>{problem.reference}</code>
        </p>
      ) : null}
      <button type="button" class="quiet" onClick={again}>
        Try again
      </button>
    </div>
  );
}

interface Props<T extends Source> {
  id: string;
  title: string;
  figure: Figure<T>;
  /** Lines of the room that is kept while it loads. */
  lines?: number;
  /** What stands beside the heading. */
  aside?: ComponentChildren;
  /** Added to the source, such as the version of a definition. */
  note?: (value: T) => string;
  class?: string;
  children: (value: T) => ComponentChildren;
}

/** A part of a view that shows one figure. */
export function Panel<T extends Source>(props: Props<T>): JSX.Element {
  const { id, title, figure, lines, aside, note, children } = props;
  const { value } = figure;
  return (
    <section
      id={id}
      class={`panel ${props.class ?? ""}`}
      aria-labelledby={`${id}-title`}
      aria-busy={!value && !figure.problem}
    >
      <header class="panel-head">
        <h2 id={`${id}-title`}>{title}</h2>
        {aside}
      </header>
      {value ? children(value) : figure.problem ? null : <Waiting lines={lines ?? 4} />}
      <Failed figure={figure} />
      {value ? <SourceLine source={value} note={note?.(value)} /> : null}
    </section>
  );
}

/** Says that there is nothing, and what that means. */
export function Empty({ children }: { children: ComponentChildren }): JSX.Element {
  return <p class="empty">{children}</p>;
}

/** Named figures. */
export function Facts({ rows, class: name = "" }: { rows: readonly Fact[]; class?: string }): JSX.Element {
  return (
    <dl class={`facts ${name}`}>
      {rows.map(([term, value, note]) => (
        <div key={term}>
          <dt>{term}</dt>
          <dd class="figure">
            {value}
            {note ? <span class="fact-note">{note}</span> : null}
          </dd>
        </div>
      ))}
    </dl>
  );
}

export type Fact = readonly [term: string, value: ComponentChildren, note?: ComponentChildren];
