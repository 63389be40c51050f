// Bare grpc-js answering each message of a bidi stream, with its own loader for messages.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  loadPackageDefinition,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServiceClientConstructor,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { protoFiles } from "../../src/transports/grpc/proto.ts";
import { report } from "../measure.ts";
import { echoApp } from "./echo.ts";

interface Said {
  readonly item?: unknown;
}

const folder = mkdtempSync(join(tmpdir(), "trivium-bench-"));
const file = join(folder, "echo.proto");
writeFileSync(file, protoFiles(echoApp.registry).get("proto/bench/echo/v1/echo.proto") ?? "");
// As the file says, which it was just made from.
const loaded = loadPackageDefinition(loadSync(file, { keepCase: false, longs: Number })) as unknown as {
  bench: { echo: { v1: { EchoService: ServiceClientConstructor } } };
};
rmSync(folder, { recursive: true });
const server = new Server({ "grpc.enable_channelz": 0 });
server.addService(loaded.bench.echo.v1.EchoService.service, {
  talk(call: ServerDuplexStream<Said, unknown>) {
    call.on("data", ({ item }: Said) => {
      if (item === undefined) return;
      if (call.write(item)) return;
      call.pause();
      call.once("drain", () => call.resume());
    });
    call.on("end", () => call.end());
  },
});
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  report(port);
});
