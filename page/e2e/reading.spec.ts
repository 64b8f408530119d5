/** Reading: figures equal the API's, change when the chain does, and can be got at by keyboard and without a picture. */

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
