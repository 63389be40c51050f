// The reference service as a process and a Chromium that visits its page. All that goes wrong in a page fails its test.

import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { Browser, Page } from "playwright-core";
import { createTokens } from "../../src/auth/tokens.ts";
import { ask } from "../kit/chat-client.ts";
import { type ChatServer, freshPlace, startChat } from "../kit/chat-server.ts";
import { startChromium } from "./chromium.ts";

/** What of the service's answers is asked for. */
export interface Stored {
  readonly id: string;
  readonly body?: string;
}

/** A running service, and a browser. */
export interface ChatSite {
  readonly url: string;
  readonly browser: Browser;
  /** Does something as a user of the API; answers the body. */
  call<T = Stored>(token: string, method: string, path: string, body?: unknown): Promise<T>;
  /** A token of the service that expired an hour ago. */
  expiredToken(accountId: string): Promise<string>;
  /** Ends the process of the service without a word. */
  kill(): Promise<void>;
  /** Starts it where it was, with what it had. */
  startAgain(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the service with a fresh folder, and a browser. */
export async function startSite(): Promise<ChatSite> {
  const place = await freshPlace();
  let server: ChatServer = await startChat(place);
  const browser = await startChromium();
  const url = server.http;
  return {
    url,
    browser,
    async call<T>(token: string, method: string, path: string, body?: unknown): Promise<T> {
      const reply = await ask<T>(`${url}/v1${path}`, { method, token, body });
      assert.ok(reply.status < 300, JSON.stringify(reply.body));
      return reply.body;
    },
    async expiredToken(id) {
      const tokens = createTokens({ secret: place.env.AUTH_SECRET ?? "", issuer: "chat", lifetime: -3600 });
      return (await tokens.issue({ id })).token;
    },
    kill: () => server.kill(),
    async startAgain() {
      server = await startChat(place, { HTTP_PORT: new URL(url).port });
    },
    async stop() {
      await browser.close();
      await server.stop();
      await place.remove();
    },
  };
}

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
export async function visit(t: TestContext, { browser, url }: ChatSite): Promise<Visitor> {
  const context = await browser.newContext({ locale: "en-GB" });
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
    const unexpected = troubles.filter((trouble) => !expected.some((pattern) => pattern.test(trouble)));
    assert.deepEqual(unexpected, []);
  });
  await page.goto(url);
  return { page, expect: (trouble) => void expected.push(trouble) };
}
