// Messages of bidi streams: what giving one back costs over each road, beside a bare server of the same road.

import { benchToken } from "../../fixture.ts";
import { type Contestant, type Measurement, measure } from "../../measure.ts";
import { echoApp } from "./app.ts";
import { type EchoAmount, grpcEcho, webSocketEcho } from "./load.ts";

const here = (file: string): URL => new URL(file, import.meta.url);

/** Messages of one stream on their way: one, as people talk; and many, as programs do. */
const windows = [1, 16] as const;
const streams = 8;

/** Measures both roads and prints the table. */
export async function measureEcho(rounds: number, messages: number): Promise<void> {
  const token = await benchToken(echoApp.registry.app);
  console.log(`Bidi streams: CPU of the server per message given back, ${rounds} rounds of ${messages} on ${streams} streams

| | in flight | median µs | smallest µs | messages per CPU second | × bare |
| --- | --- | --- | --- | --- | --- |`);
  for (const window of windows) {
    const amount = { messages, streams, window };
    const roads = contestants(token, amount);
    for (const road of [roads.webSocket, roads.grpc]) {
      const figures = await measure(road, rounds, messages);
      for (const figure of figures) console.log(rowOf(figure, figures[0]?.median ?? 0, window));
    }
  }
  console.log();
}

function contestants(token: string, amount: EchoAmount): Readonly<Record<"webSocket" | "grpc", readonly Contestant[]>> {
  const overWebSocket = (port: number): Promise<void> => webSocketEcho(port, token, amount);
  const overGrpc = (port: number): Promise<void> => grpcEcho(port, token, amount);
  const server = here("trivium-server.ts");
  return {
    webSocket: [
      { name: "bare ws", server: here("ws-bare.ts"), load: overWebSocket },
      { name: "Trivium over WebSocket", server, args: ["http"], load: overWebSocket },
    ],
    grpc: [
      { name: "bare grpc-js", server: here("grpc-bare.ts"), load: overGrpc },
      { name: "Trivium over gRPC", server, args: ["grpc"], load: overGrpc },
    ],
  };
}

function rowOf({ name, median, smallest }: Measurement, bare: number, window: number): string {
  const cells = [
    name,
    window,
    median.toFixed(1),
    smallest.toFixed(1),
    Math.round(1e6 / median).toLocaleString("en"),
    (bare / median).toFixed(2),
  ];
  return `| ${cells.join(" | ")} |`;
}
