// One bidi stream: a call and its WebSocket, from the first item or answer to the close.

import type { Socket } from "node:net";
import type { RawData, WebSocket } from "ws";
import type { AppError } from "../../../../core/app-error.ts";
import { appError } from "../../../../core/catalogue.ts";
import { answerFromError } from "../../error-map.ts";
import { untilTaken } from "../outflow.ts";
import type { StreamTimes } from "../times.ts";
import { endFrame, errorFrame, frameFrom, itemFrame } from "./frames.ts";
import { SocketItems } from "./socket-items.ts";
import { textFrame } from "./text-frame.ts";

/** What a stream needs of its request. */
export interface StreamOrigin {
  readonly connection: Socket;
  readonly times: StreamTimes;
  /** Answers 101; undefined where the client has gone. */
  accept(): WebSocket | undefined;
  /** Answers 101 only to tell of a refusal; undefined where the client has gone, or wants a real status. */
  refuse(): WebSocket | undefined;
  /** Tells the call that nobody waits for it any more. */
  leave(): void;
}

/** Beats after which a client from which nothing came is taken for dead. */
const patientBeats = 3;

/** Closes with this plus the problem's HTTP status: the range that the protocol leaves to applications. */
const errorCodes = 4000;

/** The stream's two ends, as the pipeline takes them. */
export class SocketStream {
  readonly items = new SocketItems(() => void this.open());
  readonly #origin: StreamOrigin;
  #socket: WebSocket | undefined;
  #isOver = false;
  #isCorked = false;
  /** Beats since a byte came from the client, and how many had come then. */
  #silentBeats = 0;
  #bytesHeard = 0;
  #opening: NodeJS.Timeout | undefined;
  #heart: NodeJS.Timeout | undefined;
  /** What the client did that ends the stream. */
  #breach: AppError | undefined;

  constructor(origin: StreamOrigin) {
    this.#origin = origin;
  }

  /** Opens the stream after a while, if nothing else does. */
  openSoon(): void {
    this.#opening = setTimeout(() => this.open(), this.#origin.times.openAfter);
  }

  /** The WebSocket, which is opened if it was not; undefined where the client has gone. */
  open(): WebSocket | undefined {
    if (this.#socket !== undefined || this.#isOver) return this.#socket;
    clearTimeout(this.#opening);
    const socket = this.#origin.accept();
    if (socket === undefined) {
      this.#origin.leave();
      return undefined;
    }
    this.#socket = socket;
    this.items.readFrom(socket);
    socket.on("message", (data, isBinary) => this.#receive(data, isBinary));
    socket.on("error", (error) => this.items.fail(errorFrom(error)));
    socket.on("close", () => this.#closed());
    this.#heart = setInterval(() => this.#beat(socket), this.#origin.times.heartbeat);
    return socket;
  }

  /** Sends an answer; a promise where the client has to read first. Throws CANCELLED when it has gone. */
  send(answer: unknown): Promise<void> | undefined {
    const socket = this.open();
    if (socket === undefined || socket.readyState !== socket.OPEN) throw appError("CANCELLED");
    this.#cork();
    // Beside the library, whose own frames are written to the same connection at once: their order stays.
    this.#origin.connection.write(textFrame(itemFrame(answer)));
    return untilTaken(this.#origin.connection, this.#origin.times.patience);
  }

  /** Ends the stream with its end mark. */
  end(): void {
    const socket = this.open();
    this.stop();
    if (socket?.readyState !== socket?.OPEN) return;
    socket?.send(endFrame);
    socket?.close(1000);
  }

  /** Ends the stream with an error. False where there is nothing to tell it on, so that it can still be a real status. */
  fail(error: AppError, requestId: string): boolean {
    this.stop();
    const socket = this.#socket ?? this.#origin.refuse();
    if (socket === undefined) return false;
    const told = this.#breach ?? error;
    const { status, body } = answerFromError(told, requestId);
    if (socket.readyState === socket.OPEN) {
      socket.send(errorFrame(body));
      socket.close(errorCodes + status, told.reason.slice(0, 123));
    }
    return true;
  }

  /** Ends what goes on by itself. */
  stop(): void {
    this.#isOver = true;
    clearTimeout(this.#opening);
    clearInterval(this.#heart);
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#isOver) return;
    if (this.items.isEnded) {
      this.#breach = appError("MALFORMED_BODY", { message: "A frame came after the end" });
      this.#origin.leave();
    } else this.items.take(frameFrom(data, isBinary), (data as Buffer).length); // the kind that is asked for by default
  }

  #closed(): void {
    clearInterval(this.#heart);
    this.items.fail(appError("CANCELLED"));
    if (!this.#isOver) this.#origin.leave();
  }

  /** What is sent in one turn of the event loop leaves as one piece. */
  #cork(): void {
    if (this.#isCorked) return;
    const { connection } = this.#origin;
    this.#isCorked = true;
    connection.cork();
    process.nextTick(() => {
      this.#isCorked = false;
      connection.uncork();
    });
  }

  #beat(socket: WebSocket): void {
    const { bytesRead } = this.#origin.connection;
    // While nothing is read from the client, nothing can be heard of it.
    if (socket.isPaused || bytesRead > this.#bytesHeard) this.#silentBeats = 0;
    this.#bytesHeard = bytesRead;
    if (++this.#silentBeats > patientBeats) socket.terminate();
    else if (socket.readyState === socket.OPEN) socket.ping();
  }
}

/** What is wrong with bytes that are no frames; the close code tells the client. */
function errorFrom(error: Error & { readonly code?: string }): AppError {
  if (error.code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH") return appError("BODY_TOO_LARGE", { cause: error });
  if (error.code?.startsWith("WS_ERR_") !== true) return appError("CANCELLED", { cause: error });
  return appError("MALFORMED_BODY", { message: "What came is no WebSocket frame", cause: error });
}
