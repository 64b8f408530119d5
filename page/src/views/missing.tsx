import type { JSX } from "preact";
import { To } from "../parts/inline";

/** What is shown where there is no view. */
export function Missing({ why }: { why: string }): JSX.Element {
  return (
    <>
      <h1 tabIndex={-1}>Not found</h1>
      <p class="lead">{why}</p>
      <p>
        <To path="/">The overview</To> leads to everything that there is;{" "}
        <a href="/docs/" data-served>
          the API
        </a>{" "}
        lists the rest.
      </p>
    </>
  );
}
