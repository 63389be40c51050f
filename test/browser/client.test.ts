// The client in a real Chromium, from its sources as modules, against a server of another origin.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { serveThings } from "../../src/client/client.fixture.ts";
import { needsChromium, startChromium } from "./chromium.ts";
import type { PageFunction } from "./client-page.ts";
import { type ModuleServer, serveModules } from "./module-server.ts";

let browser: Browser | undefined;
let modules: ModuleServer | undefined;
let page: Page;
const troubles: string[] = [];

before(async () => {
  if (needsChromium.skip !== false) return;
  browser = await startChromium();
  modules = await serveModules("test/browser/client-page.ts");
  page = await browser.newPage();
  page.on("pageerror", (error) => troubles.push(String(error)));
  await page.goto(modules.url);
  await page.waitForFunction("globalThis.page !== undefined", undefined, { timeout: 20_000 });
});

after(async () => {
  await browser?.close();
  modules?.close();
});

/** Runs one of the page's functions. */
function inPage(name: PageFunction, url: string): Promise<unknown> {
  return page.evaluate(`globalThis.page[${JSON.stringify(name)}](${JSON.stringify(url)})`);
}

test("queries and commands in a browser", needsChromium, async (t) => {
  const { url, calls } = await serveThings(t);
  assert.deepEqual(await inPage("unary", url), [{ id: "a/b ü", size: 1, colour: "red" }, { id: "new", size: 3 }, true]);
  assert.match(calls[1]?.idempotencyKey ?? "", /^[0-9a-f]{32}$/);
});

test("a failure in a browser is known by its reason, with its details", needsChromium, async (t) => {
  const { url } = await serveThings(t);
  assert.deepEqual(await inPage("failure", url), ["NOT_FOUND", 3, ["here", "there"]]);
});

test("what is refused, aborted or unreachable in a browser says so, on a WebSocket too", needsChromium, async (t) => {
  const { url } = await serveThings(t);
  const refused = "CREDENTIAL_INVALID";
  const others = ["CANCELLED", "DEADLINE_EXCEEDED", "UNREACHABLE"];
  assert.deepEqual(await inPage("refusals", url), [refused, refused, refused, refused, refused, ...others]);
});

test("a server stream in a browser is read as it comes", needsChromium, async (t) => {
  const { url, calls } = await serveThings(t);
  assert.deepEqual(await inPage("serverStream", url), [[1, 2, 3], 5, "BROKEN"]);
  const { signal } = calls[0] ?? assert.fail("no call");
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
});

test("a client stream in a browser sends its items as one body", needsChromium, async (t) => {
  const { url } = await serveThings(t);
  assert.equal(await inPage("clientStream", url), 5050);
});

test("a talk in a browser goes over a WebSocket, its token beside the subprotocol", needsChromium, async (t) => {
  const { url } = await serveThings(t);
  assert.deepEqual(await inPage("talk", url), [["one", "two"], 2, "BROKEN"]);
});

test("nothing went wrong in the page", needsChromium, () => {
  assert.deepEqual(troubles, []);
});
