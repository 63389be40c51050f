// What the client can take: the Accept and Accept-Encoding headers (RFC 9110, section 12.5).

/** A content coding that this server can apply; undefined: as it is. */
export type Coding = "br" | "gzip" | undefined;

interface Preference {
  readonly value: string;
  readonly quality: number;
}

const remembered = 200;

/** Whether JSON is acceptable. An absent header accepts everything. */
export const acceptsJson = memoized((header: string): boolean => {
  const json = mostSpecific(preferences(header), ["application/json", "application/*", "*/*"]);
  return json !== undefined && json > 0;
});

/** Whether JSON is wanted rather than a page for people. An absent header, or one that takes both alike, wants a page. */
export const prefersJson = memoized((header: string): boolean => {
  const listed = preferences(header);
  const json = mostSpecific(listed, ["application/json", "application/*", "*/*"]) ?? 0;
  return json > (mostSpecific(listed, ["text/html", "text/*", "*/*"]) ?? 0);
});

/** The best coding that the header allows: br before gzip at equal quality; none where the client rates none higher. */
export const chooseCoding = memoized((header: string): Coding => {
  const listed = preferences(header);
  const br = mostSpecific(listed, ["br", "*"]) ?? 0;
  const gzip = mostSpecific(listed, ["gzip", "x-gzip", "*"]) ?? 0;
  const identity = mostSpecific(listed, ["identity"]) ?? 0;
  const best = Math.max(br, gzip);
  if (best <= 0 || best < identity) return undefined;
  return br >= gzip ? "br" : "gzip";
});

function preferences(header: string): Preference[] {
  return header.split(",").map((item) => {
    const [value = "", ...parameters] = item.split(";").map((part) => part.trim().toLowerCase());
    const quality = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
    return { value, quality: quality === undefined ? 1 : Number(quality) || 0 };
  });
}

/** The quality of the first of the names that is listed. */
function mostSpecific(listed: readonly Preference[], names: readonly string[]): number | undefined {
  for (const name of names) {
    const found = listed.find((preference) => preference.value === name);
    if (found !== undefined) return found.quality;
  }
  return undefined;
}

/** Clients send few different headers: each is read once. The memory is bounded, so that a hostile one cannot fill it. */
function memoized<T>(read: (header: string) => T): (header: string) => T {
  const known = new Map<string, T>();
  return (header) => {
    if (known.has(header)) return known.get(header) as T; // just seen to be there
    if (known.size >= remembered) known.clear();
    const result = read(header);
    known.set(header, result);
    return result;
  };
}
