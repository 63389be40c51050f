// Metadata as plain names and texts.

import { Metadata } from "@grpc/grpc-js";
import type { Pairs } from "./wire-service.ts";

/** Metadata as a handler sees it. */
export function pairsOf(metadata: Metadata): Record<string, string> {
  const text = (value: string | Buffer): string => (typeof value === "string" ? value : value.toString("base64"));
  return Object.fromEntries(
    Object.keys(metadata.getMap()).map((name) => [name, metadata.get(name).map(text).join(", ")]),
  );
}

/** Metadata of names and texts; a text under the name of binary metadata is its base64. */
export function metadataFrom(pairs: Pairs): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of pairs)
    metadata.add(name, name.endsWith("-bin") && typeof value === "string" ? Buffer.from(value, "base64") : value);
  return metadata;
}
