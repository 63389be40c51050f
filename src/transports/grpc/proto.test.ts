import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import test from "node:test";
import { promisify } from "node:util";
import { equals, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { z } from "zod";
import { query } from "../../contract/kinds/query.ts";
import { model } from "../../contract/model.ts";
import { createRegistry, type Registry } from "../../contract/registry.ts";
import { service } from "../../contract/service.ts";
import { fixtureRegistry } from "./fixture/contracts.fixture.ts";
import { protoFiles } from "./proto.ts";
import { fileDescriptor } from "./schema/descriptor.ts";
import { declarationOrder, type Numbering } from "./schema/numbering.ts";
import { createGrpcSchema } from "./schema/schema.ts";
import { operations } from "./streams/streams.fixture.ts";

/** The rules that lint the committed files too. */
const bufConfiguration = readFileSync(join(import.meta.dirname, "../../../buf.yaml"), "utf8");
const buf = join(dirname(createRequire(import.meta.url).resolve("@bufbuild/buf/package.json")), "bin", "buf");

/** Numbers with holes, and something out of use in every message and enum. */
const holes: Numbering = {
  numbers: (_, members) => members.map((_, index) => index * 2 + 1),
  reserved: () => ({ names: ["FORMER", "former"], numbers: [100, 102, 103] }),
};

/** Runs buf over the printed files of a registry. */
async function withFiles(
  registry: Registry,
  numbering: Numbering,
  use: (run: (...args: string[]) => Promise<string>, folder: string) => Promise<void>,
) {
  const folder = await mkdtemp(join(tmpdir(), "trivium-proto-"));
  try {
    for (const [path, text] of [...protoFiles(registry, numbering), ["buf.yaml", bufConfiguration] as const]) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    const run = async (...args: string[]): Promise<string> =>
      (await promisify(execFile)(process.execPath, [buf, ...args], { cwd: folder })).stdout;
    await use(run, folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Names that make references and JSON names hard. */
function awkwardRegistry(): Registry {
  const Chat = model(
    "Chat",
    { id: z.string(), foo_bar: z.string(), URL: z.string(), line2: z.string(), aB: z.string() },
    { owner: "chat" },
  );
  const nested = z.object({ chat: z.object({ chat: Chat, message: z.object({ google: z.string() }) }) });
  const get = (path: string, output: z.ZodType) =>
    query({ summary: "Read: it */ has\nlines", http: `GET /${path}`, output, access: "public" });
  return createRegistry("chat", [
    service(
      "chat",
      { version: 1, summary: "Holds Chat." },
      {
        get: get("a", Chat),
        deep: get("b", nested),
        chat: get("d", Chat),
      },
    ),
    service("google", { version: 1 }, { get: get("c", z.object({ chat: Chat, at: z.array(nested) })) }),
  ]);
}

for (const [name, registry, fileCount, numbering] of [
  ["fixture", fixtureRegistry(), 2, declarationOrder],
  ["awkward", awkwardRegistry(), 2, declarationOrder],
  ["streams", createRegistry("bench", [service("things", { version: 1 }, operations)]), 1, declarationOrder],
  ["reserved", fixtureRegistry(), 2, holes],
] as const) {
  test(`buf finds nothing to lint or to format in the printed files (${name})`, async () => {
    await withFiles(registry, numbering, async (run) => {
      assert.equal(await run("lint"), "");
      assert.equal(await run("format", "-d", "--exit-code"), "");
    });
  });

  test(`the printed files compile to the descriptors that the server uses (${name})`, async () => {
    await withFiles(registry, numbering, async (run, folder) => {
      await run("build", "--as-file-descriptor-set", "--exclude-source-info", "-o", "image.binpb");
      const set = fromBinary(FileDescriptorSetSchema, await readFile(join(folder, "image.binpb")));
      const { files } = createGrpcSchema(registry, numbering);
      assert.equal(files.length, fileCount);
      for (const file of files) {
        const compiled = set.file.find((each) => each.name === file.path);
        assert.ok(compiled !== undefined, file.path);
        const made = fileDescriptor(file);
        assert.ok(equals(FileDescriptorProtoSchema, compiled, made), JSON.stringify([compiled, made], null, 1));
      }
    });
  });
}

test("printing is stable and says what the contract says", () => {
  const files = protoFiles(fixtureRegistry());
  assert.deepEqual([...files], [...protoFiles(fixtureRegistry())]);
  const text = files.get("proto/my_chat/messages/v1/messages.proto") ?? "";
  assert.match(text, /\/\/ Remove a message\.\n {2}\/\/\n {2}\/\/ HTTP: DELETE \/v1\/messages\/\{id\}/);
  assert.match(text, /rpc Remove\(RemoveRequest\) returns \(RemoveResponse\) \{\n {4}option deprecated = true;/);
  assert.match(text, /\/\/ What the node is called\.\n {2}optional string name = 1;/);
});

test("streams are methods with the stream on the side that sends many; what a client sends opens, or is an item", () => {
  const registry = createRegistry("bench", [service("things", { version: 1 }, operations)]);
  const text = protoFiles(registry).get("proto/bench/things/v1/things.proto") ?? "";
  assert.match(text, /rpc Count\(CountRequest\) returns \(stream CountResponse\);/);
  assert.match(text, /rpc Sum\(stream SumRequest\) returns \(SumResponse\);/);
  assert.match(text, /rpc Echo\(stream EchoRequest\) returns \(stream EchoResponse\);/);
  assert.ok(
    text.includes(`message EchoRequest {
  oneof message {
    // The first message, and only that.
    EchoOpen open = 1;
    // Each message after the first.
    EchoItem item = 2;
  }
}

message EchoOpen {
  optional string room = 1;
}

message EchoItem {
  optional int64 n = 1;
  optional string text = 2;
}
`),
    text,
  );
});
