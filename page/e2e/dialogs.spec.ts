/** Every dialog, light and dark, wide and narrow: each form, what is reviewed, what came of it; and that the keyboard finds in and out. */

import type { Locator, Page } from "@playwright/test";
import { base58 } from "../src/wallet/encoding";
import { keepsTheRules, picture } from "./rules";
import { type Service, expect, test } from "./service";
import { withWallet } from "./wallet";

const SIGNATURE = Array.from({ length: 64 }, (_, at) => at + 1);

/** Opens a view with a wallet that was connected there. */
async function visit(page: Page, address: string, url: string): Promise<void> {
  await withWallet(page, { address, sign: () => SIGNATURE });
  await page.addInitScript(() => localStorage.setItem("wallet", "Test Wallet"));
  await page.goto(url);
  await expect(page.getByRole("button", { name: "Connected" })).toBeVisible();
}

/** Has a job's view show it in another state; nothing of it is signed. */
async function inState(page: Page, { job }: Service, state: string): Promise<void> {
  await page.route(`**/v1/jobs/${job}?*`, async (route) => {
    const reply = await route.fetch();
    const answer = (await reply.json()) as { data: { state: string } };
    answer.data.state = state;
    await route.fulfill({ response: reply, json: answer });
  });
}

/** Opens the dialog of each button, and closes it as the keyboard does. */
async function eachForm(page: Page, within: Locator, buttons: readonly string[], name: string): Promise<void> {
  for (const button of buttons) {
    const opener = within.getByRole("button", { name: button, exact: true });
    await opener.click();
    const dialog = page.getByRole("dialog");
    await expect(dialog.getByRole("button", { name: /: review$/ }), button).toBeVisible();
    await expect(dialog).toHaveAccessibleName(/\w/);
    await keepsTheRules(page);
    await picture(page, `${name} ${button}`, false);
    await page.keyboard.press("Escape");
    await expect(dialog).toHaveCount(0);
    await expect(opener, "the focus is where it was").toBeFocused();
  }
}

const ON_JOBS: { who: "consumer" | "authority"; state: string; buttons: string[] }[] = [
  { who: "consumer", state: "open", buttons: ["Accept the best bid", "Top up", "Cancel the job"] },
  { who: "consumer", state: "running", buttons: ["Close the job", "Change the session key"] },
  { who: "consumer", state: "settling", buttons: ["Convert the work", "Take it further"] },
  { who: "consumer", state: "closed", buttons: ["Pay what is due"] },
  { who: "authority", state: "offered", buttons: ["Accept the job"] },
  { who: "authority", state: "assigned", buttons: ["Start the job"] },
  { who: "authority", state: "running", buttons: ["Send a receipt", "Close the job"] },
];

for (const { who, state, buttons } of ON_JOBS) {
  const name = `a ${who === "consumer" ? "consumer" : "provider"} on a job that is ${state}`;
  test(`the forms of ${name} break no rule`, async ({ page, service }, info) => {
    await inState(page, service, state);
    await visit(page, service[who], `${service.url}/jobs/${service.job}`);
    await eachForm(page, page.getByRole("main"), buttons, `form ${info.project.name}`);
  });
}

test("the forms of a provider on its own view break no rule", async ({ page, service }, info) => {
  await visit(page, service.authority, `${service.url}/providers/${service.provider}`);
  const buttons = ["Add stake", "Ask stake back", "Withdraw stake", "Claim earnings", "Claim rebates"];
  await eachForm(page, page.getByRole("main"), buttons, `form ${info.project.name}`);
});

test("a job is asked for, complained of, reviewed and sent without a rule broken", async ({ page, own }, info) => {
  const shot = (name: string) => picture(page, `dialog ${name} ${info.project.name}`, false);
  await visit(page, own.consumer, `${own.url}/consumers/${own.consumer}`);
  await page.getByRole("button", { name: /Open a job with/ }).click();
  const dialog = page.getByRole("dialog");
  const review = dialog.getByRole("button", { name: "Open job: review" });
  await review.click();
  await expect(dialog.getByRole("alert")).toContainText("Budget in USD is missing");
  await keepsTheRules(page);
  await shot("form");
  await dialog.getByLabel("Budget in USD").fill("25");
  await review.click();
  await expect(dialog.getByRole("table", { name: "What it moves" })).toBeVisible();
  await keepsTheRules(page);
  await shot("review");
  await dialog.getByRole("button", { name: "Sign with Test Wallet" }).click();
  await expect(dialog).toContainText("Waiting until the chain has confirmed it");
  await keepsTheRules(page);
  await own.sql(
    `INSERT INTO events (slot, signature, tx_index, instruction, inner_index, name, at, body, data, applied)
       VALUES (124, '${base58(Uint8Array.from(SIGNATURE))}', 0, 1, 0, 'JobOpened', 1793901600, '{"at": 1793901600}', '', TRUE)`,
  );
  await expect(dialog.getByRole("link", { name: "Follow the job" })).toBeVisible();
  await keepsTheRules(page);
  await shot("outcome");
});

test("what the service and the wallet refuse breaks no rule", async ({ page, service }) => {
  await withWallet(page, { address: service.authority, sends: false });
  await page.addInitScript(() => localStorage.setItem("wallet", "Test Wallet"));
  await page.goto(`${service.url}/providers/${service.provider}`);
  const dialog = page.getByRole("dialog");
  await page.getByRole("button", { name: "Claim earnings" }).click();
  await dialog.getByRole("button", { name: "Claim: review" }).click();
  await expect(dialog.getByRole("alert")).toContainText("does not send");
  await keepsTheRules(page);
  await page.keyboard.press("Escape");
  await page.route("**/v1/actions/claim?*", (route) => route.abort());
  await page.getByRole("button", { name: "Claim earnings" }).click();
  await expect(dialog.getByRole("alert")).toContainText("does not answer");
  await keepsTheRules(page);
});

test("the dialogs that connect a wallet break no rule", async ({ page, service }, info) => {
  const shot = (name: string) => picture(page, `dialog ${name} ${info.project.name}`, false);
  const dialog = page.getByRole("dialog");
  await page.goto(service.url);
  await page.getByRole("button", { name: "Connect a wallet" }).click();
  await expect(dialog).toContainText("no wallet for Solana");
  await keepsTheRules(page);
  await shot("no wallet");

  await withWallet(page, { address: service.consumer });
  await page.goto(`${service.url}/providers/${service.provider}`);
  await page.getByRole("banner").getByRole("button", { name: "Connect a wallet" }).click();
  await expect(dialog.getByRole("button", { name: "Test Wallet" })).toBeVisible();
  await keepsTheRules(page);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Open a job here" }).click();
  // One dialog above the other.
  await dialog.getByRole("button", { name: "Connect a wallet to go on" }).click();
  await expect(dialog.last().getByRole("button", { name: "Test Wallet" })).toBeVisible();
  await keepsTheRules(page);
  await shot("connect");
  await dialog.last().getByRole("button", { name: "Test Wallet" }).click();
  await expect(dialog).toHaveCount(1);
  await expect(dialog.getByRole("button", { name: "Open job: review" })).toBeVisible();
  await page.keyboard.press("Escape");

  await page.getByRole("button", { name: "Connected" }).click();
  await expect(dialog.getByRole("link", { name: "My jobs as a consumer" })).toBeVisible();
  await keepsTheRules(page);
  await shot("connected");
});
