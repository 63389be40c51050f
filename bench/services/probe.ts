// Loaded into a measured process before its own program: tells its CPU and records profiles, asked over IPC.

import type { Session } from "node:inspector/promises";

/** What a measured process is asked. */
export type ProbeQuestion = "cpu" | "start profile" | "end profile";

/** Loaded for the first profile: it takes memory. */
let profiler: Session | undefined;

process.on("message", (question: ProbeQuestion) => {
  void answer(question).then((value) => process.send?.(value));
});
process.channel?.unref(); // a program that cannot start ends by itself
process.on("disconnect", () => process.exit()); // whoever measures is gone

async function answer(question: ProbeQuestion): Promise<unknown> {
  if (question === "cpu") {
    const { user, system } = process.cpuUsage();
    return user + system;
  }
  if (question === "start profile") {
    const { Session } = await import("node:inspector/promises");
    profiler = new Session();
    profiler.connect();
    await profiler.post("Profiler.enable");
    await profiler.post("Profiler.setSamplingInterval", { interval: 500 });
    await profiler.post("Profiler.start");
    return "started";
  }
  if (profiler === undefined) throw new Error("no profile was started");
  const { profile } = await profiler.post("Profiler.stop");
  profiler.disconnect();
  return profile;
}
