import assert from "node:assert/strict";
import { test } from "node:test";
import { model, z } from "../../../contract/index.ts";
import { AppError } from "../../../core/app-error.ts";
import { namesTag, tagMaker, versionFromIfMatch } from "./etag.ts";

const shape = { id: z.string(), version: z.int() };

test("a tag is made of version, contract and coding, and only for a model with a version", () => {
  const tag = tagMaker(model("Thing", shape));
  const plain = tag?.({ id: "a", version: 3 }, undefined) ?? "";
  assert.match(plain, /^"3-[0-9a-f]{8}"$/);
  assert.equal(tag?.({ id: "a", version: 3 }, "gzip"), plain.replace(/"$/, '-gzip"'));
  assert.notEqual(tagMaker(model("Thing", { ...shape, more: z.string() }))?.({ version: 3 }, undefined), plain);
  assert.equal(tagMaker(model("Thing", shape))?.({ version: 3 }, undefined), plain);
  assert.equal(tagMaker(z.object(shape)), undefined);
  assert.equal(tagMaker(model("Unversioned", { id: z.string() })), undefined);
  assert.equal(tagMaker(model("Texts", { version: z.string() })), undefined);
  assert.equal(tagMaker(undefined), undefined);
});

test("If-None-Match is compared weakly, item by item", () => {
  const tag = '"3-1a2b3c4d"';
  for (const header of [tag, `W/${tag}`, "*", ` "x" ,, ${tag}`, `"a,b", ${tag}`])
    assert.ok(namesTag(header, tag), header);
  for (const header of ["", '"3-1a2b3c4d-gzip"', '"3"', "3-1a2b3c4d", '"a', `x${tag}`])
    assert.ok(!namesTag(header, tag), header);
});

test("If-Match names the version, whatever contract or coding its tag was made of", () => {
  assert.equal(versionFromIfMatch('"3-1a2b3c4d"'), 3);
  assert.equal(versionFromIfMatch('"3-00000000-gzip", "3-1a2b3c4d-br"'), 3);
  assert.equal(versionFromIfMatch('W/"3-1a2b3c4d", "4-1a2b3c4d"'), 4);
  assert.equal(versionFromIfMatch("*"), undefined);
});

test("If-Match that no version can fulfil is a conflict, one that cannot be read is invalid", () => {
  const reasonOf = (header: string): string | undefined => {
    try {
      versionFromIfMatch(header);
    } catch (error) {
      return error instanceof AppError ? error.reason : String(error);
    }
    return undefined;
  };
  for (const header of ['W/"3-1a2b3c4d"', '"abc"', '"3"', '""'])
    assert.equal(reasonOf(header), "VERSION_CONFLICT", header);
  for (const header of ["3", "", '"3-1a2b3c4d', '"3-1a2b3c4d", "4-1a2b3c4d"', '*, "3-1a2b3c4d"'])
    assert.equal(reasonOf(header), "VALIDATION_FAILED", header);
});
