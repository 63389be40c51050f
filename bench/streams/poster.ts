// Posts messages over one kept connection, in the name of one user after the other.

import { Connection } from "../services/connection.ts";

/** Posts one message; resolves with when it was answered, in milliseconds of `performance.now()`. */
export interface Poster {
  post(): Promise<number>;
  close(): void;
}

const body = JSON.stringify({
  body: "Another message of the length that people write when they have something to say.",
});

/** Opens the connection. */
export async function poster(port: number, channelId: string, tokens: readonly string[]): Promise<Poster> {
  const connection = await Connection.open(port);
  const requests = tokens.map(
    (token) =>
      `POST /v1/channels/${channelId}/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  let turn = 0;
  return {
    async post() {
      const answer = await connection.exchange(requests[turn++ % requests.length] ?? "");
      if (answer.status >= 300) throw new Error(`post: ${answer.status} ${answer.body}`);
      return performance.now();
    },
    close: () => connection.close(),
  };
}
