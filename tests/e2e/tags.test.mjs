// Tags that people give: one person, many, a file; precedence, history, and what is refused.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { BASE, signIn } from './client.mjs'

const code = `e2e_${Date.now() % 1_000_000}`
let headers
let people

async function call(method, path, body) {
  const answer = await fetch(BASE + path, {
    method,
    headers,
    body: body === undefined ? undefined : JSON.stringify(body),
  })
  return { status: answer.status, body: await answer.json() }
}
const tagOf = async (id) =>
  (await call('GET', `/api/profiles/${id}`)).body.tags.find((tag) => tag.code === code)

before(async () => {
  headers = await signIn()
  const list = await call('GET', '/api/profiles?limit=3')
  people = list.body.profiles.map((one) => one.profile_id)
  const made = await call('PUT', `/api/tags/${code}`, {
    name: '端到端标签',
    category: 'attribute',
    value_type: 'enum',
    rule: { layers: [{ if: { and: [] }, value: '规则' }] },
  })
  assert.equal(made.status, 200)
})

test('what is given by hand holds over the rule until it is taken away', async () => {
  const [id] = people
  const put = await call('PUT', `/api/profiles/${id}/tags/${code}`, { value: '手工', lock: true })
  assert.equal(put.status, 200)
  assert.deepEqual(
    [(await tagOf(id)).value, (await tagOf(id)).source],
    ['手工', 'lock'],
  )
  const many = await call('POST', `/api/tags/${code}/values`, {
    profiles: [...people, 'p4000000000'],
    value: '批量',
  })
  assert.deepEqual(many.body, { people: people.length, unknown: 1 })
  assert.equal((await tagOf(id)).value, '手工')
  assert.equal((await tagOf(people[1])).value, '批量')
  await call('DELETE', `/api/profiles/${id}/tags/${code}`)
  assert.equal((await tagOf(id)).source, 'rule')
})

test('history says what held and when', async () => {
  const path = `/api/profiles/${people[0]}/tags/history?tag=${code}`
  const { periods } = (await call('GET', path)).body
  assert.equal(periods[0].value, '规则')
  assert.equal(periods[0].valid_to, null)
  const hand = periods.find((one) => one.value === '手工')
  assert.equal(hand.source, 'manual')
  const then = await call('GET', `${path}&at=${hand.valid_from}`)
  assert.deepEqual(
    then.body.periods.map((one) => one.value),
    ['手工'],
  )
})

test('a file is counted first, then given; bad rows are named', async () => {
  const profile = (await call('GET', `/api/profiles/${people[2]}`)).body
  const known = profile.identities.find((one) => !['phone', 'email'].includes(one.kind))
  const rows = [
    { kind: known.kind, scope: known.scope, identity: known.value, tag: code, value: '导入' },
    { kind: 'user_id', identity: 'nobody-has-this', tag: code, value: '导入' },
    { kind: known.kind, scope: known.scope, identity: known.value, tag: 'no_such_tag', value: 'x' },
  ]
  const dry = await call('POST', '/api/tags/import', { rows, dry_run: true })
  assert.deepEqual([dry.body.accepted, dry.body.rejected], [1, 2])
  assert.deepEqual(
    dry.body.refused.map((one) => one.row),
    [1, 2],
  )
  assert.notEqual((await tagOf(people[2])).value, '导入')
  await call('DELETE', `/api/profiles/${people[2]}/tags/${code}`)
  assert.equal((await call('POST', '/api/tags/import', { rows })).status, 200)
  assert.equal((await tagOf(people[2])).value, '导入')
})

test('people of a value are listed; a wrong value is refused with its field', async () => {
  const held = await call('GET', `/api/tags/${code}/people?value=${encodeURIComponent('导入')}`)
  assert.deepEqual(
    held.body.people.map((one) => one.profile_id),
    [people[2]],
  )
  const bad = await call('PUT', `/api/profiles/${people[0]}/tags/${code}`, { value: 5 })
  assert.equal(bad.status, 400)
  assert.equal(bad.body.error.field, 'value')
})

test('templates can be saved as they are', async () => {
  const { templates } = (await call('GET', '/api/tags/templates')).body
  assert.ok(templates.length >= 5)
  const one = templates.find((t) => t.code === 'rfm_cell')
  const made = await call('PUT', `/api/tags/${code}`, one.definition)
  assert.equal(made.status, 200, JSON.stringify(made.body))
  assert.ok(made.body.next_run > Date.now())
  assert.equal((await call('DELETE', `/api/tags/${code}`)).status, 200)
})

test('an import of history is followed by a run of the scheduled tags, which count as the question does', async () => {
  const until = Date.now() + 90_000
  let tagged
  let asked
  do {
    await new Promise((done) => setTimeout(done, 500))
    const { tags } = (await call('GET', '/api/tags')).body
    const stage = tags.find((tag) => tag.code === 'stage')
    tagged = stage.values.find((one) => one.value === '流失')?.count
    const { stages } = (await call('POST', '/api/query', { kind: 'stages' })).body
    asked = stages.find((one) => one.stage === 'lost').persons
  } while (tagged !== asked && Date.now() < until)
  assert.ok(asked > 100) // who bought a year ago and never again
  assert.equal(tagged, asked)
})
