// What every string is, on every road: well-formed Unicode in NFC without NUL.

/**
 * The normal form of a string that came from outside, or undefined where there is none: a lone surrogate cannot be
 * encoded as UTF-8 and NUL cannot be stored by PostgreSQL, so neither can be carried faithfully.
 */
export function normalizeText(text: string): string | undefined {
  if (!text.isWellFormed() || text.includes("\u0000")) return undefined;
  return text.normalize("NFC");
}

/** `createdAt` → `created_at`. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replace(/^_/, "");
}

/** `createdAt` → `created-at`. */
export function kebabCase(name: string): string {
  return snakeCase(name).replaceAll("_", "-");
}

/** `channelActivity` → `ChannelActivity`. */
export function pascalCase(name: string): string {
  return name.replace(/(^|[-_])([a-zA-Z])/g, (_, __, letter: string) => letter.toUpperCase());
}
