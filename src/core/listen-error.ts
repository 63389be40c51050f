// Why a server cannot listen, in words that say what to do; and where it listens, in words for people.

import type { AddressInfo } from "node:net";
import { SetupError } from "./setup-error.ts";

/** The error of a port that cannot be had. `variable` is the one that sets the port: `HTTP_PORT`. */
export function listenError(error: NodeJS.ErrnoException, variable: string, host: string, port: number): SetupError {
  return new SetupError([`${variable}: ${listenProblem(error, variable, host, port)}`], "The server cannot listen");
}

function listenProblem(error: NodeJS.ErrnoException, variable: string, host: string, port: number): string {
  const mend = `set ${variable} to another one`;
  switch (error.code) {
    case "EADDRINUSE":
      return `port ${port} is in use: stop the program that uses it, or ${mend}`;
    case "EACCES":
      return `port ${port} may not be opened by this user: ${mend}, above 1023`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return `host "${host}" is no address of this machine: set HOST to one`;
    default:
      return `port ${port} on "${host}" cannot be opened (${error.code ?? error.message}): ${mend}`;
  }
}

/** `127.0.0.1:8080`, `[::1]:8080`; `localhost` for a server that listens everywhere. */
export function addressText({ address, family, port }: AddressInfo): string {
  if (address === "0.0.0.0" || address === "::") return `localhost:${port}`;
  return family === "IPv6" ? `[${address}]:${port}` : `${address}:${port}`;
}
