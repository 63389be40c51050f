// The reference service's page in a real Chromium, served by the service as a process of its own.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { createTokens } from "../../src/auth/tokens.ts";
import { ask } from "../kit/chat-client.ts";
import { type ChatPlace, type ChatServer, freshPlace, startChat } from "../kit/chat-server.ts";
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
  visit,
} from "./chat-page.ts";
import { needsChromium, startChromium } from "./chromium.ts";

let browser: Browser;
let place: ChatPlace | undefined;
let chat: ChatServer;
let url: string;

before(async () => {
  if (needsChromium.skip !== false) return;
  browser = await startChromium();
  place = await freshPlace();
  chat = await startChat(place);
  url = chat.http;
});

after(async () => {
  if (place === undefined) return;
  await browser.close();
  await chat.stop();
  await place.remove();
});

/** What of an element on the page is asked for. */
interface Box {
  readonly scrollHeight: number;
  readonly scrollTop: number;
  readonly clientHeight: number;
  scrollTo(x: number, y: number): void;
}

interface Stored {
  readonly id: string;
  readonly version: number;
}

/** Does something as an API user; answers the body. */
async function through(token: string, method: string, path: string, body?: unknown): Promise<Stored> {
  const reply = await ask<Stored>(`${url}/v1${path}`, { method, token, body });
  assert.ok(reply.status < 300, JSON.stringify(reply.body));
  return reply.body;
}

const tokenOf = (page: Page) => page.evaluate('sessionStorage.getItem("token")') as Promise<string>; // it was set
const channelOf = (page: Page) =>
  page.evaluate('document.querySelector("[aria-current]").dataset.channel') as Promise<string>; // one is open

test(
  "who signs up or in is told what is wrong: a short password, a taken address, a wrong password",
  needsChromium,
  async (t) => {
    const { page, expect } = await visit(t, browser, url);
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
  },
);

test(
  "two people talk: each sees the other's messages live, in order, once, with names and times",
  needsChromium,
  async (t) => {
    const [{ page: ann }, { page: bob }] = [await visit(t, browser, url), await visit(t, browser, url)];
    await register(bob, "Bob");
    await register(ann, "Ann");
    await createChannel(ann, "talk");
    await ann.getByText("No messages yet.").waitFor();
    await bob.evaluate("dispatchEvent(new Event('focus'))"); // as when he comes back to the window
    await openChannel(bob, "talk", true);
    const said: string[] = [];
    for (let round = 0; round < 3; round++) {
      await say(ann, `Bob, are you there? ${round}`);
      await say(ann, `Hello? ${round}`);
      said.push(`Bob, are you there? ${round}`, `Hello? ${round}`);
      await shows(bob, said);
      await say(bob, `Yes ${round}`);
      said.push(`Yes ${round}`);
      await shows(ann, said);
    }
    await shows(bob, said);
    for (const page of [ann, bob]) {
      const last = page.locator("#message-list li").last();
      assert.equal(await last.locator("strong").textContent(), "Bob");
      const age = Date.now() - Date.parse((await last.locator("time").getAttribute("datetime")) ?? "");
      assert.ok(age < 60_000, `the time is ${age} ms ago`);
      assert.match((await last.locator("time").textContent()) ?? "", /\d\d:\d\d/);
    }

    const [asAnn, channelId] = [await tokenOf(ann), await channelOf(ann)];
    const early = await through(asAnn, "POST", `/channels/${channelId}/messages`, { body: "Tea at five" });
    const late = await through(asAnn, "POST", `/channels/${channelId}/messages`, { body: "Never mind" });
    await shows(bob, [...said, "Tea at five", "Never mind"]);
    await through(asAnn, "PATCH", `/messages/${early.id}`, { version: 1, body: "Tea at six" });
    await through(asAnn, "DELETE", `/messages/${late.id}`);
    for (const page of [ann, bob]) {
      await shows(page, [...said, "Tea at six"]);
      assert.equal(await page.locator("#message-list").getByText("edited").count(), 1);
    }
    await through(await tokenOf(bob), "DELETE", `/channels/${channelId}/members/me`);
    await bob.getByText("Only members read and write here.").waitFor();
    await shows(ann, [...said, "Tea at six"]);
  },
);

test("a long history is read page by page, and stays where one reads", needsChromium, async (t) => {
  const { page } = await visit(t, browser, url);
  await register(page, "Hans");
  await createChannel(page, "history");
  const [token, channelId] = [await tokenOf(page), await channelOf(page)];
  const bodies = Array.from({ length: 90 }, (_, n) => `line ${n}`);
  await through(token, "POST", `/channels/${channelId}/messages/batch`, { bodies });
  await page.reload();
  await openChannel(page, "history");
  await shows(page, bodies.slice(40));
  const box = page.locator("#messages");
  const fromEnd = () => box.evaluate((it: Box) => it.scrollHeight - it.scrollTop - it.clientHeight);
  assert.ok(Number(await fromEnd()) < 2, "the end is in sight");
  await box.evaluate((it: Box) => it.scrollTo(0, 0));
  await page.getByRole("button", { name: "Earlier messages" }).press("Enter");
  await shows(page, bodies);
  assert.ok(await page.getByText("line 40", { exact: true }).isVisible());
  assert.ok(Number(await box.evaluate((it: Box) => it.scrollTop)) > 100, "what was in sight still is");
  assert.ok(await hasFocus(page, "#messages"), "the button is gone, the focus is not");
});

test("markup in names, channels and messages stays text", needsChromium, async (t) => {
  const { page } = await visit(t, browser, url);
  const markup = "<img src=x onerror=alert(1)><b>b</b>&amp;";
  await register(page, markup, "mark@example.com");
  await createChannel(page, markup);
  await say(page, markup);
  await shows(page, [markup]);
  await page.getByLabel("Search messages").fill("onerror");
  await page.getByLabel("Search messages").press("Enter");
  await page.locator("#hits article").getByText(markup).first().waitFor();
  assert.equal(await page.locator("#hits strong").textContent(), markup);
  assert.equal(await page.locator("img, b").count(), 0);
});

test(
  "through a restart of the server both go on by themselves, and nothing is missing or there twice",
  needsChromium,
  async (t) => {
    const visitors = [await visit(t, browser, url), await visit(t, browser, url)] as const;
    for (const { expect } of visitors) expect(/ERR_CONNECTION|WebSocket connection|status of 503/);
    const [{ page: ann }, { page: bob }] = visitors;
    await register(ann, "Anna");
    await createChannel(ann, "restart");
    await register(bob, "Bert");
    await openChannel(bob, "restart", true);
    await say(ann, "before");
    await shows(bob, ["before"]);
    const [token, channelId] = [await tokenOf(ann), await channelOf(ann)];
    await chat.kill();
    for (const page of [ann, bob]) await page.getByText("The connection was lost. Trying again…").waitFor();
    await say(bob, "typed while there was no server");
    await bob.getByText("not sent yet").waitFor();
    // He reads the list of channels meanwhile; what he typed is not lost.
    chat = await startChat(place as ChatPlace, { HTTP_PORT: new URL(url).port }); // made before the tests
    await through(token, "POST", `/channels/${channelId}/messages`, { body: "posted after the start" });
    for (const page of [ann, bob]) await isLive(page, "restart");
    await ann.getByText("typed while there was no server").waitFor();
    await say(ann, "after");
    for (const page of [ann, bob]) {
      await page.getByText("after", { exact: true }).waitFor();
      const shown = await page.locator("#message-list article > p:last-child").allTextContents();
      assert.deepEqual(
        [shown[0], shown.slice(1, 3).toSorted(), shown.slice(3)],
        ["before", ["posted after the start", "typed while there was no server"], ["after"]],
      );
      assert.equal(await page.getByText("not sent yet").count(), 0);
    }
  },
);

test("what one typed without a connection is sent after one has gone to another channel", needsChromium, async (t) => {
  const { page, expect } = await visit(t, browser, url);
  expect(/ERR_INTERNET_DISCONNECTED|WebSocket connection/);
  await register(page, "Carl");
  await createChannel(page, "first");
  const [token, channelId] = [await tokenOf(page), await channelOf(page)];
  await createChannel(page, "second");
  await openChannel(page, "first");
  await chat.kill();
  expect(/ERR_CONNECTION|status of 503/);
  await page.getByText("The connection was lost. Trying again…").waitFor();
  await say(page, "do not forget me");
  await page.getByRole("navigation").getByRole("button", { name: "second" }).click();
  chat = await startChat(place as ChatPlace, { HTTP_PORT: new URL(url).port }); // made before the tests
  await isLive(page, "second");
  const { page: other } = await visit(t, browser, url);
  await other.evaluate(`sessionStorage.setItem("token", ${JSON.stringify(token)})`);
  await other.reload();
  await openChannel(other, "first");
  await shows(other, ["do not forget me"]);
  assert.equal((await channelOf(page)) === channelId, false);
});

test("a session that is over leads to signing in again, and says so", needsChromium, async (t) => {
  const { page, expect } = await visit(t, browser, url);
  expect(/status of 401/);
  await register(page, "Dora");
  await createChannel(page, "over");
  const { body } = await ask<{ id: string }>(`${url}/v1/me`, { token: await tokenOf(page) });
  // Expired for a while, within the difference of clocks that is forgiven: it holds for some seconds yet.
  const tokens = createTokens({ secret: place?.env.AUTH_SECRET ?? "", issuer: "chat", lifetime: 0 });
  const { token } = await tokens.issue({ id: body.id });
  await page.evaluate(`sessionStorage.setItem("token", ${JSON.stringify(token)})`);
  await page.reload();
  await page.locator("#channels").getByText("over").waitFor();
  await page.waitForTimeout(7000);
  await page.getByLabel("Search messages").fill("tea");
  await page.getByLabel("Search messages").press("Enter");
  await tells(page, "Your session is over: sign in again.");
  assert.ok(await page.locator("#chat").isHidden());
  await page.locator("#sign-in").getByLabel("Email address").fill("dora@example.com");
  await page.locator("#sign-in").getByLabel("Password").fill(password);
  await page.keyboard.press("Enter");
  await openChannel(page, "over");
  assert.equal(await page.getByRole("alert").textContent(), "");
});

test(
  "a private channel is seen by its members alone, and a search finds only what one may read",
  needsChromium,
  async (t) => {
    const [{ page: eve }, { page: fred }] = [await visit(t, browser, url), await visit(t, browser, url)];
    await register(eve, "Eve");
    await register(fred, "Fred");
    const token = await tokenOf(eve);
    const secret = await through(token, "POST", "/channels", { name: "surprise", private: true });
    const open = await through(token, "POST", "/channels", { name: "kitchen" });
    await through(token, "POST", `/channels/${secret.id}/messages`, { body: "The Cake is for Fred" });
    await through(token, "POST", `/channels/${open.id}/messages`, { body: "Who has eaten the cake? A whole cake!" });
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
  },
);

test("the keyboard is enough, and the focus is where one goes on", needsChromium, async (t) => {
  const { page } = await visit(t, browser, url);
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

test("axe finds nothing against any state of the page, light and dark, wide and narrow", needsChromium, async (t) => {
  const { page, expect } = await visit(t, browser, url);
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
  const { page: other } = await visit(t, browser, url);
  await register(other, "Inga");
  await other.locator("#channels button").first().click();
  await other.getByRole("button", { name: "Join" }).waitFor();
  assert.deepEqual(await violationsOf(other), [], "a channel that one has not joined");
});
