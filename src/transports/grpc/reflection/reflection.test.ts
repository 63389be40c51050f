import assert from "node:assert/strict";
import { once } from "node:events";
import test from "node:test";
import { create, createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import { type FileDescriptorProto, FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { createCodecs } from "../codec.ts";
import { type Opened, openServer } from "../fixture/server.fixture.ts";
import { reflectionVersion } from "./reflection-types.ts";

type Plain = Record<string, unknown>;

/** Sends all requests, closes the sending side at once, and answers all answers: as the reference clients do. */
async function ask(opened: Opened, version: "v1" | "v1alpha", ...requests: readonly Plain[]): Promise<Plain[]> {
  const codecs = createCodecs();
  const { request, response } = reflectionVersion(version);
  const call = opened.client.makeBidiStreamRequest(
    `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
    (value: Plain) => codecs(request).encode(value),
    (bytes: Buffer) => codecs(response).decode(bytes),
  );
  const answers: Plain[] = [];
  call.on("data", (answer: Plain) => answers.push(answer));
  for (const each of requests) call.write(each);
  call.end();
  await once(call, "end");
  return answers;
}

function filesIn(answer: Plain | undefined): FileDescriptorProto[] {
  const files = answer?.fileDescriptorResponse as { fileDescriptorProto: string[] } | undefined;
  return (files?.fileDescriptorProto ?? []).map((text) =>
    fromBinary(FileDescriptorProtoSchema, Buffer.from(text, "base64")),
  );
}

const services = [
  "grpc.health.v1.Health",
  "grpc.reflection.v1.ServerReflection",
  "grpc.reflection.v1alpha.ServerReflection",
  "my_chat.api_keys.v2.ApiKeysService",
  "my_chat.messages.v1.MessagesService",
];

for (const version of ["v1", "v1alpha"] as const) {
  test(`${version} lists every service`, async () => {
    await using opened = await openServer({});
    const [answer] = await ask(opened, version, { listServices: "*" });
    const list = answer?.listServicesResponse as { service: { name: string }[] } | undefined;
    const listed = (list?.service ?? []).map(({ name }) => name);
    assert.deepEqual(listed.toSorted(), services);
  });

  test(`${version} gives each service's file with all that it imports, so that it resolves by itself`, async () => {
    await using opened = await openServer({});
    const answers = await ask(opened, version, ...services.map((name) => ({ fileContainingSymbol: name })));
    for (const [index, name] of services.entries()) {
      // In order, a dependency first: what does not resolve throws.
      const registry = createFileRegistry(
        create(FileDescriptorSetSchema, { file: filesIn(answers[index]).toReversed() }),
      );
      assert.ok(registry.getService(name), name);
    }
  });
}

test("symbols are messages, fields, enums, values and methods; files go by their name", async () => {
  await using opened = await openServer({});
  const base = "my_chat.messages.v1";
  const symbols = [
    `${base}.Message`,
    `${base}.Message.channel_id`,
    `${base}.EchoRequest.Color`,
    `${base}.EchoRequest.Change.Posted`,
    `${base}.MessagesService.Get`,
    `.${base}.Message`,
  ];
  const answers = await ask(
    opened,
    "v1",
    ...symbols.map((fileContainingSymbol) => ({ fileContainingSymbol })),
    { fileByFilename: "google/protobuf/struct.proto" },
    { fileByFilename: "google/rpc/error_details.proto" },
  );
  assert.deepEqual(
    answers.map((answer) => filesIn(answer)[0]?.name),
    [
      ...symbols.map(() => "my_chat/messages/v1/messages.proto"),
      "google/protobuf/struct.proto",
      "google/rpc/error_details.proto",
    ],
  );
});

test("what is not there is a NOT_FOUND answer, and the stream goes on", async () => {
  await using opened = await openServer({});
  const asked = [
    { fileContainingSymbol: "nope.Nope" },
    { fileByFilename: "nope.proto" },
    { fileContainingExtension: { containingType: "a.B", extensionNumber: 7 } },
    { allExtensionNumbersOfType: "a.B" },
    { fileContainingSymbol: "grpc.health.v1.Health" },
  ];
  const answers = await ask(opened, "v1", ...asked);
  const codes = answers.map((answer) => (answer.errorResponse as Plain | undefined)?.errorCode);
  assert.deepEqual(codes, [5, 5, 5, 5, undefined]);
  assert.deepEqual(answers[0]?.originalRequest, asked[0]);
});
