// Imported before a program: for it the package @redis/client is not installed.

import { registerHooks } from "node:module";

registerHooks({
  resolve(specifier, context, next) {
    if (specifier !== "@redis/client") return next(specifier, context);
    throw Object.assign(new Error("Cannot find package '@redis/client'"), { code: "ERR_MODULE_NOT_FOUND" });
  },
});
