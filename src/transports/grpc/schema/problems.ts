// What keeps an app's contracts from being served over gRPC, for the check at start.

import type { Registry } from "../../../contract/registry.ts";
import { createGrpcSchema } from "./schema.ts";

/** What has no faithful gRPC form in an app's contracts, all at once; each problem names its path. */
export function grpcProblems(registry: Registry): string[] {
  return [...createGrpcSchema(registry).problems];
}
