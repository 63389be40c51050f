// The program's commands as commander has them: one for each operation, grouped by service. Parsing fills a Given.

import { Command, type CommanderError, Option } from "commander";
import { idempotencyOf, onlyReads, takesMany } from "../../contract/operation.ts";
import type { RegisteredOperation, Registry } from "../../contract/registry.ts";
import { kebabCase } from "../../core/text.ts";
import { type CommonFlag, type InputFlags, inputFlags } from "./flags.ts";
import { type CommandPath, exampleLine } from "./help/example.ts";
import { exampleSection, flagHelp, operationEpilogue, operationIntroduction } from "./help/help.ts";
import { markedSummary } from "./help/stream-help.ts";
import { tokenVariable } from "./identity/credential.ts";

/** What one command line says; filled while it is parsed, in order. */
export interface Given {
  readonly common: Map<CommonFlag, string[]>;
  readonly flags: [name: string, text: string | null][];
}

/** A command that is not an operation. */
export interface OwnCommand {
  readonly name: string;
  readonly summary: string;
  readonly action: () => Promise<void>;
}

/** What the tree is made of. */
export interface TreeParts {
  readonly registry: Registry;
  readonly given: Given;
  readonly commands: readonly OwnCommand[];
  call(operation: RegisteredOperation, flags: InputFlags, path: CommandPath): Promise<void>;
  /** Throws what the command line is refused with. */
  refuse(error: CommanderError, path: CommandPath, flags: InputFlags | undefined): never;
  /** Help, as it is asked for. */
  print(text: string): void;
}

/** The words that call an operation: `messages.post` → `["messages", "post"]`. */
export function commandPath({ id }: RegisteredOperation): CommandPath {
  return id.split(".").map(kebabCase);
}

/** Builds the tree of one command line. */
export function createCommandTree(parts: TreeParts): Command {
  const { registry, given } = parts;
  const root = new Command(registry.app)
    .configureOutput({ writeOut: parts.print, writeErr: parts.print, outputError: () => undefined })
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .helpCommand(false)
    .usage("<command> [flags]");
  prepare(root, [], parts, undefined);
  addCommonFlags(root, registry.app, given);
  const [first] = registry.operations;
  if (first !== undefined) addExample(root, registry.app, first);
  for (const operation of registry.operations) addOperation(root, operation, parts);
  for (const { name, summary, action } of parts.commands) {
    const command = root.command(name).summary(summary).description(`${summary}.`).action(action);
    prepare(command.helpGroup("The program itself:"), [name], parts, undefined);
    addCommonFlags(command, registry.app, given);
  }
  return root;
}

function prepare(command: Command, path: CommandPath, parts: TreeParts, flags: InputFlags | undefined): void {
  command
    .enablePositionalOptions()
    .addHelpOption(new Option("-h, --help", "Show this help").helpGroup("Flags:"))
    .exitOverride((error) => parts.refuse(error, path, flags));
}

function addOperation(root: Command, operation: RegisteredOperation, parts: TreeParts): void {
  const { app } = parts.registry;
  const path = commandPath(operation);
  const group = path
    .slice(0, -1)
    .reduce((parent, _, index) => groupOf(parent, path.slice(0, index + 1), operation, parts), root);
  const flags = inputFlags(operation.contract);
  const command = group
    .command(path.at(-1) ?? "")
    .summary(markedSummary(operation.contract))
    .helpGroup("Operations:");
  prepare(command, path, parts, flags);
  command
    .usage("[flags]")
    .addHelpText("after", () => operationEpilogue(app, path, operation, flags))
    .action(() => parts.call(operation, flags, path));
  addFieldFlags(command, operation, flags, parts.given);
  command.addOption(keyOption(operation, parts.given));
  addCommonFlags(command, app, parts.given);
}

function groupOf(parent: Command, path: CommandPath, operation: RegisteredOperation, parts: TreeParts): Command {
  const name = path.at(-1) ?? "";
  const known = parent.commands.find((command) => command.name() === name);
  if (known !== undefined) return known;
  const { app } = parts.registry;
  const summary = operation.service.summary ?? `The operations of ${operation.service.name}`;
  const group = parent.command(name).summary(summary).description(`${summary}.`).usage("<command> [flags]");
  prepare(group.helpCommand(false).helpGroup("Services:"), path, parts, undefined);
  addCommonFlags(group, app, parts.given);
  addExample(group, app, operation);
  return group;
}

function addExample(command: Command, app: string, operation: RegisteredOperation): void {
  command.addHelpText("after", () => `\n${exampleSection(exampleLine(app, commandPath(operation), operation))}`);
}

function addFieldFlags(command: Command, operation: RegisteredOperation, { fields, others }: InputFlags, given: Given) {
  const add = (option: Option, name: string, preset: string | undefined): void => {
    if (preset !== undefined) option.preset(preset);
    command.addOption(option.helpGroup("Input:").argParser((text) => void given.flags.push([name, text])));
  };
  for (const { name, flag, negation, clearing } of fields) {
    add(
      new Option(`${flag} ${negation === undefined ? "<value>" : "[value]"}`),
      name,
      negation === undefined ? undefined : "true",
    );
    if (negation !== undefined) add(new Option(negation), name, "false");
    if (clearing !== undefined) {
      const option = new Option(clearing)
        .helpGroup("Input:")
        .preset("")
        .argParser(() => void given.flags.push([name, null]));
      command.addOption(option);
    }
  }
  // Also where there is nothing to give: what is given all the same is then refused as on the other roads.
  const sources = takesMany(operation.contract) ? "or @file" : "@file, or - for the standard input";
  const input = commonOption("input", "--input <json>", `The input as JSON, ${sources}`, given);
  if (fields.length + others.length === 0) input.hideHelp();
  command.addOption(input);
  const help = lazy(() => flagHelp(operation, { fields, others }));
  command.configureHelp({
    commandDescription: () => operationIntroduction(operation),
    optionTerm: (option) => help().get(option.long ?? "")?.term ?? option.flags,
    optionDescription: (option) => help().get(option.long ?? "")?.description ?? option.description,
  });
}

function addCommonFlags(command: Command, app: string, given: Given): void {
  command
    .addOption(commonOption("url", "--url <address>", "Call a running server instead of the app's own data", given))
    .addOption(
      commonOption("token", "--token <token>", `Act by this access token (or ${tokenVariable(app)}, or login)`, given),
    )
    .addOption(commonOption("as", "--as <user>", "Act as this user, on the app's own data", given))
    .addOption(commonOption("timeout", "--timeout <seconds>", "Give the call this long", given))
    .addOption(commonOption("json", "--json", "Print JSON, also for errors", given).preset("true"));
}

/** Also where no key is taken, so that it is refused or passed over as on the other roads. */
function keyOption({ contract }: RegisteredOperation, given: Given): Option {
  const text = takesMany(contract)
    ? "Let the operation do each item once, however often it is called with this key"
    : "Do it once, however often it is called with this key";
  const option = commonOption("idempotency-key", "--idempotency-key <key>", text, given);
  return onlyReads(contract) || idempotencyOf(contract) === "none" ? option.hideHelp() : option;
}

function commonOption(name: CommonFlag, flags: string, description: string, { common }: Given): Option {
  const keep = (text: string): void => {
    common.set(name, [...(common.get(name) ?? []), text]);
  };
  return new Option(flags, description).helpGroup(name === "input" ? "Input:" : "Flags:").argParser(keep);
}

function lazy<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
