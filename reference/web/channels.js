// The list of channels, newest first.

import { request } from "./api.js";
import { fillList } from "./list.js";
import { attempt, element, made, show, showMore } from "./page.js";

const known = new Map();
let onEnter = () => undefined;
let nextCursor;

/** Starts the list anew. `enter(channel)` is called when one is chosen. Throws Problem. */
export async function startChannels(enter) {
  onEnter = enter;
  known.clear();
  nextCursor = undefined;
  element("channels").replaceChildren();
  await readChannels();
}

/** Reads the newest channels again. Throws Problem. */
export async function readChannels() {
  const page = await pageOf();
  const oldest = page.items.at(-1)?.id;
  // Within its range a page is all that there is.
  for (const id of [...known.keys()]) if (page.nextCursor === undefined || id >= oldest) known.delete(id);
  if (known.size === 0) nextCursor = page.nextCursor;
  add(page.items);
}

/** Marks the channel that is open, if any. */
export function markOpen(channelId) {
  for (const button of element("channels").querySelectorAll("button"))
    if (button.dataset.channel === channelId) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
}

function pageOf(cursor) {
  const query = cursor === undefined ? "" : `&cursor=${encodeURIComponent(cursor)}`;
  return request("GET", `/channels?limit=50${query}`);
}

function add(channels) {
  for (const channel of channels) known.set(channel.id, channel);
  const sorted = [...known.values()].sort((a, b) => (a.id < b.id ? 1 : -1));
  const open = element("channels").querySelector("[aria-current]")?.dataset.channel;
  fillList(element("channels"), sorted, entryOf);
  markOpen(open);
  show("no-channels", known.size === 0);
  showMore("more-channels", nextCursor !== undefined, "channels-title");
}

function entryOf(channel) {
  const button = made("button", channel.name);
  button.type = "button";
  button.dataset.channel = channel.id;
  button.onclick = () => onEnter(channel);
  const notes = [channel.private ? "private" : [], channel.archivedAt === undefined ? [] : "archived"].flat();
  if (notes.length > 0) button.append(" ", made("small", notes.join(", ")));
  return made("li", button);
}

element("more-channels").onclick = () =>
  attempt(async () => {
    const page = await pageOf(nextCursor);
    nextCursor = page.nextCursor;
    add(page.items);
  });
