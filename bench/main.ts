// npm run bench: all contestants in one run, CPU of the server's process per call, and the ratio that lasts.

import { benchToken } from "./fixture.ts";
import { grpcLoad, httpLoad } from "./load.ts";
import { type Contestant, measure, table } from "./measure.ts";
import { measurePipeline } from "./pipeline.ts";
import { measureStart } from "./start.ts";

const rounds = Number(process.argv[2] ?? 9);
const calls = Number(process.argv[3] ?? 8_000);
const token = await benchToken();
const here = (file: string): URL => new URL(file, import.meta.url);
const http = (port: number, count: number): Promise<void> => httpLoad(port, count, token);
const grpc = (port: number, count: number): Promise<void> => grpcLoad(port, count, token);

const overHttp: readonly Contestant[] = [
  { name: "bare node:http", server: here("http-bare.ts"), args: ["node"], load: http },
  { name: "bare Fastify", server: here("http-bare.ts"), args: ["fastify"], load: http },
  { name: "Trivium, read by id over HTTP", server: here("trivium-server.ts"), args: ["http"], load: http },
];
const overGrpc: readonly Contestant[] = [
  { name: "bare grpc-js", server: here("grpc-bare.ts"), load: grpc },
  { name: "Trivium, read by id over gRPC", server: here("trivium-server.ts"), args: ["grpc"], load: grpc },
];

const head = (base: string): string => `| | median µs | smallest µs | × ${base} |\n| --- | --- | --- | --- |`;
const httpFigures = await measure(overHttp, rounds, calls);
const fastify = httpFigures.find(({ name }) => name === "bare Fastify")?.median ?? 1;
const pipeline = await measurePipeline(rounds, calls);
console.log(`CPU of the server per call, ${rounds} rounds of ${calls} calls\n`);
console.log(`${head("bare Fastify")}\n${table(httpFigures, "bare Fastify")}`);
console.log(`| the pipeline alone, in-process | ${pipeline.toFixed(1)} | | ${(pipeline / fastify).toFixed(2)} |\n`);
console.log(`${head("bare grpc-js")}\n${table(await measure(overGrpc, rounds, calls), "bare grpc-js")}`);

const start = await measureStart(3);
const row = (what: string, figure: number, unit: string): string => `| ${what} | ${figure.toFixed(2)} ${unit} |`;
console.log(`
The reference service on the embedded database, median of 3

| | |
| --- | --- |
${row("start to first answer, fresh data folder", start.fresh, "s")}
${row("start to first answer, with data", start.withData, "s")}
${row("resident memory after start", start.idleMemory, "MiB")}
${row("resident memory after 10,000 calls", start.memoryAfterCalls, "MiB")}
${row("tsc on the reference service", start.compile, "s")}`);
