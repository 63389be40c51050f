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

/** By media type, the ranges that take it, the nearest first; of two that are taken alike, the type that stands first. */
const streamTypes = [
  ...["application/x-ndjson", "application/ndjson", "application/jsonl"].map((type) => ({
    type,
    ranges: [type, "application/json", "application/*", "*/*"],
  })),
  { type: "text/event-stream", ranges: ["text/event-stream", "text/*", "text/*", "*/*"] },
];

/**
 * The media type in which a stream of answers is sent: the one that is wanted most, and of these the one that is named
 * most exactly; undefined where none is taken. Whoever takes only JSON gets lines of it.
 */
export const chooseStreamType = memoized((header: string): string | undefined => {
  const listed = preferences(header);
  const named = new Set(listed.map(({ value }) => value));
  const [best] = streamTypes
    .map(({ type, ranges }) => ({
      type,
      quality: mostSpecific(listed, ranges) ?? 0,
      distance: ranges.findIndex((range) => named.has(range)),
    }))
    .filter(({ quality }) => quality > 0)
    .toSorted((a, b) => b.quality - a.quality || a.distance - b.distance);
  return best?.type;
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
