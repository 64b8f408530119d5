/** The frame around every view: header, the view, footer; and what a change of view means to a screen reader. */

import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { PATHS } from "tally-api";
import { LiveContext } from "./figure";
import { Live, type State, polling, stream } from "./live";
import { PlaceContext, go, useLocation } from "./location";
import { To } from "./parts/inline";
import { Search } from "./parts/search";
import { type Place, href, title } from "./routes";
import { choose, useTheme } from "./theme";
import { Consumer } from "./views/consumer";
import { Job } from "./views/job";
import { Jobs } from "./views/jobs";
import { Missing } from "./views/missing";
import { Overview } from "./views/overview";
import { Provider } from "./views/provider";
import { ConnectButton } from "./wallet/connect";
import { SessionProvider } from "./wallet/session";

/** Whether the service sends events; if not, the browser need not find out. */
const STREAMS = PATHS.includes("/v1/events/stream");

export function App(): JSX.Element {
  const place = useLocation();
  const live = useMemo(() => new Live(STREAMS ? [stream(place.commitment), polling] : [polling]), [place.commitment]);
  useEffect(() => {
    const look = () => {
      if (document.hidden) return live.stop();
      live.start();
      live.now();
    };
    if (!document.hidden) live.start();
    document.addEventListener("visibilitychange", look);
    return () => {
      document.removeEventListener("visibilitychange", look);
      live.stop();
    };
  }, [live]);

  return (
    <PlaceContext.Provider value={place}>
      <LiveContext.Provider value={live}>
        <SessionProvider>
          <a class="skip" href="#view">
            Skip to the figures
          </a>
          <Header place={place} />
          <View place={place} />
          <Footer place={place} live={live} />
        </SessionProvider>
      </LiveContext.Provider>
    </PlaceContext.Provider>
  );
}

function Header({ place }: { place: Place }): JSX.Element {
  const theme = useTheme();
  const current = (path: string) => (place.path === path ? { "aria-current": "page" as const } : {});
  const link = (path: string, name: string) => (
    <a href={href(path, place)} {...current(path)}>
      {name}
    </a>
  );
  return (
    <header class="top">
      <a class="brand" href={href("/", place)} aria-label="Tally, overview">
        <img src="/icon.svg" alt="" width="28" height="28" />
        Tally
      </a>
      <nav class="views" aria-label="Views">
        {link("/", "Overview")}
        {link("/jobs", "Jobs")}
        <a href="/docs/" data-served>
          API
        </a>
      </nav>
      <Search />
      <div class="tools">
        <button
          type="button"
          class="quiet icon"
          aria-label={theme === "dark" ? "Switch to light colours" : "Switch to dark colours"}
          onClick={() => choose(theme === "dark" ? "light" : "dark")}
        >
          <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
            {theme === "dark" ? (
              <path
                d="M10 6.2a3.8 3.8 0 1 0 0 7.6 3.8 3.8 0 0 0 0-7.6M10 1.5v2M10 16.5v2M1.5 10h2M16.5 10h2M4 4l1.4 1.4M14.6 14.6 16 16M16 4l-1.4 1.4M5.4 14.6 4 16"
                fill="none"
                stroke="currentColor"
                stroke-width="1.6"
                stroke-linecap="round"
              />
            ) : (
              <path
                d="M16.5 12A7 7 0 0 1 8 3.5 7 7 0 1 0 16.5 12Z"
                fill="none"
                stroke="currentColor"
                stroke-width="1.6"
                stroke-linejoin="round"
              />
            )}
          </svg>
        </button>
        <ConnectButton />
      </div>
    </header>
  );
}

/** The view. A new one takes the focus at its heading, so that it is read from there on; the first does not. */
function View({ place }: { place: Place }): JSX.Element {
  const main = useRef<HTMLElement>(null);
  const shown = useRef(place.path);
  useEffect(() => {
    document.title = `${title(place.route)} · Tally`;
    if (shown.current === place.path) return;
    shown.current = place.path;
    scrollTo(0, 0);
    main.current?.querySelector<HTMLElement>("h1")?.focus({ preventScroll: true });
  }, [place.path]);
  return (
    <main id="view" ref={main} tabIndex={-1} key={place.path}>
      <Present place={place} />
    </main>
  );
}

function Present({ place }: { place: Place }): JSX.Element {
  const { route } = place;
  switch (route.view) {
    case "overview":
      return <Overview />;
    case "jobs":
      return <Jobs />;
    case "provider":
      return <Provider address={route.address} />;
    case "job":
      return <Job address={route.address} />;
    case "consumer":
      return <Consumer wallet={route.address} />;
    case "missing":
      return <Missing why={route.why} />;
  }
}

const STATES: Record<State, string> = {
  stream: "Live: events as they come.",
  polling: "Live: asked anew every 5 seconds.",
  waiting: "Connecting …",
};

function Footer({ place, live }: { place: Place; live: Live }): JSX.Element {
  const [state, setState] = useState(live.state);
  useEffect(() => {
    setState(live.state);
    return live.watch(setState);
  }, [live]);
  return (
    <footer class="bottom">
      <p class="muted">
        <span class={`pulse ${state}`} aria-hidden="true" /> {STATES[state]}
      </p>
      <div class="choice-row" role="radiogroup" aria-labelledby="commitment-title">
        <span id="commitment-title" class="muted">
          Figures from the
        </span>
        {(["finalized", "confirmed"] as const).map((commitment) => (
          <label key={commitment}>
            <input
              type="radio"
              name="commitment"
              checked={place.commitment === commitment}
              onChange={() => go(href(place.path, { ...place, commitment }))}
            />
            {commitment} state
          </label>
        ))}
      </div>
      <nav aria-label="More">
        <a href="/docs/" data-served>
          API documentation
        </a>
        <a href="/openapi.json" data-served>
          OpenAPI
        </a>
        <To path="/jobs">All jobs</To>
      </nav>
    </footer>
  );
}
