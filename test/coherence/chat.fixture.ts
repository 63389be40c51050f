// The reference service without its overall limit, which a load like the tests' would exhaust: that of posting stays.

import { createApp, run } from "trivium";
import chat from "../../reference/app.ts";

await run(createApp({ ...chat.definition, limits: {} }));
