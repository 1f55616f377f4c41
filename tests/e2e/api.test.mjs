// The API keeps its description: every operation of /api/openapi.json exists, and none answers strangers.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { BASE, signIn } from "./client.mjs";
import { problems, shapeProblems } from "./openapi.mjs";

function examplesOfQueries() {
  const page = readFileSync(
    new URL("../../docs/reference/query.md", import.meta.url),
    "utf8",
  );
  return [...page.matchAll(/```json\n([^]*?)```/g)].map((m) => m[1]);
}

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
  const headers = await signIn();
  const examples = examplesOfQueries();
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

test("who was in a segment is read back from its changes", async () => {
  const headers = await signIn();
  const get = async (path) => {
    const answer = await fetch(BASE + path, { headers });
    return { status: answer.status, body: await answer.json() };
  };
  const api = (await get("/api/openapi.json")).body;
  const all = (await get("/api/segments")).body.segments;
  const { id } = all.toSorted((a, b) => b.count - a.count)[0];
  const { known_from } = (await get(`/api/segments/${id}`)).body;
  const { body: then } = await get(
    `/api/segments/${id}/members?at=${known_from}&limit=5`,
  );
  assert.deepEqual(shapeProblems(api, "/api/segments/{id}/members", then), []);
  const { body: since } = await get(
    `/api/segments/${id}/changes?since=${known_from}&limit=20`,
  );
  assert.deepEqual(shapeProblems(api, "/api/segments/{id}/changes", since), []);
  assert.ok(since.changes.length > 0);
  assert.equal(then.count + since.entered - since.left, since.count_now);
  assert.equal(since.days.at(-1).size, since.count_now);
  const { body: older } = await get(
    `/api/segments/${id}/changes?since=${known_from}&limit=5&before=${since.changes[4].change}`,
  );
  assert.deepEqual(
    older.changes.map((c) => c.change),
    since.changes.slice(5, 10).map((c) => c.change),
  );
  const early = await get(`/api/segments/${id}/members?at=${known_from - 1}`);
  assert.equal(early.status, 409);
  assert.match(early.body.error.message, /history of segment/);
  assert.equal(
    (await get(`/api/segments/${id}/changes?since=tomorrow`)).status,
    400,
  );
});

test("segments are combined, drawn from and made of lists", async () => {
  const headers = await signIn();
  const get = async (path) => (await fetch(BASE + path, { headers })).json();
  const api = await get("/api/openapi.json");
  const made = [];
  const post = async (path, body) => {
    const answer = await fetch(BASE + path, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    });
    const value = await answer.json();
    assert.equal(answer.status, 200, JSON.stringify(value));
    assert.deepEqual(shapeProblems(api, path, value, "post"), [], path);
    made.push(value.id);
    return value;
  };
  const [a, b] = (await get("/api/segments")).segments.filter(
    (s) => s.kind === "dynamic",
  );
  const combined = {};
  for (const op of ["union", "intersect", "minus", "xor"]) {
    combined[op] = await post("/api/segments/combine", {
      name: op,
      op,
      of: [a.id, b.id],
    });
  }
  const [inA, inB] = combined.union.of.map((s) => s.count);
  const both = combined.intersect.count;
  // SG7; the demo's people go on living, but only a few a second.
  assert.ok(Math.abs(combined.union.count - (inA + inB - both)) <= 5);
  assert.ok(Math.abs(combined.xor.count - (combined.union.count - both)) <= 5);
  const drawn = await post("/api/segments/combine", {
    name: "drawn",
    of: [combined.union.id],
    sample: { salt: "s1", fixed: 3 },
  });
  assert.equal(drawn.count, Math.min(3, combined.union.count));

  const people = (await get("/api/profiles")).profiles;
  const person = await get(`/api/profiles/${people[0].profile_id}`);
  const { kind, scope, value } = person.identities[0];
  const nobody = { kind: "user_id", value: "nobody-has-this" };
  const list = await post("/api/segments/import", {
    name: "list",
    identities: [{ kind, scope, value }, nobody, { kind, scope, value }],
  });
  const { count, unknown, unknown_rows, duplicates } = list;
  assert.deepEqual(
    { count, unknown, unknown_rows, duplicates },
    { count: 1, unknown: 1, unknown_rows: [1], duplicates: 1 },
  );
  for (const id of made) {
    await fetch(`${BASE}/api/segments/${id}`, { method: "DELETE", headers });
  }
});

test("answers have the shapes that the description gives them", async () => {
  const headers = await signIn();
  const get = async (path) => {
    const answer = await fetch(BASE + path, { headers });
    assert.equal(answer.status, 200, path);
    return answer.json();
  };
  const api = await get("/api/openapi.json");
  const check = async (path, id, query = "") => {
    const answer = await get(path.replace(/\{\w+\}/, id) + query);
    assert.deepEqual(shapeProblems(api, path, answer), [], path);
    return answer;
  };
  const plain = Object.keys(api.paths).filter(
    (path) => api.paths[path].get && !path.includes("{"),
  );
  const answers = {};
  for (const path of plain) answers[path] = await check(path);

  const journey = answers["/api/journeys"].journeys[0].id;
  await check("/api/journeys/{id}", journey);
  const { enrollments } = await check(
    "/api/journeys/{id}/enrollments",
    journey,
  );
  await check("/api/enrollments/{id}", enrollments[0].enrollment_id);
  const segment = answers["/api/segments"].segments[0].id;
  await check("/api/segments/{id}", segment);
  await check("/api/questions/{id}", answers["/api/questions"].questions[0].id);
  await check("/api/boards/{id}", answers["/api/boards"].boards[0].id);
  const loaded = answers["/api/imports"].imports[0].id;
  await check("/api/imports/{id}", loaded);
  await check("/api/tags/{code}/people", answers["/api/tags"].tags[0].code);
  // A person with enrollments and one seen lately; between them every part of a profile is there.
  const people = answers["/api/profiles"].profiles.map((p) => p.profile_id);
  for (const id of [enrollments[0].profile_id, people[0]]) {
    await check("/api/profiles/{id}", id);
    await check("/api/profiles/{id}/timeline", id);
    await check("/api/profiles/{id}/tags/history", id);
    const then = await check("/api/profiles/{id}/traits", id, "?at=2026-01-01");
    assert.ok(
      then.not_kept.length > 0,
      "no past of traits was kept so far back",
    );
    const { traits } = answers["/api/traits"];
    const named = `?trait=${encodeURIComponent(traits[0].name)}`;
    await check("/api/profiles/{id}/traits/history", id, named);
    const why = `?profile_id=${id}`;
    const { member, why: tree } = await check(
      "/api/segments/{id}/why",
      segment,
      why,
    );
    assert.equal(member, tree.value);
  }
  // Cost tables and a segment's members and changes have tests of their own (below).
  // How far a question is can be read only while it runs, and here none runs for long.
  const described = Object.keys(api.paths).filter(
    (p) => api.paths[p].get && p !== "/api/query/{id}",
  );
  assert.equal(
    described.length - plain.length,
    17,
    "a GET with an id is new: check it here",
  );
});

test("questions and answers have the shapes that the description gives them", async () => {
  const headers = await signIn();
  const api = await (
    await fetch(`${BASE}/api/openapi.json`, { headers })
  ).json();
  const operation = api.paths["/api/query"].post;
  const asked = operation.requestBody.content["application/json"].schema;
  for (const body of examplesOfQueries()) {
    const question = JSON.parse(body);
    assert.deepEqual(problems(api, asked, question, question.kind), []);
    const answer = await fetch(`${BASE}/api/query`, {
      method: "POST",
      headers,
      body,
    });
    assert.deepEqual(
      shapeProblems(api, "/api/query", await answer.json(), "post"),
      [],
      body,
    );
  }
});

test("an un-merge is previewed in the described shape, and refuses what fits nobody", async () => {
  const headers = await signIn();
  const get = async (path) => (await fetch(BASE + path, { headers })).json();
  const api = await get("/api/openapi.json");
  const { profiles } = await get("/api/profiles?limit=100");
  const row = profiles.find((p) => p.identity_count > 1);
  const person = await get(`/api/profiles/${row.profile_id}`);
  const ask = async (body) =>
    fetch(`${BASE}/api/profiles/${row.profile_id}/unmerge`, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    });
  const one = person.identities.at(-1).id;
  const preview = await (await ask({ apart: [one], dry_run: true })).json();
  const path = "/api/profiles/{id}/unmerge";
  assert.deepEqual(shapeProblems(api, path, preview, "post"), []);
  assert.equal(preview.cut, null);
  assert.equal(
    preview.kept.event_count + preview.apart.event_count,
    person.event_count,
  );
  const all = person.identities.map((i) => i.id);
  for (const [body, field] of [
    [{ apart: all, dry_run: true }, "apart"],
    [{ apart: [], dry_run: true }, "apart"],
    [{ apart: ["x"], dry_run: true }, "apart"],
    [{ apart: [one] }, "reason"],
  ]) {
    const refused = await ask(body);
    assert.equal(refused.status, 400);
    assert.equal((await refused.json()).error.field, field);
  }
  const lifted = await fetch(`${BASE}/api/identity/cuts/none`, {
    method: "DELETE",
    headers,
  });
  assert.equal(lifted.status, 404);
});

test("a key that a body says twice is refused by name, not silently chosen", async () => {
  const headers = await signIn();
  const twice =
    '{"kind":"timeline","profile_id":"p1","limit":1,"profile_id":"p2"}';
  const query = await fetch(`${BASE}/api/query`, {
    method: "POST",
    headers,
    body: twice,
  });
  assert.equal(query.status, 400);
  assert.equal((await query.json()).error.field, "profile_id");
  const batch = await fetch(`${BASE}/v1/batch`, {
    method: "POST",
    headers: { authorization: `Basic ${btoa("demo-shop-backend:")}` },
    body: '{"batch":[],"batch":[{"type":"track","userId":"u","event":"x"}]}',
  });
  assert.equal(batch.status, 400);
  assert.match(await batch.text(), /duplicate_key/);
});

test("an address that keeps failing is told 429; who shows who he is passes", async () => {
  // Loopback is a trusted proxy by default: the header names the caller.
  const caller = { "x-forwarded-for": "203.0.113.9" };
  const guess = () =>
    fetch(`${BASE}/api/overview`, {
      headers: { ...caller, authorization: "Bearer wrong" },
    });
  // 300 at once, and 5 more for every second that this takes.
  let refused;
  for (let i = 0; i < 2000 && refused?.status !== 429; ++i) {
    if (refused) assert.equal(refused.status, 401);
    refused = await guess();
  }
  assert.equal(refused.status, 429);
  assert.equal(refused.headers.get("retry-after"), "1");
  assert.match((await refused.json()).error.message, /from this address/);
  const login = await fetch(`${BASE}/api/login`, {
    method: "POST",
    headers: caller,
    body: "{}",
  });
  assert.equal(login.status, 429);

  const headers = await signIn();
  assert.equal(
    (
      await fetch(`${BASE}/api/overview`, {
        headers: { ...headers, ...caller },
      })
    ).status,
    200,
  );
  assert.equal(
    (await fetch(`${BASE}/healthz`, { headers: caller })).status,
    200,
  );
});

test("questions use a list and a table of costs by name, and say when there is none", async () => {
  const headers = await signIn();
  const call = async (method, path, body) => {
    const answer = await fetch(BASE + path, {
      method,
      headers,
      body: body && JSON.stringify(body),
    });
    return { status: answer.status, body: await answer.json() };
  };
  const range = { last: 30, unit: "day" };
  const total = async (filter) => {
    const { status, body } = await call("POST", "/api/query", {
      kind: "trends",
      range,
      series: [{ event: "add_to_cart", measure: "total", filter }],
    });
    assert.equal(status, 200, JSON.stringify(body));
    return body.series[0].total;
  };
  const prop = "event.platform";
  const list = "/api/lists/e2e_platforms";
  const put = await call("PUT", list, { values: ["miniprogram"] });
  assert.equal(put.status, 200, JSON.stringify(put.body));
  const listed = await total({ prop, op: "in_list", value: "e2e_platforms" });
  assert.ok(listed > 0);
  assert.equal(listed, await total({ prop, op: "in", value: ["miniprogram"] }));
  const gone = await call("POST", "/api/query", {
    kind: "trends",
    range,
    series: [{ event: "add_to_cart" }],
    filter: { prop, op: "in_list", value: "e2e_nothing" },
  });
  assert.equal(gone.status, 400);
  assert.match(gone.body.error.message, /list\/e2e_nothing/);

  const table = "/api/cost-tables/e2e_media";
  const rows = [
    { source: "miniprogram", from: "2026-01-01", to: "2027-12-31", fen: 73000 },
  ];
  const bad = await call("PUT", table, { name: "x", rows: [{ fen: 1 }] });
  assert.equal(bad.body.error.field, "rows[0].from");
  assert.equal(
    (await call("PUT", table, { name: "媒体费用", rows })).status,
    200,
  );
  const api = await (await fetch(`${BASE}/api/openapi.json`)).json();
  const read = (await call("GET", table)).body;
  assert.deepEqual(shapeProblems(api, "/api/cost-tables/{id}", read), []);
  assert.deepEqual(read.rows, rows);
  const ask = (cost) =>
    call("POST", "/api/query", {
      kind: "ltv",
      range,
      acquisition: { event: "add_to_cart" },
      cost,
    });
  const named = (await ask("table:e2e_media")).body;
  assert.ok(named.total.cost > 0, JSON.stringify(named));
  assert.equal(named.total.cost, (await ask(rows)).body.total.cost);
  await call("DELETE", table);
  const none = await ask("table:e2e_media");
  assert.equal(none.status, 400);
  assert.equal(none.body.error.field, "cost");
});
