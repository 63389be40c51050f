// The admin port: health for orchestrators, metrics for Prometheus. Never exposed; it runs nothing of the app.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { listenError } from "../../core/listen-error.ts";
import type { Health } from "../../telemetry/health.ts";
import type { Metrics } from "../../telemetry/metrics/metrics.ts";

/** What `createAdminServer` needs. */
export interface AdminServerOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly health: Pick<Health, "phase" | "report">;
  readonly metrics: Pick<Metrics, "page" | "contentType">;
}

/** The admin port's server. */
export interface AdminServer {
  /** Resolves with the port. Rejects with SetupError naming ADMIN_PORT when it cannot be had. */
  listen(): Promise<number>;
  /** Ends open answers at once: it closes last, when nobody should ask any more. */
  close(): Promise<void>;
}

interface Reply {
  readonly status: number;
  readonly type?: string;
  readonly body: string;
}

const text = "text/plain; charset=utf-8";
const json = "application/json; charset=utf-8";
const mostConnections = 64;

/**
 * Creates the admin server: `/livez` (200 while the event loop turns), `/startupz` (200 once started), `/readyz` (503
 * while starting, draining, or while a required check fails; with `?verbose` the checks as JSON), `/metrics`.
 */
export function createAdminServer(options: AdminServerOptions): AdminServer {
  const server = createServer(
    { headersTimeout: 5000, requestTimeout: 10_000, maxHeaderSize: 8192 },
    (request, response) => {
      answer(options, request).then(
        (reply) => send(request, response, reply),
        () => send(request, response, { status: 500, body: "failed\n" }),
      );
    },
  );
  server.maxConnections = mostConnections;
  return {
    listen: () => listen(server, options),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(options: AdminServerOptions, request: IncomingMessage): Promise<Reply> {
  const [path, query = ""] = (request.url ?? "").split("?", 2);
  const route = path === undefined ? undefined : routes.get(path);
  if (route === undefined) return { status: 404, body: `not found: try ${[...routes.keys()].join(", ")}\n` };
  if (request.method !== "GET" && request.method !== "HEAD") return { status: 405, body: "use GET\n" };
  return route(options, new URLSearchParams(query));
}

const routes = new Map<string, (options: AdminServerOptions, query: URLSearchParams) => Reply | Promise<Reply>>([
  ["/livez", () => ({ status: 200, body: "ok\n" })],
  ["/startupz", ({ health }) => plain(health.phase !== "starting", health.phase)],
  ["/readyz", readiness],
  ["/metrics", async ({ metrics }) => ({ status: 200, type: metrics.contentType, body: await metrics.page() })],
]);

async function readiness({ health }: AdminServerOptions, query: URLSearchParams): Promise<Reply> {
  const report = await health.report();
  if (query.has("verbose")) {
    return { status: report.ready ? 200 : 503, type: json, body: `${JSON.stringify(report, undefined, 2)}\n` };
  }
  const failing = report.checks.filter((check) => !check.ok && check.required).map((check) => check.name);
  return plain(report.ready, report.phase === "ready" ? failing.join(", ") : report.phase);
}

function plain(ok: boolean, why: string): Reply {
  return ok ? { status: 200, body: "ok\n" } : { status: 503, body: `not ready: ${why}\n` };
}

function send(request: IncomingMessage, response: ServerResponse, { status, type = text, body }: Reply): void {
  response.writeHead(status, {
    "content-type": type,
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...(status === 405 ? { allow: "GET, HEAD" } : {}),
  });
  response.end(request.method === "HEAD" ? undefined : body);
}

function listen(server: Server, { host, port }: AdminServerOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void => reject(listenError(error, "ADMIN_PORT", host, port));
    server.once("error", fail);
    server.listen(port, host, () => {
      server.off("error", fail);
      // A server that listens on TCP has an address of this form.
      resolve((server.address() as AddressInfo).port);
    });
  });
}
