// Links between operations: what was made by one can be asked for, changed or removed by others.

import type { RegisteredOperation } from "../../../contract/registry.ts";
import { pathParams } from "../../../contract/route.ts";
import { tagMaker } from "../headers/etag.ts";
import type { JsonObject } from "./schemas.ts";

/**
 * The links of a command's answer: to every operation whose one path parameter its output fills. An `id` fills the
 * parameter that follows the path of the collection it belongs to; another field fills the parameter of its own name
 * within the same service.
 */
export function linksOf(source: RegisteredOperation, operations: readonly RegisteredOperation[]): JsonObject {
  const fields = outputFields(source);
  if (source.contract.kind !== "command" || fields.length === 0) return {};
  const collection = collectionOf(source);
  const links = operations.flatMap((target): [string, JsonObject][] => {
    const [param, ...others] = target.route.params;
    if (target === source || param === undefined || others.length > 0) return [];
    const before = target.route.path.slice(0, target.route.path.indexOf(`{${param}}`));
    const sameName = param !== "id" && source.service === target.service && fields.includes(param);
    const field = fields.includes("id") && before === collection ? "id" : sameName ? param : undefined;
    return field === undefined ? [] : [[target.id, linkTo(target, param, field, source)]];
  });
  return Object.fromEntries(links);
}

function outputFields({ contract }: RegisteredOperation): string[] {
  const { output } = contract;
  return output !== undefined && "shape" in output ? Object.keys(output.shape as object) : []; // only object schemas have a shape
}

/** The path before the id of what the operation answers: `/v1/messages/`. */
function collectionOf({ route }: RegisteredOperation): string {
  const path = route.location ?? route.path;
  const [first, ...others] = pathParams(path);
  if (first !== undefined && others.length === 0 && path.endsWith(`{${first}}`))
    return path.slice(0, path.indexOf("{"));
  return `${path}/`;
}

function linkTo(target: RegisteredOperation, param: string, field: string, source: RegisteredOperation): JsonObject {
  const tagged = target.contract.versioned && tagMaker(source.contract.output) !== undefined;
  return {
    operationId: target.id,
    description: target.contract.summary,
    parameters: {
      [param]: `$response.body#/${field}`,
      ...(tagged ? { "If-Match": "$response.header.ETag" } : {}),
    },
  };
}
