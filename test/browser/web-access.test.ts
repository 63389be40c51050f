// The reference service's page in a real Chromium: who comes in, what he may see, and that everybody can use it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import { violationsOf } from "./axe.ts";
import {
  createChannel,
  hasFocus,
  isLive,
  openChannel,
  password,
  register,
  say,
  shows,
  tabTo,
  tells,
  tokenOf,
} from "./chat-page.ts";
import { type ChatSite, startSite, visit } from "./chat-site.ts";
import { needsChromium } from "./chromium.ts";

let site: ChatSite;
before(async () => {
  if (needsChromium.skip === false) site = await startSite();
});
after(() => site?.stop());

test("a short password, a taken address and a wrong password are told", needsChromium, async (t) => {
  const { page, expect } = await visit(t, site);
  expect(/status of (400|401|409)/);
  const form = page.locator("#register");
  await register(page, "Olga");
  await page.getByRole("button", { name: "Sign out" }).click();
  assert.ok(await hasFocus(page, "#sign-in [name=email]"));
  assert.equal(await form.getByLabel("Password").inputValue(), "", "nothing of who was here stays");

  await form.getByLabel("Name").fill("Olga II");
  await form.getByLabel("Email address").fill("olga@example.com");
  await form.getByLabel("Password").pressSequentially("short");
  await form.getByRole("button").click();
  const told = await form
    .getByLabel("Password")
    .evaluate((input: { validationMessage: string }) => input.validationMessage);
  assert.match(String(told), /8 characters/, "by the browser, before anything is sent");
  await form.getByLabel("Password").fill("😀 seven");
  await form.getByRole("button").click();
  await tells(page, "Password: must have at least 8 characters.");
  await form.getByLabel("Password").fill(password);
  await form.getByRole("button").click();
  await tells(page, "There is an account with this email address already");

  const signIn = page.locator("#sign-in");
  await signIn.getByLabel("Email address").fill("olga@example.com");
  await signIn.getByLabel("Password").fill("wrong");
  await signIn.getByRole("button").click();
  await tells(page, "The email address or the password is wrong");
  await signIn.getByLabel("Password").fill(password);
  await signIn.getByRole("button").click();
  await page.locator("#who").getByText("Olga").waitFor();
  assert.equal(await page.getByRole("alert").textContent(), "");
  await page.reload();
  await page.locator("#who").getByText("Olga").waitFor();
});

test("a session that is over leads to signing in again, and says so", needsChromium, async (t) => {
  const { page, expect } = await visit(t, site);
  expect(/status of 401/);
  await register(page, "Dora");
  await createChannel(page, "over");
  const { id } = await site.call(await tokenOf(page), "GET", "/me");
  const expired = await site.expiredToken(id);
  const ways: (() => Promise<unknown>)[] = [
    () => page.getByRole("navigation").getByRole("button", { name: "over" }).click(),
    () =>
      page
        .getByLabel("Search messages")
        .fill("tea")
        .then(() => page.keyboard.press("Enter")),
    () => page.reload(),
    () => page.evaluate("dispatchEvent(new Event('focus'))"),
  ];
  for (const way of ways) {
    await page.evaluate(`sessionStorage.setItem("token", ${JSON.stringify(expired)})`);
    await way();
    await tells(page, "Your session is over: sign in again.");
    assert.ok(await page.locator("#chat").isHidden());
    assert.equal(await page.getByText("over", { exact: true }).count(), 0, "nothing of what was read stays");
    await page.locator("#sign-in").getByLabel("Email address").fill("dora@example.com");
    await page.locator("#sign-in").getByLabel("Password").fill(password);
    await page.keyboard.press("Enter");
    await page.locator("#channels").getByText("over").waitFor();
    assert.equal(await page.getByRole("alert").textContent(), "");
  }
});

test("what comes after its asker has signed out is not shown to who signs in next", needsChromium, async (t) => {
  const { page } = await visit(t, site);
  await register(page, "Nora");
  const token = await tokenOf(page);
  const { id } = await site.call(token, "POST", "/channels", { name: "diary", private: true });
  await site.call(token, "POST", `/channels/${id}/messages`, { body: "Nobody reads this" });
  await page.evaluate(holdSearches);
  await page.getByLabel("Search messages").fill("nobody");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Sign out" }).click();
  await register(page, "Omar");
  await page.evaluate("release()");
  await page.getByLabel("Search messages").fill("submarine");
  // A form takes nothing more until its first answer was dealt with.
  const heading = page.getByRole("heading", { name: "Nothing found for “submarine”" });
  for (let presses = 0; presses < 1000 && !(await heading.isVisible()); presses++) await page.keyboard.press("Enter");
  await heading.waitFor();
  assert.deepEqual(await page.evaluate("shown"), []);
});

/** In the page: answers to searches wait for `release()`, and `shown` has what was ever shown of them. */
const holdSearches = `{
  const ask = fetch;
  const released = new Promise((resolve) => { globalThis.release = resolve; });
  globalThis.fetch = async (...call) => {
    const answer = await ask(...call);
    if (String(call[0]).includes("search")) await released;
    return answer;
  };
  globalThis.shown = [];
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) for (const node of addedNodes) shown.push(node.textContent);
  }).observe(document.getElementById("hits"), { childList: true });
}`;

test("a private channel is seen by its members, a search finds what one may read", needsChromium, async (t) => {
  const [{ page: eve }, { page: fred }] = [await visit(t, site), await visit(t, site)];
  await register(eve, "Eve");
  await register(fred, "Fred");
  const token = await tokenOf(eve);
  const secret = await site.call(token, "POST", "/channels", { name: "surprise", private: true });
  const open = await site.call(token, "POST", "/channels", { name: "kitchen" });
  await site.call(token, "POST", `/channels/${secret.id}/messages`, { body: "The Cake is for Fred" });
  await site.call(token, "POST", `/channels/${open.id}/messages`, { body: "Who has eaten the cake? A whole cake!" });
  for (const page of [eve, fred]) await page.reload();
  await openChannel(fred, "kitchen", true);
  assert.equal(await fred.getByText("surprise").count(), 0);

  const found = async (page: Page, words: string): Promise<(string | null)[]> => {
    await page.getByLabel("Search messages").fill(words);
    await page.getByRole("button", { name: "Search" }).click();
    await page.getByRole("heading", { name: `“${words}”` }).waitFor();
    return page.locator("#hits article > p:last-child").allTextContents();
  };
  assert.deepEqual(await found(fred, "cake"), ["Who has eaten the cake? A whole cake!"]);
  assert.deepEqual(await fred.locator("mark").allTextContents(), ["cake", "cake"]);
  assert.ok(await hasFocus(fred, "#found-title"));
  assert.deepEqual((await found(eve, "cake")).toSorted(), [
    "The Cake is for Fred",
    "Who has eaten the cake? A whole cake!",
  ]);
  assert.deepEqual(await found(fred, "submarine"), []);
  await fred.getByRole("heading", { name: "Nothing found for “submarine”" }).waitFor();
  await found(fred, "cake");
  await fred.getByRole("button", { name: "in kitchen" }).click();
  await isLive(fred, "kitchen");
});

test("the keyboard is enough, and the focus is where one goes on", needsChromium, async (t) => {
  const { page } = await visit(t, site);
  const { keyboard } = page;
  await tabTo(page, "#register [name=displayName]");
  await keyboard.type("Gina");
  await keyboard.press("Tab");
  await keyboard.type("gina@example.com");
  await keyboard.press("Tab");
  await keyboard.type(password);
  await keyboard.press("Enter");
  await page.locator("#channels-title:focus").waitFor();
  await tabTo(page, "#new-channel [name=name]");
  await keyboard.type("keys");
  await keyboard.press("Enter");
  await isLive(page, "keys");
  assert.ok(await hasFocus(page, "#channel-title"));
  await keyboard.press("Tab");
  assert.ok(await hasFocus(page, "#messages"), "what is said can be scrolled");
  await keyboard.press("Tab");
  assert.ok(await hasFocus(page, "#post textarea"));
  await keyboard.type("one");
  await keyboard.press("Shift+Enter");
  await keyboard.type("two");
  await keyboard.press("Enter");
  await shows(page, ["one\ntwo"]);
  assert.ok(await hasFocus(page, "#post textarea"), "one can go on");
  await keyboard.type("  ");
  await keyboard.press("Enter");
  await keyboard.press("Backspace");
  await keyboard.press("Backspace");
  await keyboard.type("three");
  await keyboard.press("Enter");
  await shows(page, ["one\ntwo", "three"]);
  await page.reload();
  await tabTo(page, "#channels button");
  await keyboard.press("Enter");
  await isLive(page, "keys");
  await page.keyboard.press("Shift+Tab");
  await tabTo(page, "#post textarea");
});

test("axe finds nothing in any state, light and dark, wide and narrow", needsChromium, async (t) => {
  const { page, expect } = await visit(t, site);
  expect(/status of 401/);
  const assertUsable = async (state: string): Promise<void> => {
    for (const colorScheme of ["light", "dark"] as const)
      for (const width of [400, 1200]) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 800 });
        assert.deepEqual(await violationsOf(page), [], `${state}, ${colorScheme}, ${width} wide`);
        const overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
        assert.ok(Number(overflow) <= 0, `${state}, ${width} wide: scrolls sideways by ${overflow}`);
      }
  };
  await assertUsable("welcome");
  await page.locator("#sign-in").getByLabel("Email address").fill("nobody@example.com");
  await page.locator("#sign-in").getByLabel("Password").fill("wrong");
  await page.keyboard.press("Enter");
  await tells(page, "wrong");
  await assertUsable("an error");
  await register(page, "Hugo");
  await assertUsable("the channels");
  await createChannel(page, "axe");
  await assertUsable("an empty channel");
  await say(page, `A word of ${"e".repeat(300)} letters`);
  await say(page, "Good morning");
  await page.getByText("Good morning").waitFor();
  await assertUsable("an open channel");
  await page.getByLabel("Search messages").fill("morning");
  await page.keyboard.press("Enter");
  await page.locator("mark").waitFor();
  await page.locator("#hits").getByText("in axe").waitFor();
  await assertUsable("what was found");
  const { page: other } = await visit(t, site);
  await register(other, "Inga");
  await other.locator("#channels button").first().click();
  await other.getByRole("button", { name: "Join" }).waitFor();
  assert.deepEqual(await violationsOf(other), [], "a channel that one has not joined");
});
