// One channel, live: its messages as they are and as they change.

import { converse, request } from "./api.js";
import { element, messageEntry, onSubmit, sayProblem, show } from "./page.js";

const states = { connecting: "Connecting…", live: "Live", lost: "The connection was lost. Trying again…" };

let open;

/** Shows a channel, and stays connected to it if one is a member. Throws Problem. */
export async function openChannel(channel, account) {
  leaveChannel();
  const here = { channel, account, messages: new Map(), cursor: undefined, talk: undefined };
  open = here;
  element("channel-title").textContent = channel.name;
  element("topic").textContent = channel.topic ?? "";
  element("connection").textContent = "";
  element("messages").replaceChildren();
  show("channel", true);
  show("earlier", false);
  try {
    await loadPage(here);
    asMember(here, true);
  } catch (problem) {
    if (problem.reason !== "NOT_A_MEMBER") throw problem;
    asMember(here, false);
  }
}

/** Ends the connection of the channel that is shown, if any. */
export function leaveChannel() {
  open?.talk?.close();
  open = undefined;
}

function asMember(here, isMember) {
  show("outside", !isMember);
  show("messages", isMember);
  show("post", isMember && here.channel.archivedAt === undefined);
  if (!isMember || here !== open) return;
  here.talk = converse(here.channel.id, {
    onAnswer: (answer) => hear(here, answer),
    onState(state) {
      element("connection").textContent = states[state];
      // What was posted while nobody listened is in the newest page.
      if (state === "live") loadPage(here).catch(tell);
    },
    onRefused(problem) {
      element("connection").textContent = "";
      tell(problem);
      if (problem.reason === "NOT_A_MEMBER") asMember(here, false);
    },
  });
}

function hear(here, { type, message, problem }) {
  if (type === "refused") sayProblem(problem.message);
  else if (type === "removed") {
    here.messages.delete(message.id);
    draw(here);
  } else keep(here, [message]);
}

async function loadPage(here, cursor) {
  const query = cursor === undefined ? "" : `&cursor=${encodeURIComponent(cursor)}`;
  const { items, nextCursor } = await request("GET", `/channels/${here.channel.id}/messages?limit=50${query}`);
  if (here !== open) return;
  if (cursor !== undefined || here.messages.size === 0) here.cursor = nextCursor;
  show("earlier", here.cursor !== undefined);
  keep(here, items);
}

/** Newer versions take the place of older ones. */
function keep(here, messages) {
  for (const message of messages) {
    const known = here.messages.get(message.id);
    if (known === undefined || known.version < message.version) here.messages.set(message.id, message);
  }
  draw(here);
}

function draw(here) {
  if (here !== open) return;
  const list = element("messages");
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
  const drawn = new Map([...list.children].map((entry) => [entry.dataset.message, entry]));
  // Identifiers are in the order of time.
  const sorted = [...here.messages.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  const entries = sorted.map((message) => {
    const entry = drawn.get(message.id);
    if (entry?.dataset.version === String(message.version)) return entry;
    const fresh = messageEntry(message);
    fresh.dataset.version = String(message.version);
    return fresh;
  });
  const unchanged =
    entries.length === list.children.length && entries.every((entry, at) => entry === list.children[at]);
  if (unchanged) return;
  placeIn(list, entries);
  if (atEnd) list.scrollTop = list.scrollHeight;
}

/** Moves nothing that stands where it should, so that only what is new is read out. */
function placeIn(list, entries) {
  const wanted = new Set(entries);
  for (const child of [...list.children]) if (!wanted.has(child)) child.remove();
  entries.forEach((entry, at) => {
    if (list.children[at] !== entry) list.insertBefore(entry, list.children[at] ?? null);
  });
}

function tell(problem) {
  dispatchEvent(new CustomEvent("problem", { detail: problem }));
}

onSubmit("post", async ({ body }, form) => {
  sayProblem("");
  open?.talk?.say(body);
  form.reset();
});
element("post").body.onkeydown = (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  element("post").requestSubmit();
};
element("join").onclick = async () => {
  const here = open;
  try {
    await request("POST", `/channels/${here.channel.id}/members`, {});
    await openChannel(here.channel, here.account);
  } catch (problem) {
    tell(problem);
  }
};
element("earlier").onclick = () => loadPage(open, open.cursor).catch(tell);
