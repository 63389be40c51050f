// The page: who is signed in, the channels, one of them live, and the search.

import { Problem, request, session } from "./api.js";
import { leaveChannel, openChannel } from "./channel.js";
import { element, fillList, focusOn, onSubmit, sayProblem, show } from "./page.js";
import { search } from "./search.js";

let account;
let channelsCursor;

async function start() {
  account = session.token === undefined ? undefined : await request("GET", "/me").catch(endSession);
  show("welcome", account === undefined);
  show("chat", account !== undefined);
  show("who", account !== undefined);
  if (account === undefined) return;
  element("name").textContent = account.displayName;
  await listChannels();
}

function endSession() {
  leaveChannel();
  session.token = undefined;
  for (const id of ["channel", "found"]) show(id, false);
}

async function signIn({ email, password }) {
  session.token = (await request("POST", "/sessions", { email, password })).accessToken;
  await start();
}

async function listChannels(cursor) {
  const query = cursor === undefined ? "" : `&cursor=${encodeURIComponent(cursor)}`;
  const { items, nextCursor } = await request("GET", `/channels?limit=50${query}`);
  channelsCursor = nextCursor;
  fillList("channels", items.map(channelEntry), { keep: cursor !== undefined });
  show("more-channels", nextCursor !== undefined);
}

function channelEntry(channel) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.channel = channel.id;
  button.textContent = `${channel.private ? "🔒 " : ""}${channel.name}${channel.archivedAt ? " (archived)" : ""}`;
  button.onclick = () => enter(channel);
  item.append(button);
  return item;
}

async function enter(channel) {
  for (const button of element("channels").querySelectorAll("button"))
    button.setAttribute("aria-current", String(button.dataset.channel === channel.id));
  show("found", false);
  await attempt(() => openChannel(channel, account));
  focusOn("channel-title");
}

/** Does something that may be refused, and says so. A session that is over leads back to signing in. */
async function attempt(work) {
  sayProblem("");
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (account !== undefined && error.reason.startsWith("CREDENTIAL_")) {
      endSession();
      await start();
      sayProblem("Your session is over: sign in again.");
    } else sayProblem(error.message);
  }
}

addEventListener("problem", ({ detail }) => attempt(() => Promise.reject(detail)));

onSubmit("sign-in", (fields) => attempt(() => signIn(fields)));
onSubmit("register", (fields) =>
  attempt(async () => {
    await request("POST", "/accounts", fields);
    await signIn(fields);
  }),
);
onSubmit("new-channel", (fields, form) =>
  attempt(async () => {
    const channel = await request("POST", "/channels", fields);
    form.reset();
    await listChannels();
    await enter(channel);
  }),
);
onSubmit("search", ({ q }) =>
  attempt(async () => {
    leaveChannel();
    show("channel", false);
    await search(q, attempt);
    focusOn("found-title");
  }),
);
element("more-channels").onclick = () => attempt(() => listChannels(channelsCursor));
element("sign-out").onclick = () => {
  endSession();
  void attempt(start);
};

await attempt(start);
