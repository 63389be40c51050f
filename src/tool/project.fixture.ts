// A project folder of a test's own, in which the tool runs as a process of its own.

import { execFile } from "node:child_process";
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const checkout = fileURLToPath(new URL("../../", import.meta.url));
const main = fileURLToPath(new URL("./main.ts", import.meta.url));

/** How the tool ended. */
export interface Ended {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A project in a temporary folder. */
export interface TestProject {
  readonly root: string;
  /** Runs `trivium …` in the project, or in a folder of it. */
  trivium(
    args: string,
    options?: {
      readonly folder?: string;
      readonly env?: NodeJS.ProcessEnv;
      /** Arguments that hold blanks, behind the others. */
      readonly more?: readonly string[];
    },
  ): Promise<Ended>;
  /** Writes a file, by its path from the root. */
  write(path: string, text: string): Promise<void>;
  remove(): Promise<void>;
}

/** An app of one operation and one migration. */
export const notesApp = {
  "package.json": JSON.stringify({ type: "module", trivium: { app: "./app.ts" } }),
  "app.ts": `import { createApp, implement } from "trivium";
import { notes } from "./contract.ts";

export default createApp({
  name: "jot",
  version: "2.0.0",
  services: [implement(notes, { read: async ({ id }) => ({ id, text: "" }) })],
  migrations: new URL("./migrations/", import.meta.url),
});
`,
  "contract.ts": `import { model, query, service, z } from "trivium/contract";

const Note = model("Note", { id: z.uuid(), text: z.string() });

export const notes = service("notes", { version: 1 }, {
  read: query({ summary: "Read a note", http: "GET /notes/{id}", input: { id: z.uuid() }, output: Note, access: "public" }),
});
`,
  "migrations/0001_notes.sql": "create table note (id uuid primary key);\n",
};

/** Makes a project. It finds this package as an installed one. The caller removes it. */
export async function createTestProject(files: Readonly<Record<string, string>>): Promise<TestProject> {
  const root = await realpath(await mkdtemp(join(tmpdir(), "trivium-tool-")));
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  };
  for (const [path, text] of Object.entries(files)) await write(path, text);
  await mkdir(join(root, "node_modules"));
  await symlink(checkout, join(root, "node_modules", "trivium"), "junction");
  return {
    root,
    write,
    trivium: (args, { folder = "", env = {}, more = [] } = {}) =>
      runTool([...args.split(" "), ...more], join(root, folder), env),
    remove: () => rm(root, { recursive: true }),
  };
}

const flags = ["--conditions=trivium-source", "--disable-warning=ExperimentalWarning"];

function runTool(args: readonly string[], cwd: string, more: NodeJS.ProcessEnv): Promise<Ended> {
  const { PATH, HOME } = process.env;
  const options = { cwd, env: { PATH, HOME, NODE_ENV: "test", ...more } };
  return new Promise((resolve, reject) => {
    const child = execFile(process.execPath, [...flags, main, ...args], options, (_, stdout, stderr) => {
      if (child.exitCode === null) reject(new Error(`the tool was ended by ${child.signalCode}`));
      else resolve({ exit: child.exitCode, stdout, stderr });
    });
  });
}
