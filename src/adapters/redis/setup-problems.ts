// What can be wrong with the server of REDIS_URL, found at start and told with its mend.

import { errorText } from "./redis-errors.ts";

/** What INFO tells of a server. */
export interface ServerInfo {
  readonly runId: string;
  readonly version: string;
  readonly role: string;
  readonly policy: string;
}

const oldest = 7;

/** What scripts and the connection do. */
const rights = "the keys trivium:* and the commands INFO, EVAL, EVALSHA, TIME, GET, MGET, SET, EXISTS, DEL and SCAN";

/** INFO's text, read. */
export function serverInfoFrom(info: string): ServerInfo {
  const fields = new Map(info.split(/\r?\n/).map((line) => line.split(":", 2) as [string, string]));
  const field = (name: string): string => fields.get(name)?.trim() ?? "";
  return {
    runId: field("run_id"),
    version: field("redis_version"),
    role: field("role"),
    policy: field("maxmemory_policy"),
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
  if (/NOPERM|user executing the script can't/.test(text))
    return `REDIS_URL: the user may not do what is needed at ${where} (${text}): allow him ${rights}`;
  if (/unknown command.*HELLO/i.test(text))
    return `REDIS_URL: the server at ${where} is too old; use Redis ${oldest} or later, or Valkey`;
  if (/invalid DB index|DB index is out of range/i.test(text))
    return `REDIS_URL: ${where} has no such database number: correct it`;
  if (/^MOVED|CLUSTERDOWN/.test(text))
    return `REDIS_URL: ${where} is a part of a Redis Cluster (${text}): use a server of its own`;
  if (url.startsWith("rediss:"))
    return `REDIS_URL: ${where} cannot be reached over TLS (${text}): start the server there, correct the address, or write redis:// if it speaks no TLS`;
  return `REDIS_URL: ${where} cannot be reached (${text}): start the server there, or correct the address`;
}

function addressOf(url: string): string {
  const { hostname, port } = new URL(url);
  return `${hostname}:${port || "6379"}`;
}
