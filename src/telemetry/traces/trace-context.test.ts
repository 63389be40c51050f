import assert from "node:assert/strict";
import test from "node:test";
import { formatTraceparent, parseTraceContext } from "./trace-context.ts";

const traceId = "0af7651916cd43dd8448eb211c80319c";
const spanId = "b7ad6b7169203331";

test("a traceparent is read and written back", () => {
  const parent = parseTraceContext(`00-${traceId}-${spanId}-01`, "vendor=1");
  assert.equal(parent?.traceId, traceId);
  assert.equal(parent?.spanId, spanId);
  assert.equal(parent?.traceFlags, 1);
  assert.equal(parent?.traceState?.get("vendor"), "1");
  assert.equal(parent && formatTraceparent(parent), `00-${traceId}-${spanId}-01`);
});

test("a higher version is read as far as version 00 goes", () => {
  assert.equal(parseTraceContext(`cc-${traceId}-${spanId}-01-future`)?.traceId, traceId);
});

for (const [name, text] of Object.entries({
  nothing: undefined,
  "an empty text": "",
  "version ff": `ff-${traceId}-${spanId}-01`,
  "version 00 with more": `00-${traceId}-${spanId}-01-more`,
  "a zero trace id": `00-${"0".repeat(32)}-${spanId}-01`,
  "a zero span id": `00-${traceId}-${"0".repeat(16)}-01`,
  "upper case": `00-${traceId.toUpperCase()}-${spanId}-01`,
  "a short id": `00-${traceId.slice(1)}-${spanId}-01`,
  "much text": `cc-${traceId}-${spanId}-01-${"x".repeat(300)}`,
})) {
  test(`${name} names no parent`, () => assert.equal(parseTraceContext(text), undefined));
}
