// The gRPC form of a whole registry: its files, and each operation's method. Made once, at start or for the printer.

import type { z } from "zod";
import { modelInfo } from "../../../contract/model.ts";
import { type Operation, sendsMany, takesMany } from "../../../contract/operation.ts";
import type { RegisteredOperation, Registry } from "../../../contract/registry.ts";
import type { ServiceInfo } from "../../../contract/service.ts";
import { pascalCase } from "../../../core/text.ts";
import {
  type Building,
  commentOf,
  discriminatorOf,
  emptyMessage,
  type Fill,
  isMessageSchema,
} from "./build/building.ts";
import { createMessageBuilder } from "./build/message-builder.ts";
import { requestMessages, streamRequest } from "./build/stream-request.ts";
import { unwrap } from "./build/unwrap.ts";
import { importCycles } from "./import-cycles.ts";
import { type ModelHome, modelHomes } from "./model-homes.ts";
import { filePath, packageName, serviceName } from "./names.ts";
import { declarationOrder, type Numbering } from "./numbering.ts";
import { operationComment } from "./operation-comment.ts";
import { clientStreams, type MessageType, type MethodType, type ProtoFile } from "./wire-types.ts";

/** An operation with its gRPC method. */
export interface OperationMethod {
  readonly operation: RegisteredOperation;
  /** As the wire names it: `/chat.messages.v1.MessagesService/Post`. */
  readonly path: string;
  readonly method: MethodType;
}

/** The gRPC form of an app. */
export interface GrpcSchema {
  readonly files: readonly ProtoFile[];
  readonly methods: readonly OperationMethod[];
  /** What has no faithful form, each with its path. The schema may be used only when there is none. */
  readonly problems: readonly string[];
}

/** Makes the schema. Never throws: all problems are listed. */
export function createGrpcSchema(registry: Registry, numbering: Numbering = declarationOrder): GrpcSchema {
  const problems: string[] = [];
  const homes = modelHomes(registry, problems);
  const models = new Map(homes.map((home) => [home.name, modelMessage(registry.app, home)]));
  const building: Building = { problems, numbering, modelMessage: (name) => models.get(name) };
  const fill = createMessageBuilder(building);
  for (const { name, schema } of homes) {
    const message = models.get(name) as MessageType; // made from the same list
    fill(schema, { message, path: `model ${name}: `, direction: "output", omit: undefined, around: [] });
  }
  const methods = registry.operations.map((operation) => operationMethod(registry.app, operation, building, fill));
  const files = [...Map.groupBy(methods, (method) => method.operation.service)].map(([service, own]) => {
    const ownModels = homes
      .filter((home) => home.service === service)
      .map((home) => models.get(home.name) as MessageType); // as above
    return protoFile(registry.app, service, ownModels, own, problems);
  });
  return { files, methods, problems: [...new Set([...problems, ...importCycles(files)])] };
}

/** Where a message of this name is at home. */
type Home = (messageName: string) => Pick<MessageType, "name" | "fullName" | "file">;

function modelMessage(app: string, { name, schema, service }: ModelHome): MessageType {
  const fullName = `${packageName(app, service)}.${name}`;
  return emptyMessage({ name, fullName, file: filePath(app, service), comment: commentOf(schema) });
}

function operationMethod(app: string, operation: RegisteredOperation, building: Building, fill: Fill): OperationMethod {
  const { contract, service } = operation;
  const name = pascalCase(operation.name);
  const home: Home = (messageName) => ({
    name: messageName,
    fullName: `${packageName(app, service)}.${messageName}`,
    file: filePath(app, service),
  });
  const input = inputMessage(operation, name, home, fill);
  const output = outputMessage(operation, home(`${name}Response`), building, fill);
  const comment = operationComment(operation);
  return {
    operation,
    path: `/${packageName(app, service)}.${serviceName(service)}/${name}`,
    method: {
      name,
      input,
      output,
      streams: streamsOf(contract),
      deprecated: contract.deprecated !== undefined,
      comment,
    },
  };
}

/** The request; of a client or bidi stream what it opens with, or an item. */
function inputMessage({ id, contract }: RegisteredOperation, name: string, home: Home, fill: Fill): MessageType {
  const messageOf = (schema: z.core.$ZodObject, messageName: string, part: string): MessageType => {
    const message = emptyMessage(home(messageName));
    fill(schema, { message, path: `${id} ${part}: `, direction: "input", omit: undefined, around: [] });
    return message;
  };
  const request = `${name}Request`;
  if (contract.item === undefined) return messageOf(contract.input, request, "input");
  const open = messageOf(contract.input, `${name}Open`, "open");
  return streamRequest(home(request), open, messageOf(contract.item, `${name}Item`, "item"));
}

function streamsOf(contract: Operation): MethodType["streams"] {
  if (takesMany(contract)) return sendsMany(contract) ? "both" : "client";
  return sendsMany(contract) ? "server" : "none";
}

function outputMessage(
  { contract, id }: RegisteredOperation,
  home: Pick<MessageType, "name" | "fullName" | "file">,
  building: Building,
  fill: Fill,
): MessageType {
  if (contract.output === undefined) return withoutFields(home, building);
  const output = unwrap(contract.output, "output");
  if (output === undefined || output.nullable || output.optional || !isMessageSchema(output.schema)) {
    building.problems.push(
      `${id} output: an answer that is not an object has no gRPC form: put it into a field of one`,
    );
    return emptyMessage(home);
  }
  const info = modelInfo(output.schema);
  if (info !== undefined) return building.modelMessage(info.name) ?? emptyMessage(home);
  return filled(output.schema, home, `${id} output: `, fill);
}

/** What it may have had once is out of use. */
function withoutFields(home: Pick<MessageType, "name" | "fullName" | "file">, { numbering }: Building): MessageType {
  numbering.numbers(home.fullName, []);
  return { ...emptyMessage(home), reserved: numbering.reserved(home.fullName) };
}

function filled(
  schema: z.core.$ZodObject | z.core.$ZodDiscriminatedUnion,
  home: Pick<MessageType, "name" | "fullName" | "file">,
  path: string,
  fill: Fill,
): MessageType {
  const message = emptyMessage({ ...home, comment: commentOf(schema), discriminator: discriminatorOf(schema) });
  fill(schema, { message, path, direction: "output", omit: undefined, around: [] });
  return message;
}

function protoFile(
  app: string,
  service: ServiceInfo,
  models: readonly MessageType[],
  methods: readonly OperationMethod[],
  problems: string[],
): ProtoFile {
  const path = filePath(app, service);
  const own = methods
    .flatMap(({ method }) => [...requestMessages(method.input, clientStreams(method)), method.output])
    .filter((message) => message.file === path);
  const messages = [...new Set([...own, ...models])];
  const name = serviceName(service);
  const pkg = packageName(app, service);
  const names = [name, ...messages.map((message) => message.name)];
  for (const twice of new Set(names.filter((each, index) => names.indexOf(each) !== index)))
    problems.push(`${pkg}: two things are called ${twice}: rename the model or the operation`);
  const type = {
    name,
    fullName: `${pkg}.${name}`,
    comment: service.summary,
    methods: methods.map(({ method }) => method),
  };
  return { path, package: pkg, messages, services: [type] };
}
