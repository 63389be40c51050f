// The streams of events in the AsyncAPI document: one channel a stream, CloudEvents in Kafka's binary mode.

import type { EventType } from "../../../contract/event.ts";
import type { Registry } from "../../../contract/registry.ts";
import type { JsonObject, SchemaBook } from "../openapi/schemas.ts";
import { channelMessages, channelReference, messageReferences, type Parts } from "./parts.ts";

/** The channels of all streams whose events operations emit. */
export function eventParts({ app, operations }: Registry, book: SchemaBook): Parts[] {
  const events = new Map(operations.flatMap(({ contract }) => contract.emits).map((event) => [event.type, event]));
  return [...Map.groupBy(events.values(), ({ stream }) => stream)].map(([{ name, retention }, own]) => {
    const channel = `events.${name}`;
    const kept = retention === "forever" ? "for ever" : `for ${retention} days`;
    const types = own.map(({ type }) => type);
    return {
      channels: {
        [channel]: {
          address: name,
          title: `The stream ${name}`,
          description: `Events in the order of commits, per key, numbered from 1 without a gap; kept ${kept}.`,
          messages: channelMessages(types),
        },
      },
      operations: {
        [channel]: {
          action: "send",
          channel: channelReference(channel),
          summary: `Publish what happened to a ${name}`,
          messages: messageReferences(channel, types),
        },
      },
      messages: Object.fromEntries(own.map((event) => [event.type, eventMessage(app, event, book)])),
    };
  });
}

function eventMessage(app: string, { type, version, data }: EventType, book: SchemaBook): JsonObject {
  return {
    name: type,
    title: `${type}, version ${version}`,
    contentType: "application/json",
    headers: {
      type: "object",
      properties: {
        ce_specversion: { const: "1.0" },
        ce_id: { type: "string", format: "uuid", description: "The same for a repeated delivery" },
        ce_type: { const: type },
        ce_source: { type: "string", format: "uri-reference", description: `Where it comes from: ${app}` },
        ce_time: { type: "string", format: "date-time", description: "When the transaction wrote it" },
        ce_subject: { type: "string", description: "The key: events of one key are in order" },
        ce_sequence: { type: "string", pattern: "^[1-9][0-9]*$", description: "Its number within the key" },
        traceparent: { type: "string", description: "The trace that it belongs to (W3C)" },
      },
      required: ["ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time", "ce_subject", "ce_sequence"],
    },
    payload: book.schemaOf(data, "output"),
    "x-version": version,
  };
}
