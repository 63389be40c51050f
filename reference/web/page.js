// Small things that every part of the page does.

import { request } from "./api.js";

export function element(id) {
  return document.getElementById(id);
}

export function show(id, isShown) {
  element(id).hidden = !isShown;
}

export function sayProblem(text) {
  element("problem").textContent = text;
}

/** Moves the focus to what has just changed, so that whoever does not see it hears of it. */
export function focusOn(id) {
  element(id).focus();
}

export function fillList(id, items, { keep = false } = {}) {
  if (keep) element(id).append(...items);
  else element(id).replaceChildren(...items);
}

/** Calls `work(fields, form)` with a form's fields; a second time only when the first has ended. */
export function onSubmit(id, work) {
  const form = element(id);
  form.onsubmit = async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    await work(Object.fromEntries(new FormData(form)), form).finally(() => {
      button.disabled = false;
    });
  };
}

const names = new Map();

/** The name of an account; asked for once. */
export function nameOf(accountId) {
  if (!names.has(accountId)) {
    const asked = request("GET", `/accounts/${accountId}/profile`).then(
      ({ displayName }) => displayName,
      () => {
        names.delete(accountId);
        return "Somebody";
      },
    );
    names.set(accountId, asked);
  }
  return names.get(accountId);
}

/** A message with its author and time. `parts`: its text, or pieces of it of which some are marked. */
export function messageEntry(message, parts = [{ text: message.body, match: false }]) {
  const item = document.createElement("li");
  const article = document.createElement("article");
  const head = document.createElement("p");
  const author = document.createElement("strong");
  const time = document.createElement("time");
  const body = document.createElement("p");
  nameOf(message.authorId).then((name) => {
    author.textContent = name;
  });
  time.dateTime = message.createdAt;
  time.textContent = new Date(message.createdAt).toLocaleString() + (message.version > 1 ? ", edited" : "");
  for (const { text, match } of parts) {
    const piece = match ? document.createElement("mark") : document.createTextNode(text);
    if (match) piece.textContent = text;
    body.append(piece);
  }
  head.append(author, " ", time);
  article.append(head, body);
  item.append(article);
  item.dataset.message = message.id;
  return item;
}
