// The reference service's page, as its tests use it: who visits it, what it shows, and all that goes wrong in it.

import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";

/** Enough for every password that is asked for. */
export const password = "correct horse battery";

/** A page in a browser context of its own. */
export interface Visitor {
  readonly page: Page;
  /** Lets what the browser logs by itself of an expected refusal or a lost connection pass. */
  expect(trouble: RegExp): void;
}

/**
 * Opens the page. When the test ends, nothing must have gone wrong in it: no error or warning in the console (whatever the
 * Content-Security-Policy refuses is one), no exception, no request to another origin.
 */
export async function visit(
  t: TestContext,
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Visitor> {
  const context = await browser.newContext({ locale: "en-GB", ...options });
  const page = await context.newPage();
  const troubles: string[] = [];
  const expected: RegExp[] = [];
  const { host } = new URL(url);
  const requested = (address: string): void => {
    if (new URL(address).host !== host) troubles.push(`a request to ${address}`);
  };
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) troubles.push(`${message.text()} ${message.location().url}`);
  });
  page.on("pageerror", (error) => troubles.push(String(error)));
  page.on("request", (request) => requested(request.url()));
  page.on("websocket", (socket) => requested(socket.url()));
  t.after(async () => {
    await context.close();
    assert.deepEqual(
      troubles.filter((trouble) => !expected.some((pattern) => pattern.test(trouble))),
      [],
    );
  });
  await page.goto(url);
  return { page, expect: (trouble) => void expected.push(trouble) };
}

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

/** Resolves when the messages shown are these, in this order; rejects with the difference if that does not come. */
export async function shows(page: Page, texts: readonly string[]): Promise<void> {
  const shown = '[...document.querySelectorAll("#message-list article > p:last-child")].map((it) => it.textContent)';
  await becomes(page, `JSON.stringify(${shown}) === ${JSON.stringify(JSON.stringify(texts))}`);
  assert.deepEqual(await page.evaluate(shown), texts);
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
