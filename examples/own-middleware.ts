// A middleware of one's own, at a named place of the pipeline: it acts on every road, and may refuse.

import { AppError, createApp, implement, type Middleware } from "trivium";
import { isAppError, query, service, z } from "trivium/contract";
import { createTestApp } from "trivium/testing";

const reports = service(
  "reports",
  { version: 1 },
  {
    read: query({
      summary: "Read the report",
      http: "GET /report",
      output: z.object({ lines: z.int() }),
      access: "user",
    }),
  },
);

const officeHours: Middleware = async (call, next) => {
  if (call.user?.id === "night-owl") {
    throw new AppError({ code: "PERMISSION_DENIED", reason: "OFFICE_IS_CLOSED", message: "Come back in the morning" });
  }
  const answer = await next();
  console.log(`${call.operation.id} answered ${call.user?.id}`);
  return answer; // forgetting this does not compile
};

const app = createApp({
  name: "office",
  services: [implement(reports, { read: async () => ({ lines: 3 }) })],
  middleware: [{ after: "authenticate", use: officeHours }],
});

const office = await createTestApp(app, { storage: "memory" });
console.log(await office.call(reports.read, {}, { id: "ann" }));
try {
  await office.call(reports.read, {}, { id: "night-owl" });
} catch (error) {
  if (isAppError(error)) console.log(error.reason);
}
await office.close();

// Prints:
// reports.read answered ann
// { lines: 3 }
// OFFICE_IS_CLOSED
