// The search: what was found, with the pieces of each message that fit.

import { request } from "./api.js";
import { element, fillList, messageEntry, show } from "./page.js";

/** Shows what is found. Throws Problem. `attempt` runs what its button does later. */
export async function search(q, attempt, cursor) {
  const query = new URLSearchParams({ q, limit: "20", ...(cursor === undefined ? {} : { cursor }) });
  const { items, nextCursor } = await request("GET", `/messages/search?${query}`);
  const none = items.length === 0 && cursor === undefined;
  element("found-title").textContent = none ? `Nothing found for “${q}”` : `Found for “${q}”`;
  fillList("hits", items.map(hit), { keep: cursor !== undefined });
  show("found", true);
  show("more-hits", nextCursor !== undefined);
  element("more-hits").onclick = () => attempt(() => search(q, attempt, nextCursor));
}

function hit({ message, highlights }) {
  const pieces = highlights.flatMap(({ parts }, at) => (at === 0 ? parts : [{ text: " … ", match: false }, ...parts]));
  return pieces.length === 0 ? messageEntry(message) : messageEntry(message, pieces);
}
