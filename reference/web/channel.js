// One channel, live: its messages as they are and as they change.

import { request } from "./api.js";
import { Conversation } from "./conversation.js";
import { fillList, keepPlace } from "./list.js";
import { attempt, element, focusOn, made, messageEntry, onSubmit, raise, sayProblem, show, showMore } from "./page.js";

let open;

/** Shows a channel, and stays connected to it if one is a member. */
export function openChannel(channel, account) {
  leaveChannel();
  const here = { channel, account, messages: new Map(), removed: new Set(), earlier: undefined, isRead: false };
  open = here;
  element("channel-title").textContent = channel.name;
  element("topic").textContent = channel.topic ?? "";
  element("connection").textContent = "Connecting…";
  for (const id of ["inside", "outside", "no-messages"]) show(id, false);
  show("channel", true);
  here.talk = new Conversation(channel.id, {
    onLive: (isResumed) => goLive(here, isResumed),
    onLost: () => goOffline(here),
    onAnswer: (answer, said) => hear(here, answer, said),
    onRefused: (problem) => stayOutside(here, problem),
  });
}

/** Ends the connection of the channel that is shown, if any, when all that was said there is answered. */
export function leaveChannel(options) {
  open?.talk.leave(options);
  open = undefined;
  element("post").reset();
  for (const id of ["channel-title", "topic", "message-list"]) element(id).replaceChildren();
  show("channel", false);
}

function goLive(here, isResumed) {
  if (here !== open) return;
  here.isLost = false;
  element("connection").textContent = "Live";
  show("inside", true);
  show("post", here.channel.archivedAt === undefined);
  show("archived", here.channel.archivedAt !== undefined);
  if (isResumed && here.isRead) draw(here);
  else void attempt(() => readAnew(here));
}

function goOffline(here) {
  if (here !== open) return;
  here.isLost = true;
  element("connection").textContent = "The connection was lost. Trying again…";
  draw(here);
}

function stayOutside(here, problem) {
  const isOutside = problem.reason === "NOT_A_MEMBER";
  if (here === open) {
    element("connection").textContent = "";
    const hadFocus = element("inside").contains(document.activeElement);
    show("inside", false);
    show("outside", isOutside);
    if (hadFocus) focusOn("channel-title");
  }
  if (!isOutside) raise(problem);
}

function hear(here, { type, message, problem }, said) {
  if (type === "refused") {
    sayProblem(`Not sent: ${problem.message}`);
    if (here === open && element("post").body.value === "") element("post").body.value = said.body;
  } else if (type === "removed") {
    here.removed.add(message.id);
    here.messages.delete(message.id);
  } else keep(here, [message]);
  draw(here);
}

/** What was known may have changed or gone: the newest page, and what has happened since, are all that counts. */
async function readAnew(here) {
  here.isRead = false;
  here.messages.clear();
  await readPage(here);
}

async function readPage(here, cursor) {
  const query = cursor === undefined ? "" : `&cursor=${encodeURIComponent(cursor)}`;
  const { items, nextCursor } = await request("GET", `/channels/${here.channel.id}/messages?limit=50${query}`);
  here.earlier = nextCursor;
  here.isRead = true;
  keep(here, items);
  draw(here);
}

/** Newer versions take the place of older ones. */
function keep(here, messages) {
  for (const message of messages) {
    const known = here.messages.get(message.id)?.version ?? 0;
    if (known < message.version && !here.removed.has(message.id)) here.messages.set(message.id, message);
  }
}

function draw(here) {
  if (here !== open || !here.isRead) return;
  // Identifiers are in the order of time.
  const sorted = [...here.messages.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  // While connected an answer is near: what waits for it is shown only when it may wait for long.
  const waiting = here.isLost ? here.talk.waiting.map((said) => waitingMessage(here, said)) : [];
  keepPlace(element("messages"), () => fillList(element("message-list"), [...sorted, ...waiting], entryOf));
  show("no-messages", sorted.length + waiting.length === 0);
  showMore("earlier", here.earlier !== undefined, "messages");
}

function waitingMessage({ account }, { key, body, saidAt }) {
  return { id: key, authorId: account.id, body, createdAt: saidAt, isWaiting: true };
}

function entryOf(message) {
  return messageEntry(message, message.isWaiting ? { head: [" ", made("small", "not sent yet")] } : {});
}

onSubmit("post", async ({ body }, form) => {
  if (open === undefined || body.trim() === "") return;
  open.talk.say(body);
  form.reset();
  element("messages").scrollTop = element("messages").scrollHeight;
  draw(open);
});
element("post").body.onkeydown = (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  element("post").requestSubmit();
};
element("join").onclick = () =>
  attempt(async () => {
    const here = open;
    await request("POST", `/channels/${here.channel.id}/members`, {}).catch((problem) => {
      if (problem.reason !== "ALREADY_A_MEMBER") throw problem;
    });
    if (here !== open) return;
    openChannel(here.channel, here.account);
    focusOn("channel-title");
  });
element("earlier").onclick = () => attempt(() => readPage(open, open.earlier));
