import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { kebabCase, normalizeText, pascalCase, snakeCase } from "./text.ts";

test("text in normal form stays as it is, and the normal form is one", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      const normal = normalizeText(text);
      if (normal === undefined) return assert.ok(text.includes("\0"));
      assert.equal(normalizeText(normal), normal);
      assert.equal(Buffer.from(normal, "utf8").toString("utf8"), normal);
    }),
  );
});

test("text that UTF-8 or PostgreSQL cannot hold has no normal form", () => {
  for (const text of ["\0", "a\0b", "\ud800", "\udc00x", "x\ud800y"]) assert.equal(normalizeText(text), undefined);
  assert.equal(normalizeText("e\u0301"), "\u00e9");
});

test("names change their case", () => {
  assert.equal(snakeCase("createdAt"), "created_at");
  assert.equal(kebabCase("channelActivity"), "channel-activity");
  assert.equal(pascalCase("channelActivity"), "ChannelActivity");
  assert.equal(pascalCase("my-app_name"), "MyAppName");
});
