// What an app's OpenAPI document says about the API as a whole: the same where it is served and where it is generated.

import type { ApiInfo } from "../transports/http/openapi/document.ts";
import type { AppDefinition } from "./app.ts";

/** Title, version and description of an app's API. */
export function apiInfo({ name, version, description }: AppDefinition): ApiInfo {
  return { title: name, version: version ?? "0.0.0", ...(description === undefined ? {} : { description }) };
}
