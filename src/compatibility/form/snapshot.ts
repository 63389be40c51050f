// Takes the form of an app's contracts: what the lock keeps, and what is compared with what it kept.

import { accessRules } from "../../contract/access.ts";
import type { EventType } from "../../contract/event.ts";
import type { Failure } from "../../contract/failure.ts";
import { idempotencyOf } from "../../contract/operation.ts";
import type { RegisteredOperation, Registry } from "../../contract/registry.ts";
import type { ContractForm, EventForm, FailureForm, OperationForm } from "./contract-form.ts";
import { SchemaForms } from "./schema-form.ts";

/**
 * The form of all contracts, sorted by name. Pure: equal contracts give equal forms.
 */
export function contractForm(registry: Registry): ContractForm {
  const forms = new SchemaForms();
  const operations = registry.operations.map((operation): [string, OperationForm] => [
    operation.id,
    operationForm(operation, forms),
  ]);
  const types = new Map(
    registry.operations.flatMap(({ contract }) => contract.emits).map((event) => [event.type, event]),
  );
  const events = [...types].map(([type, event]): [string, EventForm] => [type, eventForm(event, forms)]);
  return {
    operations: sorted(operations),
    models: {
      input: sorted(Object.entries(forms.models.input)),
      output: sorted(Object.entries(forms.models.output)),
    },
    events: sorted(events),
  };
}

function operationForm({ contract, route }: RegisteredOperation, forms: SchemaForms): OperationForm {
  const { method, path, status, location } = route;
  return {
    kind: contract.kind,
    http: { method, path, status, ...(location === undefined ? {} : { location }) },
    access: accessRules(contract.access)
      .map((rule) => (typeof rule === "string" ? rule : "role" in rule ? `role ${rule.role}` : `scope ${rule.scope}`))
      .sort(),
    idempotency: idempotencyOf(contract),
    versioned: contract.versioned,
    input: forms.formOf(contract.input, "input"),
    ...(contract.item === undefined ? {} : { item: forms.formOf(contract.item, "input") }),
    ...(contract.output === undefined ? {} : { output: forms.formOf(contract.output, "output") }),
    failures: sorted(contract.failures.map((failure) => [failure.reason, failureForm(failure, forms)])),
  };
}

function failureForm({ code, details }: Failure, forms: SchemaForms): FailureForm {
  return { code, details: forms.formOf(details, "output") };
}

function eventForm({ version, stream, data }: EventType, forms: SchemaForms): EventForm {
  return { version, stream: stream.name, data: forms.formOf(data, "output") };
}

function sorted<T>(entries: readonly (readonly [string, T])[]): Record<string, T> {
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
