// PGlite, spoken to in the wire protocol: a statement and its values go in as the same texts that a server gets, and
// rows come out through the same decoders.

import { setImmediate } from "node:timers/promises";
import type { PGlite } from "@electric-sql/pglite";
import { Mutex } from "../../core/async.ts";
import type { Row, Statement } from "../../database/statement.ts";
import type { Answer } from "../postgres/connection/connection.ts";
import { type Decoder, decoderOf } from "../postgres/values/decode.ts";
import { encodeValues } from "../postgres/values/encode.ts";
import type { PGliteModule } from "./pglite.ts";

/** The messages of an answer that matter here, as PGlite's parser makes them. */
type Message =
  | { readonly name: "rowDescription"; readonly fields: readonly { name: string; dataTypeID: number }[] }
  | { readonly name: "dataRow"; readonly fields: readonly (string | null)[] }
  | { readonly name: "commandComplete"; readonly text: string };

/** Milliseconds that statements may run after each other before timers and sockets get their turn. */
const slice = 5;

/** Runs statements one after another on the one session that there is. */
export class Engine {
  readonly #pglite: PGlite;
  readonly #serialize: PGliteModule["protocol"]["serialize"];
  readonly #turns = new Mutex();
  readonly #prepared = new Set<string>();
  #sliceBegan = 0;

  constructor(pglite: PGlite, module: PGliteModule) {
    this.#pglite = pglite;
    this.#serialize = module.protocol.serialize;
  }

  /** Rejects with PGlite's own error, which has the server's fields. */
  run(statement: Statement): Promise<Answer> {
    return this.#turns.run(async () => {
      await this.#leaveRoom();
      const { name = "" } = statement;
      const request = this.#request(statement);
      // What fails is prepared anew: the schema may have outlived it.
      this.#prepared.delete(name);
      const messages = await this.#pglite.execProtocolStream(request, { syncToFs: false });
      if (name !== "") this.#prepared.add(name);
      // PGlite's types name only what all messages share.
      return answerFrom(messages as unknown as readonly Message[]);
    });
  }

  /** PGlite answers without any wait, so a chain of statements would keep the event loop to itself. */
  async #leaveRoom(): Promise<void> {
    if (performance.now() - this.#sliceBegan < slice) return;
    await setImmediate();
    this.#sliceBegan = performance.now();
  }

  /** Whether a transaction is open in the session. */
  get inTransaction(): boolean {
    return this.#pglite.isInTransaction();
  }

  /** After the statements that run. */
  close(): Promise<void> {
    return this.#turns.run(() => this.#pglite.close());
  }

  #request({ text, values, name = "" }: Statement): Uint8Array {
    const serialize = this.#serialize;
    // Only the simple protocol takes several statements in one text.
    if (values.length === 0 && name === "") return serialize.query(text);
    return Buffer.concat([
      // Closing what is not there is no error; a first use that failed may have left it.
      ...(this.#prepared.has(name) ? [] : [serialize.close({ type: "S", name }), serialize.parse({ name, text })]),
      serialize.bind({ statement: name, values: encodeValues(values) }),
      serialize.describe({ type: "P" }),
      serialize.execute({}),
      serialize.sync(),
    ]);
  }
}

/** The last statement's answer, where the text held several. */
function answerFrom(messages: readonly Message[]): Answer {
  let answer: Answer = { rows: [], rowCount: 0, command: "" };
  let columns: { name: string; decode: Decoder }[] = [];
  let rows: Row[] = [];
  for (const message of messages) {
    if (message.name === "rowDescription") {
      columns = message.fields.map((field) => ({ name: field.name, decode: decoderOf(field.dataTypeID) }));
    } else if (message.name === "dataRow") {
      rows.push(rowFrom(columns, message.fields));
    } else if (message.name === "commandComplete") {
      const [command = "", ...counts] = message.text.split(" ");
      answer = { rows, rowCount: Number(counts.at(-1) ?? 0) || 0, command };
      rows = [];
    }
  }
  return answer;
}

function rowFrom(columns: readonly { name: string; decode: Decoder }[], texts: readonly (string | null)[]): Row {
  const row: Record<string, unknown> = {};
  columns.forEach(({ name, decode }, index) => {
    const text = texts[index];
    row[name] = text === null || text === undefined ? null : decode(text);
  });
  return row;
}
