// The registry of traits through the API of the running server: types, classes, sources, policy,
// what waits and is replayed, and what operators write.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { BASE, client, until } from "./client.mjs";

const ruleOf = ({
  name,
  type,
  data_class,
  name_zh,
  name_en,
  sources,
  history,
}) => ({ name, type, data_class, name_zh, name_en, sources, history });
/** The schema as GET shows it, as PUT takes it. */
const schemaOf = ({ unregistered, traits }) => ({
  unregistered,
  traits: traits.filter((t) => t.registered).map(ruleOf),
});
let found;
before(async () => {
  found = schemaOf(await (await client()).good("/api/traits"));
});
after(async () => {
  await (await client()).good("/api/traits", "PUT", found);
});

const run = Date.now().toString(36);
async function identify(userId, traits, key = "demo-shop-backend") {
  const answer = await fetch(`${BASE}/v1/identify`, {
    method: "POST",
    headers: { authorization: `Basic ${btoa(`${key}:`)}` },
    body: JSON.stringify({ userId, traits }),
  });
  assert.equal(answer.status, 200);
}

test("a registered trait has a type, a class and sources in order", async () => {
  const { ask, good } = await client();
  const before = await good("/api/traits");
  const schema = (traits, unregistered = "auto_register") => ({
    unregistered,
    traits,
  });
  const level = `level_${run}`;
  const allergy = `allergy_${run}`;
  const wrong = await ask(
    "/api/traits",
    "PUT",
    schema([{ name: level, type: "int" }]),
  );
  assert.equal(wrong.body.error.field, "traits[0].type");

  const rules = [
    {
      name: level,
      type: "text",
      name_zh: "等级",
      sources: ["console", "shop_backend"],
    },
    { name: allergy, data_class: "sensitive" },
    { name: `visits_${run}`, type: "number" },
  ];
  const preview = await good(
    "/api/traits?dry_run=true",
    "PUT",
    schema(rules, "quarantine"),
  );
  assert.equal(preview.version, before.version);
  assert.ok(preview.unregistered_seen.length > 0);
  const saved = await good("/api/traits", "PUT", schema(rules));
  assert.equal(saved.version, before.version + 1);
  const same = await good("/api/traits", "PUT", schema(rules));
  assert.deepEqual([same.version, same.changes], [saved.version, []]);

  const user = `traits-${run}`;
  await identify(user, { [level]: "gold", [allergy]: "peanut" });
  const person = await until("the person", async () => {
    const { profiles } = await good(`/api/profiles?query=${user}`);
    return profiles[0]?.profile_id;
  });
  const trait = async (name) =>
    (await good(`/api/profiles/${person}`)).traits.find((t) => t.name === name);
  await until("the trait", () => trait(level));
  assert.equal((await trait(level)).name_zh, "等级");
  assert.equal((await trait(allergy)).data_class, "sensitive");
  assert.notEqual((await trait(allergy)).value, "peanut");
  const { value } = await good(`/api/profiles/${person}/reveal`, "POST", {
    trait: allergy,
  });
  assert.equal(value, "peanut");

  // An operator's word counts more than the shop's, also when the shop speaks later.
  const write = (body) => good(`/api/profiles/${person}/traits`, "POST", body);
  await write({
    set: { [level]: "silver" },
    increment: { [`visits_${run}`]: 2 },
  });
  await write({
    increment: { [`visits_${run}`]: 3 },
    append: { [`likes_${run}`]: "tea" },
  });
  await identify(user, { [level]: "none", [`seen_${run}`]: true });
  await until("the later record", () => trait(`seen_${run}`));
  assert.equal((await trait(level)).value, "silver");
  assert.equal((await trait(`visits_${run}`)).value, 5);
  assert.deepEqual((await trait(`likes_${run}`)).value, ["tea"]);
  const gone = await write({ unset: [`likes_${run}`] });
  assert.equal(
    gone.traits.find((t) => t.name === `likes_${run}`),
    undefined,
  );
  const refused = await ask(`/api/profiles/${person}/traits`, "POST", {
    set: { [`visits_${run}`]: "many" },
  });
  assert.equal(refused.status, 400);
  assert.equal(refused.body.error.field, `visits_${run}`);

  const row = (await good("/api/traits")).traits.find((t) => t.name === level);
  assert.deepEqual(
    [row.people, row.registered, row.data_class],
    [1, true, "public"],
  );
  assert.deepEqual(row.samples, ["silver"]);
  assert.deepEqual(row.seen_sources.toSorted(), ["console", "shop_backend"]);
});

test("what a trait was is answered as of a time, and as it was known then", async () => {
  const { good } = await client();
  const name = `plan_${run}`;
  await good("/api/traits", "PUT", {
    traits: [{ name, type: "text", history: true }],
  });
  const user = `past-${run}`;
  const day = 86_400_000;
  const now = Date.now();
  const told = async (plan, ago) => {
    const answer = await fetch(`${BASE}/v1/identify`, {
      method: "POST",
      headers: { authorization: `Basic ${btoa("demo-shop-backend:")}` },
      body: JSON.stringify({
        userId: user,
        traits: { [name]: plan },
        timestamp: new Date(now - ago * day).toISOString(),
      }),
    });
    assert.equal(answer.status, 200);
  };
  await told("silver", 10);
  await told("gold", 2);
  const person = await until("the person", async () => {
    const { profiles } = await good(`/api/profiles?query=${user}`);
    return profiles[0]?.profile_id;
  });
  const past = () =>
    good(`/api/profiles/${person}/traits/history?trait=${name}`);
  const two = await until("two periods", async () => {
    const { periods } = await past();
    return periods.length === 2 && periods;
  });
  const before = two[1].recorded_at;
  await new Promise((done) => setTimeout(done, 5));
  await told("platinum", 5); // heard of late
  await until("three periods", async () => (await past()).periods.length === 3);
  const asOf = async (ago, known = "") => {
    const query = `at=${now - ago * day}${known && `&known_at=${known}`}`;
    const { traits } = await good(`/api/profiles/${person}/traits?${query}`);
    return traits.find((t) => t.name === name)?.value;
  };
  assert.equal(await asOf(11), undefined);
  assert.equal(await asOf(9), "silver");
  assert.equal(await asOf(4), "platinum");
  assert.equal(await asOf(4, before), "silver");
  assert.equal(await asOf(0), "gold");
});

test("a value of another type waits by the trait's name, and is replayed", async () => {
  const { ask, good } = await client();
  const { unregistered, traits: rules } = schemaOf(await good("/api/traits"));
  const name = `age_${run}`;
  const put = (type) =>
    good("/api/traits", "PUT", {
      unregistered,
      traits: [...rules, { name, type }],
    });
  await put("number");
  const user = `age-${run}`;
  await identify(user, { [name]: "thirty" });
  const item = await until("the refused input", async () => {
    const { items } = await good("/api/quarantine");
    return items.find((i) => i.field === `traits.${name}`);
  });
  assert.equal(item.reason, "trait_type");
  assert.ok(!item.message.includes("thirty"));
  const early = await ask(`/api/quarantine/${item.id}/replay`, "POST", {});
  assert.equal(early.status, 400);
  await put("text");
  const late = await ask(`/api/quarantine/${item.id}/replay`, "POST", {});
  assert.equal(late.status, 200);
  await until("the replayed person", async () => {
    const { profiles } = await good(`/api/profiles?query=${user}`);
    return profiles[0];
  });
});
