// A process of its own for tests: relay and one effect consumer on a database, until it is killed or told to stop.
// Arguments: the database's URL, the stream, the consumer's name. Its effects carry its process id.

import { createPostgresDatabase } from "../../adapters/postgres/index.ts";
import { createConsumerRunner } from "../../events/consumer/consumer-runner.ts";
import { createLogBus } from "../../events/log/log-bus.ts";
import { createRelay } from "../../events/relay/relay.ts";
import { effectConsumer, keptLog, keptMetrics } from "./event-fixtures.ts";

const [url = "", stream = "", name = ""] = process.argv.slice(2);
const database = await createPostgresDatabase({ url });
const log = keptLog();
const bus = createLogBus({ database, log });
const relay = createRelay({ database, bus, log });
const consumers = [effectConsumer({ database, name, stream, worker: String(process.pid) })];
const runner = createConsumerRunner({ database, bus, consumers, log, metrics: keptMetrics() });

process.once("SIGTERM", () => {
  void Promise.all([relay.stop(), runner.stop()]).then(() => database.close());
});
await runner.start();
relay.start();
process.stdout.write("ready\n");
