// Messages of bidi streams over gRPC: CPU of the server per message, ours beside bare grpc-js.
// Usage: grpc.ts [rounds] [messages].

import { once } from "node:events";
import { Client, credentials } from "@grpc/grpc-js";
import { createCodecs } from "/work/main/src/transports/grpc/codec.ts";
import { createGrpcSchema } from "/work/main/src/transports/grpc/schema/schema.ts";
import { type Contestant, measure, table } from "/work/main/bench/measure.ts";
import { echoApp, said } from "/work/main/bench/streams/echo.ts";

const streams = 16;
const inFlight = 8;
const codecs = createCodecs();
const [method] = createGrpcSchema(echoApp.registry).methods;
if (method === undefined) throw new Error("the bench has no stream");
const encode = codecs(method.method.input).encode;
const opening = encode({ open: {} });
const message = encode({ item: said });

/** Holds some conversations at once, each with some messages that are not answered yet. */
export async function talk(port: number, messages: number): Promise<void> {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  await Promise.all(Array.from({ length: streams }, () => converse(client, messages / streams)));
  client.close();
}

async function converse(client: Client, messages: number): Promise<void> {
  const pass = (bytes: Buffer): Buffer => bytes;
  const call = client.makeBidiStreamRequest(method?.path ?? "", pass, pass);
  call.write(opening);
  let sent = 0;
  let heard = 0;
  const say = (): void => {
    if (sent++ < messages) call.write(message);
    else if (sent === Math.ceil(messages) + 1) call.end();
  };
  call.on("data", () => {
    heard++;
    say();
  });
  for (let first = 0; first < inFlight; first++) say();
  await once(call, "end");
  if (heard < messages) throw new Error(`${heard} of ${messages} messages were answered`);
}


