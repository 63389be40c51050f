import assert from "node:assert/strict";
import { test } from "node:test";
import { type ContractLock, lockFrom, lockText } from "./lock.ts";

const note = { number: 1, type: "string", json: "text" };
const lock: ContractLock = {
  lock: 1,
  app: "jot",
  accepted: [{ change: "notes.list: removed", version: "1.0.0" }],
  operations: {},
  models: { input: {}, output: {} },
  events: {},
  wire: {
    messages: { "jot.Note": { fields: { text: note }, reserved: { names: ["old"], numbers: [2] } } },
    enums: { "jot.Kind": { values: { KIND_A: 1, KIND_B: 2 } } },
    methods: {},
  },
};

/** What is said of a lock's text. */
function refusal(text: string): string {
  try {
    lockFrom(text, "jot");
  } catch (error) {
    return (error as Error).message;
  }
  return "";
}

test("a lock is read as it was written, also with the line ends of Windows", () => {
  assert.deepEqual(lockFrom(lockText(lock), "jot"), lock);
  assert.deepEqual(lockFrom(lockText(lock).replaceAll("\n", "\r\n"), "jot"), lock);
});

test("a merge that was left half done is told as one, and how to end it", () => {
  const lines = lockText(lock).split("\n");
  lines.splice(3, 0, "<<<<<<< HEAD", "=======", ">>>>>>> branch");
  assert.match(refusal(lines.join("\n")), /merge.*main branch.*trivium generate/s);
});

test("a part of another form than it is written in is told, by its place", () => {
  const broken = (change: object): string => refusal(JSON.stringify({ ...lock, ...change }));
  assert.match(broken({ wire: null }), /not of the form.*wire/);
  assert.match(broken({ accepted: {} }), /not of the form.*accepted/);
  assert.match(broken({ models: {} }), /not of the form.*models\.input/);
  assert.match(broken({ operations: { "notes.read": {} } }), /not of the form.*operations\.notes\.read/);
  const messages = { "jot.Note": { fields: { text: { ...note, number: "1" } } } };
  assert.match(
    broken({ wire: { ...lock.wire, messages } }),
    /not of the form.*wire\.messages\.jot\.Note\.fields\.text/,
  );
  assert.match(broken({ lock: 2 }), /not of the form/);
});

test("a number that two have, as after a merge of two branches, is told with both", () => {
  const twice = (wire: Partial<ContractLock["wire"]>): string =>
    refusal(JSON.stringify({ ...lock, wire: { ...lock.wire, ...wire } }));
  const merged = { "jot.Note": { fields: { text: note, body: { ...note, json: "body" } } } };
  assert.match(twice({ messages: merged }), /jot\.Note: text and body have the number 1/);
  assert.match(twice({ enums: { "jot.Kind": { values: { KIND_A: 1, KIND_B: 1 } } } }), /jot\.Kind: KIND_A and KIND_B/);
  const retired = { "jot.Note": { fields: { text: note }, reserved: { names: [], numbers: [1] } } };
  assert.match(twice({ messages: retired }), /jot\.Note: text has the number 1, which is reserved/);
});
