// Entity tags: what a version looks like on the HTTP road, and the conditions that name one (RFC 9110, section 13).

import { createHash } from "node:crypto";
import { z } from "zod";
import { modelInfo } from "../../../contract/model.ts";
import { appError } from "../../../core/catalogue.ts";
import type { Coding } from "./accept.ts";

const tagPattern = /(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"/y;
const ownTag = /^([1-9]\d{0,15})-[0-9a-f]{8}(?:-(?:br|gzip))?$/;

/** An entity tag, as a client sent it. */
interface EntityTag {
  readonly weak: boolean;
  readonly opaque: string;
}

/**
 * Makes the entity tags of an output; undefined for one that has no version: only a model with an integer field
 * `version` has. A tag is made of the version and of the output's contract, so that a release that changes the contract
 * changes the tag, and it is a different one for each content coding, as a strong tag must be.
 */
export function tagMaker(
  output: z.core.$ZodType | undefined,
): ((value: unknown, coding: Coding) => string | undefined) | undefined {
  if (output === undefined || modelInfo(output) === undefined || !hasVersion(output)) return undefined;
  const hash = contractHash(output);
  return (value, coding) => {
    const version = (value as { readonly version?: unknown }).version; // the model has such a field
    if (typeof version !== "number") return undefined;
    return coding === undefined ? `"${version}-${hash}"` : `"${version}-${hash}-${coding}"`;
  };
}

function hasVersion(output: z.core.$ZodType): boolean {
  const schema = z.toJSONSchema(output, { unrepresentable: "any" });
  const version = schema.properties?.version;
  return typeof version === "object" && version.type === "integer";
}

function contractHash(output: z.core.$ZodType): string {
  const schema = JSON.stringify(z.toJSONSchema(output, { unrepresentable: "any" }));
  return createHash("sha256").update(schema).digest("hex").slice(0, 8);
}

/** Whether If-None-Match names the tag (weak comparison) or is `*`. A header that is not a list of tags names none. */
export function namesTag(ifNoneMatch: string, tag: string): boolean {
  const tags = parseTags(ifNoneMatch);
  if (tags === "*") return true;
  return tags?.some(({ opaque }) => `"${opaque}"` === tag) ?? false;
}

/**
 * The version that If-Match asks for; undefined for `*`, which asks for none. Weak tags and tags that this server never
 * made match no version: AppError VERSION_CONFLICT. Several versions, or no list of tags at all: VALIDATION_FAILED.
 */
export function versionFromIfMatch(ifMatch: string): number | undefined {
  const tags = parseTags(ifMatch);
  if (tags === "*") return undefined;
  if (tags === undefined) throw invalidIfMatch('must be an entity tag such as "3-1a2b3c4d", as a read answers it');
  const versions = new Set(tags.filter(({ weak }) => !weak).flatMap(({ opaque }) => ownTag.exec(opaque)?.[1] ?? []));
  const [version] = versions;
  if (version === undefined) throw appError("VERSION_CONFLICT");
  if (versions.size > 1) throw invalidIfMatch("must name one version");
  return Number(version);
}

function invalidIfMatch(problem: string): Error {
  return appError("VALIDATION_FAILED", {
    violations: [{ path: "version", message: `If-Match ${problem}`, rule: "invalid_if_match" }],
  });
}

/** A list of entity tags; undefined where the header is not one. */
function parseTags(header: string): readonly EntityTag[] | "*" | undefined {
  if (header.trim() === "*") return "*";
  const tags: EntityTag[] = [];
  let at = 0;
  while (at < header.length) {
    const next = header[at] as string; // at is inside
    if (next === " " || next === "\t" || next === ",") {
      at++;
      continue;
    }
    tagPattern.lastIndex = at;
    const match = tagPattern.exec(header);
    if (match === null) return undefined;
    tags.push({ weak: match[1] !== undefined, opaque: match[2] ?? "" });
    at = tagPattern.lastIndex;
  }
  return tags.length === 0 ? undefined : tags;
}
