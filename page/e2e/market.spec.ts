/**
 * A job from its opening to its closing on the page, on the demo's chain, with a provider that works it from the command
 * line meanwhile and then claims on the page.
 *
 *   scripts/demo --then page/run-tests market
 */

import { readFileSync, writeFileSync } from "node:fs";
import { serves } from "../src/wallet/forms";
import { Chain, Key } from "./chain";
import { expect, test } from "@playwright/test";
import { withWallet } from "./wallet";

const { TALLY_API: url, TALLY_RPC: rpc, TALLY_NETWORK: file } = process.env;

test.skip(!url || !rpc || !file, "needs the demo's network");
test.setTimeout(180_000);

test("a consumer opens a job, watches it settle and closes it; the provider claims", async ({
  page,
  browser,
}, info) => {
  const network = JSON.parse(readFileSync(file ?? "", "utf8")) as { mint: string; guest_keypair: string };
  const chain = new Chain(rpc ?? "");
  const consumer = Key.read(network.guest_keypair);
  const provider = Key.make(info.outputPath("provider.json"));
  const session = Key.make(info.outputPath("session.json"));
  await chain.endow(provider.address, network.mint, 1_000_000_000_000n);
  await chain.tally(provider, "provider", "register", "--rate", "1=2.50");
  await chain.tally(provider, "provider", "stake", "100");

  await withWallet(page, {
    ...consumer,
    address: consumer.address,
    sign: (transaction) => chain.send(consumer, transaction),
  });
  await page.goto(`${url}/consumers/${consumer.address}?commitment=confirmed`);
  await page.getByRole("main").getByRole("button", { name: "Connect a wallet" }).click();
  await page.getByRole("button", { name: "Test Wallet" }).click();
  const { provider: account } = (
    (await (await fetch(`${url}/v1/providers/${provider.address}?commitment=confirmed`)).json()) as {
      data: { provider: string };
    }
  ).data;
  await page.getByRole("radio", { name: account }).check();
  await page.getByRole("button", { name: /Open a job with/ }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Budget in USD").fill("25");
  await dialog.getByLabel("Session key").fill(session.address);
  await dialog.getByRole("button", { name: "Open job: review" }).click();
  await expect(dialog.locator(".message")).toContainText("25 USD of work at 2.5 USD per GPU hour");
  await dialog.getByRole("button", { name: "Sign with Test Wallet" }).click();
  await dialog.getByRole("link", { name: "Follow the job" }).click({ timeout: 60_000 });

  const state = page.getByRole("region", { name: "Where it stands" }).locator(".panel-head .state");
  const job = new URL(page.url()).pathname.split("/").at(-1) ?? "";
  await expect(state).toHaveText("offered", { timeout: 30_000 });
  await chain.tally(provider, "provider", "accept", job);
  await expect(state).toHaveText("assigned", { timeout: 30_000 });
  await chain.tally(provider, "provider", "start", job);
  await expect(state).toHaveText("running", { timeout: 30_000 });

  const receipt = info.outputPath("receipt");
  await expect(async () => {
    writeFileSync(
      receipt,
      await chain.tally(
        consumer,
        "consumer",
        "sign-receipt",
        job,
        "--session-key",
        session.file,
        "--gpu-hours",
        "0.001",
      ),
    );
  }).toPass({ timeout: 60_000 });
  await chain.tally(provider, "provider", "settle", `@${receipt}`);
  await expect(page.getByRole("region", { name: "Conversions" }).getByRole("row")).toHaveCount(2, { timeout: 30_000 });
  await expect(page.getByRole("region", { name: "Work" }).locator(".headline")).toContainText("$0.003 settled", {
    timeout: 30_000,
  });

  if (serves("close-job")) {
    await page.getByRole("button", { name: "Close the job" }).click();
    await dialog.getByRole("button", { name: /review$/ }).click();
    await dialog.getByRole("button", { name: "Sign with Test Wallet" }).click();
    await expect(dialog).toContainText("the chain has confirmed it", { timeout: 60_000 });
    await dialog.getByRole("button", { name: "Close", exact: true }).first().click();
  } else {
    await chain.tally(consumer, "consumer", "close", job);
  }
  await expect(state).toHaveText("closing", { timeout: 30_000 });

  const other = await browser.newContext();
  const claiming = await other.newPage();
  await withWallet(claiming, {
    ...provider,
    address: provider.address,
    sign: (transaction) => chain.send(provider, transaction),
  });
  await claiming.goto(`${url}/providers/${account}?commitment=confirmed`);
  const rewards = claiming.getByRole("region", { name: "Rewards to claim" });
  await expect(rewards.locator(".headline")).not.toHaveText(/^0(\.0+)? tokens/);
  await claiming.getByRole("button", { name: "Connect a wallet" }).click();
  await claiming.getByRole("button", { name: "Test Wallet" }).click();
  await rewards.getByRole("button", { name: "Claim earnings" }).click();
  await claiming.getByRole("dialog").getByRole("button", { name: "Claim: review" }).click();
  await claiming.getByRole("dialog").getByRole("button", { name: "Sign with Test Wallet" }).click();
  await expect(claiming.getByRole("dialog")).toContainText("the chain has confirmed it", { timeout: 60_000 });
  await claiming.getByRole("dialog").getByRole("button", { name: "Close", exact: true }).first().click();
  await expect(rewards.getByRole("button", { name: "Claim earnings" })).toBeDisabled({ timeout: 30_000 });
  await other.close();
});
