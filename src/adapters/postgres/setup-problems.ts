// What is wrong with DATABASE_URL or the server behind it, in words that tell the mend. Never prints the password.

/** The problems of a URL by itself. */
export function urlProblems(url: string): string[] {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return ["DATABASE_URL is not a URL; expected postgres://user:password@host:5432/database"];
  }
  if (parsed.protocol !== "postgres:" && parsed.protocol !== "postgresql:") {
    return [`DATABASE_URL begins with ${parsed.protocol}//; expected postgres://user:password@host:5432/database`];
  }
  if (parsed.pathname.length <= 1) {
    return ["DATABASE_URL names no database; expected postgres://user:password@host:5432/database"];
  }
  try {
    describeUrl(url);
  } catch {
    return ["DATABASE_URL is not percent-encoded: write a % in it as %25"];
  }
  return [];
}

/** Why the first connection failed, and what to do. */
export function connectProblem(url: string, error: unknown): string {
  const place = describeUrl(url);
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  switch (code) {
    case "28P01":
    case "28000":
      return `DATABASE_URL: the server at ${place.server} refuses the user ${place.user}: correct the name or the password`;
    case "3D000":
      return `DATABASE_URL: the server at ${place.server} has no database "${place.database}": create it, or correct the name`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `DATABASE_URL: the host of ${place.server} is not known: correct its name`;
    case "42501":
      return `DATABASE_URL: the server at ${place.server} does not let the user ${place.user} into the database "${place.database}": grant it the right to connect`;
    case "53300":
      return `DATABASE_URL: the server at ${place.server} has no connection left: raise its max_connections, or lower DATABASE_POOL_MAX`;
    default:
      if (typeof code === "string" && /^[0-9A-Z]{5}$/.test(code))
        return `DATABASE_URL: the server at ${place.server} refuses the connection (${reason(error)}): correct the address or the server`;
      return `DATABASE_URL: no PostgreSQL server answers at ${place.server} (${reason(error)}): start it, or correct the address`;
  }
}

function describeUrl(url: string): { server: string; user: string; database: string } {
  const parsed = new URL(url);
  return {
    server: parsed.host === "" ? "the local socket" : decodeURIComponent(parsed.host),
    user: decodeURIComponent(parsed.username),
    database: decodeURIComponent(parsed.pathname.slice(1)),
  };
}

/** An AggregateError of several addresses has no message of its own. */
function reason(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reason(error.errors[0]);
  return error instanceof Error && error.message !== "" ? error.message : String(error);
}
