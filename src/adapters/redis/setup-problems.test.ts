import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { type TestContext, test } from "node:test";
import { SetupError } from "../../core/setup-error.ts";
import { command, newPrefix, testOnServer } from "./redis-server.fixture.ts";
import { createRedisStore } from "./redis-store.ts";
import { serverInfoFrom, serverProblems } from "./setup-problems.ts";

/** Milliseconds. */
const connectTimeout = 500;

/** The one problem of a start with this address, told within the time for connecting. */
async function problemAt(url: string): Promise<string> {
  const start = performance.now();
  const opening = createRedisStore({ url, prefix: newPrefix(), firstEver: false, connectTimeout });
  const error = await opening.then(
    async (store) => {
      await store.close();
      return undefined;
    },
    (thrown: unknown) => thrown,
  );
  const took = performance.now() - start;
  assert.ok(error instanceof SetupError, `${url}: ${error}`);
  assert.ok(took < connectTimeout + 2_000, `${took} ms`);
  assert.equal(error.problems.length, 1);
  return String(error.problems[0]);
}

async function listening(context: TestContext, server: Server): Promise<string> {
  await once(server.listen(0, "127.0.0.1"), "listening");
  context.after(() => server.close());
  return `redis://127.0.0.1:${(server.address() as AddressInfo).port}`; // a TCP server's address is never a path
}

test("what is not an address is told as such", async () => {
  for (const url of ["", "localhost:6379", "http://localhost:6379", "postgres://localhost/x"])
    assert.match(await problemAt(url), /^REDIS_URL is not the address of a Redis server/);
});

test("nobody listens", async (context) => {
  const server = createServer();
  const url = await listening(context, server);
  server.close();
  assert.match(
    await problemAt(url),
    /^REDIS_URL: 127\.0\.0\.1:\d+ cannot be reached \(.*ECONNREFUSED.*start the server/,
  );
});

test("a server of HTTP listens", async (context) => {
  const server = createHttpServer((_, response) => response.end("hello"));
  assert.match(await problemAt(await listening(context, server)), /^REDIS_URL: 127\.0\.0\.1:\d+ cannot be reached/);
});

test("somebody listens and says nothing", async (context) => {
  const server = createServer((socket) => context.after(() => socket.destroy()));
  const problem = await problemAt(await listening(context, server));
  assert.match(problem, /^REDIS_URL: 127\.0\.0\.1:\d+ cannot be reached \(no answer within 500 ms\)/);
});

const password = ["--requirepass", "open sesame"];

testOnServer(
  "a password is wrong, or missing; none is shown",
  async ({ url }) => {
    const wrong = await problemAt(url.replace("//", "//:hunter2@"));
    assert.match(wrong, /refuses the user or the password: correct them$/);
    assert.doesNotMatch(wrong, /hunter2/);
    assert.match(await problemAt(url), /asks for a password: put it into the address/);
    const store = await createRedisStore({
      url: url.replace("//", "//:open%20sesame@"),
      prefix: newPrefix(),
      firstEver: true,
    });
    await store.close();
  },
  password,
);

testOnServer("a right is missing", async ({ url }) => {
  const limited = url.replace("//", "//limited:pw@");
  for (const rights of ["-evalsha", "-eval", "-info", "-time", "-get", "-mget", "-set", "-exists", "-del", "-scan"]) {
    await command(url, "ACL", "SETUSER", "limited", "reset", "on", ">pw", "~*", "+@all", rights);
    assert.match(await problemAt(limited), /the user may not do what is needed/, rights);
  }
  await command(url, "ACL", "SETUSER", "limited", "reset", "on", ">pw", "~other:*", "+@all");
  assert.match(await problemAt(limited), /the user may not do what is needed/, "keys");
});

testOnServer("a database number does not exist", async ({ url }) => {
  assert.match(await problemAt(`${url}/99`), /has no such database number/);
});

testOnServer(
  "a policy would evict",
  async ({ url }) => {
    assert.match(await problemAt(url), /maxmemory-policy is allkeys-lru: .*set it to noeviction/);
  },
  ["--maxmemory-policy", "allkeys-lru"],
);

testOnServer(
  "the server is a replica",
  async ({ url }) => {
    assert.match(await problemAt(url), /is a replica, which takes no writes; use the address of its primary/);
  },
  ["--replicaof", "127.0.0.1 1"],
);

test("everything that is wrong with a server is told at once", () => {
  const info = "redis_version:6.2.14\r\nrole:slave\r\nmaxmemory_policy:volatile-ttl\r\nrun_id:abc\r\n";
  const problems = serverProblems(serverInfoFrom(info));
  assert.deepEqual(
    problems.map((problem) => problem.replace(/^REDIS_URL: /, "").slice(0, 38)),
    [
      "the server is version 6.2.14; use Redis",
      "the server is a replica, which takes n",
      "the server's maxmemory-policy is volat",
    ].map((text) => text.slice(0, 38)),
  );
  const fit = { runId: "abc", version: "7.0.15", role: "master", policy: "noeviction", maxMemory: 0 };
  assert.deepEqual(serverProblems(fit), []);
});
