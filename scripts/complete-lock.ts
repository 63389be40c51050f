// npm run lock: adds to package-lock.json the optional packages of other platforms that npm has left out, since the
// registry in use does not serve them. Without them `npm ci` refuses the file, and elsewhere a binary would be missing.

import { readFileSync, writeFileSync } from "node:fs";

interface Locked {
  readonly version?: string;
  readonly cpu?: readonly string[];
  readonly dev?: true;
  readonly libc?: readonly string[];
  readonly optional?: true;
  readonly os?: readonly string[];
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const file = "package-lock.json";
const lock = JSON.parse(readFileSync(file, "utf8")) as { packages: Record<string, Locked> }; // npm's format 3
const systems = ["android", "darwin", "freebsd", "linux", "openharmony", "win32"];
const processors = ["arm", "arm64", "ia32", "ppc64", "riscv64", "s390x", "x64"];
const libraries: Readonly<Record<string, string>> = {
  gnu: "glibc",
  gnueabihf: "glibc",
  musl: "musl",
  musleabihf: "musl",
};

const missing = Object.entries(lock.packages).flatMap(([place, { dev, optionalDependencies = {} }]) =>
  Object.entries(optionalDependencies)
    .filter(([name]) => !(`node_modules/${name}` in lock.packages || `${place}/node_modules/${name}` in lock.packages))
    .map(([name, version]): [string, Locked] => [`node_modules/${name}`, lockedFrom(name, version, dev)]),
);
const sorted = [...Object.entries(lock.packages), ...missing].sort(([one], [other]) => one.localeCompare(other, "en"));
writeFileSync(file, `${JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, null, 2)}\n`);
console.log(`${missing.length} packages added to ${file}`);

/** The platform is in the name, as every publisher of binaries has it: `@oxlint/binding-linux-x64-musl`. */
function lockedFrom(name: string, version: string, dev: true | undefined): Locked {
  const words = name.replace("windows", "win32").replace("armv7", "arm").split(/[/-]/);
  const os = systems.find((system) => words.includes(system));
  const cpu = processors.find((processor) => words.includes(processor));
  const libc = words.flatMap((word) => libraries[word] ?? []);
  if (os === undefined || cpu === undefined || !/^\d/.test(version))
    throw new Error(`${name}@${version}: cannot tell its platform and version`);
  return {
    version,
    cpu: [cpu],
    ...(dev === undefined ? {} : { dev }),
    ...(os === "linux" && libc.length > 0 ? { libc } : {}),
    optional: true,
    os: [os],
  };
}
