// The peer's JSON schemas: validation by ajv, answers by fast-json-stringify.

const uuid = { type: "string", format: "uuid" } as const;
const time = { type: "string", format: "date-time" } as const;
/** Something visible, and of the control characters only tab and line feed. */
const body = {
  type: "string",
  minLength: 1,
  maxLength: 4000,
  pattern: "^(?=[^]*\\S)[^\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f]*$",
} as const;

const message = {
  type: "object",
  required: ["id", "channelId", "authorId", "body", "version", "createdAt", "updatedAt"],
  properties: {
    id: uuid,
    channelId: uuid,
    authorId: uuid,
    body: { type: "string" },
    version: { type: "integer" },
    createdAt: time,
    updatedAt: time,
  },
} as const;

const byId = { type: "object", required: ["id"], properties: { id: uuid } } as const;
const byChannel = { type: "object", required: ["channelId"], properties: { channelId: uuid } } as const;

/** The schemas of each route. */
export const schemas = {
  get: { params: byId, response: { 200: message } },
  list: {
    params: byChannel,
    querystring: {
      type: "object",
      properties: {
        limit: { type: "integer", minimum: 1, maximum: 100, default: 20 },
        cursor: { type: "string", maxLength: 1000 },
      },
    },
    response: {
      200: {
        type: "object",
        required: ["items"],
        properties: { items: { type: "array", items: message }, nextCursor: { type: "string" } },
      },
    },
  },
  post: {
    params: byChannel,
    body: { type: "object", required: ["body"], properties: { body } },
    response: { 201: message },
  },
  edit: {
    params: byId,
    body: {
      type: "object",
      required: ["body", "version"],
      properties: { body, version: { type: "integer", minimum: 1 } },
    },
    response: { 200: message },
  },
} as const;
