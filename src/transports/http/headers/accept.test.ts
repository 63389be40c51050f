import assert from "node:assert/strict";
import { test } from "node:test";
import { acceptsJson, chooseCoding, chooseStreamType, prefersJson } from "./accept.ts";

test("JSON is acceptable unless the header rates it nought or leaves it out", () => {
  for (const header of [
    "*/*",
    "application/json",
    "application/*;q=0.1",
    "text/html, */*;q=0.1",
    "APPLICATION/JSON",
    "application/json; charset=utf-8",
    "text/html;level=1, application/json;q=0.5",
  ])
    assert.equal(acceptsJson(header), true, header);
  for (const header of [
    "text/html",
    "application/json;q=0",
    "application/json;q=0, */*",
    "application/*;q=0.0, */*;q=1",
    "application/xml, text/*",
    "",
    "application/json;q=x",
  ])
    assert.equal(acceptsJson(header), false, header);
});

test("the coding with the highest quality is chosen, br before gzip", () => {
  const chosen: [string, string | undefined][] = [
    ["gzip", "gzip"],
    ["gzip, br", "br"],
    ["gzip;q=1.0, br;q=0.9", "gzip"],
    ["br;q=0, gzip", "gzip"],
    ["*", "br"],
    ["br;q=0, *", "gzip"],
    ["x-gzip", "gzip"],
    ["gzip;q=0.5, identity", undefined],
    ["identity;q=0.5, gzip;q=0.5", "gzip"],
    ["gzip;q=0", undefined],
    ["deflate, zstd", undefined],
    ["", undefined],
  ];
  for (const [header, coding] of chosen) assert.equal(chooseCoding(header), coding, header);
});

test("many different headers do not fill the memory", () => {
  for (let index = 0; index < 10_000; index++) assert.equal(chooseCoding(`gzip;q=0.5, x${index}`), "gzip");
});

test("JSON is preferred only where it is rated above a page", () => {
  const preferred = ["application/json", "application/*", "application/json, text/html;q=0.9", "text/html;q=0, */*"];
  for (const header of preferred) assert.equal(prefersJson(header), true, header);
  const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
  for (const header of ["", "*/*", "text/html", browser, "application/json, text/html", "application/json;q=0"])
    assert.equal(prefersJson(header), false, header);
});

test("a stream is sent as the type that is wanted most, and of these the one that is named most exactly", () => {
  const cases: [header: string, type: string | undefined][] = [
    ["*/*", "application/x-ndjson"],
    ["application/json", "application/x-ndjson"],
    ["application/*", "application/x-ndjson"],
    ["application/jsonl", "application/jsonl"],
    ["application/ndjson;q=0.5, application/jsonl;q=0.9", "application/jsonl"],
    ["text/event-stream", "text/event-stream"],
    ["text/*", "text/event-stream"],
    ["text/event-stream, */*", "text/event-stream"],
    ["text/event-stream;q=0.5, */*", "application/x-ndjson"],
    ["text/event-stream;q=0.5, application/x-ndjson;q=0.4", "text/event-stream"],
    ["application/x-ndjson, text/event-stream", "application/x-ndjson"],
    ["text/event-stream;q=0, */*;q=0.1", "application/x-ndjson"],
    ["application/x-ndjson;q=0", undefined],
    ["text/html", undefined],
  ];
  for (const [header, type] of cases) assert.equal(chooseStreamType(header), type, header);
});
