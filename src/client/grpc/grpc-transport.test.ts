import assert from "node:assert/strict";
import { test } from "node:test";
import { pinnedNumbering } from "../../compatibility/numbering.ts";
import { makeCertificate } from "../../transports/grpc/fixture/certificate.fixture.ts";
import { errorOf, serveThings } from "../client.fixture.ts";
import { createClient } from "../create-client.ts";
import { things } from "../things.fixture.ts";
import { type GrpcTransportOptions, grpcTransport } from "./grpc-transport.ts";

const authority = makeCertificate("authority");
const { key, certificate } = makeCertificate("server", authority);

/** What a client over this transport is answered. */
async function answered(options: GrpcTransportOptions): Promise<unknown> {
  const transport = grpcTransport(options);
  try {
    return await createClient({ things }, { transport, retries: 0, timeout: 2000 }).things.get({ id: "a" });
  } finally {
    transport.close();
  }
}

test("with TLS a server is called whose certificate an authority has signed, and no other", async (t) => {
  const { grpc } = await serveThings(t, { tls: { key, certificate } });
  const address = grpc.replace("127.0.0.1", "localhost"); // whom the certificate names
  const { id } = (await answered({ address, app: "bench", tls: { authorities: authority.certificate } })) as {
    id: string;
  };
  assert.equal(id, "a");
  for (const tls of [{}, { authorities: makeCertificate("other").certificate }, undefined])
    assert.equal((await errorOf(answered({ address, app: "bench", tls }))).reason, "UNREACHABLE");
});

test("the server's certificate may have to be answered by one of the client's", async (t) => {
  const { grpc } = await serveThings(t, { tls: { key, certificate, clientAuthorities: authority.certificate } });
  const address = grpc.replace("127.0.0.1", "localhost");
  const own = makeCertificate("client", authority);
  const tls = { authorities: authority.certificate, key: own.key, certificate: own.certificate };
  assert.ok(await answered({ address, app: "bench", tls }));
  const nameless = answered({ address, app: "bench", tls: { authorities: authority.certificate } });
  assert.equal((await errorOf(nameless)).reason, "UNREACHABLE");
});

test("fields have the numbers of the lock, which also names the app", async (t) => {
  const field = (number: number, json: string) => ({ number, type: "string", json });
  const fields = { id: field(12, "id"), size: field(7, "size"), colour: field(9, "colour") };
  const wire = { messages: { "bench.things.v1.Thing": { fields } }, enums: {}, methods: {} };
  const lock = JSON.stringify({
    lock: 1,
    app: "bench",
    accepted: [],
    operations: {},
    models: { input: {}, output: {} },
    events: {},
    wire,
  });
  const { grpc: address } = await serveThings(t, { numbering: pinnedNumbering(wire) });
  assert.deepEqual(await answered({ address, lock }), { id: "a", size: 1, colour: "red" });
  assert.notDeepEqual(await answered({ address, app: "bench" }), { id: "a", size: 1, colour: "red" });
  assert.throws(() => grpcTransport({ address, app: "other", lock }), /belongs to the app "bench"/);
});
