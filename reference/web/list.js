// Lists that change while they are read.

/**
 * Makes the children of a list the entries of these items, in this order. `entryOf` makes an entry; those of items that
 * are there in the same version stay as they are, where they are: only what is new is read out, and the focus stays.
 */
export function fillList(list, items, entryOf) {
  const present = new Map([...list.children].map((entry) => [entry.dataset.id, entry]));
  const entries = items.map((item) => {
    const entry = present.get(item.id);
    if (entry?.dataset.version === String(item.version)) return entry;
    const fresh = entryOf(item);
    fresh.dataset.id = item.id;
    fresh.dataset.version = String(item.version);
    return fresh;
  });
  const wanted = new Set(entries);
  for (const child of [...list.children]) if (!wanted.has(child)) child.remove();
  entries.forEach((entry, at) => {
    if (list.children[at] !== entry) list.insertBefore(entry, list.children[at] ?? null);
  });
}

/** Lets a change take place: the end stays in sight if it was, and what is in sight stays where it is. */
export function keepPlace(box, change) {
  const isAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 40;
  const first = box.querySelector("[data-id]");
  const before = first?.offsetTop ?? 0;
  change();
  if (isAtEnd) box.scrollTop = box.scrollHeight;
  else if (first?.isConnected) box.scrollTop += first.offsetTop - before;
}
