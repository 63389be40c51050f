// A channel of a million messages, exported over HTTP as lines: the peak of the server's memory, and rows a second.

import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { request } from "node:http";
import pg from "pg";
import { startPostgres } from "../../src/testing/postgres/start-postgres.ts";
import { type ChatEnv, chatToken, prepareChat, startChat } from "../services/chat.ts";
import { idOf } from "../services/fill.ts";

const aimMiB = 150;
const channelId = idOf("channel", 1);
const author = idOf("user", 1);
const body = "A message of a length that people write when they have something to say to each other.";

/** Exports so many rows, by servers with Node's own settings and with a small young generation, and prints what it took. */
export async function measureExport(rows: number): Promise<void> {
  const postgres = await startPostgres();
  try {
    const { url } = await postgres.createDatabase();
    const env = { NODE_ENV: "production", DATABASE_URL: url, AUTH_SECRET: randomBytes(32).toString("base64") };
    await prepareChat(env);
    await addMessages(url, rows);
    console.log(`Export of ${rows.toLocaleString("en")} messages over HTTP as NDJSON, from PostgreSQL; aim: a peak under ${aimMiB} MiB

| Node | MiB with the app loaded | peak MiB in all | rows a second | µs of CPU per row |
| --- | --- | --- | --- | --- |`);
    for (const options of ["", "--max-semi-space-size=8"]) await measureServer({ ...env, NODE_OPTIONS: options });
    console.log();
  } finally {
    await postgres.stop();
  }
}

async function measureServer(env: ChatEnv & { readonly NODE_OPTIONS: string }): Promise<void> {
  const server = await startChat(env);
  try {
    const before = await memoryOf(server.pid);
    const cpuBefore = await server.cpu();
    const begun = performance.now();
    const lines = await exportLines(server.port, await chatToken(env.AUTH_SECRET, 1));
    const seconds = (performance.now() - begun) / 1000;
    const cpu = (await server.cpu()) - cpuBefore;
    const { peak } = await memoryOf(server.pid);
    const speed = Math.round(lines / seconds).toLocaleString("en");
    const node = env.NODE_OPTIONS === "" ? "as it is" : `\`${env.NODE_OPTIONS}\``;
    console.log(`| ${node} | ${before.now.toFixed(0)} | ${peak.toFixed(0)} | ${speed} | ${(cpu / lines).toFixed(1)} |`);
  } finally {
    server.stop();
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

/** Resident memory of a process and its peak, in MiB, as Linux tells them. */
async function memoryOf(pid: number): Promise<{ readonly now: number; readonly peak: number }> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const of = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024;
  return { now: of("VmRSS"), peak: of("VmHWM") };
}

const endMark = '{"end":true}\n';

/** Reads the export to its end mark; answers how many lines came before it. */
function exportLines(port: number, token: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const path = `/v1/channels/${channelId}/export`;
    const headers = { authorization: `Bearer ${token}`, accept: "application/x-ndjson" };
    request({ host: "127.0.0.1", port, path, headers }, (response) => {
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
