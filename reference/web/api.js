// The service's API, as this page uses it: who is signed in, requests, and what was refused.

/** What the server refused, in its own words. */
export class Problem extends Error {
  constructor({ detail, reason = "", status, violations = [] }) {
    super(violations.length === 0 ? detail : violations.map(worded).join(" "));
    this.reason = reason;
    this.status = status;
  }

  /** Whether the same may well succeed a little later. */
  get isPassing() {
    return this.status === undefined || this.status >= 500 || this.status === 429;
  }

  /** Whether one has to sign in again. */
  get endsSession() {
    return this.reason.startsWith("CREDENTIAL_");
  }

  /** Whether it is about what somebody else asked for, who was signed in before. */
  get isOfAnother() {
    return this.reason === "SIGNED_OUT";
  }
}

/** As `displayName`, `Must not be empty`: "Display name: must not be empty." */
function worded({ path, message }) {
  const words = `${path.replaceAll(/[A-Z]/g, " $&").toLowerCase()}: ${message.charAt(0).toLowerCase()}${message.slice(1)}.`;
  return words.charAt(0).toUpperCase() + words.slice(1);
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
  const { status, ok } = response;
  const answer = await response.json().catch(() => undefined);
  // Neither what it says nor what it refuses is for whoever is signed in now.
  if (session.token !== token) throw new Problem({ detail: "You have signed out.", reason: "SIGNED_OUT", status: 401 });
  if (!ok) throw new Problem({ detail: `The server answered ${status}.`, ...answer, status });
  return answer;
}

const names = new Map();

/** The display name of an account, or the name of a channel; asked for once. */
export function nameAt(path) {
  if (!names.has(path)) {
    const asked = request("GET", path).then(
      ({ displayName, name }) => displayName ?? name,
      () => {
        names.delete(path);
        return "…";
      },
    );
    names.set(path, asked);
  }
  return names.get(path);
}
