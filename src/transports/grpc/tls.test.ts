import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import test from "node:test";
import { type ChannelCredentials, credentials } from "@grpc/grpc-js";
import { makeCertificate } from "./fixture/certificate.fixture.ts";
import { type Opened, openServer } from "./fixture/server.fixture.ts";
import type { TlsOptions } from "./options.ts";

const id = "0190a6f2-0000-7000-8000-000000000001";
const handlers = { "messages.remove": () => undefined };

/** The certificates name localhost; the connection goes to the loopback address. */
function open(options: { readonly tls: TlsOptions }, channel: ChannelCredentials): Promise<Opened> {
  return openServer(handlers, options, channel, { "grpc.ssl_target_name_override": "localhost" });
}

const authority = makeCertificate("authority");
const { key, certificate } = makeCertificate("server", authority);

test("with TLS a client that trusts the authority is answered, one that does not is not", async () => {
  const trusting = credentials.createSsl(authority.certificate);
  await using opened = await open({ tls: { key, certificate } }, trusting);
  assert.deepEqual((await opened.call("messages.remove", { id })).value, {});
  const stranger = credentials.createSsl(makeCertificate("other").certificate);
  await using other = await open({ tls: { key, certificate } }, stranger);
  await assert.rejects(other.call("messages.remove", { id }, {}, 1000), { code: "UNAVAILABLE" });
});

test("with client authorities only a client with a certificate of theirs is answered", async () => {
  const tls = { key, certificate, clientAuthorities: authority.certificate };
  const client = makeCertificate("client", authority);
  const known = credentials.createSsl(authority.certificate, client.key, client.certificate);
  await using opened = await open({ tls }, known);
  assert.deepEqual((await opened.call("messages.remove", { id })).value, {});
  await using nameless = await open({ tls }, credentials.createSsl(authority.certificate));
  await assert.rejects(nameless.call("messages.remove", { id }, {}, 1000), { code: "UNAVAILABLE" });
  const self = makeCertificate("self");
  const foreign = credentials.createSsl(authority.certificate, self.key, self.certificate);
  await using forged = await open({ tls }, foreign);
  await assert.rejects(forged.call("messages.remove", { id }, {}, 1000), { code: "UNAVAILABLE" });
});

test("a client that speaks no TLS, or stops amid it, does no harm", async () => {
  await using opened = await open({ tls: { key, certificate } }, credentials.createSsl(authority.certificate));
  const port = Number(opened.address.split(":")[1]);
  const plain = connect(port, "127.0.0.1");
  plain.on("error", () => {});
  plain.resume().write("GET / HTTP/1.1\r\n\r\n");
  await once(plain, "close");
  const half = connect(port, "127.0.0.1");
  await once(half, "connect");
  half.write(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01]));
  half.resetAndDestroy();
  await once(half, "close");
  assert.deepEqual((await opened.call("messages.remove", { id })).value, {});
});
