/** Every view, light and dark, wide and narrow: that it shows its figures, harms no rule of accessibility or of its own policy. */

import type { Page } from "@playwright/test";
import { keepsTheRules, picture } from "./rules";
import { type Service, expect, test } from "./service";

const NOBODY = "11111111111111111111111111111112";

const views: { name: string; path: (service: Service) => string; panels: string[] }[] = [
  {
    name: "the overview",
    path: () => "/",
    panels: [
      "Revenue",
      "Annualized revenue",
      "Burned against minted",
      "Supply",
      "Liabilities",
      "What a GPU hour costs",
      "On the market now",
      "Providers",
      "Live events",
    ],
  },
  { name: "the overview by hour", path: () => "/?interval=hour", panels: ["Revenue"] },
  { name: "the jobs", path: () => "/jobs", panels: ["Newest first"] },
  {
    name: "a provider",
    path: ({ provider }) => `/providers/${provider}`,
    panels: [
      "Reputation",
      "Rewards to claim",
      "Reputation over time",
      "What the reputation is made of",
      "Stake and earnings",
      "What it asks",
      "Outage cases",
      "Disputes",
      "Jobs",
    ],
  },
  {
    name: "a job",
    path: ({ job }) => `/jobs/${job}`,
    panels: ["Where it stands", "Work", "Escrow and bond", "Receipts", "Conversions", "Terms", "What happened"],
  },
  { name: "a consumer", path: ({ consumer }) => `/consumers/${consumer}`, panels: ["Jobs of this wallet"] },
];

/** What must not happen while a view is looked at. */
function watched(page: Page): string[] {
  const troubles: string[] = [];
  page.on("pageerror", (error) => troubles.push(error.message));
  page.on("console", (message) => message.type() === "error" && troubles.push(message.text()));
  return troubles;
}

/** Sums up how far what was shown has moved. */
async function watchShifts(page: Page): Promise<() => Promise<number>> {
  await page.addInitScript(() => {
    const sums = globalThis as unknown as { shifted: number };
    sums.shifted = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) sums.shifted += (entry as unknown as { value: number }).value;
    }).observe({ type: "layout-shift", buffered: true });
  });
  return () => page.evaluate(() => (globalThis as unknown as { shifted: number }).shifted);
}

for (const { name, path, panels } of views) {
  test(`${name} shows its figures with their source, and no rule is broken`, async ({ page, service }, info) => {
    const troubles = watched(page);
    const shifted = await watchShifts(page);
    await page.goto(service.url + path(service));
    for (const panel of panels) {
      const region = page.getByRole("region", { name: panel, exact: true });
      await expect(region.locator(".source").last()).toContainText(/(finalized|confirmed), slot [\d,]+/);
      await expect(region.locator(".failed")).toHaveCount(0);
    }
    await expect(page.locator(".waiting")).toHaveCount(0);
    // Before anything makes the window larger, as a picture of the whole page does.
    expect(await shifted(), "nothing has moved").toBeLessThan(0.1);
    await picture(page, `${name} ${info.project.name}`, true);
    await keepsTheRules(page);
    expect(troubles).toEqual([]);
  });
}

test("an address of nobody says so in the service's words", async ({ page, service }) => {
  await page.goto(`${service.url}/providers/${NOBODY}`);
  const said = (await (await fetch(`${service.url}/v1/providers/${NOBODY}`)).json()) as { detail: string };
  await expect(page.getByRole("alert").first()).toContainText(said.detail);
  await keepsTheRules(page);
});

test("a path that is none is said to be none, and leads back", async ({ page, service }) => {
  const reply = await page.goto(`${service.url}/nowhere`);
  expect(reply?.status()).toBe(404);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Not found");
  await keepsTheRules(page);
  await page.getByRole("link", { name: "The overview", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("What work was paid");
});
