/** Light or dark: the system's choice until the reader makes one. `public/theme.js` applies it before the first paint. */

import { useEffect, useState } from "preact/hooks";

export type Theme = "light" | "dark";

const system = () => (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
const CHANGED = "tally:theme";

/** The colours in force. */
export function theme(): Theme {
  const chosen = document.documentElement.dataset.theme;
  return chosen === "light" || chosen === "dark" ? chosen : system();
}

/** Chooses colours, and remembers the choice where that is allowed. */
export function choose(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem("theme", theme);
  } catch {
    // It then holds until the page is left.
  }
  dispatchEvent(new Event(CHANGED));
}

/** The colours in force, followed. */
export function useTheme(): Theme {
  const [present, setPresent] = useState(theme);
  useEffect(() => {
    const changed = () => setPresent(theme());
    const media = matchMedia("(prefers-color-scheme: dark)");
    media.addEventListener("change", changed);
    addEventListener(CHANGED, changed);
    return () => {
      media.removeEventListener("change", changed);
      removeEventListener(CHANGED, changed);
    };
  }, []);
  return present;
}
