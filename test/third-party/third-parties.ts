// Independent clients and linters against the running service: run by .ci/run and `npm run third-parties`, not by
// `npm test`, which needs nothing installed. TRIVIUM_TOOLS names the folder that install.sh filled.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { delimiter, join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { ask, signUp } from "../kit/chat-client.ts";
import { type ChatPlace, type ChatServer, freshPlace, startChat } from "../kit/chat-server.ts";

/** The part of the package that is used here: it is installed with the tools, outside the checkout. */
interface AsyncApi {
  readonly Parser: new () => {
    parse(text: string): Promise<{ readonly diagnostics: readonly { readonly severity: number }[] }>;
  };
}

const root = resolve(import.meta.dirname, "../..");
const tools = process.env.TRIVIUM_TOOLS;
if (tools === undefined) throw new Error("TRIVIUM_TOOLS is not set: npm run third-parties sets it");
const path = [join(root, "node_modules/.bin"), `${tools}/npm/node_modules/.bin`, `${tools}/go`, `${tools}/python/bin`];

let place: ChatPlace;
let service: ChatServer;
let address = "";
let token = "";

before(async () => {
  place = await freshPlace();
  service = await startChat(place, { LOG_LEVEL: "info" });
  address = new URL(`http://${service.grpc.replace(/^.*\/\//, "")}`).host;
  ({ token } = await signUp(service.http, "third"));
});

after(async () => {
  await service.stop();
  await place.remove();
});

test("buf lint finds nothing in proto/", () => passes("buf", ["lint"]));

test("buf format would change nothing in proto/", () => passes("buf", ["format", "proto", "-d", "--exit-code"]));

for (const protocol of ["grpc-v1", "grpc-v1alpha"])
  test(`buf curl lists the services by reflection ${protocol}`, async () => {
    const listed = await bufCurl("--list-services", "--reflect-protocol", protocol, `http://${address}`);
    for (const name of ["chat.messages.v1.MessagesService", "grpc.health.v1.Health"])
      assert.ok(listed.split("\n").includes(name), listed);
  });

for (const protocol of ["grpc-v1", "grpc-v1alpha"])
  test(`buf curl calls an operation with a token by reflection ${protocol}`, async () => {
    const url = `http://${address}/chat.accounts.v1.AccountsService/Me`;
    const answer = await bufCurl("--reflect-protocol", protocol, "-H", `Authorization: Bearer ${token}`, url);
    assert.equal((JSON.parse(answer) as { email: string }).email, "third@example.com"); // what the call answers is an Account
  });

test("grpcurl describes every service and every message it names", async () => {
  const services = (await run("grpcurl", ["-plaintext", address, "list"])).trim().split("\n");
  assert.ok(services.includes("chat.messages.v1.MessagesService"), services.join());
  for (const name of services) await run("grpcurl", ["-plaintext", address, "describe", name]);
});

test("grpcurl describes and calls the health service", async () => {
  const described = await run("grpcurl", ["-plaintext", address, "describe", "grpc.health.v1.Health"]);
  assert.match(described, /rpc Check \( \.grpc\.health\.v1\.HealthCheckRequest \)/);
  const answer = await run("grpcurl", ["-plaintext", address, "grpc.health.v1.Health/Check"]);
  assert.deepEqual(JSON.parse(answer), { status: "SERVING" });
});

test("buf curl reads a server stream and holds a conversation", async () => {
  const method = (name: string): string => `http://${address}/chat.messages.v1.MessagesService/${name}`;
  const bearer = ["-H", `Authorization: Bearer ${token}`];
  const created = await ask(`${service.http}/v1/channels`, { token, body: { name: "curl" } });
  const { id } = created.body as { id: string }; // a channel, as the contract says
  const said = [{ open: { channelId: id } }, { item: { body: "one" } }, { item: { body: "two" } }];
  const heard = await bufCurl(...bearer, "-d", said.map((each) => JSON.stringify(each)).join("\n"), method("Converse"));
  assert.deepEqual(heard.match(/"type": *"[A-Z_]*ACCEPTED"/g)?.length, 2, heard);
  const exported = await bufCurl(...bearer, "-d", JSON.stringify({ channelId: id }), method("ExportAll"));
  assert.deepEqual(
    [...exported.matchAll(/"body": *"(\w+)"/g)].map(([, body]) => body),
    ["one", "two"],
  );
});

test("Python's grpcio: reflection, health, calls of all kinds, rich errors", () =>
  passes("python", ["test/third-party/grpc_client.py", address, token]));

test("redocly finds no error in openapi.json", () =>
  passes("redocly", ["lint", "openapi.json", "--extends", "recommended"]));

test("spectral finds no error in openapi.json", () =>
  passes("spectral", ["lint", "openapi.json", "--ruleset", "test/third-party/spectral.yaml"]));

test("AsyncAPI's own parser finds no error in asyncapi.json", async () => {
  const { Parser } = createRequire(`${tools}/npm/`)("@asyncapi/parser") as AsyncApi;
  const { diagnostics } = await new Parser().parse(await readFile(join(root, "asyncapi.json"), "utf8"));
  const errors = diagnostics.filter(({ severity }) => severity === 0);
  assert.deepEqual(errors, []);
});

test("schemathesis finds no failure over /openapi.json", { timeout: 300_000 }, () =>
  passes("schemathesis", [
    ...["--config-file", "test/third-party/schemathesis.toml", "--no-color"],
    ...["run", `${service.http}/openapi.json`, "--url", service.http, "--header", `Authorization: Bearer ${token}`],
    // It speaks no WebSocket and writes no NDJSON, and waits for the end of what has none.
    ...["messages.converse", "messages.importMany", "messages.watch"].flatMap((id) => ["--exclude-operation-id", id]),
    ...["--mode", "all", "--phases", "examples,coverage,fuzzing,stateful", "--max-examples", "30"],
    ...["--seed", process.env.TRIVIUM_SEED ?? "1"],
    ...["--checks", "all", "--exclude-checks", "positive_data_acceptance,negative_data_rejection"],
    ...["--request-timeout", "10"],
  ]),
);

test("the service is as alive as before, and has met no unknown error", async () => {
  const { status } = await ask(`${service.http}/v1/me`, { token });
  assert.equal(status, 200);
  const unknown = service
    .output()
    .split("\n")
    .filter((line) => /"code":"(INTERNAL|UNKNOWN)"/.test(line));
  assert.deepEqual(unknown, []);
});

function bufCurl(...args: string[]): Promise<string> {
  return run("buf", ["curl", "--protocol", "grpc", "--http2-prior-knowledge", ...args]);
}

async function passes(command: string, args: readonly string[]): Promise<void> {
  await run(command, args);
}

/** Answers what it printed on stdout; fails with all that it printed when it ends with another code than 0. */
function run(command: string, args: readonly string[]): Promise<string> {
  const env = { ...process.env, PATH: [...path, process.env.PATH].join(delimiter), REDOCLY_TELEMETRY: "off" };
  return new Promise((answer, reject) => {
    execFile(command, args, { cwd: root, env, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      if (error === null) answer(stdout);
      else reject(new Error(`${command} ${args.join(" ")}\n${stdout}\n${stderr}\n${error.code ?? error.signal}`));
    });
  });
}
