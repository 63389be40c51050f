// Messages of bidi streams over gRPC: CPU of the server per message, ours beside bare grpc-js.
// Usage: grpc.ts [rounds] [messages].

import { once } from "node:events";
import { Client, credentials } from "@grpc/grpc-js";
import { createCodecs } from "../../src/transports/grpc/codec.ts";
import { createGrpcSchema } from "../../src/transports/grpc/schema/schema.ts";
import { type Contestant, measure, table } from "../measure.ts";
import { echoApp, said } from "./echo.ts";

const streams = 16;
const inFlight = 8;
const codecs = createCodecs();
const [method] = createGrpcSchema(echoApp.registry).methods;
if (method === undefined) throw new Error("the bench has no stream");
const encode = codecs(method.method.input).encode;
const opening = encode({ open: {} });
const message = encode({ item: said });

/** Holds some conversations at once, each with some messages that are not answered yet. */
async function talk(port: number, messages: number): Promise<void> {
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

const server = (name: string): URL => new URL(name, import.meta.url);
const contestants: Contestant[] = [
  { name: "bare grpc-js", server: server("grpc-bare-echo.ts"), load: talk },
  { name: "Trivium", server: server("grpc-trivium-echo.ts"), load: talk },
];
const [rounds = "9", messages = "40000"] = process.argv.slice(2);
const measured = await measure(contestants, Number(rounds), Number(messages));
const rate = (name: string): number => 1e6 / (measured.find((each) => each.name === name)?.median ?? 1);
console.log(`Bidi messages over gRPC, µs of the server's CPU for each taken and answered, median of ${rounds}

| | median | smallest | to bare |
| --- | --- | --- | --- |
${table(measured, "bare grpc-js")}

Messages per CPU second: ${(rate("Trivium") / rate("bare grpc-js")).toFixed(2)} × bare grpc-js`);
