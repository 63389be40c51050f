import { createRedisStore } from "./src/adapters/redis/index.ts";
import { createClient } from "@redis/client";
const url = "redis://127.0.0.1:6411";
const prefix = `trivium:{b:${Math.random()}}:`;
const store: any = await createRedisStore({ url, prefix, firstEver: true });
const raw = createClient({ url, RESP: 3, commandOptions: { timeout: undefined as any, typeMapping: { 36: Buffer } as any } });
await raw.connect();
await raw.flushDb(); 
await (await store).beginFirst?.();
const tags = ["channels:0198f3a2-5b1c-7000-8000-000000000001", "memberships:0198f3a2-5b1c-7000-8000-000000000001,u1", "messages:channelId=0198f3a2-5b1c-7000-8000-000000000001"];
const key = "messages.get/4be3/0198f3a2-5b1c-7000-8000-000000000001/u1/8f2a8b3c4d5e6f708192a3b4c5d6e7f8";
await store.unfence("t", tags);
const st2: any = store;
const a = await store.ask({ limits: [], entry: key });
console.log(a.entry);
const kept = a.entry.lease && await store.fill({ key, lease: a.entry.lease, tags, body: Buffer.alloc(400, "x"), ttl: 3_000_000 });
console.log("kept", kept);
await raw.set("plain", Buffer.alloc(400, "x"));
const limit = { key: "user:0198f3a2-5b1c-7000-8000-000000000001:messages", interval: 10, burst: 1e9 };
const kinds: Record<string, () => Promise<unknown>> = {
  get: () => raw.sendCommand(["GET", "plain"]),
  "ask entry": () => store.ask({ limits: [], entry: key }),
  "ask limit": () => store.ask({ limits: [limit], entry: undefined }),
  "ask limit+entry": () => store.ask({ limits: [limit], entry: key }),
};
const redisCpu = async () => { const s = String(await raw.sendCommand(["INFO", "cpu"])); const f = (n: string) => Number(new RegExp(`${n}:([0-9.]+)`).exec(s)![1]); return (f("used_cpu_user_main_thread") + f("used_cpu_sys_main_thread")) * 1e6; };
const N = 40000, width = Number(process.argv[2] ?? 32);
for (let round = 0; round < 3; round++) for (const [name, run] of Object.entries(kinds)) {
  await raw.sendCommand(["CONFIG", "RESETSTAT"]);
  const s0 = await redisCpu(); const c0 = process.cpuUsage();
  let left = N; await Promise.all(Array.from({ length: width }, async () => { while (left-- > 0) { try { await run(); } catch (e) { console.log(name, left, String(e)); } } }));
  const c = process.cpuUsage(c0); const s = await redisCpu() - s0;
  const stats = String(await raw.sendCommand(["INFO", "commandstats"]));
  const per = /cmdstat_(evalsha|get):.*?usec_per_call=([0-9.]+)/g; const found = [...stats.matchAll(per)].map(m => `${m[1]}=${m[2]}`).join(" ");
  if (round > 0) console.log(name.padEnd(16), "client", ((c.user + c.system) / N).toFixed(2), "server", (s / N).toFixed(2), found);
}
await raw.destroy(); await store.close();
