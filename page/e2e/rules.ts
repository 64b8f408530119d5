/** What every view and every dialog must keep to. */

import AxeBuilder from "@axe-core/playwright";
import { type Page, expect } from "@playwright/test";

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

interface Finding {
  id: string;
  nodes: { html: string }[];
}
const told = ({ id, nodes }: Finding) => `${id}: ${nodes.map(({ html }) => html).join("\n")}`;

/** No rule of accessibility is broken, and nothing lies beside the screen. */
export async function keepsTheRules(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).withTags(TAGS).analyze();
  expect(violations.map(told)).toEqual([]);
  await hasContrast(page);
  const beside = await page.evaluate(() =>
    [document.documentElement, ...document.querySelectorAll("dialog")]
      .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
      .map(({ tagName }) => tagName),
  );
  expect(beside, "nothing is beside the screen").toEqual([]);
}

/**
 * Text on a dialog has contrast, and none of it is in doubt. axe takes what is under a dialog for what is before it, and
 * then does not judge: all else is hidden meanwhile. Of a dialog on another one it keeps doubts all the same.
 */
async function hasContrast(page: Page): Promise<void> {
  const alone = (alone: boolean) =>
    page.evaluate((alone) => {
      const dialogs = [...document.querySelectorAll("dialog")];
      for (const { style } of [document.body, ...dialogs.slice(0, -1)]) style.visibility = alone ? "hidden" : "";
    }, alone);
  const count = await page.locator("dialog").count();
  if (count === 0) return;
  await alone(true);
  const { violations, incomplete, passes } = await new AxeBuilder({ page }).withRules("color-contrast").analyze();
  await alone(false);
  expect(violations.map(told)).toEqual([]);
  if (count > 1) return;
  expect(incomplete.map(told)).toEqual([]);
  expect(passes, "it was judged").not.toEqual([]);
}

/** A picture, if they are wanted; of the whole page, or of what is on the screen. */
export async function picture(page: Page, name: string, whole: boolean): Promise<void> {
  const folder = process.env.TALLY_SCREENSHOTS;
  if (folder) await page.screenshot({ path: `${folder}/${name.replaceAll(" ", "-")}.png`, fullPage: whole });
}
