// What the client's test runs in a browser: each function is called by its name, and answers plain JSON.

import { createClient, isAppError, isFailure } from "trivium/client";
import { ThingNotFound, things } from "../../src/client/things.fixture.ts";

const page = {
  async unary(url: string) {
    const client = createClient({ things }, { url, token: "good" }).things;
    return [await client.get({ id: "a/b ü" }), await client.make({ size: 3 }), (await client.ping()) === undefined];
  },

  async failure(url: string) {
    const client = createClient({ things }, { url }).things;
    try {
      await client.get({ id: "none" });
    } catch (error) {
      if (isFailure(error, ThingNotFound)) return [error.code, error.details.tried, error.details.places];
    }
    return "not narrowed";
  },

  async refusals(url: string) {
    const client = createClient({ things }, { url, token: "bad", retries: 0 }).things;
    const gone = new AbortController();
    setTimeout(() => gone.abort(), 50);
    return Promise.all([
      reasonOf(client.make({ size: 1 })),
      reasonOf(all(client.watch())),
      reasonOf(client.sum({ name: "x" }, [])),
      reasonOf(all(client.echo({}, []))),
      reasonOf(all(client.echo({}, [], { token: "no header/can carry it" }))),
      reasonOf(client.wait({}, { signal: gone.signal, token: "good" })),
      reasonOf(client.wait({}, { timeout: 50, token: "good" })),
      reasonOf(createClient({ things }, { url: "http://127.0.0.1:1", retries: 0 }).things.ping()),
    ]);
  },

  async serverStream(url: string) {
    const client = createClient({ things }, { url, token: "good" }).things;
    const seen: number[] = [];
    for await (const { n } of client.watch()) {
      seen.push(n);
      if (n === 3) break;
    }
    return [seen, (await all(client.count({ to: 5 }))).length, await reasonOf(all(client.count({ to: 5, failAt: 2 })))];
  },

  async clientStream(url: string) {
    const client = createClient({ things }, { url, token: "good" }).things;
    async function* items() {
      for (let n = 1; n <= 100; n++) yield { n };
    }
    return (await client.sum({ name: "x" }, items())).sum;
  },

  async talk(url: string) {
    const tokens: (string | undefined)[] = [];
    const client = createClient(
      { things },
      {
        url,
        token({ expired }) {
          tokens.push(expired);
          return expired === undefined ? "expired" : "good";
        },
      },
    ).things;
    let heard = (): void => undefined;
    async function* turns() {
      for (const text of ["one", "two"]) {
        const answered = new Promise<void>((resolve) => {
          heard = resolve;
        });
        yield { text };
        await answered;
      }
    }
    const texts: string[] = [];
    for await (const { text } of client.echo({}, turns())) {
      texts.push(text);
      heard();
    }
    return [texts, tokens.length, await reasonOf(all(client.echo({}, [{ text: "break" }])))];
  },
};

/** The names of what the page can do. */
export type PageFunction = keyof typeof page;

Object.assign(globalThis, { page });

async function all<T>(answers: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const answer of answers) list.push(answer);
  return list;
}

async function reasonOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return "none";
  } catch (error) {
    return isAppError(error) ? error.reason : String(error);
  }
}
