// What the HTTP road is made of and how it behaves: filled by the composition root.

import type { NamedLimit } from "../../contract/limits/limit.ts";
import type { Registry } from "../../contract/registry.ts";
import type { AppError } from "../../core/app-error.ts";
import type { Caller } from "../../pipeline/call.ts";
import type { ApiInfo } from "./openapi/document.ts";
import type { StreamTimes } from "./streams/times.ts";

/** How to make the HTTP server. */
export interface HttpServerOptions {
  readonly registry: Registry;
  readonly caller: Caller;
  /** An address or a name to bind, such as `127.0.0.1` or `::`. */
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Title and version of the API's document. */
  readonly info: ApiInfo;
  /** The limits of the app as a whole, for the page that states them all. */
  readonly limits?: readonly NamedLimit[];
  /** A folder whose files are served at `/`. */
  readonly website?: URL | undefined;
  /** How long streams wait; `streamTimes` by default. */
  readonly streams?: Partial<StreamTimes> | undefined;
  /** Bytes of a body, and of each message of a stream; 1 MiB by default. */
  readonly bodyLimit?: number;
  /** Who may call from a browser's page of another origin; nobody by default. */
  readonly cors?: CorsOptions | undefined;
  /** Addresses or CIDR ranges whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed; none by default. */
  readonly trustedProxies?: readonly string[];
  /** The secret that lets the machine's owner act as any user. */
  readonly localSecret?: string | undefined;
  /** Hears of what the server refuses before it becomes a call. Must not throw. */
  readonly onRefused?: (refusal: Refusal) => void;
}

/** Cross-origin access. Credentials of the browser's own (cookies) are never part of it. */
export interface CorsOptions {
  /** Origins such as `https://app.example.com`, or `"*"` for every page. */
  readonly origins: readonly string[] | "*";
}

/** A request that never became a call. */
export interface Refusal {
  readonly method: string;
  /** Without the query string. */
  readonly path: string;
  readonly status: number;
  readonly requestId: string;
  readonly error: AppError;
}
