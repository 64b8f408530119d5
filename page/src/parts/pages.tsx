/** Leafing through a list by the API's cursors. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

export interface Pages {
  /** Cursor of the page shown; undefined for the first. */
  readonly cursor: string | undefined;
  readonly number: number;
  readonly forward: (next: string) => void;
  readonly back: () => void;
}

/** @param list what is leafed through: another one begins at its first page */
export function usePages(list: string): Pages {
  const [cursors, setCursors] = useState<readonly string[]>([]);
  useEffect(() => setCursors([]), [list]);
  return {
    cursor: cursors.at(-1),
    number: cursors.length + 1,
    forward: (next) => setCursors([...cursors, next]),
    back: () => setCursors(cursors.slice(0, -1)),
  };
}

export function Pager({
  pages,
  next,
  of,
}: {
  pages: Pages;
  next: string | null | undefined;
  of: string;
}): JSX.Element | null {
  if (!next && pages.number === 1) return null;
  return (
    <nav class="pager" aria-label={`Pages of ${of}`}>
      <button type="button" class="quiet" disabled={pages.number === 1} onClick={pages.back}>
        Previous
      </button>
      <span class="muted" aria-live="polite">
        Page {pages.number}
      </span>
      <button type="button" class="quiet" disabled={!next} onClick={() => next && pages.forward(next)}>
        Next
      </button>
    </nav>
  );
}
