// A signed-in user of the service over plain HTTP: what a test needs, without the client of the package.

import assert from "node:assert/strict";

/** An answer, read. */
export interface Reply<T = unknown> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

/** Asks once. Rejects only where no answer came. */
export async function ask<T = Record<string, unknown>>(
  url: string,
  options: { method?: string; token?: string | undefined; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Reply<T>> {
  const { token, body } = options;
  const response = await fetch(url, {
    method: options.method ?? (body === undefined ? "GET" : "POST"),
    headers: {
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...options.headers,
    },
    body: body === undefined ? null : JSON.stringify(body),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: (text === "" ? undefined : JSON.parse(text)) as T,
  }; // the caller knows
}

/** Registers and signs in; answers the token and the account's id. */
export async function signUp(http: string, name: string): Promise<{ token: string; id: string }> {
  const email = `${name}@example.com`;
  const password = "correct horse battery";
  const account = await ask<{ id: string }>(`${http}/v1/accounts`, { body: { email, password, displayName: name } });
  assert.equal(account.status, 201, JSON.stringify(account.body));
  const session = await ask<{ accessToken: string }>(`${http}/v1/sessions`, { body: { email, password } });
  assert.equal(session.status, 200, JSON.stringify(session.body));
  return { token: session.body.accessToken, id: account.body.id };
}

/** Creates a channel; answers its id. */
export async function createChannel(http: string, token: string, name: string): Promise<string> {
  const channel = await ask<{ id: string }>(`${http}/v1/channels`, { token, body: { name } });
  assert.equal(channel.status, 201, JSON.stringify(channel.body));
  return channel.body.id;
}

/** The ids of all messages of a channel, newest first, page by page. */
export async function allMessages(http: string, token: string, channelId: string): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const query: string = cursor === undefined ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const page = await ask<{ items: { id: string }[]; nextCursor?: string }>(
      `${http}/v1/channels/${channelId}/messages?limit=100${query}`,
      { token },
    );
    assert.equal(page.status, 200, JSON.stringify(page.body));
    ids.push(...page.body.items.map((message) => message.id));
    cursor = page.body.nextCursor;
  } while (cursor !== undefined);
  return ids;
}
