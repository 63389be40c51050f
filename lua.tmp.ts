import { createClient } from "@redis/client";
const raw = createClient({ url: "redis://127.0.0.1:6411", RESP: 3, commandOptions: { timeout: undefined as any } }); await raw.connect();
await raw.flushDb();
await raw.sendCommand(["HSET", "p:s", "run","a".repeat(40),"nonce","2518de40-bf20-4775-bd8a-97e221cb88cc-2","clock","1234","floor","12","opens","0","born","0"]);
const tagNames = ["channels:0198f3a2-5b1c-7000-8000-000000000001", "memberships:0198f3a2-5b1c-7000-8000-000000000001,u1", "messages:channelId=0198f3a2-5b1c-7000-8000-000000000001"];
for (const t of tagNames) await raw.set("p:t:"+t, "1000 1763851000123456");
await raw.set("p:S", `${"a".repeat(40)} 2518de40-bf20-4775-bd8a-97e221cb88cc-2 1234 12 0 0 `);
await raw.set("p:e:x", `1200 2518de40-bf20-4775-bd8a-97e221cb88cc-2 ${tagNames.join(" ")}\n${"x".repeat(400)}`);
await raw.sendCommand(["EVAL", `redis.call('SET','p:S', cmsgpack.pack({string.rep('a',40),'2518de40-bf20-4775-bd8a-97e221cb88cc-2',1234,12,0,0})) return 1`,'0']);

await raw.sendCommand(["EVAL", `redis.call('SET','p:e:m', cmsgpack.pack({1200,'2518de40-bf20-4775-bd8a-97e221cb88cc-2', ARGV[1],ARGV[2],ARGV[3]}) .. string.rep('x',400)) redis.call('SET','p:e:f', cmsgpack.pack({1200,'2518de40-bf20-4775-bd8a-97e221cb88cc-2', 'p:t:'..ARGV[1],'p:t:'..ARGV[2],'p:t:'..ARGV[3]}) .. string.rep('x',400)) return 1`, "0", ...tagNames]);
const V: Record<string,string> = {
 empty: "return 1",
 entry: "local v=redis.call('GET','p:e:x') return 1",
 entrymp: "local v=redis.call('GET','p:e:m') local off,h=cmsgpack.unpack_one(v,0) return 1",
 mpmget: "local v=redis.call('GET','p:e:f') local off,h=cmsgpack.unpack_one(v,0) local m=redis.call('MGET',unpack(h,3)) return 1",
 mpmgetcat: "local v=redis.call('GET','p:e:m') local off,h=cmsgpack.unpack_one(v,0) for i=3,#h do h[i]='p:t:'..h[i] end local m=redis.call('MGET',unpack(h,3)) return 1",
 mpcheck: "local v=redis.call('GET','p:e:f') local off,h=cmsgpack.unpack_one(v,0) local m=redis.call('MGET',unpack(h,3)) for i=1,#m do local n=string.match(m[i],'^(%d+) %d+$') if not n or tonumber(n)>1200 then return 3 end end return 1",
 mpcheck2: "local v=redis.call('GET','p:e:f') local off,h=cmsgpack.unpack_one(v,0) local m=redis.call('MGET',unpack(h,3)) for i=1,#m do local n=tonumber(m[i]) if not n or n>1200 then return 3 end end return 1",
 mpcheck3: "local v=redis.call('GET','p:e:f') local off,h=cmsgpack.unpack_one(v,0) local m=redis.call('MGET',unpack(h,3)) for i=1,#m do local n=m[i] if n and #n>40 then return 3 end end return 1",
 mpbody: "local v=redis.call('GET','p:e:f') local off,h=cmsgpack.unpack_one(v,0) local m=redis.call('MGET',unpack(h,3)) for i=1,#m do local n=string.match(m[i],'^(%d+) %d+$') if not n or tonumber(n)>1200 then return 3 end end return string.sub(v,off+1)",
 mpbodyraw: "local v=redis.call('GET','p:e:f') local off,h=cmsgpack.unpack_one(v,0) local m=redis.call('MGET',unpack(h,3)) for i=1,#m do local n=string.match(m[i],'^(%d+) %d+$') if not n or tonumber(n)>1200 then return 3 end end return v",
 statemp: "local v=redis.call('GET','p:S') local off,h=cmsgpack.unpack_one(v,0) return 1",
 hmget4: "local s=redis.call('HMGET',KEYS[1],'run','nonce','floor','opens') return 1",
 mgetlim: "local s=redis.call('MGET','p:S','p:l:x','p:e:x') return 1",
 format: "local s=string.format('%.0f',1763851000123456) return 1",
 settext: "redis.call('SET','p:l:x','1763851000123456','PX','50') return 1",
 setnum: "redis.call('SET','p:l:x','1763851000123456','PX',50) return 1",
};
const N=20000;
for (let round=0; round<2; round++) for (const [name,text] of Object.entries(V)) { if (name==="cm") continue;
  const sha = String(await raw.sendCommand(["SCRIPT","LOAD",text]));
  await raw.sendCommand(["CONFIG","RESETSTAT"]);
  let left=N; await Promise.all(Array.from({length:32}, async()=>{while(left-->0) await raw.sendCommand(["EVALSHA",sha,"1","p:s"])}));
  const s=String(await raw.sendCommand(["INFO","commandstats"])); if(round) console.log(name.padEnd(12), /cmdstat_evalsha:.*?usec_per_call=([0-9.]+)/.exec(s)![1]);
}
raw.destroy();
