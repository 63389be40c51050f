// Streams of all three kinds, and events followed live: what one person pins another sees at once, and who was away goes
// on where he was.

import { createApp, each, implement, merge, type StreamContext } from "trivium";
import { bidiStream, clientStream, command, event, serverStream, service, stream, z } from "trivium/contract";
import { createTestApp } from "trivium/testing";

const boardStream = stream("board");
const NotePinned = event("note.pinned", {
  stream: boardStream,
  key: (note) => note.boardId,
  data: z.object({ boardId: z.string(), text: z.string() }),
});
const boardId = z.string();
const text = z.string().min(1).max(500);
const Pinned = z.object({ cursor: z.string(), text: z.string() });

const boards = service(
  "boards",
  { version: 1 },
  {
    watch: serverStream({
      summary: "Watch a board",
      http: "GET /boards/{boardId}/watch",
      input: { boardId, after: z.string().optional() },
      output: Pinned,
      access: "public",
    }),
    fill: clientStream({
      summary: "Pin many notes",
      http: "POST /boards/{boardId}/fill",
      open: { boardId },
      item: { text },
      output: z.object({ pinned: z.int(), refused: z.array(z.int()) }),
      access: "public",
    }),
    talk: bidiStream({
      summary: "Pin and watch",
      http: "GET /boards/{boardId}/talk",
      open: { boardId },
      item: { text },
      output: Pinned,
      access: "public",
    }),
    pin: command({
      summary: "Pin a note",
      http: "POST /boards/{boardId}/notes",
      input: { boardId, text },
      access: "public",
      emits: [NotePinned],
    }),
  },
);

const app = createApp({
  name: "boards",
  services: [
    implement(boards, {
      async *watch({ boardId, after }, ctx) {
        yield* pinned(ctx, boardId, after);
      },
      async fill({ boardId }, items, ctx) {
        const result = { pinned: 0, refused: [] as number[] };
        for await (const item of items.settled()) {
          if (!item.ok) result.refused.push(item.index);
          else {
            await ctx.call(boards.pin, { boardId, text: item.value.text });
            result.pinned++;
          }
        }
        return result;
      },
      async *talk({ boardId }, items, ctx) {
        const pin = each(items, ({ text }) => ctx.call(boards.pin, { boardId, text }));
        yield* merge(pinned(ctx, boardId, undefined), pin);
      },
      async pin({ boardId, text }, ctx) {
        ctx.emit(NotePinned, { boardId, text });
      },
    }),
  ],
});

async function* pinned(ctx: Pick<StreamContext, "live">, boardId: string, after: string | undefined) {
  for await (const { cursor, data } of ctx.live(boardStream, boardId, { after, events: [NotePinned] }))
    yield { cursor, text: data.text };
}

const test = await createTestApp(app);

const filled = await test.send(boards.fill, { boardId: "door" }, [{ text: "one" }, { text: "" }, { text: "two" }]);
console.log(`pinned: ${filled.pinned}, refused: ${filled.refused.join()}`);

let cursor: string | undefined = "0"; // from the first that is kept
for await (const note of test.stream(boards.watch, { boardId: "door", after: cursor })) {
  console.log(`watched: ${note.text}`);
  cursor = note.cursor;
  break; // the connection is lost
}
for await (const note of test.stream(boards.watch, { boardId: "door", after: cursor })) {
  console.log(`resumed: ${note.text}`);
  break;
}

for await (const note of test.stream(boards.talk, { boardId: "door" }, { items: [{ text: "three" }] })) {
  console.log(`said and heard: ${note.text}`);
  break;
}

await test.close();

// Prints:
// pinned: 2, refused: 1
// watched: one
// resumed: two
// said and heard: three
