// A server speaks the numbers of its lock; in production it does not start where the lock is behind the contracts.

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { Client, credentials } from "@grpc/grpc-js";
import { createApp, implement } from "trivium";
import { query, type Shape, service, z } from "trivium/contract";
import type { App } from "../../src/app/app.ts";
import { loadConfiguration } from "../../src/app/config/configuration.ts";
import { servedNumbers } from "../../src/app/contract-lock.ts";
import { generate } from "../../src/app/generated.ts";
import { serve } from "../../src/app/serve.ts";
import { createCodecs } from "../../src/transports/grpc/codec.ts";
import { declarationOrder, type Numbering } from "../../src/transports/grpc/schema/numbering.ts";
import { createGrpcSchema } from "../../src/transports/grpc/schema/schema.ts";

let folder: string;
let lock: URL;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "trivium-lock-"));
  lock = pathToFileURL(join(folder, "contract.lock.json"));
  const { lock: written } = generate(echoApp({ b: z.string() }));
  await writeFile(lock, written?.text ?? "");
});
after(() => rm(folder, { recursive: true }));

/** What it is told in `a` and `b`, it says. */
function echoApp(input: Shape, at: URL | "none" = lock): App {
  const echo = service(
    "echo",
    { version: 1 },
    {
      say: query({ summary: "Say", http: "GET /say", input, output: z.object({ said: z.string() }), access: "public" }),
    },
  );
  const say = async (given: Record<string, unknown>) => ({ said: `${given.a} ${given.b}` });
  return createApp({ name: "echo", services: [implement(echo, { say })], ...(at === "none" ? {} : { lock: at }) });
}

const grown = { a: z.string().optional(), b: z.string() };

const configuration = (environment: "development" | "production") => ({
  ...loadConfiguration({ HTTP_PORT: "0", GRPC_PORT: "0", ADMIN_PORT: "0", LOG_LEVEL: "silent" }).configuration,
  dataDir: join(folder, "data"),
  shutdownGrace: 0,
  environment,
});

test("the numbers are the lock's; what it does not know gets the next, as the generator would give it", () => {
  const numbers = ({ numbering }: { numbering: Numbering }) =>
    createGrpcSchema(echoApp(grown).registry, numbering).methods[0]?.method.input.fields.map(
      ({ name, number }) => `${name} = ${number}`,
    );
  assert.deepEqual(numbers({ numbering: declarationOrder }), ["a = 1", "b = 2"]);
  assert.deepEqual(numbers(servedNumbers(echoApp(grown))), ["a = 2", "b = 1"]);
  assert.deepEqual(servedNumbers(echoApp(grown)).unpinned, ["echo.echo.v1.SayRequest.a"]);
  assert.match([...generate(echoApp(grown)).files.values()].join(""), /string a = 2;\n {2}optional string b = 1;/);
});

test("without a lock nothing is pinned, and nothing is missing", () => {
  assert.deepEqual(servedNumbers(echoApp(grown, "none")).unpinned, []);
});

test("a lock that is named and not there pins nothing, and all is missing", () => {
  const { unpinned } = servedNumbers(echoApp(grown, new URL("nowhere.json", lock)));
  assert.deepEqual(unpinned, [
    "echo.echo.v1.SayRequest.a",
    "echo.echo.v1.SayRequest.b",
    "echo.echo.v1.SayResponse.said",
  ]);
});

test("production does not start with a lock that is behind, and says what to do", async () => {
  await assert.rejects(
    serve(echoApp(grown), configuration("production")),
    /contract\.lock\.json gives no number to echo\.echo\.v1\.SayRequest\.a: run `trivium generate`/,
  );
});

test("a running server speaks the lock's numbers to an older client", async (t) => {
  const app = echoApp(grown);
  const server = await serve(app, configuration("development"));
  t.after(() => server.stop());
  const client = new Client(server.addresses.grpc?.replace(/^.*\/\//, "") ?? "", credentials.createInsecure());
  t.after(() => client.close());
  const [older] = createGrpcSchema(echoApp({ b: z.string() }).registry).methods;
  assert.ok(older !== undefined);
  const codecs = createCodecs();
  const said = await new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      older.path,
      (value: unknown) => codecs(older.method.input).encode(value),
      (bytes: Buffer) => codecs(older.method.output).decode(bytes),
      { b: "hello" },
      (error, answer) => (error === null ? resolve(answer) : reject(error)),
    );
  });
  assert.deepEqual({ ...(said as object) }, { said: "undefined hello" });
});
