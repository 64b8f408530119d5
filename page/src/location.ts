/** Where the reader is, and going elsewhere without loading the page again. */

import { createContext } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";
import { type Place, place } from "./routes";

const CHANGED = "tally:location";

/** Goes to an address of this site. */
export function go(href: string): void {
  history.pushState(null, "", href);
  dispatchEvent(new Event(CHANGED));
}

/** Follows links of this site within the page, but for what the API serves and what the reader opens elsewhere. */
function follow(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = (event.target as Element | null)?.closest("a");
  if (!link || link.origin !== location.origin || link.target || link.hasAttribute("download")) return;
  if (link.dataset.served !== undefined) return;
  // A place on this view: the browser's own.
  if (link.hash && link.pathname === location.pathname && link.search === location.search) return;
  event.preventDefault();
  go(link.href);
}

/** The present place; it follows links, the browser's buttons and [`go`]. */
export function useLocation(): Place {
  const [present, setPresent] = useState(() => place(new URL(location.href)));
  useEffect(() => {
    const changed = () => setPresent(place(new URL(location.href)));
    addEventListener("popstate", changed);
    addEventListener(CHANGED, changed);
    document.addEventListener("click", follow);
    return () => {
      removeEventListener("popstate", changed);
      removeEventListener(CHANGED, changed);
      document.removeEventListener("click", follow);
    };
  }, []);
  return present;
}

export const PlaceContext = createContext<Place>(place(new URL("http://none/")));

/** The present place, inside the page. */
export function usePlace(): Place {
  return useContext(PlaceContext);
}
