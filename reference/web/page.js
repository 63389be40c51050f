// Small things that every part of the page does.

import { nameAt } from "./api.js";

export function element(id) {
  return document.getElementById(id);
}

export function show(id, isShown) {
  element(id).hidden = !isShown;
}

export function sayProblem(text) {
  element("problem").textContent = text;
}

/** Tells of what was refused: app.js answers it. */
export function raise(problem) {
  dispatchEvent(new CustomEvent("problem", { detail: problem }));
}

/** Does something that may be refused, and raises it then. */
export async function attempt(work) {
  sayProblem("");
  try {
    await work();
  } catch (problem) {
    raise(problem);
  }
}

/** Moves the focus to what has just changed, so that whoever does not see it hears of it. */
export function focusOn(id) {
  element(id).focus();
}

/** Attempts `work(fields, form)` with a form's fields; a second time only when the first has ended. */
export function onSubmit(id, work) {
  const form = element(id);
  let isBusy = false;
  form.onsubmit = async (event) => {
    event.preventDefault();
    if (isBusy) return;
    isBusy = true;
    // The button is not disabled: it would lose the focus.
    await attempt(() => work(Object.fromEntries(new FormData(form)), form));
    isBusy = false;
  };
}

/** Shows a button for more where there is more. If it goes while it has the focus, `nextId` has the focus instead. */
export function showMore(id, hasMore, nextId) {
  const hadFocus = document.activeElement === element(id);
  show(id, hasMore);
  if (hadFocus && !hasMore) focusOn(nextId);
}

/** An element with this text, or with these children. Nothing is ever taken for markup. */
export function made(name, ...children) {
  const element = document.createElement(name);
  element.append(...children);
  return element;
}

/** An entry of a list of messages. `head`: beside its author and time. `body`: its text, or pieces of it. */
export function messageEntry({ authorId, createdAt, version, body: text }, { head = [], body = [text] } = {}) {
  const author = made("strong");
  author.dir = "auto";
  nameAt(`/accounts/${authorId}/profile`).then((name) => author.append(name));
  const time = made("time", new Date(createdAt).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" }));
  time.dateTime = createdAt;
  const words = made("p", ...body);
  words.dir = "auto";
  const edited = version > 1 ? [" ", made("small", "edited")] : [];
  return made("li", made("article", made("p", author, " ", time, ...edited, ...head), words));
}
