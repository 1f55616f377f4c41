// An operator at the API of the running server, for the tests beside it.
import assert from "node:assert/strict";
import { shapeProblems } from "./openapi.mjs";

export const BASE = process.env.WEIR_URL ?? "http://127.0.0.1:8420";

/** Headers of a signed-in operator. */
export async function signIn() {
  const login = await fetch(`${BASE}/api/login`, {
    method: "POST",
    body: JSON.stringify({
      username: process.env.WEIR_USER,
      password: process.env.WEIR_PASSWORD,
    }),
  });
  assert.equal(login.status, 200);
  const { csrf } = await login.json();
  return {
    cookie: login.headers.get("set-cookie").split(";")[0],
    "x-weir-csrf": csrf,
  };
}

/** `ask` answers status and body; `good` the body of a 200 that has the described shape. */
export async function client() {
  const headers = await signIn();
  const ask = async (path, method = "GET", body = undefined) => {
    const answer = await fetch(BASE + path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    return { status: answer.status, body: await answer.json() };
  };
  const api = (await ask("/api/openapi.json")).body;
  const good = async (path, method = "GET", body = undefined) => {
    const answer = await ask(path, method, body);
    assert.equal(answer.status, 200, `${path} ${JSON.stringify(answer.body)}`);
    const plain = path.split("?")[0].replace(/\/p\d+(?=\/|$)/, "/{id}");
    const kind = method.toLowerCase();
    assert.deepEqual(shapeProblems(api, plain, answer.body, kind), []);
    return answer.body;
  };
  return { ask, good };
}

/** Sends a batch as the shop's back end does. */
export async function collect(batch) {
  const answer = await fetch(`${BASE}/v1/batch`, {
    method: "POST",
    headers: { authorization: `Basic ${btoa("demo-shop-backend:")}` },
    body: JSON.stringify({ batch }),
  });
  assert.equal(answer.status, 200, await answer.text());
}

/** What `holds` finds, once it does; within ten seconds. */
export async function until(what, holds) {
  for (let i = 0; i < 200; i++) {
    const found = await holds();
    if (found) return found;
    await new Promise((done) => setTimeout(done, 50));
  }
  assert.fail(`never: ${what}`);
}
