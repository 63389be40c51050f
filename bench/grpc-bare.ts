// Bare grpc-js answering one message by id, with its own loader for messages: what every gRPC service pays.

import { loadPackageDefinition, Server, ServerCredentials, type ServiceClientConstructor } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { report } from "./measure.ts";
import { sampleMessage } from "./sample.ts";

const definition = loadSync("chat/messages/v1/messages.proto", {
  includeDirs: ["proto"],
  keepCase: false,
  longs: Number,
});
const loaded = loadPackageDefinition(definition) as unknown as {
  chat: { messages: { v1: { MessagesService: ServiceClientConstructor } } };
};
const time = (text: string) => ({
  seconds: Math.floor(Date.parse(text) / 1000),
  nanos: (Date.parse(text) % 1000) * 1_000_000,
});
const answer = { ...sampleMessage, createdAt: time(sampleMessage.createdAt), updatedAt: time(sampleMessage.updatedAt) };
const server = new Server({ "grpc.enable_channelz": 0 });
server.addService(loaded.chat.messages.v1.MessagesService.service, {
  get: (_call: unknown, reply: (error: null, value: unknown) => void) => reply(null, answer),
});
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  report(port);
});
