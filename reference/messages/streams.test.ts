import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { AppError, type OutputOf } from "trivium/contract";
import type { TestApp } from "trivium/testing";
import { channels } from "../channels/contract.ts";
import { createChat, eventsOf, failsWith, newChannel, newPerson, type Person } from "../chat.fixture.ts";
import { messages } from "./contract.ts";

let chat: TestApp;
before(async () => {
  chat = await createChat();
});
after(() => chat.close());

type Watched = OutputOf<typeof messages.watch>;

/** What a watcher sees, as far as it was asked for. */
function watching(channelId: string, as: Person, after?: string) {
  const events = chat.stream(messages.watch, { channelId, after }, { as });
  const seen: Watched[] = [];
  return {
    seen,
    async take(count: number): Promise<Watched[]> {
      while (seen.length < count) {
        const { done, value } = await events.next();
        assert.ok(done !== true, "the stream ended");
        seen.push(value);
      }
      return seen;
    },
    leave: () => events.return?.(),
  };
}

const post = (channelId: string, body: string, as: Person) => chat.call(messages.post, { channelId, body }, as);
const texts = (events: readonly Watched[]) => events.map(({ type, message }) => `${type} ${message.body}`);

test("a watcher sees what is posted, edited and removed, and resumes after any cursor without a gap or a repeat", async () => {
  const ann = await newPerson(chat);
  const { id: channelId } = await newChannel(chat, ann);
  const first = await post(channelId, "one", ann);
  const watch = watching(channelId, ann, "0");
  await watch.take(1);
  await post(channelId, "two", ann);
  await chat.call(messages.edit, { id: first.id, version: 1, body: "uno" }, ann);
  await chat.call(messages.remove, { id: first.id }, ann);
  const seen = await watch.take(4);
  const all = ["posted one", "posted two", "edited uno", "removed uno"];
  assert.deepEqual(texts(seen), all);
  await watch.leave();
  for (let from = 0; from < seen.length - 1; from++) {
    const again = watching(channelId, ann, seen[from]?.cursor);
    assert.deepEqual(texts(await again.take(seen.length - 1 - from)), all.slice(from + 1));
    await again.leave();
  }
});

test("only members watch and converse, and both end when the member leaves; who came back may read on", async () => {
  const [ann, bob] = [await newPerson(chat), await newPerson(chat)];
  const { id: channelId } = await newChannel(chat, ann);
  await assert.rejects(watching(channelId, bob).take(1), failsWith("NOT_A_MEMBER", { channelId }));
  await chat.call(channels.join, { channelId }, bob);
  const watch = watching(channelId, bob, "0");
  await post(channelId, "hi", ann);
  const [hi] = await watch.take(1);
  const next = watch.take(2);
  next.catch(() => undefined);
  await chat.call(channels.leave, { channelId }, bob);
  await assert.rejects(next, failsWith("NOT_A_MEMBER", { channelId }));
  await chat.call(channels.join, { channelId }, bob);
  await post(channelId, "again", ann);
  const back = watching(channelId, bob, hi?.cursor);
  assert.deepEqual(texts(await back.take(1)), ["posted again"]);
  await back.leave();
});

test("a cursor that is none is refused", async () => {
  const ann = await newPerson(chat);
  const { id: channelId } = await newChannel(chat, ann);
  await assert.rejects(watching(channelId, ann, "yesterday").take(1), failsWith("INVALID_CURSOR"));
});

test("who converses hears what he said, what others said, and why something was refused", async () => {
  const [ann, bob] = [await newPerson(chat), await newPerson(chat)];
  const { id: channelId } = await newChannel(chat, ann, { members: [bob] });
  const items = [{ body: "hi" }, { body: " " }, { body: "once", key: "k1" }, { body: "once", key: "k1" }];
  const answers = await Array.fromAsync(chat.stream(messages.converse, { channelId }, { as: ann, items }));
  const replies = answers.filter(({ item }) => item !== undefined);
  assert.deepEqual(
    replies.map(({ type, item, message, problem }) => [type, item, message?.body ?? problem?.reason]),
    [
      ["accepted", 0, "hi"],
      ["refused", 1, "VALIDATION_FAILED"],
      ["accepted", 2, "once"],
      ["accepted", 3, "once"],
    ],
  );
  assert.equal(replies[2]?.message?.id, replies[3]?.message?.id);
  const said = (await eventsOf(chat, "channel", channelId)).filter(({ type }) => type === "message.posted");
  assert.equal(said.length, 2);

  let release = (): void => undefined;
  const later = new Promise<void>((resolve) => {
    release = resolve;
  });
  async function* saying() {
    yield { body: "first" };
    await later;
  }
  const heard: string[] = [];
  for await (const { type, message } of chat.stream(messages.converse, { channelId }, { as: ann, items: saying() })) {
    heard.push(`${type} ${message?.body}`);
    if (type === "accepted") await post(channelId, "answer", bob);
    if (message?.body === "answer") release();
  }
  assert.deepEqual(heard.toSorted(), ["accepted first", "posted answer", "posted first"]);
});

test("a key that keeps an item from being posted twice may be any text", async () => {
  const ann = await newPerson(chat);
  const { id: channelId } = await newChannel(chat, ann);
  const items = Array.from({ length: 2 }, () => ({ body: "once", key: "ключ №1" }));
  const answers = await Array.fromAsync(chat.stream(messages.converse, { channelId }, { as: ann, items }));
  const accepted = answers.filter(({ type }) => type === "accepted").map(({ message }) => message?.id);
  assert.deepEqual([accepted.length, new Set(accepted).size], [2, 1]);
});

test("an import keeps good lines, reports bad ones by number, and with a key is done once", async () => {
  const ann = await newPerson(chat);
  const { id: channelId } = await newChannel(chat, ann);
  const lines = Array.from({ length: 250 }, (_, n) => ({ body: n % 100 === 7 ? "\u0007" : `line ${n}` }));
  for (let round = 0; round < 2; round++) {
    const summary = await chat.send(messages.importMany, { channelId }, lines, ann, "import-1");
    assert.deepEqual([summary.imported, summary.refused], [247, 3]);
    assert.deepEqual(
      summary.problems.map(({ line, reason }) => `${line} ${reason}`),
      ["8 VALIDATION_FAILED", "108 VALIDATION_FAILED", "208 VALIDATION_FAILED"],
    );
  }
  const kept = await Array.fromAsync(chat.stream(messages.exportAll, { channelId }, { as: ann }));
  assert.deepEqual(
    kept.map(({ body }) => body),
    lines.filter(({ body }) => body !== "\u0007").map(({ body }) => body),
  );
});

test("an import that broke off goes on with the same key where it had stopped", async () => {
  const ann = await newPerson(chat);
  const { id: channelId } = await newChannel(chat, ann);
  const lines = Array.from({ length: 250 }, (_, n) => ({ body: `line ${n}` }));
  async function* broken() {
    yield* lines.slice(0, 220);
    throw new Error("the client is gone");
  }
  await assert.rejects(chat.send(messages.importMany, { channelId }, broken(), ann, "import-2"));
  const before = await Array.fromAsync(chat.stream(messages.exportAll, { channelId }, { as: ann }));
  assert.equal(before.length, 200, "whole batches are kept");
  await chat.send(messages.importMany, { channelId }, lines, ann, "import-2");
  const after = await Array.fromAsync(chat.stream(messages.exportAll, { channelId }, { as: ann }));
  assert.deepEqual(
    after.map(({ body }) => body),
    lines.map(({ body }) => body),
  );
});

test("an import that the server's stop breaks off says so, and how much it had done", async () => {
  const ann = await newPerson(chat);
  const { id: channelId } = await newChannel(chat, ann);
  async function* stopped() {
    for (let n = 0; n < 150; n++) yield { body: `line ${n}` };
    throw new AppError({ code: "UNAVAILABLE", reason: "SHUTTING_DOWN", message: "The server stops" });
  }
  const sent = chat.send(messages.importMany, { channelId }, stopped(), ann);
  await assert.rejects(sent, failsWith("IMPORT_INTERRUPTED", { lines: 100 }));
});

test("an export holds what was there when it began and still is, once, whatever happens meanwhile", async () => {
  const ann = await newPerson(chat);
  const { id: channelId } = await newChannel(chat, ann);
  const bodies = Array.from({ length: 1203 }, (_, n) => ({ body: `line ${n}` }));
  await chat.send(messages.importMany, { channelId }, bodies, ann);
  const seen: string[] = [];
  for await (const { body, id } of chat.stream(messages.exportAll, { channelId }, { as: ann })) {
    if (seen.length === 0) {
      await post(channelId, "too late", ann);
      await chat.call(messages.edit, { id, version: 1, body: "edited" }, ann);
      const { items } = await chat.call(messages.list, { channelId, limit: 2 }, ann);
      await chat.call(messages.remove, { id: items[1]?.id ?? "" }, ann);
    }
    seen.push(body);
  }
  assert.deepEqual(
    seen,
    bodies.slice(0, -1).map(({ body }) => body),
  );
});
