// Settings of a session, as statements for its set-up.

/** `set_config` for each; empty for none. The values are the app's own, quoted all the same. */
export function settingStatements(settings: Readonly<Record<string, string>> = {}): string {
  return Object.entries(settings)
    .map(([name, value]) => `select set_config(${literal(name)}, ${literal(value)}, false)`)
    .join("; ");
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
