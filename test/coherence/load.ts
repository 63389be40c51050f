// Readers and writers of both processes over both roads, and the record of all that they were told.

import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { createChannel, signUp } from "../kit/chat-client.ts";
import type { Bed } from "./bed.ts";
import { type Caller, type CallRoad, type Outcome, openCaller } from "./calls.ts";
import { type Operation, type ProcessName, processNames, type Read, type Version, type Write } from "./history.ts";

/** The limit of messages.post, which one user exhausts. */
export const limited = { bucket: "the eager one", burst: 600, rate: 600 / 60_000, instances: 2 };

const channelCount = 4;
const messagesEach = 5;
const readers = 20;
const editors = 4;
const storms = 2;
const posters = 2;
const eagerCalls = 3;
/** Calls of a storm under one key. */
const stormSize = 4;

interface Account {
  readonly id: string;
  readonly token: string;
}

interface Target {
  readonly process: ProcessName;
  readonly road: "http" | "grpc";
  readonly call: CallRoad;
}

/** Rows with a version: messages, and channels by their topic. */
interface Row {
  readonly id: string;
  readonly kind: "message" | "channel";
  version: number;
}

/** The load of a bed. */
export class Load {
  readonly history: Operation[] = [];
  readonly #callers: Readonly<Record<ProcessName, Caller>>;
  readonly #channels: string[] = [];
  readonly #rows: Row[] = [];
  readonly #stopping = new AbortController();
  #author: Account = { id: "", token: "" };
  #reader: Account = { id: "", token: "" };
  #eager: Account = { id: "", token: "" };
  #running: Promise<unknown> = Promise.resolve();

  /** Signs people in, and makes channels and messages. */
  static async prepare(bed: Bed): Promise<Load> {
    const load = new Load(bed);
    const { http } = bed.one.server;
    load.#author = await signUp(http, "author");
    load.#reader = await signUp(http, "reader");
    load.#eager = await signUp(http, "eager");
    const target = load.#target("one", "http");
    for (let index = 0; index < channelCount; index++) await load.#prepareChannel(http, target, index);
    return load;
  }

  private constructor({ one, two }: Bed) {
    this.#callers = { one: openCaller(one.server), two: openCaller(two.server) };
  }

  async #prepareChannel(http: string, target: Target, index: number): Promise<void> {
    const name = `channel ${index}`;
    const begun = performance.now();
    const id = await createChannel(http, this.#author.token, name);
    const answer = { row: id, version: 1, text: name };
    const told = { process: target.process, road: target.road, begun, ended: performance.now(), failure: undefined };
    this.history.push({ kind: "write", ...told, text: name, base: undefined, answer, body: undefined });
    this.#channels.push(id);
    this.#rows.push({ id, kind: "channel", version: 1 });
    for (const { token } of [this.#reader, this.#eager]) {
      const joined = await target.call("channels.join", { channelId: id }, token);
      if (joined.failure !== undefined) throw new Error(`cannot join: ${joined.failure.reason}`);
    }
    // The first is for posts, the others for edits, whose rows stay in the lists.
    if (index === 0) return;
    for (let each = 0; each < messagesEach; each++) {
      const { answer: made } = await this.#post(target, this.#author, id);
      if (made === undefined) throw new Error("cannot post");
      this.#rows.push({ id: made.row, kind: "message", version: 1 });
    }
  }

  /** Begins; `stop` ends it. */
  start(): void {
    const many = (count: number, work: (index: number) => Promise<void>): Promise<void>[] =>
      Array.from({ length: count }, async (_, index) => {
        while (!this.#stopping.signal.aborted) await work(index);
      });
    this.#running = Promise.all([
      ...many(readers, (index) => this.#readOnce(index)),
      ...many(editors, (index) => this.#editOnce(index)),
      ...many(storms, () => this.#storm()),
      ...many(posters, (index) => this.#postOnce(index)),
      ...many(eagerCalls, () => this.#postEagerly()),
    ]);
  }

  /** Resolves when the last call was answered. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    for (const caller of Object.values(this.#callers)) caller.close();
  }

  /** Whether each process has answered a write that began after a time. */
  hasWritten(since: number): boolean {
    const recent = this.history.slice(-5_000);
    const isGood = ({ kind, failure, begun }: Operation): boolean =>
      kind === "write" && failure === undefined && begun >= since;
    return processNames.every((name) => recent.some((each) => each.process === name && isGood(each)));
  }

  #target(process: ProcessName, road: "http" | "grpc"): Target {
    return { process, road, call: this.#callers[process][road] };
  }

  /** One process or the other; one call in eight over gRPC, which costs the client the most. */
  #anyTarget(): Target {
    return this.#target(Math.random() < 0.5 ? "one" : "two", Math.random() < 0.125 ? "grpc" : "http");
  }

  async #readOnce(index: number): Promise<void> {
    const reader = index % 2 === 0 ? this.#reader : this.#author;
    const kind = Math.random();
    const target = this.#anyTarget();
    if (kind < 0.2) await this.#readList(target, reader, any(this.#channels));
    else if (kind < 0.22) await this.#readChannels(target, reader);
    else await this.#readRow(target, reader, any(this.#rows));
  }

  async #editOnce(index: number): Promise<void> {
    const row = any(this.#rows);
    const writer = this.#target(processNames[index % 2] ?? "one", index < 2 ? "http" : "grpc");
    await this.#edit(writer, row);
    // Whoever reads next, wherever, must see it.
    const other = writer.process === "one" ? "two" : "one";
    await Promise.all([
      this.#readRow(this.#target(other, "http"), this.#reader, row),
      this.#readRow(this.#target(writer.process, "http"), this.#author, row),
    ]);
    await delay(40 + 40 * Math.random());
  }

  /** The same post several times at once, everywhere; again until it is answered. */
  async #storm(): Promise<void> {
    const key = randomUUID();
    const text = `storm ${key}`;
    let answered = false;
    for (let attempt = 0; !answered && attempt < 40; attempt++) {
      const calls = Array.from({ length: stormSize }, () => {
        const road = Math.random() < 0.5 ? "http" : "grpc";
        const process = Math.random() < 0.5 ? "one" : "two";
        return this.#post(this.#target(process, road), this.#author, this.#postChannel, { key, text });
      });
      answered = (await Promise.all(calls)).some(({ failure }) => failure === undefined);
      await delay(answered ? 400 : 250);
    }
  }

  async #postOnce(index: number): Promise<void> {
    const target = this.#target(processNames[index % 2] ?? "one", "http");
    await this.#post(target, this.#reader, this.#postChannel);
    await this.#readList(this.#anyTarget(), this.#author, this.#postChannel);
    await delay(300);
  }

  async #postEagerly(): Promise<void> {
    // Charged, and then refused for its input: no load on the database.
    const how = { bucket: limited.bucket, text: "" };
    const { failure } = await this.#post(this.#anyTarget(), this.#eager, this.#postChannel, how);
    if (failure?.reason !== "VALIDATION_FAILED") await delay(20);
  }

  get #postChannel(): string {
    return this.#channels[0] ?? "";
  }

  async #readRow(target: Target, { token }: Account, row: Row): Promise<void> {
    const operation = row.kind === "message" ? "messages.get" : "channels.get";
    const begun = performance.now();
    const outcome = await target.call(operation, { id: row.id }, token);
    const seen = outcome.failure === undefined ? [versionFrom(outcome.value)] : [];
    this.#read(target, begun, outcome, seen);
    // What is known grows; an editor may be behind, and is refused.
    row.version = Math.max(row.version, seen[0]?.version ?? 0);
  }

  async #readList(target: Target, { token }: Account, channelId: string): Promise<void> {
    const limit = 8;
    const begun = performance.now();
    const outcome = await target.call("messages.list", { channelId, limit }, token);
    const seen = outcome.failure === undefined ? itemsOf(outcome.value).map(versionFrom) : [];
    this.#read(target, begun, outcome, seen, { set: channelId, isFull: seen.length === limit });
  }

  async #readChannels(target: Target, { token }: Account): Promise<void> {
    const begun = performance.now();
    const outcome = await target.call("channels.list", { limit: 100 }, token);
    const seen = outcome.failure === undefined ? itemsOf(outcome.value).map(versionFrom) : [];
    this.#read(target, begun, outcome, seen, { set: "channels", isFull: false });
  }

  #read(target: Target, begun: number, outcome: Outcome, seen: readonly Version[], list?: Read["list"]): void {
    const { process, road } = target;
    const { failure } = outcome;
    this.history.push({ kind: "read", process, road, begun, ended: performance.now(), failure, seen, list });
  }

  async #edit({ process, road, call }: Target, row: Row): Promise<void> {
    const text = `edit ${randomUUID()}`;
    const base = { row: row.id, version: row.version };
    const [operation, change] = row.kind === "message" ? ["messages.edit", "body"] : ["channels.update", "topic"];
    const begun = performance.now();
    const input = { id: row.id, version: base.version, [change ?? ""]: text };
    const outcome = await call(operation ?? "", input, this.#author.token);
    const made = written(outcome);
    this.history.push({ kind: "write", process, road, begun, ended: performance.now(), text, base, ...made });
    row.version = Math.max(row.version, made.answer?.version ?? 0);
  }

  async #post(
    { process, road, call }: Target,
    { token }: Account,
    channelId: string,
    how: { readonly key?: string; readonly text?: string; readonly bucket?: string } = {},
  ): Promise<Write> {
    const { key, bucket, text = `post ${randomUUID()}` } = how;
    const begun = performance.now();
    const outcome = await call("messages.post", { channelId, body: text }, token, key);
    const told = { process, road, begun, ended: performance.now() };
    const write: Write = {
      ...{ kind: "write", ...told, text, base: undefined, set: channelId, key, bucket },
      ...written(outcome),
    };
    this.history.push(write);
    return write;
  }
}

function written(outcome: Outcome): Pick<Write, "failure" | "answer" | "body"> {
  const { failure } = outcome;
  if (failure !== undefined) return { failure, answer: undefined, body: undefined };
  return { failure, answer: versionFrom(outcome.value), body: JSON.stringify(Object.entries(outcome.value).sort()) };
}

/** A message, or a channel. */
function versionFrom(value: Readonly<Record<string, unknown>>): Version {
  return {
    row: String(value.id),
    version: Number(value.version),
    text: String(value.body ?? value.topic ?? value.name),
  };
}

function itemsOf(value: Readonly<Record<string, unknown>>): readonly Readonly<Record<string, unknown>>[] {
  return value.items as readonly Readonly<Record<string, unknown>>[]; // by the contract
}

function any<T>(values: readonly T[]): T {
  const value = values[Math.floor(Math.random() * values.length)];
  if (value === undefined) throw new Error("nothing to choose from");
  return value;
}
