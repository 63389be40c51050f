// One read by id in memory, on both roads, beside bare servers: what the pipeline and the roads cost.

import { benchToken } from "./fixture.ts";
import { grpcLoad, httpLoad } from "./load.ts";
import { type Contestant, measure, table } from "./measure.ts";
import { measurePipeline } from "./pipeline.ts";

const here = (file: string): URL => new URL(file, import.meta.url);
const head = (base: string): string => `| | median µs | smallest µs | × ${base} |\n| --- | --- | --- | --- |`;

/** Measures both roads and prints the tables. */
export async function measureCalls(rounds: number, calls: number): Promise<void> {
  const token = await benchToken();
  const http = (port: number, count: number): Promise<void> => httpLoad(port, count, token);
  const grpc = (port: number, count: number): Promise<void> => grpcLoad(port, count, token);
  const server = here("trivium-server.ts");
  const overHttp: readonly Contestant[] = [
    { name: "bare node:http", server: here("http-bare.ts"), args: ["node"], load: http },
    { name: "bare Fastify", server: here("http-bare.ts"), args: ["fastify"], load: http },
    { name: "Trivium, read by id over HTTP, cached", server, args: ["http", "cached"], load: http },
    { name: "Trivium, read by id over HTTP, CACHE=off", server, args: ["http", "read"], load: http },
    { name: "the same without limits", server, args: ["http", "read", "unlimited"], load: http },
  ];
  const overGrpc: readonly Contestant[] = [
    { name: "bare grpc-js", server: here("grpc-bare.ts"), load: grpc },
    { name: "Trivium, read by id over gRPC, cached", server, args: ["grpc", "cached"], load: grpc },
    { name: "Trivium, read by id over gRPC, CACHE=off", server, args: ["grpc", "read"], load: grpc },
    { name: "the same without limits", server, args: ["grpc", "read", "unlimited"], load: grpc },
  ];
  const httpFigures = await measure(overHttp, rounds, calls);
  const fastify = httpFigures.find(({ name }) => name === "bare Fastify")?.median ?? 1;
  const pipeline = await measurePipeline(rounds, calls);
  console.log(`CPU of the server per call, ${rounds} rounds of ${calls} calls\n`);
  console.log(`${head("bare Fastify")}\n${table(httpFigures, "bare Fastify")}`);
  console.log(`| the pipeline alone, in-process | ${pipeline.toFixed(1)} | | ${(pipeline / fastify).toFixed(2)} |\n`);
  const grpcFigures = await measure(overGrpc, rounds, calls);
  console.log(`${head("bare grpc-js")}\n${table(grpcFigures, "bare grpc-js")}\n`);
}
