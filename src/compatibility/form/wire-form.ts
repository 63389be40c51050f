// The protobuf messages of an app as plain data: names, numbers and types, with what was taken out of use.

/** The gRPC form of an app, by full names. */
export interface WireForm {
  readonly messages: Readonly<Record<string, MessageForm>>;
  readonly enums: Readonly<Record<string, EnumForm>>;
  /** By path: `/chat.messages.v1.MessagesService/Post`. */
  readonly methods: Readonly<Record<string, MethodForm>>;
}

/** Names and numbers that may not be used again: who is older still means something else by them. */
export interface Retired {
  readonly names: readonly string[];
  readonly numbers: readonly number[];
}

/** A message. */
export interface MessageForm {
  /** It is no more: it has no fields left, and everything is retired. */
  readonly gone?: true;
  /** By name in the .proto file. */
  readonly fields: Readonly<Record<string, FieldForm>>;
  readonly reserved?: Retired;
}

/** A field. */
export interface FieldForm {
  readonly number: number;
  /** As the .proto file says it, without `optional`: `string`, `repeated chat.messages.v1.Message`. */
  readonly type: string;
  readonly oneof?: string;
  /** The name in JSON. */
  readonly json: string;
}

/** An enum, without its zero. */
export interface EnumForm {
  /** It is no more: it has no values left, and everything is retired. */
  readonly gone?: true;
  readonly values: Readonly<Record<string, number>>;
  readonly reserved?: Retired;
}

/** A method. */
export interface MethodForm {
  readonly input: string;
  readonly output: string;
  /** Who sends many: `none`, `server`, `client` or `both`. */
  readonly streams: string;
}
