import { createClient, RESP_TYPES } from "@redis/client";
import { createRedisStore } from "../adapters/redis/redis-store.ts";

const url = "redis://127.0.0.1:7391";
const c = createClient({
  url,
  RESP: 3,
  disableOfflineQueue: true,
  commandOptions: { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } },
});
await c.connect();
await c.sendCommand(["FLUSHALL"]);
const store = await createRedisStore({
  url,
  prefix: "trivium:{reference:0190aaaa-1111-7222-8333-444455556666}:",
  firstEver: true,
});
const body = Buffer.alloc(1500, "x");
const tags = [
  "channels:0190aaaa-1111-7222-8333-444455556666",
  "memberships:channel=0190aaaa-1111-7222-8333-444455556666",
  "accounts:0190aaaa-1111-7222-8333-444455556666",
];
const key = "channels.get:abcdef0123456789abcdef0123456789";
const q = {
  limits: [{ key: "overall:user:0190aaaa-1111-7222-8333-444455556666", interval: 1, burst: 1e6 }],
  entry: key,
};
for (const tag of tags) {
  await store.fence("t", [tag]);
  await store.unfence("t", [tag]);
}
const a = await store.ask(q);
if (a.entry?.state !== "miss") throw new Error(JSON.stringify(a));
if (!(await store.fill({ key, lease: a.entry.lease, tags, body, ttl: 600000 }))) throw new Error("refused");
if ((await store.ask(q)).entry?.state !== "hit") throw new Error("no hit");
await c.sendCommand(["SET", "plain", body]);
async function run(n: number, flight: number, f: () => Promise<unknown>) {
  const w = async () => {
    for (let i = 0; i < n / flight; i++) await f();
  };
  const cpu = process.cpuUsage();
  await Promise.all(Array.from({ length: flight }, w));
  const { user, system } = process.cpuUsage(cpu);
  return (user + system) / n;
}
async function stat(name: string) {
  const t = String(await c.sendCommand(["INFO", "commandstats"]));
  return new RegExp(`cmdstat_${name}:.*`).exec(t)?.[0];
}
for (const flight of [8, 32])
  for (const [name, f] of [
    ["get", () => c.sendCommand(["GET", "plain"])],
    ["ask", async () => store.ask(q)],
    ["ask-nolimit", async () => store.ask({ limits: [], entry: key })],
  ] as const) {
    await run(10000, flight, f);
    const r: number[] = [];
    await c.sendCommand(["CONFIG", "RESETSTAT"]);
    for (let i = 0; i < 5; i++) r.push(await run(20000, flight, f));
    r.sort((x, y) => x - y);
    console.log(
      flight,
      name,
      "client µs min",
      r[0]?.toFixed(1),
      "median",
      r[2]?.toFixed(1),
      await stat(name === "get" ? "get" : "evalsha"),
    );
  }
await store.close();
c.destroy();
