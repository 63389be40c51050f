// A channel of a million messages, exported over HTTP as lines: the peak of the server's memory, and rows a second.

import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { request } from "node:http";
import pg from "pg";
import { startPostgres } from "../../src/testing/postgres/start-postgres.ts";
import { type ChatPlace, freshPlace, startChat } from "../../test/kit/chat-server.ts";
import { chatToken, prepareChat } from "../services/chat.ts";
import { idOf } from "../services/fill.ts";

const aimMiB = 150;
const secret = randomBytes(32).toString("base64");
const channelId = idOf("channel", 1);
const author = idOf("user", 1);
const body = "A message of a length that people write when they have something to say to each other.";

/** Exports so many rows, by servers with Node's own settings and with a small young generation, and prints what it took. */
export async function measureExport(rows: number): Promise<void> {
  const postgres = await startPostgres();
  const { url } = await postgres.createDatabase();
  const place = await freshPlace(url);
  try {
    await prepareChat({ DATABASE_URL: url, AUTH_SECRET: secret });
    await addMessages(url, rows);
    console.log(`Export of ${rows.toLocaleString("en")} messages over HTTP as NDJSON, from PostgreSQL; aim: a peak under ${aimMiB} MiB

| Node | MiB with the app loaded | peak MiB in all | rows a second | µs of CPU per row |
| --- | --- | --- | --- | --- |`);
    const withSecret = { ...place, env: { ...place.env, AUTH_SECRET: secret } };
    for (const options of ["", "--max-semi-space-size=8"]) await measureServer(withSecret, options);
    console.log();
  } finally {
    await place.remove();
    await postgres.stop();
  }
}

/** Not by way of the probe, which would take memory too. */
async function measureServer(place: ChatPlace, options: string): Promise<void> {
  const server = await startChat(place, { NODE_ENV: "production", ROLES: "api", NODE_OPTIONS: options });
  try {
    const before = await usageOf(server.pid);
    const begun = performance.now();
    const lines = await exportLines(server.http, await chatToken(secret, 1));
    const seconds = (performance.now() - begun) / 1000;
    const after = await usageOf(server.pid);
    const speed = Math.round(lines / seconds).toLocaleString("en");
    const cpu = ((after.cpu - before.cpu) / lines).toFixed(1);
    const node = options === "" ? "as it is" : `\`${options}\``;
    console.log(`| ${node} | ${before.memory.toFixed(0)} | ${after.peak.toFixed(0)} | ${speed} | ${cpu} |`);
  } finally {
    await server.stop();
  }
}

async function addMessages(url: string, rows: number): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(
    `insert into messages (id, channel_id, author_id, body, version, created_at, updated_at)
      select ('01932c5e-7a10-7000-9000-' || lpad(to_hex(m), 12, '0'))::uuid, $1, $2, $3, 1, now(), now()
      from generate_series(1, $4::integer) m`,
    [channelId, author, body, rows],
  );
  await client.query("vacuum analyze messages");
  await client.end();
}

/** Resident memory of a process and its peak, in MiB, and its CPU in microseconds, as Linux tells them. */
async function usageOf(pid: number) {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const mebibytes = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024;
  const times = (await readFile(`/proc/${pid}/stat`, "utf8")).split(") ")[1]?.split(" ") ?? [];
  const ticks = Number(times[11]) + Number(times[12]); // of 10 ms
  return { memory: mebibytes("VmRSS"), peak: mebibytes("VmHWM"), cpu: ticks * 10_000 };
}

const endMark = '{"end":true}\n';

/** Reads the export to its end mark; answers how many lines came before it. */
function exportLines(http: string, token: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const path = `/v1/channels/${channelId}/export`;
    const headers = { authorization: `Bearer ${token}`, accept: "application/x-ndjson" };
    request(new URL(path, http), { headers }, (response) => {
      let lines = 0;
      let last = "";
      response.on("data", (bytes: Buffer) => {
        for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) lines++;
        last = (last + bytes.subarray(-endMark.length).toString("latin1")).slice(-endMark.length);
      });
      response.on("error", reject);
      response.on("end", () =>
        last === endMark ? resolve(lines - 1) : reject(new Error(`the export ended: ${last}`)),
      );
    })
      .on("error", reject)
      .end();
  });
}
