// One channel over a WebSocket: what happens in it, and what one says in it, through lost connections.

import { Problem, session } from "./api.js";

const shortestPause = 500;
const longestPause = 15_000;

/** Milliseconds after which a connection counts as one that holds. */
const steadyAfter = 5000;

/** The subprotocol, and the one in which the server tells why it refuses: browsers tell nothing of that by themselves. */
const spoken = "trivium.v1";
const refusing = "trivium.v1.refusals";

/** What is refused for these reasons may well be taken later; its key keeps it from being posted twice. */
const passing = new Set(["ABORTED", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED", "UNAVAILABLE"]);
const passingAfter = 2000;

const lostCursor = new Set(["CURSOR_EXPIRED", "INVALID_CURSOR"]);

/**
 * Talks in a channel until it is left: reconnects by itself, goes on after the last event that it had, and says again
 * what was not answered. Its listener has
 * `onLive(isResumed)`: connected; where it did not resume, events before this moment were not seen.
 * `onLost()`: not connected, and tries again.
 * `onAnswer(answer, said)`: an event of the channel, or what became of something said.
 * `onRefused(problem)`: the server will not have it; nothing comes after that.
 */
export class Conversation {
  #channelId;
  #listener;
  #socket;
  #cursor;
  #pause = shortestPause;
  #isOver = false;
  /** By key: what was said and not answered. */
  #waiting = new Map();
  /** What went over this connection: answers name it by its number. */
  #sent = [];

  constructor(channelId, listener) {
    this.#channelId = channelId;
    this.#listener = listener;
    this.#connect();
  }

  /** What was said and has not been answered, as `{ key, body, saidAt }`. */
  get waiting() {
    return [...this.#waiting.values()];
  }

  say(body) {
    const said = { key: freshKey(), body, saidAt: new Date().toISOString() };
    this.#waiting.set(said.key, said);
    if (this.#socket.readyState === WebSocket.OPEN) this.#send(said);
  }

  /** Ends it, at once or when all that was said is answered. */
  leave({ atOnce = false } = {}) {
    this.#isOver = true;
    if (atOnce) this.#waiting.clear();
    if (this.#waiting.size === 0) this.#socket.close();
  }

  #connect() {
    const url = new URL(`/v1/channels/${this.#channelId}/converse`, location.href);
    url.protocol = url.protocol.replace("http", "ws");
    const isResumed = this.#cursor !== undefined;
    if (isResumed) url.searchParams.set("after", this.#cursor);
    const socket = new WebSocket(url, [spoken, refusing, `bearer.${session.token}`]);
    this.#socket = socket;
    let openedAt = Number.POSITIVE_INFINITY;
    socket.onopen = () => {
      if (socket.protocol !== spoken) return;
      openedAt = Date.now();
      this.#sent = [];
      // The key keeps what is said again from being posted twice.
      for (const said of this.#waiting.values()) this.#send(said);
      this.#listener.onLive(isResumed);
    };
    socket.onmessage = ({ data }) => this.#receive(JSON.parse(data));
    socket.onclose = () => {
      if (Date.now() - openedAt > steadyAfter) this.#pause = shortestPause;
      this.#connectLater();
    };
  }

  #send(said) {
    this.#sent.push(said);
    this.#socket.send(JSON.stringify({ item: { body: said.body, key: said.key } }));
  }

  #sayLater(said) {
    const socket = this.#socket;
    setTimeout(() => {
      if (socket === this.#socket && socket.readyState === WebSocket.OPEN) this.#send(said);
    }, passingAfter);
  }

  #receive({ item: answer, error }) {
    if (error !== undefined) this.#fail(new Problem(error));
    if (answer === undefined) return;
    this.#cursor = answer.cursor ?? this.#cursor;
    const said = this.#sent[answer.item];
    if (answer.type === "refused" && passing.has(answer.problem.code)) {
      this.#sayLater(said);
      return;
    }
    this.#waiting.delete(said?.key);
    this.#listener.onAnswer(answer, said);
    if (this.#isOver && this.#waiting.size === 0) this.#socket.close();
  }

  #fail(problem) {
    if (lostCursor.has(problem.reason)) this.#cursor = undefined;
    else if (!problem.isPassing) {
      this.#isOver = true;
      this.#waiting.clear();
      this.#listener.onRefused(problem);
    }
  }

  #connectLater() {
    if (this.#isOver && this.#waiting.size === 0) return;
    this.#listener.onLost();
    // Spread, so that a server that comes back is not asked by all at once.
    setTimeout(
      () => {
        if (!this.#isOver || this.#waiting.size > 0) this.#connect();
      },
      this.#pause * (0.5 + Math.random()),
    );
    this.#pause = Math.min(this.#pause * 2, longestPause);
  }
}

/** Not `crypto.randomUUID`, which a page without TLS has only on the machine itself. */
function freshKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
