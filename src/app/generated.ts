// The files that are made from an app's contracts and kept in version control: what `trivium generate` writes.

import { fileURLToPath } from "node:url";
import type { Change } from "../compatibility/change.ts";
import { breakingChanges } from "../compatibility/compare.ts";
import { contractForm } from "../compatibility/form/snapshot.ts";
import { lockFrom, lockText } from "../compatibility/lock.ts";
import { type Consent, nextLock, type Step } from "../compatibility/next-lock.ts";
import { pinnedNumbering } from "../compatibility/numbering.ts";
import { protoFiles } from "../transports/grpc/proto.ts";
import type { Numbering } from "../transports/grpc/schema/numbering.ts";
import { createGrpcSchema } from "../transports/grpc/schema/schema.ts";
import { wireForm } from "../transports/grpc/schema/wire-form.ts";
import { asyncApiDocument } from "../transports/http/asyncapi/document.ts";
import { openApiDocument } from "../transports/http/openapi/document.ts";
import { apiInfo } from "./api-info.ts";
import type { App } from "./app.ts";
import { readLock } from "./contract-lock.ts";
import { assertSound } from "./problems.ts";

/** What generating an app gives. */
export interface Generation {
  /** Texts by path from the project's root: `openapi.json`, `asyncapi.json`, and one .proto below `proto/` a service. */
  readonly files: ReadonlyMap<string, string>;
  /** The lock, where the app names one. */
  readonly lock: { readonly path: string; readonly text: string } | undefined;
  /** What breaks who relies on the committed lock, and was not accepted. Nothing may be written while there is any. */
  readonly breaking: readonly Change[];
  /** Accepted names of which there is no change. */
  readonly idle: readonly string[];
}

const nothing: Consent = { accept: [], renames: [] };

/**
 * Generates. Pure but for reading the committed lock: equal contracts and an equal lock give equal texts. Throws
 * SetupError with every problem of an app that cannot start. `against` is the text of an older lock, to compare with
 * instead of the committed one; what the committed one accepts counts.
 */
export function generate(app: App, consent: Consent = nothing, against?: string): Generation {
  assertSound(app);
  const before = readLock(app);
  const numbering = pinnedNumbering(before?.wire, consent.renames);
  const files = documents(app, numbering);
  const { lock } = app.definition;
  if (lock === undefined) return { files, lock: undefined, breaking: [], idle: [] };
  const step = nextLock(before, presentOf(app, numbering), consent);
  return {
    files,
    lock: { path: fileURLToPath(lock), text: lockText(step.lock) },
    breaking: against === undefined ? step.breaking : breakingSince(against, step, app),
    idle: step.idle,
  };
}

/** The documents by path. Throws SetupError with every problem of an app that cannot start. */
export function generatedFiles(app: App): ReadonlyMap<string, string> {
  return generate(app).files;
}

function documents({ registry, definition }: App, numbering: Numbering): Map<string, string> {
  const info = apiInfo(definition);
  const text = (document: unknown): string => `${JSON.stringify(document, null, 2)}\n`;
  return new Map([
    ["openapi.json", text(openApiDocument(registry, info))],
    ["asyncapi.json", text(asyncApiDocument(registry, info))],
    ...protoFiles(registry, numbering),
  ]);
}

function presentOf({ registry, definition }: App, numbering: Numbering) {
  const { files, methods } = createGrpcSchema(registry, numbering);
  return {
    app: definition.name,
    version: definition.version ?? "0.0.0",
    contract: contractForm(registry),
    wire: wireForm(files, methods),
  };
}

/** Both what the committed lock has not agreed to, and what came between the older lock and it. */
function breakingSince(against: string, step: Step, { definition }: App): Change[] {
  const since = breakingChanges(lockFrom(against, definition.name, "The older lock"), step.lock);
  const known = new Set(since.map(({ name }) => name));
  return [...since, ...step.breaking.filter(({ name }) => !known.has(name))];
}
