/** Signing: what the wallet is asked for, what is shown before, and what becomes of it. */

import { base58 } from "../src/wallet/encoding";
import { type OwnService, expect, test } from "./service";
import { type TestWallet, withWallet } from "./wallet";

const SIGNATURE = Array.from({ length: 64 }, (_, at) => at + 1);

/** Has an event in the next slot, as if the chain had taken the transaction with this signature. */
async function happens(own: OwnService, name: string): Promise<void> {
  const signature = base58(Uint8Array.from(SIGNATURE));
  await own.sql(
    `INSERT INTO events (slot, signature, tx_index, instruction, inner_index, name, at, body, data, applied)
       VALUES (124, '${signature}', 0, 1, 0, '${name}', 1793901600, '{"at": 1793901600}', '', TRUE)`,
  );
}

test("a provider's rewards are claimed after the page has said what will be signed", async ({ page, own }) => {
  let signed = "";
  await withWallet(page, {
    address: own.authority,
    sign: (transaction) => {
      signed = transaction;
      return SIGNATURE;
    },
  });
  await page.goto(`${own.url}/providers/${own.provider}`);
  await page.getByRole("button", { name: "Connect a wallet" }).click();
  await page.getByRole("button", { name: "Test Wallet" }).click();
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await page.getByRole("button", { name: "Claim earnings" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Claim: review" }).click();
  await expect(dialog.locator(".message")).toContainText("mints 7 tokens");
  await expect(dialog).toContainText("SOL");
  expect(signed, "nothing was asked of the wallet yet").toBe("");
  await dialog.getByRole("button", { name: "Sign with Test Wallet" }).click();
  await expect(dialog).toContainText("Waiting until the chain has confirmed it");
  await happens(own, "Claimed");
  await expect(dialog).toContainText("the chain has confirmed it");
  expect(atob(signed).length).toBeGreaterThan(100);
});

test("a job is opened with the chosen provider, and leads to its own view", async ({ page, own }) => {
  await withWallet(page, { address: own.consumer, sign: () => SIGNATURE });
  await page.goto(`${own.url}/consumers/${own.consumer}`);
  await page.getByRole("main").getByRole("button", { name: "Connect a wallet" }).click();
  await page.getByRole("button", { name: "Test Wallet" }).click();
  await page.getByRole("button", { name: /Open a job with/ }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByLabel("USD per GPU hour")).toHaveValue("2.5");
  await dialog.getByRole("button", { name: "Open job: review" }).click();
  await expect(dialog.getByRole("alert")).toContainText("Budget in USD is missing");
  await dialog.getByLabel("Budget in USD").fill("25");
  await dialog.getByRole("button", { name: "Open job: review" }).click();
  await expect(dialog.locator(".message")).toContainText("offered up to 25 USD of work at 2.5 USD per GPU hour");
  await dialog.getByRole("button", { name: "Sign with Test Wallet" }).click();
  await happens(own, "JobOpened");
  const link = dialog.getByRole("link", { name: "Follow the job" });
  await expect(link).toHaveAttribute("href", /^\/jobs\/[1-9A-HJ-NP-Za-km-z]+\?commitment=confirmed$/);
});

test("what the API refuses is said in its words, and can be put right", async ({ page, own }) => {
  await withWallet(page, { address: own.consumer });
  await page.goto(`${own.url}/consumers/${own.consumer}`);
  await page.getByRole("main").getByRole("button", { name: "Connect a wallet" }).click();
  await page.getByRole("button", { name: "Test Wallet" }).click();
  await page.getByRole("button", { name: /Open a job with/ }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Budget in USD").fill("1000000");
  await dialog.getByRole("button", { name: "Open job: review" }).click();
  await expect(dialog.getByRole("alert")).toContainText("name less or get more");
  await dialog.getByLabel("Budget in USD").fill("5");
  await dialog.getByRole("button", { name: "Open job: review" }).click();
  await expect(dialog.locator(".message")).toBeVisible();
});

test("what the wallet refuses is said, and nothing is lost", async ({ page, own }) => {
  await withWallet(page, {
    address: own.authority,
    sign: () => {
      throw new Error("The person said no.");
    },
  });
  await page.goto(`${own.url}/providers/${own.provider}`);
  await page.getByRole("button", { name: "Connect a wallet" }).click();
  await page.getByRole("button", { name: "Test Wallet" }).click();
  await page.getByRole("button", { name: "Claim earnings" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Claim: review" }).click();
  await dialog.getByRole("button", { name: "Sign with Test Wallet" }).click();
  await expect(dialog.getByRole("alert")).toContainText("The person said no.");
  await expect(dialog.getByRole("button", { name: "Sign with Test Wallet" })).toBeEnabled();
});

for (const [what, wallet, words] of [
  ["cannot send", { sends: false }, "does not send"],
  ["is on another network", { chains: ["solana:devnet"] }, "does not know solana:mainnet"],
] satisfies [string, Partial<TestWallet>, string][]) {
  test(`a wallet that ${what} is told from one that can`, async ({ page, own }) => {
    await withWallet(page, { address: own.authority, ...wallet });
    await page.goto(`${own.url}/providers/${own.provider}`);
    await page.getByRole("button", { name: "Connect a wallet" }).click();
    await page.getByRole("button", { name: "Test Wallet" }).click();
    await page.getByRole("button", { name: "Claim earnings" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Claim: review" }).click();
    const sign = dialog.getByRole("button", { name: "Sign with Test Wallet" });
    if (await sign.isEnabled()) await sign.click();
    await expect(dialog.getByRole("alert").last()).toContainText(words);
  });
}

test("a wallet that was connected is again after the page was loaded anew, until it is disconnected", async ({
  page,
  own,
}) => {
  await withWallet(page, { address: own.consumer });
  await page.goto(own.url);
  await page.getByRole("button", { name: "Connect a wallet" }).click();
  await page.getByRole("button", { name: "Test Wallet" }).click();
  await page.reload();
  const button = page.getByRole("button", { name: "Connected" });
  await button.click();
  await page.getByRole("dialog").getByRole("link", { name: "My jobs as a consumer" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Your jobs");
  await expect(page.getByRole("heading", { level: 1 })).toBeFocused();
  await button.click();
  await page.getByRole("button", { name: "Disconnect" }).click();
  await expect(page.getByRole("button", { name: "Connect a wallet" }).first()).toBeVisible();
  await page.reload();
  await expect(page.getByRole("button", { name: "Connect a wallet" }).first()).toBeVisible();
});
