// The contracts of an app as plain data: what the lock keeps of them, so that a later contract can be compared with it.

/** JSON Schema (draft 2020-12) without words for people. A model is `{ "$ref": "#/models/<name>" }`. */
export type SchemaForm = Readonly<Record<string, unknown>>;

/** All that callers, readers and consumers rely on, whichever road they use. */
export interface ContractForm {
  /** By id: `messages.post`. */
  readonly operations: Readonly<Record<string, OperationForm>>;
  readonly models: {
    /** As callers give them. */
    readonly input: Readonly<Record<string, SchemaForm>>;
    /** As answers, problem objects and events hold them. */
    readonly output: Readonly<Record<string, SchemaForm>>;
  };
  /** By type: `message.posted`. */
  readonly events: Readonly<Record<string, EventForm>>;
}

/** An operation. */
export interface OperationForm {
  readonly kind: string;
  readonly http: {
    readonly method: string;
    readonly path: string;
    readonly status: number;
    readonly location?: string;
  };
  /** `public`, `user`, `role admin`, `scope write`, of which one must hold; sorted. */
  readonly access: readonly string[];
  readonly idempotency: string;
  /** The version that is changed must be named. */
  readonly versioned: boolean;
  readonly input: SchemaForm;
  /** Of client and bidi streams: each message that the client sends. */
  readonly item?: SchemaForm;
  readonly output?: SchemaForm;
  /** By reason. */
  readonly failures: Readonly<Record<string, FailureForm>>;
}

/** A declared failure. */
export interface FailureForm {
  readonly code: string;
  readonly details: SchemaForm;
}

/** An event. */
export interface EventForm {
  readonly version: number;
  readonly stream: string;
  readonly data: SchemaForm;
}
