// The cases of tests/cases/identity.json as they are, through the wire protocols and the console
// API of the running server. Ids and e-mail addresses get a suffix, so that cases and runs do not
// meet each other.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { BASE, signIn } from "./client.mjs";

const KEY = "demo-shop-backend";
const { cases } = JSON.parse(
  readFileSync(new URL("../cases/identity.json", import.meta.url)),
);

// docs/deviations.md says why.
const DEVIATIONS = new Map([
  ["identity/alias_identified_to_identified", "a person has one user id"],
]);

const headers = await signIn();
async function ask(path, body = undefined) {
  const answer = await fetch(BASE + path, {
    method: body ? "POST" : "GET",
    headers,
    body: body && JSON.stringify(body),
  });
  assert.equal(answer.status, 200, path);
  return answer.json();
}
async function collect(path, body) {
  const answer = await fetch(BASE + path, {
    method: "POST",
    headers: { authorization: `Basic ${btoa(`${KEY}:`)}` },
    body: JSON.stringify(body),
  });
  assert.equal(answer.status, 200, await answer.text());
}

const run = Date.now().toString(36);
/** What the case calls an id, as it is sent; values that are nobody stay as they are. */
const NOBODY = /^(\s*|None|undefined)$/;
function naming(n) {
  const id = (name) => (NOBODY.test(name) ? name : `${name}-${run}-${n}`);
  const value = (text) =>
    typeof text === "string" && text.includes("@")
      ? text.replace("@", `+${run}${n}@`)
      : text;
  return { id, value };
}
const mapValues = (object, change) =>
  object &&
  Object.fromEntries(Object.entries(object).map(([k, v]) => [k, change(v)]));

/** PostHog's wire: its one id is a user's once somebody was identified as it. */
async function play(ops, { id, value }, n) {
  const users = new Set(
    ops
      .filter(
        (o) => o.op === "identify" && o.anonymous_id && o.anonymous_id !== o.id,
      )
      .map((o) => o.id),
  );
  const event = async (name, who, more = {}, created = undefined) => {
    const { set, set_once, ...properties } = more;
    await collect("/batch/", {
      api_key: KEY,
      historical_migration: created !== undefined,
      batch: [
        {
          event: name,
          distinct_id: id(who),
          timestamp: created,
          properties: {
            $is_identified: users.has(who),
            $set: mapValues(set, value),
            $set_once: mapValues(set_once, value),
            ...properties,
          },
        },
      ],
    });
  };
  for (const o of ops) {
    if (o.op === "person")
      await event("$set", o.ids[0], { set: o.props ?? {} }, o.created);
    if (o.op === "event") await event(o.event, o.id, o);
    if (o.op === "alias")
      await event("$create_alias", o.id, { alias: id(o.alias) });
    if (o.op === "merge")
      await event("$merge_dangerously", o.into, { alias: id(o.other) });
    if (o.op === "identify") {
      const anon =
        o.anonymous_id === undefined
          ? {}
          : { $anon_distinct_id: id(o.anonymous_id) };
      await event("$identify", o.id, { ...anon, set: o.set });
    }
    if (o.op === "profile" || o.op === "key_event") {
      const set = o.key ? { email: o.key } : {};
      await event(
        o.op === "profile" ? "$set" : "key event",
        o.id ?? o.profile,
        { set },
      );
    }
  }
  // What comes last is folded last: once this person is there, all of the case is.
  await event("settled", `last-${n}`);
  await person(id(`last-${n}`));
}

/** The person who has this id, once there is one; not as the alias that another one gave. */
async function person(value) {
  for (let i = 0; i < 200; i++) {
    const { profiles } = await ask(
      `/api/profiles?query=${encodeURIComponent(value)}`,
    );
    if (profiles.length > 0) {
      const all = await Promise.all(
        profiles.map((p) => ask(`/api/profiles/${p.profile_id}`)),
      );
      const kindOf = (p) => p.identities.find((i) => i.value === value)?.kind;
      return all.find((p) => kindOf(p) === "user_id") ?? all[0];
    }
    await new Promise((done) => setTimeout(done, 25));
  }
  assert.fail(`nobody has ${value}`);
}

async function traitsOf(found) {
  const pairs = found.traits.map(async (t) => {
    if (t.data_class === "public") return [t.name, t.value];
    const { value } = await ask(`/api/profiles/${found.profile_id}/reveal`, {
      trait: t.name,
    });
    return [t.name, value];
  });
  return Object.fromEntries(await Promise.all(pairs));
}

async function checkPersons(expected, { id, value }) {
  const seen = [];
  for (const want of expected) {
    const known = want.ids.filter((name) => !NOBODY.test(name));
    // An id that is nobody makes no person at all.
    if (known.length === 0) continue;
    const found = await Promise.all(known.map((name) => person(id(name))));
    const ids = new Set(found.map((p) => p.profile_id));
    assert.equal(ids.size, 1, `${known} are one person`);
    seen.push(...ids);
    const [who] = found;
    if (want.props)
      assert.deepEqual(await traitsOf(who), mapValues(want.props, value));
    if (want.identified !== undefined) {
      assert.equal(
        who.identities.some((i) => i.kind === "user_id"),
        want.identified,
      );
    }
    if (want.created) assert.equal(who.first_seen, Date.parse(want.created));
    if (want.events) {
      const { events } = await ask(
        `/api/profiles/${who.profile_id}/timeline?limit=50`,
      );
      const names = events
        .map((e) => e.name.replace(/^\$identify$/, "identify"))
        .filter((name) => !name.startsWith("$"));
      assert.deepEqual(names.reverse(), want.events);
    }
  }
  assert.equal(new Set(seen).size, seen.length, "persons are apart");
}

async function checkDevices(ops, canonical, { id }) {
  for (const o of ops) {
    await collect("/v1/track", {
      event: `e${o.n}`,
      anonymousId: o.device && id(o.device),
      userId: o.user && id(o.user),
    });
  }
  await collect("/v1/track", { event: "settled", anonymousId: id("last") });
  await person(id("last"));
  const found = [];
  for (const o of ops) {
    const who = await person(id(o.user ?? o.device));
    const user = who.identities.find((i) => i.kind === "user_id");
    found.push(user ? user.value : `device:${who.identities[0].value}`);
  }
  const named = canonical.map((c) =>
    c.startsWith("device:") ? `device:${id(c.slice(7))}` : id(c),
  );
  assert.deepEqual(found, named);
}

cases.forEach((one, n) => {
  const skip = DEVIATIONS.get(one.name);
  test(one.name, { skip: skip && `deviation: ${skip}` }, async () => {
    const names = naming(n);
    if (one.rules === "device_user") {
      return checkDevices(one.ops, one.expected.canonical, names);
    }
    await play(one.ops, names, n);
    if (one.expected.persons) return checkPersons(one.expected.persons, names);
    // shared_key
    const shown = await person(names.id(one.ops.at(-1).profile));
    const owner = await person(names.id(one.expected.profile_of_event));
    assert.equal(shown.profile_id, owner.profile_id);
    for (const [alias, of] of Object.entries(one.expected.aliases ?? {})) {
      const [a, b] = await Promise.all([
        person(names.id(alias)),
        person(names.id(of)),
      ]);
      assert.equal(a.profile_id, b.profile_id);
    }
  });
});
