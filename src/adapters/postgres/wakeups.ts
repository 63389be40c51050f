// Hints between processes over LISTEN/NOTIFY, on a connection of their own: inside a transaction NOTIFY makes commits
// wait for each other.

import { backoff } from "../../core/async.ts";
import type { Wakeups } from "../../database/database.ts";
import type { Session } from "./connection/session.ts";
import { Hints } from "./hints.ts";

/** The one channel of the server; the port's channel is the payload. */
const serverChannel = "trivium_wakeups";

/** See the port: Wakeups. Hints of this process need no server; when others can be heard (again) all listeners hear one. */
export class PostgresWakeups implements Wakeups {
  readonly #session: Session;
  readonly #hints = new Hints((channels) => this.#tellOthers(channels));
  #state: "deaf" | "connecting" | "listening" | "closed" = "deaf";
  #timer: NodeJS.Timeout | undefined;
  #attempt = 0;

  constructor(session: Session) {
    this.#session = session;
  }

  notify(channel: string): void {
    this.#hints.notify(channel);
  }

  listen(channel: string, heard: () => void): () => void {
    const end = this.#hints.listen(channel, heard);
    if (this.#state === "deaf") this.#connectAfter(0);
    return end;
  }

  close(): void {
    this.#state = "closed";
    clearTimeout(this.#timer);
    this.#hints.close();
  }

  /** A hint may be lost: whoever listens also polls. */
  #tellOthers(channels: readonly string[]): void {
    this.#session
      .connection()
      .then((connection) =>
        connection.send({
          text: "select pg_notify($1, channel) from unnest($2::text[]) as channel",
          values: [serverChannel, channels],
          name: "trivium_notify",
        }),
      )
      .catch(() => {});
  }

  #connectAfter(millis: number): void {
    if (this.#state === "closed") return;
    this.#state = "connecting";
    this.#timer = setTimeout(() => {
      this.#connect().catch(() => this.#connectAfter(backoff(this.#attempt++, 100, 5_000)));
    }, millis);
  }

  async #connect(): Promise<void> {
    const connection = await this.#session.connection();
    connection.onNotification((channel, pid) => {
      if (pid !== connection.backend.pid) this.#hints.wake(channel);
    });
    await connection.send({ text: `listen ${serverChannel}`, values: [] });
    if (connection.lost.aborted) throw connection.lost.reason;
    if (this.#state === "closed") return;
    this.#state = "listening";
    connection.lost.addEventListener("abort", () => this.#connectAfter(0), { once: true });
    this.#attempt = 0;
    // While nobody listened, hints may have passed.
    this.#hints.wakeAll();
  }
}
