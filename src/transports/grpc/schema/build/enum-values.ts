// The values of an enum as gRPC names them.

import { upperSnakeCase } from "../names.ts";
import type { EnumType, EnumValue } from "../wire-types.ts";
import type { Building } from "./building.ts";

/** The values with the unspecified zero in front, which no input may hold. A value without a name is a problem. */
export function enumValues(
  home: Pick<EnumType, "name" | "fullName">,
  texts: readonly unknown[],
  path: string,
  building: Building,
): EnumValue[] {
  const prefix = upperSnakeCase(home.name);
  const zero = { name: `${prefix}_UNSPECIFIED`, number: 0, text: undefined };
  const names = texts.map((text) => `${prefix}_${upperSnakeCase(String(text))}`);
  if (!texts.every((text) => typeof text === "string"))
    building.problems.push(`${path}: an enum of numbers has no gRPC form: use texts`);
  for (const [index, name] of names.entries()) {
    if (!/^[A-Z][A-Z0-9_]*[A-Z0-9]$/.test(name))
      building.problems.push(`${path}: the enum value ${JSON.stringify(texts[index])} has no gRPC name`);
    if (name === zero.name || names.indexOf(name) !== index)
      building.problems.push(`${path}: two enum values are called ${name} on gRPC: rename one`);
  }
  const numbers = building.numbering.numbers(home.fullName, names);
  const values = names.map((name, index) => ({ name, number: numbers[index] as number, text: String(texts[index]) })); // a numbering answers one number per name
  return [zero, ...values];
}
