// The HTTP server: Fastify for routing and injection, without its validation, serialisation and error layers.

import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type InjectOptions,
  type LightMyRequestResponse,
} from "fastify";
import type { RegisteredOperation } from "../../contract/registry.ts";
import { SetupError } from "../../core/setup-error.ts";
import { bodyParser, refuseBody } from "./body.ts";
import type { RouteHandler } from "./call.ts";
import { corsPolicy } from "./headers/cors.ts";
import { identityReader } from "./headers/identity.ts";
import { closeListener, createListener, limitRequests, openPort, trackSockets } from "./listener.ts";
import type { HttpServerOptions } from "./options.ts";
import { createPages } from "./pages/pages.ts";
import { problems } from "./problems.ts";
import { allowFinder, shadowedRoutes, unroutedHandler } from "./refusals.ts";
import { createResponder, type Responder } from "./responder.ts";
import { handlerMaker } from "./streams/stream-handler.ts";

export { problems } from "./problems.ts";

/** The HTTP road of an app. */
export interface HttpServer {
  /** Opens the port; answers the address as a URL. Throws SetupError where the port cannot be had. */
  listen(): Promise<string>;
  /**
   * Stops: no new connections, every answer closes its own, what is in flight may end within `graceMillis`, then all
   * connections are cut.
   */
  close(graceMillis: number): Promise<void>;
  /** Sends a request without a network, for tests. */
  inject(request: InjectOptions): Promise<LightMyRequestResponse>;
}

const mebibyte = 1024 * 1024;

/** Makes the HTTP road of an app. Throws SetupError for what it cannot carry. */
export async function createHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const found = problems(options.registry);
  if (found.length > 0) throw new SetupError(found);
  const behindProxies = (options.trustedProxies?.length ?? 0) > 0;
  const cors = corsPolicy(options.cors);
  const responder = createResponder({ cors, behindProxies, onRefused: options.onRefused });
  const pages = createPages(options, responder);
  const allowOf = allowFinder(options.registry.operations, [...pages.keys()]);
  const unrouted = unroutedHandler(responder, allowOf, cors);
  const app = createFastify(options, responder, unrouted);
  const identity = identityReader(options.localSecret);
  const handlerOf = handlerMaker({
    ...{ caller: options.caller, responder, identity, behindProxies, cors },
    ...{ times: options.streams, messageLimit: options.bodyLimit ?? mebibyte },
  });
  const [streams, others] = partition(options.registry.operations);
  for (const operation of others) addOperation(app, operation, handlerOf(operation));
  // In a scope of its own, where bodies are left to the handler.
  app.register((scope, _options, registered) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", (_request, _body, done) => done(null));
    for (const operation of streams) addOperation(scope, operation, handlerOf(operation));
    registered();
  });
  for (const { method, path } of shadowedRoutes(options.registry.operations))
    app.route({ method, url: path, onRequest: (request, reply, _next) => unrouted(request, reply), handler: unrouted });
  for (const [path, handler] of pages) addRoute(app, "GET", path, handler);
  await app.ready();
  return serverOf(app, responder, options);
}

/** The operations whose body is a stream, and the others. */
function partition(
  operations: readonly RegisteredOperation[],
): [streams: RegisteredOperation[], others: RegisteredOperation[]] {
  const isBodyStream = ({ contract }: RegisteredOperation): boolean => contract.kind === "clientStream";
  return [operations.filter(isBodyStream), operations.filter((operation) => !isBodyStream(operation))];
}

function addOperation(app: FastifyInstance, { route }: RegisteredOperation, handler: RouteHandler): void {
  addRoute(app, route.method, route.path.replaceAll(/\{([^}]+)\}/g, ":$1"), handler);
}

function addRoute(app: FastifyInstance, method: string, url: string, handler: RouteHandler): void {
  app.route({ method: method === "GET" ? ["GET", "HEAD"] : method, url, handler });
}

function createFastify(options: HttpServerOptions, responder: Responder, unrouted: RouteHandler): FastifyInstance {
  const app = openFastify(options, (error, request, reply) => {
    if (request.raw.url === "*") unrouted(request, reply);
    else refuseBody(responder, error, request, reply);
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, bodyParser);
  app.setErrorHandler((error: FastifyError, request, reply) => refuseBody(responder, error, request, reply));
  // In a scope of its own, so that the hook, which answers before the body is read, costs the routes nothing.
  app.register((scope, _options, registered) => {
    scope.addHook("onRequest", (request, reply, _next) => unrouted(request, reply));
    scope.setNotFoundHandler(unrouted);
    registered();
  });
  return app;
}

function openFastify(
  options: HttpServerOptions,
  refuse: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => void,
): FastifyInstance {
  const { trustedProxies = [] } = options;
  try {
    return Fastify({
      serverFactory: createListener,
      bodyLimit: options.bodyLimit ?? mebibyte,
      trustProxy: trustedProxies.length > 0 && [...trustedProxies],
      exposeHeadRoutes: false,
      frameworkErrors: refuse,
      routerOptions: {
        // The URL as a whole is bounded by the header limit; what a value may be is the schema's to say.
        maxParamLength: 16 * 1024,
        // The codec reads the text itself; Fastify's type wants an object.
        querystringParser: (text) => text as unknown as Record<string, unknown>,
      },
    });
  } catch {
    throw new SetupError([`TRUSTED_PROXIES: ${trustedProxies.join(", ")} is not a list of addresses or CIDR ranges`]);
  }
}

function serverOf(app: FastifyInstance, responder: Responder, options: HttpServerOptions): HttpServer {
  const sockets = trackSockets(app.server);
  limitRequests(app.server, sockets);
  return {
    listen: () => openPort(app.server, options.host, options.port),
    async close(graceMillis) {
      responder.draining = true;
      await closeListener(app.server, sockets, graceMillis);
      await app.close();
    },
    inject: (request) => app.inject(request),
  };
}
