// What telemetry sees of a call. The pipeline's Call has this shape; telemetry imports only core.

/** A call, as far as logs, metrics and spans tell of it. */
export interface ObservedCall {
  readonly operation: ObservedOperation;
  readonly road: string;
  /** The call's id, which the caller knows too. */
  readonly id: string;
  /** W3C trace context, as it came. */
  readonly traceparent: string | undefined;
  readonly tracestate: string | undefined;
  readonly address: string | undefined;
  /** Set by authentication, so it is read when the call ends. */
  readonly user: { readonly id: string } | undefined;
  /** Whether the answer was that of an earlier call with the same idempotency key. Known when the call ends. */
  readonly replayed?: boolean;
}

/** An operation, as far as telemetry tells of it. One object per operation for the life of the process. */
export interface ObservedOperation {
  readonly id: string;
  readonly name: string;
  readonly service: { readonly name: string; readonly version: number };
  readonly contract: { readonly kind: string };
  readonly route: { readonly method: string; readonly path: string; readonly status: number };
}
