/** What every view and every dialog must keep to. */

import AxeBuilder from "@axe-core/playwright";
import { type Page, expect } from "@playwright/test";

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** No rule of accessibility is broken, and nothing lies beside the screen. */
export async function keepsTheRules(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).withTags(TAGS).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join("\n")}`)).toEqual([]);
  const beside = await page.evaluate(() =>
    [document.documentElement, ...document.querySelectorAll("dialog")]
      .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
      .map(({ tagName }) => tagName),
  );
  expect(beside, "nothing is beside the screen").toEqual([]);
}

/** A picture, if they are wanted; of the whole page, or of what is on the screen. */
export async function picture(page: Page, name: string, whole: boolean): Promise<void> {
  const folder = process.env.TALLY_SCREENSHOTS;
  if (folder) await page.screenshot({ path: `${folder}/${name.replaceAll(" ", "-")}.png`, fullPage: whole });
}
