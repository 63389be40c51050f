// The public subpath trivium/embedded: PGlite inside the process as the database, and the owner of its data folder.

export {
  createEmbeddedDatabase,
  type EmbeddedDatabase,
  type EmbeddedOptions,
  FolderOwnedError,
} from "./embedded-database.ts";
export { type OwnerRecord, type Ownership, readOwner, tryOwn } from "./owner-lock.ts";
