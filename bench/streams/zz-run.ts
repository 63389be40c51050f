import { spawn } from "node:child_process"; import { createInterface } from "node:readline"; import { once } from "node:events"; import { readFileSync } from "node:fs";
const c = spawn(process.execPath,["--conditions=trivium-source","--disable-warning=ExperimentalWarning","/tmp/gst/prof.ts"],{stdio:["pipe","pipe","inherit"],env:{...process.env,NODE_ENV:"production"}});
const lines=createInterface({input:c.stdout!}); const port=Number((await once(lines,"line"))[0]);
process.argv[2]="0";
const m = await import("/work/main/bench/streams/zz-load.ts");
await m.talk(port, 20000); c.stdin!.write("\n"); await new Promise(r=>setTimeout(r,200));
await m.talk(port, 80000); c.kill("SIGUSR2"); await once(c,"exit");
const p=JSON.parse(readFileSync("/tmp/gst/p.cpuprofile","utf8")); const self=new Map<string,number>(); const byId=new Map(p.nodes.map((n:any)=>[n.id,n])); let tot=0;
for (let i=0;i<p.samples.length;i++){const n:any=byId.get(p.samples[i]); const k=n.callFrame.functionName+" "+n.callFrame.url.split("/").slice(-2).join("/")+":"+n.callFrame.lineNumber; const d=p.timeDeltas[i]; if(k.startsWith("(idle)"))continue; self.set(k,(self.get(k)??0)+d); tot+=d;}
for (const [k,v] of [...self].sort((a,b)=>b[1]-a[1]).slice(0,45)) console.log((v/tot*100).toFixed(1)+"%",k);
process.exit();
