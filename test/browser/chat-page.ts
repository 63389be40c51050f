// The reference service's page, as its tests use it: what one does on it, and what it shows.

import assert from "node:assert/strict";
import type { Page } from "playwright-core";

/** Enough for every password that is asked for. */
export const password = "correct horse battery";

/** Creates an account on the page, which signs in. Its address is made of the name. */
export async function register(page: Page, name: string, email = `${name.toLowerCase()}@example.com`): Promise<void> {
  const form = page.locator("#register");
  await form.getByLabel("Name").fill(name);
  await form.getByLabel("Email address").fill(email);
  await form.getByLabel("Password").fill(password);
  await form.getByRole("button").click();
  await page.locator("#chat").waitFor();
}

/** Creates a channel on the page, which opens it. */
export async function createChannel(page: Page, name: string): Promise<void> {
  await page.getByLabel("New channel").fill(name);
  await page.getByRole("button", { name: "Create", exact: true }).click();
  await isLive(page, name);
}

/** Opens a channel of the list, and joins it if need be. */
export async function openChannel(page: Page, name: string, join = false): Promise<void> {
  await page.getByRole("navigation").getByRole("button", { name }).click();
  if (join) await page.getByRole("button", { name: "Join" }).click();
  await isLive(page, name);
}

/** Resolves when the channel is open and connected. */
export async function isLive(page: Page, name: string): Promise<void> {
  await page.getByRole("region", { name }).getByText("Live", { exact: true }).waitFor();
}

/** Sends a message by the form. */
export async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel("Message", { exact: false }).and(page.locator("textarea")).fill(text);
  await page.getByRole("button", { name: "Send" }).click();
}

const texts = '[...document.querySelectorAll("#message-list article > p:last-child")].map((it) => it.textContent)';

/** The messages shown. */
export function textsIn(page: Page): Promise<string[]> {
  return page.evaluate(texts) as Promise<string[]>; // what it is made of
}

/** Resolves when the messages shown are these, in this order; rejects with the difference if that does not come. */
export async function shows(page: Page, wanted: readonly string[]): Promise<void> {
  await becomes(page, `JSON.stringify(${texts}) === ${JSON.stringify(JSON.stringify(wanted))}`);
  assert.deepEqual(await textsIn(page), wanted);
}

/** Resolves when what an expression says of the page comes true, or after a long time. */
async function becomes(page: Page, expression: string): Promise<void> {
  // Not `waitForFunction`, which makes code out of text: the page's policy has none of that.
  await page.evaluate(`new Promise((resolve) => {
    const look = () => (${expression}) && resolve();
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true });
    setTimeout(resolve, 20_000);
    look();
  })`);
}

/** Resolves when the page says this problem. */
export async function tells(page: Page, problem: string | RegExp): Promise<void> {
  await page.getByRole("alert").filter({ hasText: problem }).waitFor();
}

/** Presses Tab until the focus is there. */
export async function tabTo(page: Page, selector: string): Promise<void> {
  for (let presses = 0; presses < 100; presses++) {
    await page.keyboard.press("Tab");
    if (await hasFocus(page, selector)) return;
  }
  assert.fail(`Tab never comes to ${selector}`);
}

/** Whether what has the focus is this. */
export function hasFocus(page: Page, selector: string): Promise<boolean> {
  return page.evaluate(`document.activeElement.matches(${JSON.stringify(selector)})`);
}

/** The access token that the page has. */
export function tokenOf(page: Page): Promise<string> {
  return page.evaluate('sessionStorage.getItem("token")') as Promise<string>; // somebody is signed in
}

/** The id of the channel that is open. */
export function channelOf(page: Page): Promise<string> {
  return page.evaluate('document.querySelector("[aria-current]").dataset.channel') as Promise<string>; // one is open
}
