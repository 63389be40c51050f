// Everything that can be wrong with an app before it runs, found at once.

import { serviceInfo } from "../contract/service.ts";
import { SetupError } from "../core/setup-error.ts";
import { appLimitProblems } from "../limits/app-limits.ts";
import { tableProblems } from "../repository/table.ts";
import { consumerProblems } from "../service/consumers/consumer.ts";
import { isImplementation } from "../service/implement.ts";
import { cliProblems } from "../transports/cli/program.ts";
import { grpcProblems } from "../transports/grpc/schema/problems.ts";
import { websiteProblems } from "../transports/http/pages/website.ts";
import { problems as httpProblems } from "../transports/http/server.ts";
import type { App, AppDefinition } from "./app.ts";

/** What must be changed before the app can start; empty for a sound one. */
export function appProblems({ definition, registry }: App): string[] {
  return [
    ...implementationProblems(definition),
    ...registry.problems,
    ...appLimitProblems(definition.limits),
    ...httpProblems(registry),
    ...grpcProblems(registry),
    ...cliProblems(registry),
    ...placeProblems(definition),
    ...consumerProblems(definition.consumers ?? []),
    ...tableProblems(definition.tables ?? []),
  ];
}

/** What types forbid already, for sources that run without a type check. */
function implementationProblems({ services }: AppDefinition): string[] {
  const problems: string[] = [];
  for (const [index, given] of services.entries()) {
    if (!isImplementation(given)) {
      problems.push(`services[${index}] is not an implementation: give what implement(contract, handlers) returns`);
      continue;
    }
    const missing = Object.keys(given.service).filter((name) => given.handlers[name] === undefined);
    problems.push(...missing.map((name) => `${given.service[serviceInfo].name}.${name}: it has no handler`));
  }
  return problems;
}

function placeProblems({ migrations, website, lock }: AppDefinition): string[] {
  const given = {
    migrations: [migrations, "migrations/"],
    website: [website, "website/"],
    lock: [lock, "contract.lock.json"],
  };
  const wrong = Object.entries(given).filter(([, [place]]) => place !== undefined && !(place instanceof URL));
  return [
    ...wrong.map(([name, [, file]]) => `${name}: give it as a URL, such as new URL("./${file}", import.meta.url)`),
    ...(website instanceof URL ? websiteProblems(website) : []),
  ];
}

/** Throws SetupError that lists every problem. */
export function assertSound(app: App): void {
  const problems = appProblems(app);
  if (problems.length > 0) throw new SetupError(problems, `The app ${app.definition.name} cannot start`);
}
