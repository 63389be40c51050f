import assert from "node:assert/strict";
import { test } from "node:test";
import { callerKey } from "./bucket-key.ts";

const user = { id: "ann", roles: [], scopes: [] };

test("a call counts for its user, and where nobody is signed in for its address", () => {
  assert.equal(callerKey(undefined, { user, address: "192.0.2.1", input: {} }), "u:ann");
  assert.equal(callerKey("user", { user, address: "192.0.2.1", input: {} }), "u:ann");
  assert.equal(callerKey("address", { user, address: "192.0.2.1", input: {} }), "a:192.0.2.1");
  assert.equal(callerKey(undefined, { user: undefined, address: "192.0.2.1", input: {} }), "a:192.0.2.1");
  assert.equal(callerKey(undefined, { user: undefined, address: undefined, input: {} }), undefined);
});

test("an IPv6 address counts by its /64, however it is written", () => {
  const keyOf = (address: string): string | undefined => callerKey("address", { user: undefined, address, input: {} });
  const same = ["2001:db8:0:1::1", "2001:0DB8:0000:0001:ffff:ffff:ffff:ffff", "2001:db8:0:1:0:0:0:0"];
  assert.deepEqual(new Set(same.map(keyOf)).size, 1);
  assert.notEqual(keyOf("2001:db8:0:2::1"), keyOf("2001:db8:0:1::1"));
  assert.equal(keyOf("::1"), "a:0:0:0:0::/64");
});

test("a field's value is never in the key, and counts the same however it is spelled", () => {
  const keyOf = (email: unknown): string =>
    callerKey({ input: "email" }, { user, address: "192.0.2.1", input: { email } }) ?? "";
  assert.match(keyOf("ann@example.com"), /^i:[\w-]{43}$/);
  assert.equal(keyOf(" Ann@Example.COM "), keyOf("ann@example.com"));
  assert.equal(keyOf("ａnn@example.com"), keyOf("ann@example.com"), "full-width letters");
  assert.notEqual(keyOf("bob@example.com"), keyOf("ann@example.com"));
  assert.notEqual(keyOf({ at: 1 }), keyOf({ at: 2 }));
  assert.equal(keyOf(undefined), "a:192.0.2.1", "a field left out counts for the address");
});
