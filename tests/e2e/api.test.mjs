// The API keeps its description: every operation of /api/openapi.json exists, and none answers strangers.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const BASE = process.env.WEIR_URL ?? "http://127.0.0.1:8420";

test("every described operation exists and asks who is calling", async () => {
  const description = await (await fetch(`${BASE}/api/openapi.json`)).json();
  for (const [path, methods] of Object.entries(description.paths)) {
    for (const method of Object.keys(methods)) {
      if (path === "/api/login") continue;
      const answer = await fetch(BASE + path.replace(/\{\w+\}/g, "x"), {
        method: method.toUpperCase(),
      });
      assert.equal(answer.status, 401, `${method} ${path}`);
    }
  }
});

test("operations that are not described do not exist", async () => {
  const answer = await fetch(`${BASE}/api/nothing`);
  assert.equal(answer.status, 404);
  assert.equal((await answer.json()).error.code, "not_found");
});

test("liveness, readiness and metrics answer", async () => {
  assert.equal((await fetch(`${BASE}/healthz`)).status, 200);
  assert.equal((await (await fetch(`${BASE}/readyz`)).json()).ready, true);
  const metrics = await (await fetch(`${BASE}/metrics`)).text();
  assert.match(metrics, /^weir_log_end \d+$/m);
});

test("pages carry the security headers and scripts are cached for ever", async () => {
  const page = await fetch(`${BASE}/`);
  assert.match(
    page.headers.get("content-security-policy"),
    /frame-ancestors 'none'/,
  );
  assert.equal(page.headers.get("x-content-type-options"), "nosniff");
  const script = /src="(\/assets\/[^"]+)"/.exec(await page.text())[1];
  assert.match(
    (await fetch(BASE + script)).headers.get("cache-control"),
    /immutable/,
  );
});

test("the examples of docs/reference/query.md are answered", async () => {
  const login = await fetch(`${BASE}/api/login`, {
    method: "POST",
    body: JSON.stringify({
      username: process.env.WEIR_USER,
      password: process.env.WEIR_PASSWORD,
    }),
  });
  assert.equal(login.status, 200);
  const { csrf } = await login.json();
  const headers = {
    cookie: login.headers.get("set-cookie").split(";")[0],
    "x-weir-csrf": csrf,
  };
  const page = readFileSync(
    new URL("../../docs/reference/query.md", import.meta.url),
    "utf8",
  );
  const examples = [...page.matchAll(/```json\n([^]*?)```/g)].map((m) => m[1]);
  assert.ok(examples.length >= 3);
  for (const body of examples) {
    const answer = await fetch(`${BASE}/api/query`, {
      method: "POST",
      headers,
      body,
    });
    const text = await answer.text();
    assert.equal(answer.status, 200, body + text);
    assert.equal(JSON.parse(text).kind, JSON.parse(body).kind);
  }
});
