// grpc.health.v1.Health: the process's readiness, asked once (Check) or followed (Watch).

import {
  type Server,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  status,
} from "@grpc/grpc-js";
import { createCodecs } from "./codec.ts";
import type { Readiness } from "./options.ts";
import { healthCheckRequest, healthCheckResponse, healthFile } from "./schema/foreign/health-types.ts";
import type { ProtoFile } from "./schema/wire-types.ts";

type ServingStatus = "SERVING" | "NOT_SERVING" | "SERVICE_UNKNOWN";

/** The health service of a server. */
export interface HealthService {
  /** Ends every Watch, which would else hold its connection open. */
  end(): void;
}

/** The name of a service; an object, as the library takes an empty text for a missing message. */
interface Asked {
  readonly service: string;
}

type Watcher = ServerWritableStream<Asked, ServingStatus>;

/** Adds the health service. It answers for the whole server (the empty name) and for each service by its full name. */
export function addHealth(server: Server, readiness: Readiness, files: readonly ProtoFile[]): HealthService {
  const codecs = createCodecs();
  const input = codecs(healthCheckRequest);
  const output = codecs(healthCheckResponse);
  const encode = (serving: ServingStatus): Buffer => output.encode({ status: serving });
  const decode = (bytes: Buffer): Asked => ({ service: String(input.decode(bytes).service ?? "") });
  const services = [healthFile, ...files].flatMap((file) => file.services);
  const names = new Set(["", ...services.map((service) => service.fullName)]);
  const watchers = new Set<Watcher>();
  const check = (call: ServerUnaryCall<Asked, ServingStatus>, answer: sendUnaryData<ServingStatus>): void => {
    if (!names.has(call.request.service)) answer({ code: status.NOT_FOUND, details: "There is no such service" });
    else void currentStatus(readiness).then((serving) => answer(null, serving));
  };
  const watch = (call: Watcher): void => {
    watchers.add(call);
    call.once("close", () => watchers.delete(call));
    if (names.has(call.request.service)) follow(readiness, call);
    else call.write("SERVICE_UNKNOWN");
  };
  server.register("/grpc.health.v1.Health/Check", check, encode, decode, "unary");
  server.register("/grpc.health.v1.Health/Watch", watch, encode, decode, "serverStream");
  return {
    end() {
      for (const call of watchers) call.emit("error", { code: status.UNAVAILABLE, details: "The server is stopping" });
    },
  };
}

async function currentStatus(readiness: Readiness): Promise<ServingStatus> {
  return readiness.report().then(
    ({ ready }) => (ready ? "SERVING" : "NOT_SERVING"),
    () => "NOT_SERVING",
  );
}

/** Sends the status at once and after each change, never the same twice in a row, until the client goes away. */
function follow(readiness: Readiness, call: Watcher): void {
  let last: ServingStatus | undefined;
  const send = (serving: ServingStatus): void => {
    if (serving !== last) call.write(serving);
    last = serving;
  };
  call.once(
    "close",
    readiness.onChange((ready) => send(ready ? "SERVING" : "NOT_SERVING")),
  );
  void currentStatus(readiness).then((serving) => {
    // A change that came while the first report was awaited is newer than that report.
    if (last === undefined) send(serving);
  });
}
