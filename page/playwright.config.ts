import { defineConfig } from "@playwright/test";

/** The machine's own browser: nothing is downloaded. */
const chromium = {
  executablePath: process.env.TALLY_CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
};
const wide = { viewport: { width: 1280, height: 900 } };
const phone = { viewport: { width: 360, height: 780 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };

/** What is looked at in every colour and width. */
const looks = /(views|dialogs)\.spec/;

export default defineConfig({
  testDir: "e2e",
  outputDir: "../.tally/page-tests",
  workers: 1,
  timeout: 30_000,
  expect: { timeout: 10_000 },
  forbidOnly: !!process.env.CI,
  reporter: [["list"]],
  use: { launchOptions: chromium, reducedMotion: "reduce", timezoneId: "America/New_York", locale: "en-US" },
  projects: [
    { name: "light", use: { ...wide, colorScheme: "light" } },
    { name: "dark", use: { ...wide, colorScheme: "dark" }, testMatch: looks },
    { name: "phone", use: { ...phone, colorScheme: "light" }, testMatch: looks },
    { name: "phone-dark", use: { ...phone, colorScheme: "dark" }, testMatch: looks },
  ],
});
