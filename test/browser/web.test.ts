// The reference service's page in a real Chromium: people talk, and go on through a restart of the service.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import {
  channelOf,
  createChannel,
  hasFocus,
  isLive,
  openChannel,
  register,
  say,
  shows,
  textsIn,
  tokenOf,
} from "./chat-page.ts";
import { type ChatSite, type Stored, startSite, visit } from "./chat-site.ts";
import { needsChromium } from "./chromium.ts";

let site: ChatSite;
before(async () => {
  if (needsChromium.skip === false) site = await startSite();
});
after(() => site?.stop());

/** What of an element on the page is asked for. */
interface Box {
  readonly scrollHeight: number;
  readonly scrollTop: number;
  readonly clientHeight: number;
  scrollTo(x: number, y: number): void;
}

test("two people talk: what each says, both see live, in order, once, with name and time", needsChromium, async (t) => {
  const [{ page: ann }, { page: bob }] = [await visit(t, site), await visit(t, site)];
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
  const early = await site.call(asAnn, "POST", `/channels/${channelId}/messages`, { body: "Tea at five" });
  const late = await site.call(asAnn, "POST", `/channels/${channelId}/messages`, { body: "Never mind" });
  await shows(bob, [...said, "Tea at five", "Never mind"]);
  await site.call(asAnn, "PATCH", `/messages/${early.id}`, { version: 1, body: "Tea at six" });
  await site.call(asAnn, "DELETE", `/messages/${late.id}`);
  for (const page of [ann, bob]) {
    await shows(page, [...said, "Tea at six"]);
    assert.equal(await page.locator("#message-list").getByText("edited").count(), 1);
  }
  await site.call(await tokenOf(bob), "DELETE", `/channels/${channelId}/members/me`);
  await bob.getByText("Only members read and write here.").waitFor();
  await shows(ann, [...said, "Tea at six"]);
});

test("a long history is read page by page, and stays where one reads", needsChromium, async (t) => {
  const { page } = await visit(t, site);
  await register(page, "Hans");
  await createChannel(page, "history");
  const [token, channelId] = [await tokenOf(page), await channelOf(page)];
  const bodies = Array.from({ length: 90 }, (_, n) => `line ${n}`);
  await site.call(token, "POST", `/channels/${channelId}/messages/batch`, { bodies });
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
  const { page } = await visit(t, site);
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

test("through a restart all go on by themselves: nothing is missing or there twice", needsChromium, async (t) => {
  const visitors = [await visit(t, site), await visit(t, site), await visit(t, site)] as const;
  for (const { expect } of visitors) expect(/ERR_CONNECTION|WebSocket connection|status of 503/);
  const [ann, bob, reader] = visitors.map(({ page }) => page) as [Page, Page, Page]; // as many
  await register(ann, "Anna");
  await createChannel(ann, "elsewhere");
  await createChannel(ann, "restart");
  const [token, channelId] = [await tokenOf(ann), await channelOf(ann)];
  await register(bob, "Bert");
  await openChannel(bob, "restart", true);
  await say(ann, "first");
  await say(ann, "second");
  for (const page of [ann, bob]) await shows(page, ["first", "second"]);
  // Nothing happens while he is there: he has no cursor to resume from.
  await register(reader, "Carl");
  await openChannel(reader, "restart", true);
  await shows(reader, ["first", "second"]);

  await site.kill();
  for (const page of [ann, bob, reader]) await page.getByText("The connection was lost. Trying again…").waitFor();
  await say(bob, "typed without a server");
  await bob.getByText("not sent yet").waitFor();
  await say(ann, "typed, and then gone elsewhere");
  await ann.getByRole("navigation").getByRole("button", { name: "elsewhere" }).click();
  await site.startAgain();
  const { items } = await site.call<{ items: Stored[] }>(token, "GET", `/channels/${channelId}/messages`);
  const oldest = items.find(({ body }) => body === "first");
  await site.call(token, "DELETE", `/messages/${oldest?.id}`);
  await site.call(token, "POST", `/channels/${channelId}/messages`, { body: "posted meanwhile" });

  await isLive(ann, "elsewhere");
  for (const page of [bob, reader]) await isLive(page, "restart");
  for (const text of ["posted meanwhile", "typed without a server", "typed, and then gone elsewhere"])
    await bob.getByText(text).waitFor();
  await openChannel(ann, "restart");
  await say(ann, "last");
  await bob.getByText("last").waitFor();
  const shown = await textsIn(bob);
  assert.deepEqual(
    [shown[0], ...shown.slice(1, 4).toSorted(), ...shown.slice(4)],
    ["second", "posted meanwhile", "typed without a server", "typed, and then gone elsewhere", "last"],
  );
  for (const page of [ann, reader]) await shows(page, shown);
  assert.equal(await bob.getByText("not sent yet").count(), 0);
});

test("what was posted, but whose answer was lost with the connection, is there once", needsChromium, async (t) => {
  const { page } = await visit(t, site);
  await register(page, "Ingo");
  let cut = 0;
  // The connection ends in the place of the first answer that something said would have had.
  await page.routeWebSocket(/converse/, (socket) => {
    const server = socket.connectToServer();
    server.onMessage((frame) => {
      if (cut > 0 || !String(frame).includes('"type":"accepted"')) socket.send(frame);
      else {
        cut++;
        void socket.close({ code: 4999 });
      }
    });
  });
  await createChannel(page, "cut");
  await say(page, "only once");
  await page.getByText("The connection was lost. Trying again…").waitFor();
  await isLive(page, "cut");
  await say(page, "and on");
  await shows(page, ["only once", "and on"]);
  assert.equal(cut, 1);
});

test("what is refused is told, and stays to be changed", needsChromium, async (t) => {
  const { page } = await visit(t, site);
  await register(page, "Jana");
  await createChannel(page, "old");
  await site.call(await tokenOf(page), "POST", `/channels/${await channelOf(page)}/archive`, {});
  await say(page, "too late");
  await page.getByRole("alert").getByText("Not sent: The channel is archived").waitFor();
  assert.equal(await page.locator("textarea").inputValue(), "too late");
  await page.reload();
  await openChannel(page, "old");
  await page.getByText("nothing more can be said here").waitFor();
  assert.ok(await page.locator("#post").isHidden());
  assert.equal(await page.getByText("No messages yet.").isVisible(), true);
});
