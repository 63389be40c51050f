// Where the client runs, for the few things that browsers do not let a page do.

const { process } = globalThis as { readonly process?: { readonly versions?: { readonly node?: string } } }; // not on pages

/** Whether it is a browser: there a request has no header fields of the browser's own, and a body is whole. */
export const inBrowser = process?.versions?.node === undefined;
