// grpc.health.v1, as the gRPC project defines it (grpc/health/v1/health.proto).

import type { ProtoFile } from "../wire-types.ts";
import { foreignFile, text } from "./foreign-file.ts";

const path = "grpc/health/v1/health.proto";
const file = foreignFile(path, "grpc.health.v1");

/** Names a service; empty: the whole server. */
export const healthCheckRequest = file.message("HealthCheckRequest", { service: [1, text] });

const servingStatus = file.enumOf("HealthCheckResponse", "ServingStatus", [
  "UNKNOWN",
  "SERVING",
  "NOT_SERVING",
  "SERVICE_UNKNOWN",
]);

/** How a service does. */
export const healthCheckResponse = file.message(
  "HealthCheckResponse",
  { status: [1, { kind: "enum", enum: servingStatus }] },
  { enums: [servingStatus] },
);

const method = { input: healthCheckRequest, output: healthCheckResponse, deprecated: false, comment: undefined };

/** The file with the service. */
export const healthFile: ProtoFile = {
  path,
  package: "grpc.health.v1",
  messages: [healthCheckRequest, healthCheckResponse],
  services: [
    {
      name: "Health",
      fullName: "grpc.health.v1.Health",
      comment: undefined,
      methods: [
        { ...method, name: "Check", streams: "none" },
        { ...method, name: "Watch", streams: "server" },
      ],
    },
  ],
};
