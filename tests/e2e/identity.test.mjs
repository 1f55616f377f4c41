// Rules of identity through the API of the running server: versions, the difference they would
// make, applying it to history, and going back.
import assert from "node:assert/strict";
import { test } from "node:test";
import { client, collect, until } from "./client.mjs";

const RULES = "/api/identity/rules";
const RESOLUTIONS = "/api/identity/resolutions";

/** The person who has exactly this identity value, once there is one. */
async function personOf(good, value) {
  const row = await until(`a person of ${value}`, async () => {
    const answer = await good(`/api/profiles?query=${value}`);
    return answer.profiles[0];
  });
  return row.profile_id;
}

test("rules are refused by field, previewed, applied to history and rolled back", async () => {
  const { ask, good } = await client();
  const before = await good(RULES);
  const wrong = structuredClone(before.rules);
  wrong.kinds[0].max = -1;
  const refused = await ask(RULES, "PUT", wrong);
  assert.equal(refused.status, 400);
  assert.equal(refused.body.error.field, "kinds[0].max");
  const same = await good(RULES, "PUT", before.rules);
  assert.deepEqual(same, { version: before.version, changes: [] });

  const run = Date.now().toString(36);
  for (const n of [1, 2, 3]) {
    await collect([
      {
        type: "identify",
        messageId: `rules-${run}-${n}`,
        userId: `rules-${run}`,
        anonymousId: `rules-${run}-a${n}`,
      },
    ]);
  }
  const person = await personOf(good, `rules-${run}`);
  await until("three browsers", async () => {
    const { identities } = await good(`/api/profiles/${person}`);
    return identities.length === 4;
  });

  const strict = structuredClone(before.rules);
  strict.kinds.find((k) => k.kind === "anonymous_id").max = 2;
  const change = await good(`${RULES}?dry_run=true`, "PUT", strict);
  assert.deepEqual(change.changes, [
    { field: "kinds.anonymous_id.max", before: null, after: 2 },
  ]);
  const preview = await good(RESOLUTIONS, "POST", {
    rules: strict,
    dry_run: true,
  });
  assert.ok(preview.split >= 1);
  assert.ok(preview.samples.length >= 1 && preview.samples.length <= 20);
  assert.equal(
    (await good(RULES)).version,
    before.version,
    "a preview changes nothing",
  );
  const unexplained = await ask(RESOLUTIONS, "POST", { rules: strict });
  assert.equal(unexplained.body.error.field, "reason");

  const apply = async (body) => {
    const { id } = await good(RESOLUTIONS, "POST", body);
    return until(`resolution ${id}`, async () => {
      const { job } = await good(RESOLUTIONS);
      assert.notEqual(job.phase, "failed", job.error);
      return job.id === id && job.phase === "done" && job;
    });
  };
  await apply({ rules: strict, reason: "two browsers" });
  const kept = await good(`/api/profiles/${person}`);
  assert.equal(kept.identities.length, 3);
  assert.equal(kept.links[0].rule, "resolution");
  assert.equal(kept.links[0].refused, "kind_limit");
  assert.equal(kept.links[0].version, before.version + 1);
  assert.notEqual(await personOf(good, `rules-${run}-a3`), person);

  await apply({ version: before.version, reason: "back" });
  assert.equal((await good(`/api/profiles/${person}`)).identities.length, 4);
  assert.equal(await personOf(good, `rules-${run}-a3`), person);
  assert.deepEqual((await good(RULES)).rules, before.rules);
  const again = await good(RESOLUTIONS, "POST", { dry_run: true });
  assert.equal(again.split + again.joined, 0);
});
