import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { SetupError } from "../../core/setup-error.ts";
import { createHealth, type Health } from "../../telemetry/health.ts";
import { createMetrics } from "../../telemetry/metrics/metrics.ts";
import { createAdminServer } from "./admin-server.ts";

async function started(t: TestContext): Promise<{ health: Health; url: string; port: number }> {
  const health = createHealth();
  const metrics = createMetrics({ app: "chat", process: false });
  const server = createAdminServer({ host: "127.0.0.1", port: 0, health, metrics });
  const port = await server.listen();
  t.after(() => server.close());
  return { health, port, url: `http://127.0.0.1:${port}` };
}

async function ask(url: string, method = "GET"): Promise<[number, string]> {
  const response = await fetch(url, { method });
  return [response.status, await response.text()];
}

test("probes follow the process from start to drain", async (t) => {
  const { health, url } = await started(t);
  assert.deepEqual(await ask(`${url}/livez`), [200, "ok\n"]);
  assert.deepEqual(await ask(`${url}/startupz`), [503, "not ready: starting\n"]);
  assert.deepEqual(await ask(`${url}/readyz`), [503, "not ready: starting\n"]);
  health.markReady();
  assert.deepEqual(await ask(`${url}/startupz`), [200, "ok\n"]);
  assert.deepEqual(await ask(`${url}/readyz`), [200, "ok\n"]);
  health.drain();
  assert.deepEqual(await ask(`${url}/startupz`), [200, "ok\n"]);
  assert.deepEqual(await ask(`${url}/readyz`), [503, "not ready: draining\n"]);
  assert.deepEqual(await ask(`${url}/livez`), [200, "ok\n"]);
});

test("verbose readiness shows each check by name, and no text of an error", async (t) => {
  const { health, url } = await started(t);
  health.markReady();
  health.addCheck({ name: "database", run: async () => Promise.reject(new Error("planted-secret")) });
  const [status, body] = await ask(`${url}/readyz?verbose`);
  assert.equal(status, 503);
  assert.deepEqual(JSON.parse(body), {
    phase: "ready",
    ready: false,
    checks: [{ name: "database", ok: false, required: true, problem: "Error" }],
  });
  assert.deepEqual(await ask(`${url}/readyz`), [503, "not ready: database\n"]);
});

test("metrics are Prometheus' text", async (t) => {
  const { url } = await started(t);
  const response = await fetch(`${url}/metrics`);
  assert.match(response.headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/);
  assert.match(await response.text(), /^trivium_calls_in_flight 0$/m);
});

test("HEAD answers without a body, other methods 405, other paths 404", async (t) => {
  const { url } = await started(t);
  assert.deepEqual(await ask(`${url}/metrics`, "HEAD"), [200, ""]);
  const refused = await fetch(`${url}/livez`, { method: "POST" });
  assert.deepEqual([refused.status, refused.headers.get("allow")], [405, "GET, HEAD"]);
  assert.equal((await ask(`${url}/v1/messages`))[0], 404);
  assert.equal((await ask(`${url}/livez/`))[0], 404);
});

test("a busy port is a set-up error that names the variable and the port", async (t) => {
  const { port, health } = await started(t);
  const metrics = createMetrics({ app: "chat", process: false });
  const second = createAdminServer({ host: "127.0.0.1", port, health, metrics });
  await assert.rejects(second.listen(), (error) => {
    assert.ok(error instanceof SetupError);
    assert.match(error.problems[0] ?? "", new RegExp(`^ADMIN_PORT: port ${port} is in use`));
    return true;
  });
});
