// What breaks the consumers of an event. Its version is the way to change its data: who knows the old one waits for it.

import type { Change } from "../change.ts";
import type { ContractForm } from "../form/contract-form.ts";
import { schemaChanges } from "./schema-rules.ts";

/** The breaking changes of all events. Of one whose version grew the data may be anything. */
export function eventChanges(old: ContractForm, now: ContractForm): Change[] {
  return Object.entries(old.events).flatMap(([type, before]): Change[] => {
    const after = now.events[type];
    const place = `event ${type}`;
    const change = (what: string, breaks: string): Change => ({ name: `${place}: ${what}`, side: "events", breaks });
    if (after === undefined) return [change("removed", "consumers that wait for it")];
    const moved =
      before.stream === after.stream
        ? []
        : [change(`stream ${before.stream} to ${after.stream}`, "consumers of the old stream miss it, and its order")];
    if (after.version > before.version) return moved;
    if (after.version < before.version)
      return [
        ...moved,
        change(`version ${before.version} to ${after.version}`, "consumers take it for the event it was before"),
      ];
    const data = schemaChanges(
      place,
      "output",
      { schema: before.data, models: old.models.output },
      { schema: after.data, models: now.models.output },
      { side: "events", deep: true },
    );
    return [...moved, ...data];
  });
}
