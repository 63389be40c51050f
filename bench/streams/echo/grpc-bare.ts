// Bare grpc-js giving back each message, with its own loader for messages: what every gRPC service pays. The protocol is
// that of the app, so that both are sent the same bytes.

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
import { protoFiles } from "../../../src/transports/grpc/proto.ts";
import { report } from "../../measure.ts";
import { echoApp } from "./app.ts";

const folder = mkdtempSync(join(tmpdir(), "trivium-bench-"));
const file = join(folder, "echo.proto");
for (const text of protoFiles(echoApp.registry).values()) writeFileSync(file, text);
const loaded = loadPackageDefinition(loadSync(file, { longs: Number })) as unknown as {
  bench: { echo: { v1: { EchoService: ServiceClientConstructor } } };
};
rmSync(folder, { recursive: true });

const server = new Server({ "grpc.enable_channelz": 0 });
server.addService(loaded.bench.echo.v1.EchoService.service, {
  talk(call: ServerDuplexStream<{ readonly item?: unknown }, unknown>) {
    call.on("data", ({ item }) => {
      if (item !== undefined && item !== null) call.write(item);
    });
    call.on("end", () => call.end());
  },
});
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  report(port);
});
