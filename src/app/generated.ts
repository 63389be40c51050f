// The files that are made from an app's contracts and kept in version control: what `trivium generate` writes.

import { protoFiles } from "../transports/grpc/proto.ts";
import { openApiDocument } from "../transports/http/openapi/document.ts";
import { apiInfo } from "./api-info.ts";
import type { App } from "./app.ts";
import { assertSound } from "./problems.ts";

/**
 * The text of each file by its path from the project's root: `openapi.json`, and one .proto below `proto/` for each
 * service. Pure: equal contracts give equal texts. Throws SetupError with every problem of an app that cannot start.
 */
export function generatedFiles(app: App): Map<string, string> {
  assertSound(app);
  const document = openApiDocument(app.registry, apiInfo(app.definition));
  return new Map([["openapi.json", `${JSON.stringify(document, null, 2)}\n`], ...protoFiles(app.registry)]);
}
