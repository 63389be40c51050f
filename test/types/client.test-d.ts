// What compiles of a client, and what must not. Checked by tsc: an unused @ts-expect-error is an error too.

import { createClient, isFailure } from "trivium/client";
import { grpcTransport } from "trivium/client/grpc";
import {
  bidiStream,
  clientStream,
  command,
  failure,
  model,
  query,
  serverStream,
  service,
  timestamp,
  z,
} from "trivium/contract";

const Note = model("Note", { id: z.uuid(), text: z.string(), kind: z.enum(["private", "public"]), at: timestamp() });
const NoteNotFound = failure("NOTE_NOT_FOUND", {
  code: "NOT_FOUND",
  message: "There is no such note",
  details: { id: z.uuid(), tried: z.int() },
});
const Closed = failure("CLOSED", { code: "FAILED_PRECONDITION", message: "It is closed" });

const notes = service(
  "notes",
  { version: 1 },
  {
    read: query({ summary: "Read", http: "GET /notes/{id}", input: { id: z.uuid() }, output: Note, access: "user" }),
    list: query({
      summary: "List",
      http: "GET /notes",
      input: { limit: z.int().default(20) },
      output: z.object({ items: z.array(Note) }),
      access: "public",
    }),
    remove: command({ summary: "Remove", http: "DELETE /notes/{id}", input: { id: z.uuid() }, access: "user" }),
    ping: command({ summary: "Ping", http: "POST /ping", access: "public" }),
    watch: serverStream({
      summary: "Watch",
      http: "GET /notes/{id}/watch",
      input: { id: z.uuid(), after: z.string().optional() },
      output: Note,
      access: "user",
    }),
    fill: clientStream({
      summary: "Fill",
      http: "POST /notes/{id}/fill",
      open: { id: z.uuid() },
      item: { text: z.string().default("") },
      output: z.object({ lines: z.int() }),
      access: "user",
    }),
    talk: bidiStream({
      summary: "Talk",
      http: "GET /talk",
      item: { text: z.string() },
      output: Note,
      access: "public",
    }),
  },
);

const client = createClient({ notes, again: notes }, { url: "http://127.0.0.1:1", token: async () => "t" });
createClient({ notes }, { transport: grpcTransport({ address: "127.0.0.1:1", app: "types" }) });
// @ts-expect-error neither an url nor a transport
createClient({ notes }, {});
// @ts-expect-error one road, not two
createClient({ notes }, { url: "", transport: grpcTransport({ address: "", app: "types" }) });
// @ts-expect-error what is no contract
createClient({ notes: { read: 1 } }, { url: "" });

export async function calls(signal: AbortSignal): Promise<void> {
  const note = await client.notes.read({ id: "0" }, { signal, timeout: 100, retries: 1 });
  note.kind satisfies "private" | "public";
  note.at satisfies string;
  // @ts-expect-error a field that the contract does not name
  note.title;
  // @ts-expect-error a required field is missing
  await client.notes.read({});
  // @ts-expect-error the input is missing
  await client.notes.read();
  // @ts-expect-error a field of another type
  await client.notes.read({ id: 1 });
  // @ts-expect-error an unknown field
  await client.notes.read({ id: "0", more: true });
  // @ts-expect-error there is no such operation
  await client.notes.write({ id: "0" });
  // @ts-expect-error there is no such option
  await client.notes.read({ id: "0" }, { deadline: 1 });
  (await client.notes.list()).items satisfies readonly { readonly text: string }[];
  await client.again.list({ limit: 1 });
  (await client.notes.remove({ id: "0" })) satisfies void;
  await client.notes.ping({}, { requestId: "r" });
}

export async function streams(): Promise<void> {
  for await (const note of client.notes.watch({ id: "0" }, { resume: false })) note.text satisfies string;
  // @ts-expect-error many answers are no promise
  await client.notes.watch({ id: "0" }).then();
  const { lines } = await client.notes.fill({ id: "0" }, [{ text: "a" }, {}]);
  lines satisfies number;
  // @ts-expect-error an item of another type
  await client.notes.fill({ id: "0" }, [{ text: 1 }]);
  // @ts-expect-error the items are missing
  await client.notes.fill({ id: "0" });
  async function* items(): AsyncGenerator<{ text: string }> {
    yield { text: "a" };
  }
  for await (const note of client.notes.talk({}, items())) note.id satisfies string;
  // @ts-expect-error nothing is resumed where items were sent
  client.notes.talk({}, items(), { resume: true });
}

export function failures(error: unknown): void {
  if (isFailure(error, NoteNotFound)) {
    error.details.id satisfies string;
    error.details.tried satisfies number;
    error.reason satisfies "NOTE_NOT_FOUND";
    error.retryAfter satisfies number | undefined;
    // @ts-expect-error a detail that the failure does not have
    error.details.channelId satisfies string;
  }
  if (isFailure(error, Closed)) error.code satisfies string;
  // @ts-expect-error not narrowed
  error.details;
}
