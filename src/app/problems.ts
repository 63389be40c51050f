// Everything that can be wrong with an app before it runs, found at once.

import { SetupError } from "../core/setup-error.ts";
import { tableProblems } from "../repository/table.ts";
import { consumerProblems } from "../service/consumers/consumer.ts";
import { cliProblems } from "../transports/cli/program.ts";
import { grpcProblems } from "../transports/grpc/schema/problems.ts";
import { problems as httpProblems } from "../transports/http/server.ts";
import type { App } from "./app.ts";

/** What must be changed before the app can start; empty for a sound one. */
export function appProblems({ definition, registry }: App): string[] {
  return [
    ...registry.problems,
    ...httpProblems(registry),
    ...grpcProblems(registry),
    ...cliProblems(registry),
    ...consumerProblems(definition.consumers ?? []),
    ...tableProblems(definition.tables ?? []),
  ];
}

/** Throws SetupError that lists every problem. */
export function assertSound(app: App): void {
  const problems = appProblems(app);
  if (problems.length > 0) throw new SetupError(problems, `The app ${app.definition.name} cannot start`);
}
