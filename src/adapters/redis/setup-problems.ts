// What can be wrong with the server of REDIS_URL, found at start and told with its mend.

import { errorText } from "./redis-errors.ts";

/** What INFO tells of a server. */
export interface ServerInfo {
  readonly runId: string;
  readonly version: string;
  readonly role: string;
  readonly policy: string;
  readonly maxMemory: number;
}

const oldest = 7;

/** INFO's text, read. */
export function serverInfoFrom(info: string): ServerInfo {
  const fields = new Map(info.split(/\r?\n/).map((line) => line.split(":", 2) as [string, string]));
  const field = (name: string): string => fields.get(name)?.trim() ?? "";
  return {
    runId: field("run_id"),
    version: field("redis_version"),
    role: field("role"),
    policy: field("maxmemory_policy"),
    maxMemory: Number(field("maxmemory")),
  };
}

/** What a server that answers is not fit for. */
export function serverProblems({ version, role, policy }: ServerInfo): string[] {
  const problems: string[] = [];
  if (Number(version.split(".")[0]) < oldest)
    problems.push(`REDIS_URL: the server is version ${version || "unknown"}; use Redis 7 or later, or Valkey`);
  if (role !== "" && role !== "master")
    problems.push("REDIS_URL: the server is a replica, which takes no writes; use the address of its primary");
  if (policy !== "noeviction")
    problems.push(
      `REDIS_URL: the server's maxmemory-policy is ${policy || "unknown"}: under it limits and invalidations could be evicted; set it to noeviction (CONFIG SET maxmemory-policy noeviction, and in redis.conf)`,
    );
  return problems;
}

/** What is wrong with the address itself. */
export function addressProblem(url: string): string | undefined {
  if (URL.canParse(url) && /^rediss?:$/.test(new URL(url).protocol)) return undefined;
  return "REDIS_URL is not the address of a Redis server: write redis://host:6379, or rediss:// for TLS";
}

/** What a failed connection means. The address is shown without its password. */
export function connectProblem(url: string, error: unknown): string {
  const text = errorText(error);
  const where = addressOf(url);
  if (/WRONGPASS|invalid username-password|invalid password/i.test(text))
    return `REDIS_URL: ${where} refuses the user or the password: correct them`;
  if (/NOAUTH/.test(text))
    return `REDIS_URL: ${where} asks for a password: put it into the address, redis://:password@…`;
  if (/NOPERM/.test(text))
    return `REDIS_URL: the user may not do what is needed at ${where} (${text}): allow the commands of scripts, strings, hashes, SCAN and INFO`;
  if (/unknown command.*HELLO/i.test(text))
    return `REDIS_URL: the server at ${where} is too old; use Redis ${oldest} or later, or Valkey`;
  if (/invalid DB index|DB index is out of range/i.test(text))
    return `REDIS_URL: ${where} has no such database number: correct it`;
  return `REDIS_URL: ${where} cannot be reached (${text}): start the server there, or correct the address`;
}

function addressOf(url: string): string {
  const { hostname, port } = new URL(url);
  return `${hostname}:${port || "6379"}`;
}
