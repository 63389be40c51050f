import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { pathToFileURL } from "node:url";
import { createRegistry } from "../../../contract/registry.ts";
import { createHttpServer } from "../server.ts";
import { websiteProblems } from "./website.ts";

const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0xff, 0x00]);

async function folder(t: TestContext, files: Readonly<Record<string, string | Buffer>>): Promise<URL> {
  const path = await mkdtemp(join(tmpdir(), "website-"));
  t.after(() => rm(path, { recursive: true }));
  await mkdir(join(path, "img"));
  for (const [name, body] of Object.entries(files)) await writeFile(join(path, name), body);
  return pathToFileURL(`${path}/`);
}

async function serving(website: URL) {
  const registry = createRegistry("site", []);
  const caller = { run: () => assert.fail("no operation is called") };
  return createHttpServer({
    registry,
    caller,
    host: "127.0.0.1",
    port: 0,
    info: { title: "t", version: "1" },
    website,
  });
}

test("the files of a folder are served as they are, with their types and a policy that lets nothing foreign in", async (t) => {
  const website = await folder(t, {
    "index.html": "<h1>hi</h1>",
    "app.js": "go()",
    "img/a-b_c.png": png,
    ".secret": "x",
  });
  const server = await serving(website);
  const get = (url: string, headers = {}) => server.inject({ method: "GET", url, headers });
  const index = await get("/");
  assert.equal(index.body, "<h1>hi</h1>");
  assert.equal(index.headers["content-type"], "text/html; charset=utf-8");
  assert.match(String(index.headers["content-security-policy"]), /default-src 'self'/);
  assert.equal((await get("/app.js")).headers["content-type"], "text/javascript; charset=utf-8");
  assert.deepEqual((await get("/img/a-b_c.png")).rawPayload, png);
  const again = await get("/", { "if-none-match": index.headers.etag });
  assert.equal(again.statusCode, 304);
  assert.equal((await get("/.secret")).statusCode, 404);
  assert.equal((await get("/..%2f..%2fetc/passwd")).statusCode, 404);
  assert.equal((await server.inject({ method: "POST", url: "/" })).statusCode, 405);
});

test("a website takes no place of the server's own pages", async (t) => {
  const server = await serving(await folder(t, { "index.html": "", "openapi.json": '{"mine":true}' }));
  assert.match((await server.inject({ url: "/openapi.json" })).body, /"openapi":"3\.1/);
});

test("what cannot be served is told at start", async (t) => {
  const website = await folder(t, { "tool.exe": "", "a b.txt": "" });
  assert.equal(websiteProblems(website).length, 3);
  assert.match(websiteProblems(website).join(), /no index\.html.*a b\.txt.*tool\.exe/s);
  assert.match(websiteProblems(new URL("missing/", website)).join(), /there is no folder/);
});
