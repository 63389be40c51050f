// The HTTP route of an operation, as data: browser-safe, so that servers and clients read the same one.

/** The methods that an operation may be served under. */
export const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

/** An HTTP method of an operation. */
export type Method = (typeof methods)[number];

/** How an operation is served over HTTP: a route such as `POST /channels/{channelId}/messages`, or more. */
export type HttpBinding =
  | string
  | {
      readonly route: string;
      /** The status of success; 200 by default, 204 without an output. */
      readonly status?: 200 | 201 | 202;
      /** For 201: the path of what was made, with fields of the output: `/messages/{id}`. Prefixed like the route. */
      readonly location?: string;
    };

/** A parsed route. */
export interface Route {
  readonly method: Method;
  /** With the service's version in front: `/v1/channels/{channelId}/messages`. */
  readonly path: string;
  /** The fields of the input that the path holds. */
  readonly params: readonly string[];
  readonly status: number;
  readonly location: string | undefined;
}

const pattern = /^(GET|POST|PUT|PATCH|DELETE) ((?:\/(?:[a-z0-9._~-]+|\{[A-Za-z][A-Za-z0-9]*\}))+)$/;

/** Parses a binding; undefined when the route is not of the form `METHOD /path/{param}`. */
export function routeFromBinding(binding: HttpBinding, version: number, hasOutput: boolean): Route | undefined {
  const { route, status, location } =
    typeof binding === "string" ? { route: binding, status: undefined, location: undefined } : binding;
  const match = pattern.exec(route);
  if (match === null) return undefined;
  const prefix = `/v${version}`;
  return {
    method: match[1] as Method, // the pattern lets only these through
    path: prefix + match[2],
    params: pathParams(match[2] as string), // the second group is not optional
    status: status ?? (hasOutput ? 200 : 204),
    location: location === undefined ? undefined : prefix + location,
  };
}

/** The names between braces, in order. */
export function pathParams(path: string): string[] {
  return [...path.matchAll(/\{([^}]+)\}/g)].map((match) => match[1] as string); // the group is not optional
}

/** A path with its parameters filled in, each percent-encoded. */
export function fillPath(path: string, values: Readonly<Record<string, unknown>>): string {
  return path.replace(/\{([^}]+)\}/g, (_, name: string) => encodeURIComponent(String(values[name])));
}
