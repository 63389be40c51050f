// The service's API, as this page uses it: requests, and one conversation at a time over a WebSocket.

/** What the server refused, in its own words. */
export class Problem extends Error {
  constructor({ detail, reason, violations = [] }) {
    super([detail, ...violations.map(({ path, message }) => `${path}: ${message}`)].join(" "));
    this.reason = reason;
  }
}

/** The access token; kept for this tab alone. */
export const session = {
  get token() {
    return sessionStorage.getItem("token") ?? undefined;
  },
  set token(token) {
    if (token === undefined) sessionStorage.removeItem("token");
    else sessionStorage.setItem("token", token);
  },
};

/** Sends a request; answers the JSON that came. Throws Problem. */
export async function request(method, path, body) {
  const { token } = session;
  const response = await fetch(`/v1${path}`, {
    method,
    headers: {
      accept: "application/json",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch(() => {
    throw new Problem({ detail: "The server cannot be reached.", reason: "UNREACHABLE" });
  });
  const answer = await response.json().catch(() => undefined);
  if (!response.ok) throw new Problem(answer ?? { detail: `The server answered ${response.status}.` });
  return answer;
}

const longestPause = 15_000;

/**
 * Talks in a channel until `close`: reconnects by itself, and goes on after the last event it had.
 *
 * `onAnswer(answer)`: an event of the channel, or what became of something said. `onState(state)`: `connecting`, `live`,
 * `lost`. `onRefused(problem)`: the server will not have it; nothing comes after that.
 */
export function converse(channelId, { onAnswer, onState, onRefused }) {
  let socket;
  let cursor;
  let pause = 500;
  let closed = false;
  const waiting = new Map();

  function open() {
    onState("connecting");
    const url = new URL(`/v1/channels/${channelId}/converse`, location.href);
    url.protocol = url.protocol.replace("http", "ws");
    if (cursor !== undefined) url.searchParams.set("after", cursor);
    socket = new WebSocket(url, ["trivium.v1", `bearer.${session.token}`]);
    let refused = false;
    let opened = false;
    let sent = [];
    socket.onopen = () => {
      opened = true;
      pause = 500;
      onState("live");
      // What was said and not answered is said again; its key keeps it from being posted twice.
      sent = [...waiting.values()];
      for (const item of sent) socket.send(JSON.stringify({ item }));
    };
    socket.onmessage = ({ data }) => {
      const frame = JSON.parse(data);
      if (frame.error !== undefined) {
        refused = frame.error.status !== 503 && frame.error.reason !== "SLOW_CONSUMER";
        if (refused) onRefused(new Problem(frame.error));
      } else if (frame.item !== undefined) {
        cursor = frame.item.cursor ?? cursor;
        if (frame.item.item !== undefined) waiting.delete(sent[frame.item.item]?.key);
        onAnswer(frame.item);
      }
    };
    socket.onclose = async () => {
      // A browser does not tell why a connection was refused: asking for the channel does.
      if (!opened && !refused && !closed) {
        const problem = await request("GET", `/channels/${channelId}`).then(
          () => undefined,
          (error) => error,
        );
        refused = problem !== undefined && problem.reason !== "UNREACHABLE";
        if (refused && !closed) onRefused(problem);
      }
      if (closed || refused) return;
      onState("lost");
      setTimeout(() => closed || open(), pause * (0.5 + Math.random()));
      pause = Math.min(pause * 2, longestPause);
    };
    socket.say = (item) => {
      sent.push(item);
      socket.send(JSON.stringify({ item }));
    };
  }

  open();
  return {
    say(body) {
      const item = { body, key: freshKey() };
      waiting.set(item.key, item);
      if (socket.readyState === WebSocket.OPEN) socket.say(item);
    },
    close() {
      closed = true;
      socket.close();
    },
  };
}

/** Not `crypto.randomUUID`, which a page without TLS has only on the machine itself. */
function freshKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
