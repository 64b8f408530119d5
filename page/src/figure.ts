/** A figure: what was asked for, kept up to date for as long as it is on the page. */

import { createContext } from "preact";
import { useCallback, useContext, useEffect, useRef, useState } from "preact/hooks";
import { type Ask, type Known, type Problem, Refusal, ask, problemOf } from "./api";
import { Live } from "./live";

export const LiveContext = createContext(new Live([]));

export interface Figure<T> {
  /** The last answer; undefined before the first. */
  readonly value: T | undefined;
  /** What became of the last attempt, if not an answer; what is shown is then from before. */
  readonly problem: Problem | undefined;
  /** Asks again at once. */
  readonly again: () => void;
}

/**
 * Asks for a figure, and again whenever there may be news.
 *
 * @param key what is asked for: another key begins anew, without the old answer
 */
export function useFigure<T>(key: string, how: Ask<T>): Figure<T> {
  const live = useContext(LiveContext);
  const [state, setState] = useState<{ key: string; known?: Known<T>; problem?: Problem }>({ key });
  const latest = useRef({ how, known: undefined as Known<T> | undefined, rest: 0 });
  latest.current.how = how;

  const trigger = useRef<() => void>(() => {});

  useEffect(() => {
    const abort = new AbortController();
    let asking = false;
    latest.current.known = undefined;
    latest.current.rest = 0;
    const look = async () => {
      if (asking || Date.now() < latest.current.rest) return;
      asking = true;
      try {
        const known = await ask(latest.current.how, latest.current.known, abort.signal);
        if (abort.signal.aborted) return;
        latest.current.known = known;
        setState((before) => (before.known === known && !before.problem ? before : { key, known }));
      } catch (error) {
        if (abort.signal.aborted) return;
        if (error instanceof Refusal && error.retryAfter) latest.current.rest = Date.now() + error.retryAfter * 1_000;
        const { known } = latest.current;
        setState({ key, problem: problemOf(error), ...(known && { known }) });
      } finally {
        asking = false;
      }
    };
    trigger.current = () => void look();
    void look();
    const unsubscribe = live.subscribe(() => void look());
    return () => {
      abort.abort();
      unsubscribe();
    };
  }, [key, live]);

  const again = useCallback(() => trigger.current(), []);
  // The answer to another question is none to this one.
  const present = state.key === key ? state : undefined;
  return { value: present?.known?.value, problem: present?.problem, again };
}
