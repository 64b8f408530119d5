/** Reading: figures equal the API's, change when the chain does, and can be got at by keyboard and without a picture. */

import type { Locator } from "@playwright/test";
import { expect, test } from "./service";

test("the page's documents and scripts come from its own origin, under its policy, in less than 150 KB", async ({
  page,
  service,
}) => {
  const origins = new Set<string>();
  const sizes: Promise<number>[] = [];
  page.on("requestfinished", (request) => {
    origins.add(new URL(request.url()).origin);
    if (["document", "script", "stylesheet"].includes(request.resourceType())) {
      sizes.push(request.sizes().then(({ responseBodySize }) => responseBodySize));
    }
  });
  const reply = await page.goto(service.url);
  await expect(page.locator(".waiting")).toHaveCount(0);
  expect(await reply?.headerValue("content-security-policy")).toContain("default-src 'none'; script-src 'self'");
  expect([...origins]).toEqual([service.url]);
  const sum = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  test.info().annotations.push({ type: "first load, bytes", description: String(sum) });
  console.log(`first load: ${sum} bytes of document, scripts and styles`);
  expect(sum).toBeLessThan(150 * 1024);
});

test("each bar's value is in the table, exactly as the API has it", async ({ page, service }) => {
  const reply = await fetch(`${service.url}/v1/revenue?interval=day`);
  const { data } = (await reply.json()) as { data: { buckets: { supply_side: { usd: string } }[] } };
  await page.goto(service.url);
  const revenue = page.getByRole("region", { name: "Revenue", exact: true });
  await revenue.getByText("Show as a table").click();
  const cells = revenue.getByRole("row").locator("td:nth-child(2) .cell-value");
  const expected = data.buckets.map((bucket) => `$${bucket.supply_side.usd}`).reverse();
  await expect(cells).toHaveText(expected);
});

/** The exact amounts in a place, in the order in which they are read. */
const amounts = (place: Locator) =>
  place.locator("data").evaluateAll((all) => all.map((one) => one.getAttribute("value")));

test("a year's revenue is the API's, with the window and the method that it is of", async ({ page, service }) => {
  await page.goto(service.url);
  const year = page.getByRole("region", { name: "Annualized revenue", exact: true });
  for (const days of ["30", "7"]) {
    const { data } = (await (await fetch(`${service.url}/v1/revenue/annualized?days=${days}`)).json()) as {
      data: Record<"fees" | "supply_side" | "revenue" | "holders" | "treasury" | "self_dealt", { micro: string }> & {
        method: string;
        from: string;
        to: string;
        days: number;
        window: { fees: { micro: string } };
      };
    };
    await year.getByRole("radio", { name: `${days} days` }).check();
    const { fees, revenue } = data;
    await expect(year.locator(".source")).toBeVisible();
    expect(await amounts(year.locator(".headline"))).toEqual([fees.micro, revenue.micro]);
    expect(await amounts(year.locator(".facts"))).toEqual(
      [fees, data.supply_side, revenue, data.holders, data.treasury, data.self_dealt].map(({ micro }) => micro),
    );
    await expect(year).toContainText(`Method: ${data.method}.`);
    await expect(year).toContainText(`${data.days} whole day`);
    const sentence = year.locator("p", { hasText: "whole day" });
    expect(await amounts(sentence)).toEqual([data.window.fees.micro]);
    const moments = await sentence.locator("time").evaluateAll((all) => all.map((one) => one.getAttribute("datetime")));
    expect(moments).toEqual([data.from, data.to]);
  }
});

test("a network that has not lived a day has no year's revenue, and nothing is wrong", async ({ page, service }) => {
  const detail = "No whole day is indexed yet; try again after midnight, UTC.";
  const problem = { type: "/problems/not-found", title: "No such entity", status: 404, detail, reference: "abc" };
  await page.route("**/v1/revenue/annualized?**", (route) =>
    route.fulfill({ status: 404, contentType: "application/problem+json", body: JSON.stringify(problem) }),
  );
  await page.goto(service.url);
  const year = page.getByRole("region", { name: "Annualized revenue", exact: true });
  await expect(year).toContainText(detail);
  await expect(year.getByRole("alert")).toHaveCount(0);
});

test("each liability is the API's, by mint, with whose it is", async ({ page, service }) => {
  const { data } = (await (await fetch(`${service.url}/v1/liabilities`)).json()) as {
    data: {
      mints: {
        held: { base: string };
        mintable: { base: string };
        items: { amount: { base: string }; parts: number; owed: string }[];
      }[];
    };
  };
  await page.goto(service.url);
  const panel = page.getByRole("region", { name: "Liabilities", exact: true });
  await expect(panel.getByRole("table")).toHaveCount(data.mints.filter(({ items }) => items.length > 0).length);
  const items = data.mints.flatMap(({ items }) => items);
  expect(await amounts(panel.getByRole("table"))).toEqual(items.map(({ amount }) => amount.base));
  expect(await panel.locator("td:last-child .cell-value").allTextContents()).toEqual(
    items.map(({ parts }) => String(parts)),
  );
  expect(await panel.locator("td small").allTextContents()).toEqual(items.map(({ owed }) => owed.replaceAll("`", "")));
  expect(await amounts(panel.locator(".headline"))).toEqual(
    data.mints
      .flatMap(({ held, mintable }) => [held.base, mintable.base])
      .filter((base, at) => at % 2 === 0 || base !== "0"),
  );
});

test("a reputation's history has the API's scores in its table and its course in words", async ({ page, service }) => {
  const reply = await fetch(`${service.url}/v1/providers/${service.provider}/reputation/history?interval=hour`);
  const { data } = (await reply.json()) as {
    data: { scores: { score: number; upper: number; share: number; newcomer: boolean }[] };
  };
  await page.goto(`${service.url}/providers/${service.provider}`);
  const history = page.getByRole("region", { name: "Reputation over time", exact: true });
  await history.getByRole("radio", { name: "By hour" }).check();
  await expect(page).toHaveURL(/interval=hour/);
  await expect(history.getByRole("img")).toHaveAccessibleName(/the score at the end of each hour/i);
  await history.getByText("Show as a table").click();
  const told = (millionths: number) =>
    `${Math.floor(millionths / 10_000)}.${String(millionths % 10_000).padStart(4, "0")}%`;
  const expected = data.scores.flatMap(({ score, upper, share, newcomer }) => [
    [score, upper, share].map((one) => (newcomer ? "not known" : told(one))),
  ]);
  await expect(history.locator("td:not(:first-child) .cell-value")).toHaveText(expected.reverse().flat());
});

test("what becomes final shows by itself", async ({ page, own }) => {
  await page.goto(`${own.url}/jobs/${own.job}`);
  const work = page.getByRole("region", { name: "Conversions", exact: true });
  await expect(work).toContainText("No work was converted yet");
  await expect(page.getByText("Live: events as they come.")).toBeVisible();
  await own.sql("UPDATE watermark SET finalized_slot = confirmed_slot; UPDATE blocks SET status = 'finalized'");
  await expect(work.getByRole("row")).toHaveCount(2);
});

test("what becomes final shows without the service's stream, too", async ({ page, own }) => {
  await page.route("**/v1/events/stream**", (route) =>
    route.fulfill({ status: 503, contentType: "application/problem+json", body: "{}" }),
  );
  await page.goto(`${own.url}/jobs/${own.job}`);
  await expect(page.getByText("Live: asked anew every 5 seconds.")).toBeVisible();
  await own.sql("UPDATE watermark SET finalized_slot = confirmed_slot; UPDATE blocks SET status = 'finalized'");
  await expect(page.getByRole("region", { name: "Conversions", exact: true }).getByRole("row")).toHaveCount(2);
});

test("what the service cannot answer is said beside the figures of before, which stay", async ({ page, own }) => {
  await page.goto(own.url);
  const supply = page.getByRole("region", { name: "Supply", exact: true });
  await expect(supply.locator(".source")).toContainText("slot");
  await page.route("**/v1/supply**", (route) =>
    route.fulfill({
      status: 503,
      contentType: "application/problem+json",
      body: JSON.stringify({
        type: "/problems/x",
        title: "Database away",
        status: 503,
        detail: "The database does not answer; try again.",
        reference: "abc",
      }),
    }),
  );
  // News, so that the page asks again.
  await own.sql("UPDATE watermark SET finalized_slot = confirmed_slot; UPDATE blocks SET status = 'finalized'");
  await expect(supply.getByRole("alert")).toContainText("The database does not answer; try again.");
  await expect(supply.getByRole("table")).toContainText("circulating");
  await page.unroute("**/v1/supply**");
  await supply.getByRole("button", { name: "Try again" }).click();
  await expect(supply.getByRole("alert")).toHaveCount(0);
});

test("the keyboard reaches the figures at once, and a new view has the focus at its heading", async ({
  page,
  service,
}) => {
  await page.goto(service.url);
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to the figures" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("main")).toBeFocused();
  await page.getByRole("navigation", { name: "Views" }).getByRole("link", { name: "Jobs" }).click();
  await expect(page).toHaveURL(`${service.url}/jobs`);
  await expect(page).toHaveTitle("Jobs · Tally");
  await expect(page.getByRole("heading", { level: 1 })).toBeFocused();
  await page.goBack();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("What work was paid");
});

test("an address that is searched for leads to what it is", async ({ page, service }) => {
  await page.goto(service.url);
  const search = page.getByRole("searchbox");
  await search.fill("not an address");
  await search.press("Enter");
  await expect(page.getByRole("search").getByRole("alert")).toContainText("not an address");
  for (const [address, view] of [
    [service.job, "jobs"],
    [service.provider, "providers"],
  ] as const) {
    await search.fill(address);
    await search.press("Enter");
    await expect(page).toHaveURL(`${service.url}/${view}/${address}`);
  }
});

test("the colours that were chosen are there again on the next visit, before the first paint", async ({
  page,
  service,
}) => {
  await page.goto(service.url);
  const paper = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await paper();
  await page.getByRole("button", { name: "Switch to dark colours" }).click();
  const dark = await paper();
  expect(dark).not.toBe(light);
  await page.reload({ waitUntil: "commit" });
  await page.waitForFunction(() => document.documentElement.dataset.theme === "dark");
  expect(await paper()).toBe(dark);
});

test("the state of the chain that was chosen goes along with every link", async ({ page, service }) => {
  await page.goto(service.url);
  await page.getByRole("radio", { name: "confirmed state" }).check();
  await expect(page.getByRole("region", { name: "Supply", exact: true }).locator(".source")).toContainText("confirmed");
  await page.getByRole("navigation", { name: "Views" }).getByRole("link", { name: "Jobs" }).click();
  await expect(page).toHaveURL(`${service.url}/jobs?commitment=confirmed`);
});
