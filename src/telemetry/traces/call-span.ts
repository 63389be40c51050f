// The name and the attributes of a call's span, by the conventions of the road it came by.

import { SpanKind, type SpanOptions } from "@opentelemetry/api";
import { pascalCase } from "../../core/text.ts";
import type { ObservedCall } from "../observed-call.ts";
import { attribute } from "./conventions.ts";

/** How the span of a call begins: `GET /v1/messages/{id}`, `chat.messages.v1.MessagesService/Get`, `messages.get`. */
export function callSpanOptions(
  app: string,
  call: ObservedCall,
): { readonly name: string; readonly options: SpanOptions } {
  const { operation, road } = call;
  const attributes: Record<string, string> = {
    [attribute.operation]: operation.id,
    [attribute.road]: road,
    [attribute.requestId]: call.id,
  };
  if (call.address !== undefined) attributes[attribute.clientAddress] = call.address;
  if (road === "http") {
    const { method, path } = operation.route;
    attributes[attribute.httpMethod] = method;
    attributes[attribute.httpRoute] = path;
    return { name: `${method} ${path}`, options: { kind: SpanKind.SERVER, attributes } };
  }
  if (road === "grpc") {
    const name = rpcMethod(app, call);
    attributes[attribute.rpcSystem] = "grpc";
    attributes[attribute.rpcMethod] = name;
    return { name, options: { kind: SpanKind.SERVER, attributes } };
  }
  return { name: operation.id, options: { kind: SpanKind.INTERNAL, attributes } };
}

function rpcMethod(app: string, { operation }: ObservedCall): string {
  const { name, version } = operation.service;
  const scope = `${app.replaceAll("-", "_")}.${name.toLowerCase()}.v${version}`;
  return `${scope}.${pascalCase(name)}Service/${pascalCase(operation.name)}`;
}
