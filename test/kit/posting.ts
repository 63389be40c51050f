// Writers that post to a service until it takes no more, over HTTP and gRPC, and what became of each attempt.

import { Client, credentials, Metadata, type ServiceError, status } from "@grpc/grpc-js";
import chat from "../../reference/app.ts";
import { servedNumbers } from "../../src/app/contract-lock.ts";
import { createCodecs } from "../../src/transports/grpc/codec.ts";
import { createGrpcSchema } from "../../src/transports/grpc/schema/schema.ts";
import { ask } from "./chat-client.ts";
import type { ChatServer } from "./chat-server.ts";

/** What writers saw: bodies that were acknowledged, and those that were not, each with why. */
export interface Posted {
  readonly acknowledged: Set<string>;
  readonly refused: Map<string, string>;
}

/** Where and as whom to post. */
export interface PostingOptions {
  readonly token: string;
  readonly channelId: string;
  /** Over each road. */
  readonly writers: number;
  /** Ends writers whose service goes on. */
  readonly signal?: AbortSignal;
}

let made = 0;

/** Posts until the service cannot be reached any more, or the signal aborts. */
export async function postUntilGone(server: ChatServer, options: PostingOptions): Promise<Posted> {
  const posted: Posted = { acknowledged: new Set(), refused: new Map() };
  const client = new Client(server.grpc, credentials.createInsecure());
  const overGrpc = grpcPoster(client, options);
  const overHttp = httpPoster(server, options);
  const write = async (post: (body: string) => Promise<string | undefined>): Promise<void> => {
    let gone = 0;
    // A connection that was closed may be followed by another one: only what is refused again and again is gone.
    while (gone < 3 && options.signal?.aborted !== true) {
      const body = `message ${++made}`;
      const refusal = await post(body);
      if (refusal === undefined) posted.acknowledged.add(body);
      else posted.refused.set(body, refusal);
      gone = refusal === undefined ? 0 : gone + 1;
    }
  };
  await Promise.all(Array.from({ length: options.writers }, () => [write(overHttp), write(overGrpc)]).flat());
  client.close();
  return posted;
}

/** Answers undefined for a success, else what the client was told. */
function httpPoster({ http }: ChatServer, { token, channelId }: PostingOptions) {
  return async (body: string): Promise<string | undefined> => {
    try {
      const reply = await ask(`${http}/v1/channels/${channelId}/messages`, { token, body: { body } });
      return reply.status === 201 ? undefined : `http ${reply.status} ${JSON.stringify(reply.body)}`;
    } catch (error) {
      const cause = error instanceof Error ? error.cause : undefined;
      return `socket ${cause instanceof Error && "code" in cause ? cause.code : error}`;
    }
  };
}

function grpcPoster(client: Client, { token, channelId }: PostingOptions) {
  const found = createGrpcSchema(chat.registry, servedNumbers(chat).numbering).methods.find(
    (each) => each.operation.id === "messages.post",
  );
  if (found === undefined) throw new Error("the app has no messages.post");
  const codecs = createCodecs();
  const metadata = new Metadata();
  metadata.set("authorization", `Bearer ${token}`);
  return (body: string): Promise<string | undefined> =>
    new Promise((resolve) => {
      client.makeUnaryRequest(
        found.path,
        (value: unknown) => codecs(found.method.input).encode(value),
        (bytes: Buffer) => codecs(found.method.output).decode(bytes),
        { channelId, body },
        metadata,
        { deadline: Date.now() + 20_000 },
        (error: ServiceError | null) =>
          resolve(error === null ? undefined : `grpc ${status[error.code]} ${error.details}`),
      );
    });
}
