// The search: what was found, with the pieces of each message that fit.

import { nameAt, request } from "./api.js";
import { attempt, element, made, messageEntry, show, showMore } from "./page.js";

/** Shows what is found. `enter(channel)` is called when a hit's channel is chosen. Throws Problem. */
export async function search(q, enter, cursor) {
  const query = new URLSearchParams({ q, limit: "20", ...(cursor === undefined ? {} : { cursor }) });
  const { items, nextCursor } = await request("GET", `/messages/search?${query}`);
  const none = items.length === 0 && cursor === undefined;
  element("found-title").textContent = none ? `Nothing found for “${q}”` : `Found for “${q}”`;
  if (cursor === undefined) element("hits").replaceChildren();
  element("hits").append(...items.map((hit) => hitEntry(hit, enter)));
  show("found", true);
  showMore("more-hits", nextCursor !== undefined, "found-title");
  element("more-hits").onclick = () => attempt(() => search(q, enter, nextCursor));
}

function hitEntry({ message, highlights }, enter) {
  const path = `/channels/${message.channelId}`;
  const button = made("button");
  button.type = "button";
  nameAt(path).then((name) => button.append(`in ${name}`));
  button.onclick = () => attempt(async () => enter(await request("GET", path)));
  const excerpts = highlights.map(({ parts }) => parts.map(({ text, match }) => (match ? made("mark", text) : text)));
  const body =
    excerpts.length === 0 ? [message.body] : excerpts.flatMap((parts, at) => (at === 0 ? parts : [" … ", ...parts]));
  return messageEntry(message, { head: [" ", button], body });
}
