import assert from "node:assert/strict";
import test from "node:test";
import { createRedaction } from "./redaction.ts";

const secret = "planted-secret";

test("a sensitive field is replaced at any depth, in every usual form of its name", () => {
  const redact = createRedaction(["apiKey"]);
  const fields = {
    apiKey: secret,
    a: { api_key: secret, list: [{ apiKey: { inner: secret } }] },
    headers: { Authorization: secret, "set-cookie": [secret] },
    APIKEY: secret,
    note: "kept",
  };
  const text = JSON.stringify(redact(fields));
  assert.ok(!text.includes(secret), text);
  assert.ok(text.includes("kept"));
  assert.equal(fields.apiKey, secret, "what is given is not changed");
});

test("a dotted entry hides that path only", () => {
  const redact = createRedaction(["input.note"]);
  assert.deepEqual(redact({ note: "kept", input: { note: secret } }), { note: "kept", input: { note: "[redacted]" } });
});

test("passwords and tokens are hidden without being named", () => {
  assert.deepEqual(createRedaction([])({ password: secret, accessToken: secret }), {
    password: "[redacted]",
    accessToken: "[redacted]",
  });
});

test("cycles end, bytes are counted, bigints are text, toJSON is followed and redacted", () => {
  const cyclic: Record<string, unknown> = {
    n: 1n,
    bytes: Buffer.from(secret),
    json: { toJSON: () => ({ token: secret }) },
  };
  cyclic.self = cyclic;
  const text = JSON.stringify(createRedaction([])(cyclic));
  assert.ok(!text.includes(secret) && !text.includes(String(Buffer.from(secret)[0])));
  assert.ok(text.includes('"n":"1"') && text.includes(`[${secret.length} bytes]`));
});

test("an error is printed with its causes, as fields or as the fields themselves", () => {
  const error = new Error("outer", { cause: new Error("inner") });
  for (const fields of [createRedaction([])({ err: error }), createRedaction([])(error)])
    assert.match(JSON.stringify(fields), /"err":\{.*outer.*"cause":\{.*inner/s);
});

test("fields that cannot be read do not throw", () => {
  const hostile = Object.defineProperty({}, "x", {
    enumerable: true,
    get() {
      throw new Error("no");
    },
  });
  assert.deepEqual(createRedaction([])(hostile), { fields: "[unprintable]" });
});
