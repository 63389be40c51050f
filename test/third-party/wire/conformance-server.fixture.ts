// The server under test of connectconformance: reads what it shall be from stdin, says its port on stdout, and serves
// until it is ended. Usage: conformance-server.fixture.ts transport|library.

import { once } from "node:events";
import { conformanceService } from "./conformance.ts";
import { wire } from "./conformance-messages.ts";
import { serveOnLibrary } from "./on-library.ts";
import { serveOnTransport } from "./on-transport.ts";

const serve = process.argv[2] === "library" ? serveOnLibrary : serveOnTransport;
const size = (await read(4)).readUInt32BE();
const { messageReceiveLimit } = wire.serverRequest.decode(await read(size));
const { port } = await serve(conformanceService, Number(messageReceiveLimit ?? 0) || 4 * 1024 * 1024);
const answer = wire.serverResponse.encode({ host: "127.0.0.1", port });
const head = Buffer.alloc(4);
head.writeUInt32BE(answer.length);
process.stdout.write(Buffer.concat([head, answer]));
process.once("SIGTERM", () => process.exit(0));

async function read(length: number): Promise<Buffer> {
  for (;;) {
    const bytes: unknown = process.stdin.read(length);
    if (bytes instanceof Buffer) return bytes;
    if (length === 0) return Buffer.alloc(0);
    await once(process.stdin, "readable");
  }
}
