// npm run bench [-- part [rounds] [calls]]: the parts, or all of them. Ratios within one run are what lasts.

import { measureCalls } from "./calls.ts";
import { profileServices } from "./services/profile.ts";
import { measureServices } from "./services/services.ts";
import { printStart } from "./start.ts";
import { measureStreams } from "./streams/streams.ts";

const [part = "all", first, second, third] = process.argv.slice(2);

switch (part) {
  case "all":
    await measureCalls(9, 8_000);
    await measureServices(9, { calls: 4_000, inFlight: 8 });
    await measureStreams(9, 16_000);
    await printStart(3);
    break;
  case "calls":
    await measureCalls(Number(first ?? 9), Number(second ?? 8_000));
    break;
  case "services":
    await measureServices(Number(first ?? 9), { calls: Number(second ?? 4_000), inFlight: Number(third ?? 8) });
    break;
  case "streams":
    await measureStreams(Number(first ?? 9), Number(second ?? 16_000));
    break;
  case "start":
    await printStart(Number(first ?? 3));
    break;
  case "profile":
    await profileServices(first ?? "", { calls: 10_000, inFlight: 8 }, second ?? "Trivium");
    break;
  default:
    console.error(
      "npm run bench -- [all], calls [rounds] [calls], services [rounds] [calls] [in flight], streams [rounds] [messages], start [rounds], profile <kind of call> [server]",
    );
    process.exitCode = 1;
}
