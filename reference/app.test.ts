import assert from "node:assert/strict";
import { test } from "node:test";
import app from "./app.ts";

test("the contracts fit together", () => {
  assert.deepEqual(app.registry.problems, []);
});

test("every operation says what it does, and shows an input where it takes one", () => {
  for (const { id, contract } of app.registry.operations) {
    assert.match(contract.summary, /^[A-Z].*[^.]$/, id);
    if (Object.keys(contract.input.shape).length > 0) assert.ok(contract.example !== undefined, id);
  }
});

test("the operations of the published shapes are served at their routes", () => {
  const routes = app.registry.operations.map(({ route }) => `${route.method} ${route.path} ${route.status}`);
  assert.deepEqual(routes.toSorted(), [
    "DELETE /v1/channels/{channelId}/members/me 204",
    "DELETE /v1/messages/{id} 204",
    "GET /v1/accounts/{accountId}/profile 200",
    "GET /v1/channels 200",
    "GET /v1/channels/{channelId}/converse 200",
    "GET /v1/channels/{channelId}/export 200",
    "GET /v1/channels/{channelId}/members 200",
    "GET /v1/channels/{channelId}/messages 200",
    "GET /v1/channels/{channelId}/watch 200",
    "GET /v1/channels/{id} 200",
    "GET /v1/me 200",
    "GET /v1/messages/search 200",
    "GET /v1/messages/{id} 200",
    "GET /v1/statistics/channels/top 200",
    "GET /v1/statistics/channels/{channelId}/activity 200",
    "PATCH /v1/channels/{id} 200",
    "PATCH /v1/messages/{id} 200",
    "POST /v1/accounts 201",
    "POST /v1/channels 201",
    "POST /v1/channels/{channelId}/import 200",
    "POST /v1/channels/{channelId}/members 201",
    "POST /v1/channels/{channelId}/messages 201",
    "POST /v1/channels/{channelId}/messages/batch 201",
    "POST /v1/channels/{id}/archive 200",
    "POST /v1/sessions 200",
  ]);
});
