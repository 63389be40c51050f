// The page: who is signed in, and what the forms do.

import { Problem, request, session } from "./api.js";
import { leaveChannel, openChannel } from "./channel.js";
import { markOpen, readChannels, startChannels } from "./channels.js";
import { element, focusOn, onSubmit, sayProblem, show } from "./page.js";
import { search } from "./search.js";

const restartAfter = 3000;
const channelsEvery = 30_000;

let account;

async function start() {
  account = session.token === undefined ? undefined : await request("GET", "/me");
  show("welcome", account === undefined);
  show("chat", account !== undefined);
  show("who", account !== undefined);
  if (account === undefined) return;
  element("name").textContent = account.displayName;
  await startChannels(enter);
}

async function signIn({ email, password }) {
  session.token = (await request("POST", "/sessions", { email, password })).accessToken;
  for (const id of ["sign-in", "register"]) element(id).reset();
  await start();
  focusOn("channels-title");
}

/** Nothing of who was here stays on the page. */
function signOut() {
  session.token = undefined;
  account = undefined;
  leaveChannel({ atOnce: true });
  for (const id of ["new-channel", "search"]) element(id).reset();
  for (const id of ["name", "channels", "found-title", "hits"]) element(id).replaceChildren();
  for (const id of ["found", "chat", "who"]) show(id, false);
  show("welcome", true);
  element("sign-in").email.focus();
}

function enter(channel) {
  sayProblem("");
  markOpen(channel.id);
  show("found", false);
  openChannel(channel, account);
  focusOn("channel-title");
}

/** Says what was refused. A session that is over leads back to signing in. */
function answerProblem(problem) {
  if (!(problem instanceof Problem)) throw problem;
  if (problem.isOfAnother) return;
  if (problem.endsSession) {
    signOut();
    sayProblem("Your session is over: sign in again.");
  } else sayProblem(problem.message);
}

addEventListener("problem", ({ detail }) => answerProblem(detail));

onSubmit("sign-in", signIn);
onSubmit("register", async (fields) => {
  await request("POST", "/accounts", fields);
  await signIn(fields);
});
onSubmit("new-channel", async (fields, form) => {
  const channel = await request("POST", "/channels", fields);
  form.reset();
  await readChannels();
  enter(channel);
});
onSubmit("search", async ({ q }) => {
  await search(q, enter);
  leaveChannel();
  markOpen(undefined);
  focusOn("found-title");
});
element("sign-out").onclick = () => {
  sayProblem("");
  signOut();
};

/** Channels that others made are seen when one comes back to the page, or a little later. */
async function refresh() {
  if (account === undefined || document.hidden) return;
  await readChannels().catch((problem) => {
    if (!problem.isPassing) answerProblem(problem);
  });
}
addEventListener("focus", () => void refresh());
setInterval(() => void refresh(), channelsEvery);

async function startOrRetry() {
  await start().catch((problem) => {
    // An account that is gone has no session either.
    if (problem.status === 404) signOut();
    answerProblem(problem);
    if (problem.isPassing) setTimeout(() => startOrRetry().then(() => account && sayProblem("")), restartAfter);
  });
}

await startOrRetry();
