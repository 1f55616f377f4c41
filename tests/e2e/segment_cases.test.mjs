// The cases of tests/cases/segments.json as they are, through the wire protocol and the console API
// of the running server. Each expectation is played anew by people of its own, at times moved so
// that its instant is now: a server's clock cannot be turned.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { BASE, collect, signIn } from "./client.mjs";

const { cases } = JSON.parse(
  readFileSync(new URL("../cases/segments.json", import.meta.url)),
);

// docs/deviations.md says why.
const NO_RELATIVE = "conditions on traits have no time relative to now";
const NO_CHOICE = "a tag has no value that is the first of several traits";
const DEVIATIONS = new Map([
  ["segment/computes_HasBeen_operator_trait_segment_with_less_than_comparator", NO_RELATIVE],
  ["segment/computes_within_operator_trait_segment", NO_RELATIVE],
  ["segment/computes_grouped_within_operator_trait_segment", NO_RELATIVE],
  ["property/any_of_user_property", NO_CHOICE],
  ["property/prunes_an_anyof_trait_user_property_from_recomputation_when_no_events_are_received", NO_CHOICE],
  ["property/with_a_performed_user_property_with_a_prefix_match", "events have no names by prefix"],
  ["property/with_a_performed_user_property_with_a_complex_inner_structure", "a tag's value is no structure"],
]);

const headers = await signIn();
async function ask(path, method = "GET", body = undefined) {
  const answer = await fetch(BASE + path, {
    method,
    headers,
    body: body && JSON.stringify(body),
  });
  const text = await answer.text();
  assert.equal(answer.status, 200, `${path} ${text}`);
  return JSON.parse(text);
}

const run = Date.now().toString(36);
let played = 0;

/** One playing of a case: its people, definitions and times. */
class Play {
  constructor(shift) {
    this.mark = `${run}_${played++}`;
    this.shift = shift;
    this.made = [];
  }
  user = (name) => `${name}-${this.mark}`;
  time = (text) => new Date(Date.parse(text) + this.shift).toISOString();
  /** Instants among the values move with the rest. */
  value = (v) => (typeof v === "string" && /^\d{4}-\d\d-\d\dT/.test(v) ? this.time(v) : v);

  async put(path, body) {
    await ask(path, "PUT", body);
    if (!this.made.includes(path)) this.made.push(path);
  }
  async clear() {
    for (const path of this.made.reverse()) await ask(path, "DELETE");
  }

  filter(where = []) {
    const op = (o) => ({ ne: "neq", contains_item: "contains" })[o] ?? o;
    return {
      and: where.map((w) => ({ prop: `event.${w.path[0]}`, op: op(w.op), value: this.value(w.value) })),
    };
  }
  async lastValue(code, event, prop, where, sample) {
    await this.put(`/api/tags/${code}`, {
      name: code,
      category: "behaviour",
      value_type: typeof sample === "number" ? "number" : "enum",
      rule: { agg: "last", event, prop: `event.${prop}`, filter: this.filter(where), window: "ever" },
    });
  }

  async condition(c, id) {
    if (c.and || c.or) {
      const join = c.and ? "and" : "or";
      const children = [];
      for (const one of c[join]) children.push(await this.condition(one, `${id}${children.length}`));
      return { [join]: children };
    }
    if (c.everyone) return { and: [] };
    if (c.performed) {
      const window = c.within_seconds ? { rolling: `PT${c.within_seconds}S` } : "ever";
      return {
        done: { event: c.performed, op: c.times, value: c.n, window, filter: this.filter(c.where) },
      };
    }
    if (c.last_performed) {
      const [{ path, op, value }] = c.has;
      await this.lastValue(id, c.last_performed, path[0], c.where, value);
      return { tag: { code: id, op, value } };
    }
    const prop = `profile.${c.trait[0]}`;
    if (c.op === "absolute_time") {
      const before = { profile: { prop, op: "before", value: this.value(c.value) } };
      return c.side === "at_or_after"
        ? { and: [{ profile: { prop, op: "is_set" } }, { not: before }] }
        : before;
    }
    return { profile: { prop, op: c.op === "ne" ? "neq" : c.op, value: c.value } };
  }

  async define({ segments = {}, properties = {} }) {
    for (const [name, c] of Object.entries(segments)) {
      const id = `${name.toLowerCase()}_${this.mark}`;
      const def = await this.condition(c, `${name.toLowerCase()}_${this.mark}_t`);
      await this.put(`/api/segments/${id}`, { name, def });
    }
    for (const [name, p] of Object.entries(properties)) {
      this.traits = { ...this.traits, [name]: p.trait?.[0] };
      if (p.last_event) await this.lastValue(this.tag(name), p.last_event, p.path[0], p.where);
    }
  }
  tag = (name) => `${name.toLowerCase()}_${this.mark}`;

  async events({ events }) {
    const batch = events.map((e) => ({
      type: e.type,
      userId: this.user(e.user),
      messageId: e.message_id && `${e.message_id}-${this.mark}`,
      timestamp: this.time(e.ts),
      event: e.event,
      properties: e.properties,
      traits:
        e.traits &&
        Object.fromEntries(Object.entries(e.traits).map(([k, v]) => [k, this.value(v)])),
    }));
    this.last = `last-${this.mark}-${Math.random().toString(36).slice(2)}`;
    // What comes last is folded last: once this person is there, all of the batch is.
    await collect([...batch, { type: "track", userId: this.last, event: "settled" }]);
    await this.person(this.last);
  }
  async person(value) {
    for (let i = 0; i < 200; i++) {
      const { profiles } = await ask(`/api/profiles?query=${encodeURIComponent(value)}`);
      if (profiles.length > 0) return profiles[0].profile_id;
      await new Promise((done) => setTimeout(done, 20));
    }
    assert.fail(`nobody has ${value}`);
  }

  /** A definition that was saved looks at everybody within a second (SG6). */
  async expect(expected, at) {
    for (let tries = 0; ; tries++) {
      try {
        return await this.check(expected, at);
      } catch (problem) {
        if (tries === 20) throw problem;
        await new Promise((done) => setTimeout(done, 50));
      }
    }
  }
  async check({ users }, at) {
    for (const { user, segments = {}, properties = {} } of users) {
      const id = await this.person(this.user(user));
      for (const [name, member] of Object.entries(segments)) {
        const segment = `${name.toLowerCase()}_${this.mark}`;
        const why = await ask(`/api/segments/${segment}/why?profile_id=${id}`);
        assert.equal(why.member, member, `${user} in ${name} at ${at}: ${JSON.stringify(why.why)}`);
      }
      const profile = await ask(`/api/profiles/${id}`);
      for (const [name, value] of Object.entries(properties)) {
        assert.deepEqual(await this.property(profile, name), value, `${name} of ${user} at ${at}`);
      }
    }
  }
  async property(profile, name) {
    const trait = this.traits?.[name];
    if (!trait) return profile.tags.find((t) => t.code === this.tag(name))?.value ?? null;
    const found = profile.traits.find((t) => t.name === trait);
    if (!found) return null;
    if (found.data_class === "public") return found.value;
    const { value } = await ask(`/api/profiles/${profile.profile_id}/reveal`, "POST", { trait });
    return value;
  }
}

for (const one of cases) {
  const skip = DEVIATIONS.get(one.name);
  test(one.name, { skip: skip && `deviation: ${skip}` }, async () => {
    const wanted = one.timeline.flatMap((o, i) => (o.op === "expect" ? [i] : []));
    for (const end of wanted) {
      const ops = one.timeline.slice(0, end);
      const evaluated = ops.findLast((o) => o.op === "evaluate").at;
      const play = new Play(Date.now() - Date.parse(evaluated));
      for (const o of ops) {
        if (o.op === "define") await play.define(o);
        if (o.op === "events") await play.events(o);
      }
      await play.expect(one.timeline[end], one.timeline[end].at);
      await play.clear();
    }
  });
}
