// A folder with a lock and generated .proto files of several contracts, over which buf is asked.

import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Generation, generate } from "../../src/app/generated.ts";
import type { Consent } from "../../src/compatibility/next-lock.ts";
import { type ShopParts, shopApp, shopParts } from "./shop.ts";

const buf = join(dirname(createRequire(import.meta.url).resolve("@bufbuild/buf/package.json")), "bin", "buf");
const configuration = `version: v2
modules:
  - path: proto
lint:
  use: [STANDARD]
  except: [RPC_REQUEST_RESPONSE_UNIQUE, RPC_RESPONSE_STANDARD_NAME]
breaking:
  use: [WIRE_JSON]
`;

/** The folder. */
export interface ContractFolder {
  /** Generates from the shop with a change, against the lock of now. */
  generate(plant: (shop: ShopParts) => void, consent?: Partial<Consent>, against?: string): Generation;
  /** Makes a lock the one of now. */
  commit(generation: Generation): Promise<void>;
  /** Writes the .proto files below a name. */
  write(name: string, { files }: Generation): Promise<void>;
  /** What buf found in the files of a name; empty where nothing. */
  buf(name: string, ...args: string[]): Promise<string>;
  /** What `buf breaking` found between the files of two names. */
  breaking(old: string, now: string): Promise<string>;
  remove(): Promise<void>;
}

/** Makes the folder, without a lock. */
export async function contractFolder(): Promise<ContractFolder> {
  const folder = await mkdtemp(join(tmpdir(), "trivium-contracts-"));
  const lock = pathToFileURL(join(folder, "contract.lock.json"));
  const runBuf = (name: string, ...args: string[]): Promise<string> =>
    new Promise((resolve, reject) => {
      execFile(process.execPath, [buf, ...args], { cwd: join(folder, name) }, (error, stdout, stderr) => {
        if (error === null) resolve("");
        else if (error.code === 100) resolve(stdout);
        else reject(new Error(`${stdout}${stderr}`));
      });
    });
  return {
    generate(plant, consent = {}, against) {
      const parts = shopParts();
      plant(parts);
      return generate(shopApp(parts, lock), { accept: [], renames: [], ...consent }, against);
    },
    commit: (generation) => writeFile(lock, generation.lock?.text ?? ""),
    async write(name, { files }) {
      const protos = [...files].filter(([path]) => path.endsWith(".proto"));
      for (const [path, text] of [...protos, ["buf.yaml", configuration] as const]) {
        await mkdir(dirname(join(folder, name, path)), { recursive: true });
        await writeFile(join(folder, name, path), text);
      }
    },
    buf: runBuf,
    breaking: (old, now) => runBuf(now, "breaking", "--against", join(folder, old)),
    remove: () => rm(folder, { recursive: true }),
  };
}

/** All .proto files as one text, without comments, which no client sees. */
export function protoText({ files }: Generation): string {
  const protos = [...files].filter(([path]) => path.endsWith(".proto")).map(([, text]) => text);
  return protos.join("").replaceAll(/^\s*\/\/.*\n/gm, "");
}
